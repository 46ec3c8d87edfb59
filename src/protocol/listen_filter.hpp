#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mcprouter::detail {

/// What a client asks to hear of with `subscriptions/listen`, or what of it a server will tell (SUB-02).
struct ListenFilter {
  bool tools = false;
  bool prompts = false;
  bool resources = false;
  std::vector<std::string> uris;   ///< Resources whose updates are told; each once.
  std::vector<std::string> tasks;  ///< Ids of tasks whose states are told; each once.

  [[nodiscard]] bool empty() const { return !tools && !prompts && !resources && uris.empty() && tasks.empty(); }
};

/// Reads `params.notifications` of a request or of its acknowledgement, or says for people what is wrong with it.
/// No more than `max` resources are taken, nor tasks.
[[nodiscard]] std::variant<ListenFilter, std::string> read_listen_filter(std::string_view params, std::size_t max);

/// Says whether it asks to hear of tasks, if of none, which needs the tasks extension (SUB-10).
[[nodiscard]] bool asks_for_tasks(std::string_view params);

/// Writes the object `notifications`.
[[nodiscard]] std::string filter_object(const ListenFilter& filter);

// What tells the messages of one subscription from those of another is in their `_meta` (SUB-03). `object` is params or
// a result as written, or empty.

/// Returns the object with the id, as written, of the subscription that it belongs to.
[[nodiscard]] std::string with_subscription_id(std::string_view object, std::string_view id);
/// Returns the object without it; empty if nothing else is in it.
[[nodiscard]] std::string without_subscription_id(std::string_view object);

}  // namespace mcprouter::detail
