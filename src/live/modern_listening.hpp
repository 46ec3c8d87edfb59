#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "backend/message_stream.hpp"
#include "catalog/list_cache.hpp"
#include "live/audience.hpp"
#include "live/from_backend.hpp"
#include "protocol/listen_filter.hpp"
#include "support/stop_signal.hpp"
#include "support/task.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// The `subscriptions/listen` at one modern backend that feeds one audience. What is listened for cannot be changed, so
/// another listen takes the place of the present one once the backend has acknowledged it.
///
/// Thread safety: `open` and `carry` are called by one who listens, `replace` by anyone meanwhile. Lifetime: shared.
class ModernListening {
 public:
  /// Ends when `stop` says so. `lists` outlives it.
  ModernListening(std::shared_ptr<Audience> audience, std::shared_ptr<StopSignal> stop, ListCache& lists)
      : audience_(std::move(audience)), stop_(std::move(stop)), lists_(lists) {}

  enum class Opened {
    yes,
    nothing,  ///< There is nothing to listen for, or the backend does not tell of it: no use in trying again.
    failed,
  };
  /// Asks for what the audience wants now, and awaits the acknowledgement.
  Task<Opened> open(BackendHop hop);
  /// Hands on what the backend says, until it ends the stream. Requires: `open` returned `yes`.
  Task<void> carry();

  struct Replaced {
    bool listening = false;               ///< Else nobody listens now, or what listens knows already.
    std::optional<ListenFilter> granted;  ///< What the backend acknowledged; empty: it did not.
  };
  /// Listens for what the audience wants now instead.
  Task<Replaced> replace();

 private:
  struct Listen {
    std::shared_ptr<StopSignal> stop = std::make_shared<StopSignal>();
    std::string id;
    ListenFilter granted;
    std::shared_ptr<MessageStream> stream;  ///< Null: there is nothing to listen for at the moment.
    bool failed = false;
    bool refused = false;
  };
  using ListenPtr = std::shared_ptr<Listen>;

  /// Numbers a listen before it is found out what it is for: the later one knows more.
  std::uint64_t take_number();
  Task<ListenPtr> begin(BackendHop hop);
  Task<void> await_acknowledgement(BackendHop hop, ListenPtr listen, std::shared_ptr<MessageStream> stream);
  /// Lets a listen take the place of an older one. Returns false if a later one is there already.
  bool install(std::uint64_t number, const ListenPtr& listen);
  void end(const Listen& listen);
  /// Nobody listens any more.
  void leave();
  /// Waits until another listen takes the place of this one.
  Task<void> replaced(ListenPtr listen);
  /// Returns false at the end. No coroutine: what waits for the next message is to be small.
  bool hear(const BackendHop& hop, const Listen& listen, Incoming incoming);
  void wake();

  const std::shared_ptr<Audience> audience_;
  const std::shared_ptr<StopSignal> stop_;
  ListCache& lists_;

  Mutex mutex_;
  std::shared_ptr<const BackendHop> hop_ MCPROUTER_GUARDED_BY(mutex_);  ///< Null: nobody listens.
  ListenPtr current_ MCPROUTER_GUARDED_BY(mutex_);
  std::uint64_t last_number_ MCPROUTER_GUARDED_BY(mutex_) = 0;
  std::uint64_t installed_ MCPROUTER_GUARDED_BY(mutex_) = 0;
  std::function<void()> waiter_ MCPROUTER_GUARDED_BY(mutex_);
};

/// Forgets what was cached of a list that has changed (TRAP-17).
void forget_lists(ListCache& lists, const std::string& backend, const ListKind& kind);

}  // namespace mcprouter::detail
