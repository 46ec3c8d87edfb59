#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "live/live_session.hpp"

namespace mcprouter::detail {

/// The sessions of this node in which something goes on. An entry goes when nobody holds the LiveSession any more.
///
/// The last one of each shard rests there meanwhile: calls that follow each other need not make it anew.
///
/// Thread safety: thread-safe; sharded.
class LiveSessions {
 public:
  explicit LiveSessions(Executor& executor);

  /// Finds or makes it. Returns nullptr after `close`.
  std::shared_ptr<LiveSession> get(const SessionRecord& session, const std::shared_ptr<const RouterOptions>& options);
  /// Returns nullptr if nothing goes on.
  std::shared_ptr<LiveSession> find(std::string_view session_id);
  /// Those in which something goes on now.
  std::vector<std::shared_ptr<LiveSession>> all();
  /// The session is over.
  void close(std::string_view session_id);
  /// Ends every standalone stream and the listening that feeds it; none begins anew.
  void stop_listening();
  /// All sessions are over, and none begins anew.
  void close_all();

 private:
  struct Table;

  Executor& executor_;
  const std::shared_ptr<Table> table_;
};

}  // namespace mcprouter::detail
