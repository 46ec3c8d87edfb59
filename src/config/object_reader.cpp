#include "config/object_reader.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>

#include "config/duration.hpp"
#include "config/environment.hpp"
#include "config/nearest_name.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::uint64_t max_number = (std::uint64_t{1} << 53) - 1;  // What every JSON tool keeps exact (RFC 8259 6).

std::string_view kind(const ConfigJson& value) {
  switch (value.type()) {
    case ConfigJson::value_t::object:
      return "an object";
    case ConfigJson::value_t::array:
      return "an array";
    case ConfigJson::value_t::string:
      return "a string";
    case ConfigJson::value_t::boolean:
      return "a boolean";
    case ConfigJson::value_t::null:
      return "null";
    default:
      return "a number";
  }
}

[[noreturn]] void wrong_type(const std::string& path, std::string_view expected, const ConfigJson& value) {
  throw ConfigError(path, fmt::format("expected {}, found {}", expected, kind(value)));
}

}  // namespace

ObjectReader::ObjectReader(const ConfigJson& value, std::string path, const Environment& environment)
    : value_(&value), path_(std::move(path)), environment_(&environment) {
  if (!value.is_object()) wrong_type(path_, "an object", value);
}

const ConfigJson* ObjectReader::find(std::string_view name) const {
  const auto found = value_->find(std::string(name));
  return found == value_->end() ? nullptr : &*found;
}

std::vector<std::string> ObjectReader::names() const {
  std::vector<std::string> names;
  for (const auto& item : value_->items()) names.push_back(item.key());
  return names;
}

void ObjectReader::allow_only(const std::vector<std::string_view>& known) const {
  for (const std::string& name : names()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string_view nearest = nearest_name(name, known);
    throw ConfigError(path_of(name), nearest.empty()
                                         ? fmt::format("unknown member; expected one of {}", fmt::join(known, ", "))
                                         : fmt::format("unknown member; did you mean \"{}\"?", nearest));
  }
}

std::optional<ObjectReader> ObjectReader::object(std::string_view name) const {
  const ConfigJson* value = find(name);
  if (value == nullptr) return std::nullopt;
  return ObjectReader(*value, path_of(name), *environment_);
}

void ObjectReader::read(std::string_view name, std::string& target) const {
  if (const ConfigJson* value = find(name)) target = text(*value, path_of(name));
}

void ObjectReader::read(std::string_view name, std::size_t& target) const {
  const ConfigJson* value = find(name);
  if (value == nullptr) return;
  if (!value->is_number()) wrong_type(path_of(name), "a whole number", *value);
  const std::uint64_t number = value->is_number_unsigned() ? value->get<std::uint64_t>() : 0;
  if (number == 0 || number > std::min<std::uint64_t>(max_number, SIZE_MAX)) {
    throw ConfigError(path_of(name), fmt::format("expected a whole number from 1 to {}", max_number));
  }
  target = static_cast<std::size_t>(number);
}

void ObjectReader::read(std::string_view name, std::chrono::milliseconds& target) const {
  const ConfigJson* value = find(name);
  if (value == nullptr) return;
  constexpr std::string_view expected = R"(a time with its unit, "250ms", "5s", "30m" or "1h")";
  if (!value->is_string()) wrong_type(path_of(name), expected, *value);
  const auto duration = parse_duration(text(*value, path_of(name)));
  if (!duration) throw ConfigError(path_of(name), fmt::format("expected {}, from 1ms to 8760h", expected));
  target = *duration;
}

void ObjectReader::read(std::string_view name, std::vector<std::string>& target) const {
  const ConfigJson* value = find(name);
  if (value == nullptr) return;
  if (!value->is_array()) wrong_type(path_of(name), "an array of strings", *value);
  std::vector<std::string> read;
  for (const ConfigJson& element : *value) {
    read.push_back(text(element, element_path(path_of(name), read.size())));
  }
  target = std::move(read);
}

std::vector<std::pair<std::string, std::string>> ObjectReader::texts() const {
  std::vector<std::pair<std::string, std::string>> texts;
  for (const auto& item : value_->items()) {
    texts.emplace_back(item.key(), text(item.value(), path_of(item.key())));
  }
  return texts;
}

std::string ObjectReader::text(const ConfigJson& value, const std::string& path) const {
  if (!value.is_string()) wrong_type(path, "a string", value);
  return expand_environment(value.get_ref<const std::string&>(), *environment_, path);
}

}  // namespace mcprouter::detail
