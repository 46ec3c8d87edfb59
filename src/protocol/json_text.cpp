#include "protocol/json_text.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

namespace mcprouter::detail {
namespace {

using nlohmann::json;

constexpr std::string_view white_space = " \t\n\r";
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr int number_out_of_range = 406;  // nlohmann's exception id.

/// Hands the text to the parser and lets the handler see how far it has read.
///
/// Line ends and tabs between values read as spaces: for its error message the parser keeps what it read since the last
/// string or number, several times over, with each control character drawn out to eight.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = char;

  Cursor(const char* here, const char** seen) : here_(here), seen_(seen) {}

  reference operator*() const {
    return !in_string_ && (*here_ == '\n' || *here_ == '\r' || *here_ == '\t') ? ' ' : *here_;
  }
  Cursor& operator++() {
    if (*here_ == '"' && !escaped_) in_string_ = !in_string_;
    escaped_ = in_string_ && *here_ == '\\' && !escaped_;
    *seen_ = ++here_;
    return *this;
  }
  Cursor operator++(int) {
    Cursor before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const Cursor& a, const Cursor& b) { return a.here_ == b.here_; }

 private:
  const char* here_;
  const char** seen_;
  bool in_string_ = false;
  bool escaped_ = false;
};

/// One pass over a text: checks it and reports the values right below the top one.
class Scan {
 public:
  using Child = std::function<bool(std::string_view name, std::string_view value)>;

  Scan(std::string_view text, std::size_t max_depth, const Child* child = nullptr)
      : text_(text), seen_(text.data()), max_depth_(max_depth), child_(child) {}

  /// Returns false if the text has a problem. A pass that the child callback stopped has none.
  bool run() {
    if (text_.starts_with(byte_order_mark)) return fail(0, "a byte order mark is not allowed");
    // The parser takes a NUL for the end of its input.
    if (const std::size_t nul = text_.find('\0'); nul != std::string_view::npos) return fail(nul, "a NUL byte");
    const char* const end = text_.data() + text_.size();
    json::sax_parse(Cursor(text_.data(), &seen_), Cursor(end, &seen_), this);
    return !problem_;
  }

  std::optional<JsonProblem> take_problem() { return std::move(problem_); }
  std::optional<std::string> take_top_string() { return std::move(top_string_); }

  // What the parser calls; false stops it.
  bool null() { return scalar(seen_); }
  bool boolean(bool) { return scalar(seen_); }
  bool number_integer(json::number_integer_t) { return number(); }
  bool number_unsigned(json::number_unsigned_t) { return number(); }
  bool number_float(json::number_float_t, const std::string&) { return number(); }
  bool string(std::string& value) {
    if (depth_ == 0) top_string_ = std::move(value);
    return scalar(seen_);
  }
  bool binary(json::binary_t&) { return false; }
  bool start_object(std::size_t) { return enter(); }
  bool end_object() { return leave(); }
  bool start_array(std::size_t) { return enter(); }
  bool end_array() { return leave(); }
  bool key(std::string& name) {
    if (depth_ == 1 && child_ != nullptr) {
      name_ = std::move(name);
      mark_ = seen_;
    }
    return true;
  }
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
    if (depth_ == max_depth_) {
      return fail(static_cast<std::size_t>(seen_ - text_.data()) - 1, "nested too deep");
    }
    if (++depth_ == 1) mark_ = seen_;
    return true;
  }

  bool leave() {
    --depth_;
    return scalar(seen_);
  }

  /// The parser has read one byte past a number, if there is one: its end is found from its beginning.
  bool number() {
    if (depth_ != 1 || child_ == nullptr) return true;
    const char* end = value_begin();
    while (end != text_.data() + text_.size() &&
           std::string_view("+-.0123456789eE").find(*end) != std::string_view::npos)
      ++end;
    return scalar(end);
  }

