#include "log.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <iterator>
#include <string>

namespace gateway {
namespace {

constexpr std::size_t max_value = 512;

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::error:
      return "error";
    case LogLevel::warn:
      return "warn";
    case LogLevel::info:
      return "info";
    case LogLevel::debug:
      break;
  }
  return "debug";
}

bool is_plain(char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '=' && c != '\\'; }

/// Some values come from a backend: none may begin a line of its own or reach a terminal as a control sequence.
void append_value(std::string& line, std::string_view value) {
  if (!value.empty() && value.size() <= max_value && std::all_of(value.begin(), value.end(), is_plain)) {
    line += value;
    return;
  }
  line += '"';
  for (const char c : value.substr(0, max_value)) {
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == '\x7f') {
      fmt::format_to(std::back_inserter(line), "\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      line += c;
    }
  }
  if (value.size() > max_value) line += "...";
  line += '"';
}

std::string timestamp() {
  const auto now = std::chrono::system_clock::now();
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
                     milliseconds % 1000);
}

}  // namespace

void Log::write(LogLevel level, std::string_view event, std::initializer_list<Field> fields) {
  if (!enabled(level)) return;
  std::string line = fmt::format("time={} level={} event={}", timestamp(), name_of(level), event);
  for (const auto& [name, value] : fields) {
    line += ' ';
    line += name;
    line += '=';
    append_value(line, value);
  }

  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (now - second_ >= std::chrono::seconds(1)) {
    second_ = now;
    lines_in_second_ = 0;
  }
  if (level != LogLevel::error && ++lines_in_second_ > max_lines_per_second) {
    ++held_back_;
    return;
  }
  if (held_back_ > 0) line += fmt::format(" held_back={}", std::exchange(held_back_, 0));
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace gateway
