#include "protocol/json_text.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <utility>

#include "protocol/json_cursor.hpp"

namespace mcprouter::detail {
namespace {

using nlohmann::json;

/// Whether a quoted string of these bytes means just these bytes: no escapes, and nothing that would need one.
bool is_plain(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

}  // namespace

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
  JsonCursor cursor(object);
  if (!cursor.at('{')) return false;
  cursor.enter();
  while (cursor.next_member()) {
    const std::string_view value = cursor.value();
    if (!visit(cursor.name(), value)) break;
  }
  return true;
}

std::vector<JsonMember> members(std::string_view object) {
  std::vector<JsonMember> result;
  for_each_member(object, [&](std::string_view name, std::string_view value) {
    result.push_back({std::string(name), value});
    return true;
  });
  return result;
}

std::vector<std::string_view> elements(std::string_view array) {
  std::vector<std::string_view> result;
  JsonCursor cursor(array);
  if (!cursor.at('[')) return result;
  cursor.enter();
  while (cursor.next_element()) result.push_back(cursor.value());
  return result;
}

std::optional<std::string_view> member(std::string_view object, std::string_view name) {
  JsonCursor cursor(object);
  if (!cursor.at('{')) return std::nullopt;
  cursor.enter();
  while (cursor.next_member()) {
    const bool is_it = cursor.name() == name;
    if (const std::string_view value = cursor.value(); is_it) return value;
  }
  return std::nullopt;
}

std::optional<std::string_view> only_member(std::string_view object, std::string_view name) {
  std::optional<std::string_view> found;
  bool repeated = false;
  for_each_member(object, [&](std::string_view member_name, std::string_view value) {
    if (member_name == name) {
      repeated = found.has_value();
      found = value;
    }
    return !repeated;
  });
  return repeated ? std::nullopt : found;
}

std::optional<std::string> string_value(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::nullopt;
  const std::string_view content = value.substr(1, value.size() - 2);
  if (is_plain(content)) return std::string(content);
  if (find_problem(value, 1)) return std::nullopt;
  return json::parse(value).get<std::string>();
}

std::string Quoted::operator()(std::string_view utf8) const {
  if (is_plain(utf8)) return std::move(std::string("\"").append(utf8).append("\""));
  return json(utf8).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string splice(std::string_view text, std::vector<Replacement> replacements) {
  // An insertion before a replaced range comes first; std::less orders pointers that `<` may not.
  const auto before = [](const Replacement& a, const Replacement& b) {
    if (a.range.data() != b.range.data()) return std::less<>()(a.range.data(), b.range.data());
    return a.range.size() < b.range.size();
  };
  // Mostly there is one; sorting takes memory all the same.
  if (replacements.size() > 1) std::stable_sort(replacements.begin(), replacements.end(), before);
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
  return std::move(result.append(text.substr(done)));
}

}  // namespace mcprouter::detail