  /// A value ended at `end`. It is reported if it stands right below the top.
  bool scalar(const char* end) {
    if (depth_ != 1 || child_ == nullptr) return true;
    const char* const begin = value_begin();
    mark_ = end;
    return (*child_)(name_, std::string_view(begin, static_cast<std::size_t>(end - begin)));
  }

  /// Between the mark and the value stand only a separator and white space.
  const char* value_begin() const {
    const char* begin = mark_;
    while (*begin == ':' || *begin == ',' || white_space.find(*begin) != std::string_view::npos) ++begin;
    return begin;
  }

  std::string_view text_;
  const char* seen_;            // Where the parser reads next.
  const char* mark_ = nullptr;  // End of the last name or value right below the top.
  std::size_t depth_ = 0;
  std::size_t max_depth_;
  const Child* child_;
  std::string name_;
  std::optional<std::string> top_string_;
  std::optional<JsonProblem> problem_;
};

bool begins_with(std::string_view text, char c) {
  const std::size_t first = text.find_first_not_of(white_space);
  return first != std::string_view::npos && text[first] == c;
}

constexpr std::size_t any_depth = std::numeric_limits<std::size_t>::max();

}  // namespace

std::optional<JsonProblem> find_problem(std::string_view text, std::size_t max_depth) {
  Scan scan(text, max_depth);
  scan.run();
  return scan.take_problem();
}

JsonKind kind_of(std::string_view value) {
  switch (value.empty() ? 'n' : value.front()) {
    case '{':
      return JsonKind::object;
    case '[':
      return JsonKind::array;
    case '"':
      return JsonKind::string;
    case 't':
    case 'f':
      return JsonKind::boolean;
    case 'n':
      return JsonKind::null;
    default:
      return JsonKind::number;
  }
}

bool for_each_member(std::string_view object,
                     const std::function<bool(std::string_view name, std::string_view value)>& visit) {
  return begins_with(object, '{') && Scan(object, any_depth, &visit).run();
}

std::vector<JsonMember> members(std::string_view object) {
  std::vector<JsonMember> result;
  const bool valid = for_each_member(object, [&](std::string_view name, std::string_view value) {
    result.push_back({std::string(name), value});
    return true;
  });
  if (!valid) result.clear();
  return result;
}

std::vector<std::string_view> elements(std::string_view array) {
  std::vector<std::string_view> result;
  const Scan::Child collect = [&](std::string_view, std::string_view value) {
    result.push_back(value);
    return true;
  };
  if (!begins_with(array, '[') || !Scan(array, any_depth, &collect).run()) result.clear();
  return result;
}

std::optional<std::string_view> member(std::string_view object, std::string_view name) {
  std::optional<std::string_view> result;
  for_each_member(object, [&](std::string_view candidate, std::string_view value) {
    if (candidate == name) result = value;
    return !result;
  });
  return result;
}

std::optional<std::string> string_value(std::string_view value) {
  if (!begins_with(value, '"')) return std::nullopt;
  Scan scan(value, 0);
  if (!scan.run()) return std::nullopt;
  return scan.take_top_string();
}

std::string Quoted::operator()(std::string_view utf8) const {
  return json(utf8).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string splice(std::string_view text, std::vector<Replacement> replacements) {
  // An insertion before a replaced range comes first; std::less orders pointers that `<` may not.
  std::stable_sort(replacements.begin(), replacements.end(), [](const Replacement& a, const Replacement& b) {
    if (a.range.data() != b.range.data()) return std::less<>()(a.range.data(), b.range.data());
    return a.range.size() < b.range.size();
  });
  std::size_t size = text.size();
  for (const Replacement& replacement : replacements) size += replacement.text.size();
  std::string result;
  result.reserve(size);
  std::size_t done = 0;
  for (const Replacement& replacement : replacements) {
    const auto begin = static_cast<std::size_t>(replacement.range.data() - text.data());
    assert(done <= begin && begin + replacement.range.size() <= text.size());
    result.append(text.substr(done, begin - done)).append(replacement.text);
    done = begin + replacement.range.size();
  }
  return result.append(text.substr(done));
}

}  // namespace mcprouter::detail
