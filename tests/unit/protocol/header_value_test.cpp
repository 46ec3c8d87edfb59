#include "protocol/header_value.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace mcprouter::detail {
namespace {

TEST_CASE("a value that a header can hold stands there as it is", "[header-value][HDR-08]") {
  for (const std::string value : {"us-west1", "", "a", "a b", "~!\"%", "=?base64?", "?=", "=?base64?SGVsbG8=",
                                  "SGVsbG8=?=", "=?BASE64?SGVsbG8=?=", "=?Base64?x?=", "x=?base64?SGVsbG8=?="}) {
    CAPTURE(value);
    CHECK(encode_header_value(value) == value);
    CHECK(decode_header_value(value) == value);
  }
}

TEST_CASE("any other value stands there in Base64", "[header-value][HDR-08]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"Hello, \xE4\xB8\x96\xE7\x95\x8C", "=?base64?SGVsbG8sIOS4lueVjA==?="},
      {" padded ", "=?base64?IHBhZGRlZCA=?="},
      {" a", "=?base64?IGE=?="},
      {"a ", "=?base64?YSA=?="},
      {" ", "=?base64?IA==?="},
      {"line1\nline2", "=?base64?bGluZTEKbGluZTI=?="},
      {"a\tb", "=?base64?YQli?="},
      {"a\r\nb", "=?base64?YQ0KYg==?="},
      {std::string("\0", 1), "=?base64?AA==?="},
      {"\x7F", "=?base64?fw==?="},
      {"=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="},
      {"=?base64?=", "=?base64?PT9iYXNlNjQ/PQ==?="},
      {"=?base64?"
       "?=",
       "=?base64?PT9iYXNlNjQ/Pz0=?="},
  };
  for (const auto& [value, field] : cases) {
    CAPTURE(value);
    CHECK(encode_header_value(value) == field);
    CHECK(decode_header_value(field) == value);
  }
}

TEST_CASE("white space around a field does not count, within an encoded value it does", "[header-value][HDR-07]") {
  CHECK(decode_header_value("  foo \t") == "foo");
  CHECK(decode_header_value(" \t ") == "");
  CHECK(decode_header_value(" =?base64?IGE=?= ") == " a");
  CHECK(decode_header_value("a  b") == "a  b");
}

TEST_CASE("an encoding that is not strict is refused", "[header-value][HDR-09]") {
  for (const std::string payload : {"SGVsbG8", "SGVs!!!bG8=", "SGVsbG8==", "SGVsbG8=A", "SG VsbG8=", "=", "==", "====",
                                    "A", "A===", "AA=A", "SGVsbG9=", "AB==", "-_8=", "SGVsbG8=SGVsbG8="}) {
    CAPTURE(payload);
    CHECK(decode_header_value("=?base64?" + payload + "?=") == std::nullopt);
  }
  CHECK(decode_header_value("=?base64?=") == std::nullopt);
  CHECK(decode_header_value("=?base64?"
                            "?=") == "");
  // C0 80 and a lone surrogate are no UTF-8.
  CHECK(decode_header_value("=?base64?wIA=?=") == std::nullopt);
  CHECK(decode_header_value("=?base64?7aCA?=") == std::nullopt);
}

TEST_CASE("bytes that have no place in a field are refused", "[header-value][HDR-10]") {
  for (const char c : {'\x01', '\0', '\r', '\n', '\x1F', '\x7F', '\x80', '\xFF', '\t'}) {
    CAPTURE(static_cast<int>(c));
    CHECK(decode_header_value(std::string("a") + c + "b") == std::nullopt);
  }
  CHECK(decode_header_value("\xC3\xA9") == std::nullopt);
}

TEST_CASE("every value of one to three bytes comes back", "[header-value]") {
  // Of ASCII, since the value must be UTF-8: every combination of what a group of Base64 can end with.
  for (int first = 0; first < 128; ++first) {
    for (int second = 0; second < 128; ++second) {
      const std::string value{static_cast<char>(first), static_cast<char>(second)};
      for (const std::string& text : {value.substr(1), value, value + '\n'}) {
        if (decode_header_value(encode_header_value(text)) != text) FAIL(first << ' ' << second);
      }
    }
  }
}

}  // namespace
}  // namespace mcprouter::detail

TEST_CASE("a field that a server handed on percent-decoded says what the value says", "[header]") {
  CHECK(mcprouter::detail::is_percent_decoded("file:///a b/c", "file:///a%20b/c"));
  CHECK(mcprouter::detail::is_percent_decoded("x:\xC3\xA9", "x:%C3%A9"));
  CHECK(mcprouter::detail::is_percent_decoded(" a", "%20a"));
  CHECK_FALSE(mcprouter::detail::is_percent_decoded("file:///a b/d", "file:///a%20b/c"));
  CHECK_FALSE(mcprouter::detail::is_percent_decoded("same", "same"));
  CHECK_FALSE(mcprouter::detail::is_percent_decoded("100%", "100%"));
  CHECK_FALSE(mcprouter::detail::is_percent_decoded("a%2", "a%2"));
}
