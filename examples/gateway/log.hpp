#pragma once

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <mutex>
#include <string_view>
#include <utility>

namespace gateway {

enum class LogLevel { error, warn, info, debug };

/// Lines of `name=value` (logfmt) on stderr.
///
/// At most `max_lines_per_second` lines get out, errors apart: a flood of bad requests must not fill a disk. What was
/// held back is counted in the next line that gets out.
///
/// Thread safety: thread-safe.
class Log {
 public:
  using Field = std::pair<std::string_view, std::string_view>;

  static constexpr std::size_t max_lines_per_second = 200;

  explicit Log(LogLevel level) : level_(level) {}

  [[nodiscard]] bool enabled(LogLevel level) const { return level <= level_; }
  void write(LogLevel level, std::string_view event, std::initializer_list<Field> fields = {});

 private:
  const LogLevel level_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point second_;  // guarded by `mutex_`
  std::size_t lines_in_second_ = 0;               // guarded by `mutex_`
  std::size_t held_back_ = 0;                     // guarded by `mutex_`
};

}  // namespace gateway
