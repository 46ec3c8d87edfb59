#include "protocol/json_diagnosis.hpp"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace mcprouter::detail {
namespace {

using nlohmann::json;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr int number_out_of_range = 406;  // nlohmann's exception id.

/// Hands the text to the parser and lets the handler see how far it has read.
///
/// Line ends and tabs between values read as spaces: for its error message the parser keeps what it read since the last
/// string or number, several times over, with each control character drawn out to eight.
class Input {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = char;

  Input(const char* here, const char** seen) : here_(here), seen_(seen) {}

  reference operator*() const {
    return !in_string_ && (*here_ == '\n' || *here_ == '\r' || *here_ == '\t') ? ' ' : *here_;
  }
  Input& operator++() {
    if (*here_ == '"' && !escaped_) in_string_ = !in_string_;
    escaped_ = in_string_ && *here_ == '\\' && !escaped_;
    *seen_ = ++here_;
    return *this;
  }
  Input operator++(int) {
    Input before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const Input& a, const Input& b) { return a.here_ == b.here_; }

 private:
  const char* here_;
  const char** seen_;
  bool in_string_ = false;
  bool escaped_ = false;
};

/// What the parser calls; false stops it.
class Handler {
 public:
  Handler(std::string_view text, std::size_t max_depth) : text_(text), seen_(text.data()), max_depth_(max_depth) {}

  std::optional<JsonProblem> run() {
    if (text_.starts_with(byte_order_mark)) return JsonProblem{0, "a byte order mark is not allowed"};
    // The parser takes a NUL for the end of its input.
    if (const std::size_t nul = text_.find('\0'); nul != std::string_view::npos) return JsonProblem{nul, "a NUL byte"};
    const char* const end = text_.data() + text_.size();
    json::sax_parse(Input(text_.data(), &seen_), Input(end, &seen_), this);
    return std::move(problem_);
  }

  bool null() { return true; }
  bool boolean(bool) { return true; }
  bool number_integer(json::number_integer_t) { return true; }
  bool number_unsigned(json::number_unsigned_t) { return true; }
  bool number_float(json::number_float_t, const std::string&) { return true; }
  bool string(std::string&) { return true; }
  bool binary(json::binary_t&) { return false; }
  bool start_object(std::size_t) { return enter(); }
  bool end_object() { return leave(); }
  bool start_array(std::size_t) { return enter(); }
  bool end_array() { return leave(); }
  bool key(std::string&) { return true; }
  bool parse_error(std::size_t position, const std::string&, const json::exception& error) {
    const std::size_t offset = std::min(position > 0 ? position - 1 : 0, text_.size());
    if (error.id == number_out_of_range) return fail(offset, "a number is too large");
    return fail(offset, offset == text_.size() ? "the text ends too early" : "not JSON in UTF-8");
  }

 private:
  bool fail(std::size_t offset, std::string what) {
    problem_ = JsonProblem{offset, std::move(what)};
    return false;
  }

  bool enter() {
    if (depth_ == max_depth_) return fail(static_cast<std::size_t>(seen_ - text_.data()) - 1, "nested too deep");
    ++depth_;
    return true;
  }

  bool leave() {
    --depth_;
    return true;
  }

  std::string_view text_;
  const char* seen_;  // Where the parser reads next.
  std::size_t depth_ = 0;
  std::size_t max_depth_;
  std::optional<JsonProblem> problem_;
};

}  // namespace

std::optional<JsonProblem> diagnose(std::string_view text, std::size_t max_depth) {
  return Handler(text, max_depth).run();
}

}  // namespace mcprouter::detail
