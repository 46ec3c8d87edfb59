#include "config/config_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "mcprouter/error.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::size_t max_nesting = 32;
constexpr std::size_t max_members = 1'000;  // Of one object: nlohmann looks them up one by one.
constexpr std::size_t max_name_in_path = 64;
constexpr int number_out_of_range = 406;  // nlohmann's id for a number that no double can hold.

bool is_continuation_byte(char byte) { return (static_cast<unsigned char>(byte) & 0xC0u) == 0x80u; }

std::string describe_syntax_error(std::string_view text, std::size_t position, int id) {
  if (id == number_out_of_range) return "the number is out of range";
  if (position > text.size()) return "the text ends too early";
  const char at = text[position - 1];
  if (at == '/') return "expected strict JSON, which has no comments";
  const std::size_t before = position < 2 ? std::string_view::npos : text.find_last_not_of(" \t\r\n", position - 2);
  if ((at == '}' || at == ']') && before != std::string_view::npos && text[before] == ',') {
    return "expected no comma after the last entry";
  }
  return "not valid JSON";
}

/// Sees every token before a DOM exists: nlohmann keeps the last of two members with one name and says nothing.
class Inspector {
 public:
  explicit Inspector(std::string_view text) : text_(text) {}

  bool null() { return scalar(); }
  bool boolean(bool) { return scalar(); }
  bool number_integer(ConfigJson::number_integer_t) { return scalar(); }
  bool number_unsigned(ConfigJson::number_unsigned_t) { return scalar(); }
  bool number_float(ConfigJson::number_float_t, const std::string&) { return scalar(); }
  bool string(std::string&) { return scalar(); }
  bool binary(ConfigJson::binary_t&) { return scalar(); }
  bool start_object(std::size_t) { return open(false); }
  bool start_array(std::size_t) { return open(true); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    Level& level = levels_.back();
    level.current = name;
    if (!level.names.insert(name).second) throw ConfigError(path(), "this member is there twice; expected it once");
    if (level.names.size() > max_members) {
      throw ConfigError(path(), fmt::format("expected at most {} members in one object", max_members));
    }
    return true;
  }

  // Called by nlohmann with the number of bytes read, the offending one included.
  bool parse_error(std::size_t position, const std::string&, const ConfigJson::exception& error) {
    position = std::max<std::size_t>(position, 1);
    const std::string_view before = text_.substr(0, position - 1);
    const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0.
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const auto column = 1 + std::count_if(before.begin() + static_cast<std::ptrdiff_t>(line_start), before.end(),
                                          [](char byte) { return !is_continuation_byte(byte); });
    throw ConfigError(
        "$", fmt::format("line {}, column {}: {}", line, column, describe_syntax_error(text_, position, error.id)));
  }

 private:
  struct Level {
    bool array = false;
    std::size_t count = 0;
    std::string current;
    std::set<std::string> names;
  };

  bool scalar() {
    if (!levels_.empty()) ++levels_.back().count;
    return true;
  }

  bool open(bool array) {
    if (levels_.size() == max_nesting) {
      throw ConfigError(path(), fmt::format("expected at most {} levels of nesting", max_nesting));
    }
    levels_.push_back({array, 0, {}, {}});
    return true;
  }

  bool close() {
    levels_.pop_back();
    return scalar();
  }

  [[nodiscard]] std::string path() const {
    std::string path = "$";
    for (const Level& level : levels_) {
      path = level.array ? element_path(path, level.count) : member_path(path, level.current);
    }
    return path;
  }

  std::string_view text_;
  std::vector<Level> levels_;
};

bool is_plain(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '$';
  });
}

}  // namespace

ConfigJson parse_config_json(std::string_view text) {
  if (text.size() > max_config_size) {
    throw ConfigError("$", fmt::format("the text is too large; expected at most {} bytes", max_config_size));
  }
  Inspector inspector(text);
  ConfigJson::sax_parse(text, &inspector);
  return ConfigJson::parse(text);
}

std::string member_path(const std::string& path, std::string_view name) {
  std::string shown(name);
  if (shown.size() > max_name_in_path) {
    std::size_t end = max_name_in_path;
    while (end > 0 && is_continuation_byte(shown[end])) --end;
    shown = shown.substr(0, end) + "...";
  }
  if (is_plain(shown)) return path + "." + shown;
  return path + "[" + ConfigJson(shown).dump(-1, ' ', true, ConfigJson::error_handler_t::replace) + "]";
}

std::string element_path(const std::string& path, std::size_t index) { return fmt::format("{}[{}]", path, index); }

}  // namespace mcprouter::detail
