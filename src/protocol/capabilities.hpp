#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mcprouter::detail {

/// Returns what of a client's capabilities is offered to a backend: what the router can carry, that is `roots`,
/// `elicitation`, and `sampling` without `context` (SMP-02). JSON text, as all capabilities here.
[[nodiscard]] std::string offered_capabilities(std::string_view client_capabilities);

/// The same of a modern client to a session-ful backend, always written in the same way: which of `roots`, `sampling`,
/// `sampling.tools` and the modes of `elicitation` there are, and nothing else. Clients that can be asked the same have
/// the same text, of which there are few (requirements 4.4).
[[nodiscard]] std::string normalised_capabilities(std::string_view client_capabilities);

/// What the router serves, out of what its backends declared.
struct ServedCapabilities {
  std::vector<std::string_view> backends;  ///< Of those that are known.
  bool some_unknown = false;  ///< Some backend was never reached: it may have tools, prompts and resources.
  bool tasks = false;         ///< The client's version knows tasks.
  bool task_lists = false;    ///< Tasks may be listed: the client is somebody (TSL-06).
};
/// Returns what `initialize` declares. Lists can always change: backends come and go.
[[nodiscard]] std::string served_capabilities(const ServedCapabilities& served);

/// Says whether a capability is declared, named by its path ("resources.subscribe"): an object or `true`.
[[nodiscard]] bool has_capability(std::string_view capabilities, std::string_view path);

}  // namespace mcprouter::detail
