#include "mcprouter/http.hpp"

#include <algorithm>
#include <utility>

#include "protocol/ascii.hpp"

namespace mcprouter {
namespace {

auto named(std::string_view name) {
  // Most write names as we do.
  return [name](const HeaderField& field) { return field.name == name || same_header(field.name, name); };
}

bool is_field_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
}

}  // namespace

void Headers::add(std::string name, std::string value) {
  HeaderField& field = fields_.emplace_back();
  field.name = std::move(name);
  field.value = std::move(value);
}

void Headers::set(std::string name, std::string value) {
  remove(name);
  add(std::move(name), std::move(value));
}

void Headers::remove(std::string_view name) { std::erase_if(fields_, named(name)); }

const std::string* Headers::find(std::string_view name) const {
  const auto field = std::find_if(fields_.begin(), fields_.end(), named(name));
  return field == fields_.end() ? nullptr : &field->value;
}

std::string_view Headers::get(std::string_view name) const {
  const std::string* const value = find(name);
  return value == nullptr ? std::string_view() : *value;
}

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(fields_.begin(), fields_.end(), named(name)));
}

std::string Headers::joined(std::string_view name) const {
  std::string values;
  bool first = true;
  for (const HeaderField& field : fields_) {
    if (!same_header(field.name, name)) continue;
    if (!std::exchange(first, false)) values.append(", ");
    values.append(field.value);
  }
  return values;
}

bool same_header(std::string_view a, std::string_view b) { return detail::equal_ignoring_case(a, b); }

bool is_valid_field(std::string_view name, std::string_view value) {
  return detail::is_token(name) && std::all_of(value.begin(), value.end(), is_field_char);
}

}  // namespace mcprouter
