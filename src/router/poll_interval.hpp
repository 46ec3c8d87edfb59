#pragma once

#include <algorithm>
#include <chrono>

#include "protocol/task_translation.hpp"

namespace mcprouter::detail {

/// How long to wait before a task is asked for again: what the backend suggests, within reason.
[[nodiscard]] inline std::chrono::milliseconds poll_interval(const ModernTask& task) {
  constexpr std::chrono::milliseconds kUsual{1'000};
  constexpr std::chrono::milliseconds kShortest{100};
  constexpr std::chrono::milliseconds kLongest{30'000};
  return task.poll_interval.count() == 0 ? kUsual : std::clamp(task.poll_interval, kShortest, kLongest);
}

}  // namespace mcprouter::detail
