#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "protocol/param_headers.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// Which arguments modern backends want mirrored in headers of a tools/call, as their lists said last.
///
/// Thread-safe. Bounded in tools per backend and in backends: what is forgotten is sent without such headers, and
/// learnt again when the backend refuses that (PAR-06, PAR-07).
class ToolHeaders {
 public:
  using Params = std::shared_ptr<const std::vector<ParamHeader>>;

  struct Tool {
    std::string name;
    std::vector<ParamHeader> params;
  };

  /// `stale` is called with the name of a backend whose lists turn out to be no good any more; may be empty.
  explicit ToolHeaders(std::function<void(const std::string& backend)> stale = nullptr) : stale_(std::move(stale)) {}

  /// Is told that a backend refused the headers of a call: what is kept of its lists is no good (CCH-06).
  void refused(const std::string& backend) const {
    if (stale_) {
      stale_(backend);
    }
  }

  /// Is told that the backend's era is in doubt: what was learnt of one era is nothing to another.
  void forget(const std::string& backend, std::uint64_t revision);

  /// Adds what a list says, also that a tool has none now.
  void learn(std::string_view backend, std::uint64_t revision, std::vector<Tool> tools);
  /// Says whether anything was learnt of the backend: a tool without headers has none then, as far as is known.
  [[nodiscard]] bool knows(std::string_view backend, std::uint64_t revision);
  /// Returns nullptr for a tool that has none or is not known.
  [[nodiscard]] Params find(std::string_view backend, std::uint64_t revision, std::string_view tool);

 private:
  using Tools = std::unordered_map<std::string, Params>;

  static std::string key(std::string_view backend, std::uint64_t revision);

  const std::function<void(const std::string& backend)> stale_;
  Mutex mutex_;
  std::unordered_map<std::string, Tools> backends_ MCPROUTER_GUARDED_BY(mutex_);
};

/// One entry of a modern backend's tools/list: its name and headers, or why the tool is not to be listed (PAR-02).
struct ToolEntry {
  ToolHeaders::Tool tool;
  std::string problem;
};
[[nodiscard]] ToolEntry read_tool_entry(std::string_view entry);

}  // namespace mcprouter::detail
