#include "protocol/json_cursor.hpp"

#include <algorithm>
#include <cstring>

#include "protocol/json_text.hpp"

namespace mcprouter::detail {
namespace {

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

bool ends_scalar(char c) { return c == ',' || c == '}' || c == ']' || is_space(c); }

}  // namespace

bool JsonCursor::next_member() {
  if (!next_part()) return false;
  const char* const quote = at_;
  at_ = std::find_if(quote + 1, end_, [](char c) { return c == '"' || c == '\\'; });
  if (at('"')) {
    name_ = {quote + 1, static_cast<std::size_t>(at_ - quote - 1)};
    ++at_;
  } else {
    at_ = quote;
    skip_string();
    unescaped_ = string_value(since(quote)).value_or(std::string());
    name_ = unescaped_;
  }
  skip_space();
  if (at_ != end_) ++at_;  // the colon
  skip_space();
  return true;
}

bool JsonCursor::next_element() { return next_part(); }

bool JsonCursor::next_part() {
  skip_space();
  if (at(',')) {
    ++at_;
    skip_space();
  }
  if (at_ == end_) return false;
  if (*at_ == '}' || *at_ == ']') {
    ++at_;
    return false;
  }
  return true;
}

std::string_view JsonCursor::value() {
  const char* const begin = at_;
  if (at('"')) {
    skip_string();
  } else if (at('{') || at('[')) {
    skip_nested();
  } else {
    at_ = std::find_if(at_, end_, ends_scalar);
  }
  return since(begin);
}

std::string_view JsonCursor::since(const char* begin) const { return {begin, static_cast<std::size_t>(at_ - begin)}; }

void JsonCursor::skip_space() {
  while (at_ != end_ && is_space(*at_)) ++at_;
}

void JsonCursor::skip_string() {
  const char* const content = std::min(at_ + 1, end_);
  for (const char* next = content;;) {
    const void* const quote = std::memchr(next, '"', static_cast<std::size_t>(end_ - next));
    if (quote == nullptr) {
      at_ = end_;
      return;
    }
    const char* const found = static_cast<const char*>(quote);
    const char* escapes = found;
    while (escapes != next && escapes[-1] == '\\') --escapes;
    next = found + 1;
    if ((found - escapes) % 2 == 0) {
      at_ = next;
      return;
    }
  }
}

void JsonCursor::skip_nested() {
  std::size_t depth = 0;
  while (at_ != end_) {
    switch (*at_) {
      case '"':
        skip_string();
        continue;
      case '{':
      case '[':
        ++depth;
        break;
      case '}':
      case ']':
        --depth;
        break;
      default:
        break;
    }
    ++at_;
    if (depth == 0) return;
  }
}

}  // namespace mcprouter::detail
