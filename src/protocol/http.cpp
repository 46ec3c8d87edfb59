#include "mcprouter/http.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>
#include <utility>

#include "protocol/ascii.hpp"

namespace mcprouter {
namespace {

// Room at first: for what most messages have.
constexpr std::size_t kUsualSize = 256;

bool is_named(const HeaderField& field, std::string_view name) {
  // Most write names as we do.
  return field.name.size() == name.size() && (field.name == name || same_header(field.name, name));
}

bool is_field_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
}

}  // namespace

Headers::Headers(std::initializer_list<HeaderField> fields) {
  for (const HeaderField& field : fields) add(field.name, field.value);
}

void Headers::add(std::string_view name, std::string_view value) {
  constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max();
  if (name.size() > kMost || value.size() > kMost) throw std::length_error("a header field is too long");
  const Iterator::Sizes sizes{static_cast<std::uint32_t>(name.size()), static_cast<std::uint32_t>(value.size())};
  const std::size_t size = fields_.size() + sizeof sizes + name.size() + value.size();
  std::vector<char> old;  // name and value may lie in it
  if (size > fields_.capacity()) {
    old.reserve(std::max({kUsualSize, 2 * fields_.capacity(), size}));
    old.assign(fields_.begin(), fields_.end());
    old.swap(fields_);
  }
  std::array<char, sizeof sizes> front;
  std::memcpy(front.data(), &sizes, sizeof sizes);
  fields_.insert(fields_.end(), front.begin(), front.end());
  fields_.insert(fields_.end(), name.begin(), name.end());
  fields_.insert(fields_.end(), value.begin(), value.end());
}

void Headers::add(const Headers& others) {
  if (&others == this) {
    add(Headers(others));
    return;
  }
  fields_.insert(fields_.end(), others.fields_.begin(), others.fields_.end());
}

void Headers::set(std::string_view name, std::string_view value) {
  if (!has(name)) {
    add(name, value);
    return;
  }
  const std::string kept_name(name);
  const std::string kept_value(value);
  remove(kept_name);
  add(kept_name, kept_value);
}

void Headers::remove(std::string_view name) {
  if (!has(name)) return;
  Headers kept;
  for (const HeaderField& field : *this) {
    if (!is_named(field, name)) kept.add(field.name, field.value);
  }
  *this = std::move(kept);
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const HeaderField& field : *this) {
    if (is_named(field, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(begin(), end(), [&](const HeaderField& field) { return is_named(field, name); }));
}

std::string Headers::joined(std::string_view name) const {
  std::string values;
  bool first = true;
  for (const HeaderField& field : *this) {
    if (!is_named(field, name)) continue;
    if (!std::exchange(first, false)) values.append(", ");
    values.append(field.value);
  }
  return values;
}

std::size_t Headers::size() const { return static_cast<std::size_t>(std::distance(begin(), end())); }

bool same_header(std::string_view a, std::string_view b) { return detail::equal_ignoring_case(a, b); }

bool is_valid_field(std::string_view name, std::string_view value) {
  return detail::is_token(name) && std::all_of(value.begin(), value.end(), is_field_char);
}

}  // namespace mcprouter
