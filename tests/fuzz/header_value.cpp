// Header values: every text comes back from its header, and what is read of a header has one meaning.

#include "protocol/header_value.hpp"

#include <simdjson.h>

#include <algorithm>
#include <string>

#include "mcprouter/http.hpp"
#include "property.hpp"
#include "protocol/ascii.hpp"

namespace mcprouter::detail {
namespace {

void check_value(std::string_view value) {
  const std::string field = encode_header_value(value);
  require(is_valid_field("Mcp-Name", field) && trimmed(field) == field);
  require(std::all_of(field.begin(), field.end(), [](char c) { return c >= ' ' && c <= '~'; }));
  const auto read = decode_header_value(field);
  if (simdjson::validate_utf8(value.data(), value.size())) {
    require(read == value);
  } else {
    require(!read);
  }
  require(decode_header_value(" \t" + field + "\t ") == read);
}

void check_field(std::string_view field) {
  const auto value = decode_header_value(field);
  if (!value) return;
  require(simdjson::validate_utf8(value->data(), value->size()));
  const std::string written = encode_header_value(*value);
  require(decode_header_value(written) == value);
  // A field that was not plain is the one that we would write, or we would write it plain.
  if (*value != trimmed(field)) require(written == trimmed(field) || written == *value);
}

}  // namespace
}  // namespace mcprouter::detail

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mcprouter::detail;
  const std::string_view text = text_of(data, size);
  check_value(text);
  check_field(text);
  check_field("=?base64?" + std::string(text) + "?=");
  return 0;
}
