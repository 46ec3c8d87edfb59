#pragma once

#include <atomic>
#include <cstddef>

namespace mcprouter::detail {

/// What one session's streams keep for clients that come back. Thread-safe.
struct ReplayBudget {
  std::atomic<std::size_t> bytes{0};
  std::atomic<std::size_t> events{0};
};

}  // namespace mcprouter::detail
