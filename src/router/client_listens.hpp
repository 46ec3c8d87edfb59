#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>

#include "router/client_shares.hpp"
#include "router/routes.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

class ClientListen;

/// What modern clients listen for at the moment.
///
/// Thread safety: thread-safe.
class ClientListens {
 public:
  enum class Added { yes, too_many, closed };

  /// `too_many` when there are `max`, or the client has its share of them.
  Added add(const std::shared_ptr<ClientListen>& listen, const std::string& client, std::size_t max);
  void remove(const std::shared_ptr<ClientListen>& listen);
  /// The configuration is this one now: for all of them, and those that come.
  void reload(const RoutesPtr& routes);
  /// Ends all of them in good order; none is added any more.
  void close();

 private:
  Mutex mutex_;
  bool closed_ MCPROUTER_GUARDED_BY(mutex_) = false;
  RoutesPtr routes_ MCPROUTER_GUARDED_BY(mutex_);  ///< Of the last reload.
  ClientShares shares_ MCPROUTER_GUARDED_BY(mutex_);
  std::unordered_map<std::shared_ptr<ClientListen>, std::string> listens_ MCPROUTER_GUARDED_BY(mutex_);  ///< Whose.
};

}  // namespace mcprouter::detail
