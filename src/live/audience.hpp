#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "catalog/backend_list.hpp"
#include "live/from_backend.hpp"
#include "protocol/listen_filter.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

class ModernListening;

/// A list whose changes are announced.
struct ListKind {
  ListMethod list;
  std::string_view changed;   ///< The notification.
  std::string_view declared;  ///< The capability of a backend that sends it.
  bool ListenFilter::*flag;
};
inline constexpr std::array<ListKind, 3> kListKinds{
    {{kToolList, "notifications/tools/list_changed", "tools.listChanged", &ListenFilter::tools},
     {kPromptList, "notifications/prompts/list_changed", "prompts.listChanged", &ListenFilter::prompts},
     {kResourceList, "notifications/resources/list_changed", "resources.listChanged", &ListenFilter::resources}}};

/// Returns the list whose change the notification announces, or nullptr.
[[nodiscard]] inline const ListKind* announced_list(std::string_view method) {
  const auto* const found = std::find_if(kListKinds.begin(), kListKinds.end(),
                                         [method](const ListKind& kind) { return kind.changed == method; });
  return found == kListKinds.end() ? nullptr : found;
}

/// Who is told what one backend says for no request in particular.
///
/// Thread safety: `enter` and `wanted` are called from any thread, the rest by one at a time, but for `settled`, which
/// is thread-safe.
class Audience {
 public:
  Audience() = default;
  Audience(const Audience&) = delete;
  Audience& operator=(const Audience&) = delete;
  virtual ~Audience() = default;

  enum class Entered {
    yes,
    not_now,  ///< It may be tried again.
    over,     ///< There is nobody to listen for.
  };
  /// Finds the session to listen in, as it is now: sets `hop.session`.
  virtual Task<Entered> enter(BackendHop& hop) = 0;
  /// What is to be heard of a modern backend, as far as it tells of it. `hop.session` and `hop.upstream` are set.
  [[nodiscard]] virtual ListenFilter wanted(const BackendHop& hop) const = 0;
  /// Whether what is wanted may become something else.
  [[nodiscard]] virtual bool may_want_more() const = 0;

  /// The backend is modern: this can be asked to listen for something else.
  virtual void listens_with(const std::shared_ptr<ModernListening>& listening) = 0;
  /// A legacy backend's stream is under way: whatever needs it to be can be asked for.
  virtual Task<void> opened(const BackendHop& hop) = 0;
  /// A legacy backend lost the session; the present one is new.
  virtual Task<void> moved(const BackendHop& hop) = 0;
  /// What a modern backend will tell of.
  virtual void granted(const ListenFilter& filter) = 0;
  /// The backend need not be waited for: it is listened to, or will not be for now. May be called again.
  virtual void settled() = 0;
  /// It was listened to, and is to be waited for again: a call found its session lost. From any thread.
  virtual void unsettled() = 0;

  /// The backend said this.
  virtual void hear(const BackendHop& hop, const BackendMessage& message) = 0;
  /// A list of the backend may be another, because the backend went away or came back.
  virtual void list_changed(const ListKind& kind) = 0;
};

}  // namespace mcprouter::detail
