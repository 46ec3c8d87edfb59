#include "router/client_listens.hpp"

#include "router/client_listen.hpp"

namespace mcprouter::detail {

ClientListens::Added ClientListens::add(const std::shared_ptr<ClientListen>& listen, const std::string& client,
                                        std::size_t max) {
  RoutesPtr routes;
  {
    MutexLock lock(mutex_);
    if (closed_) {
      return Added::closed;
    }
    if (listens_.size() >= max || !shares_.take(client, max)) {
      return Added::too_many;
    }
    listens_.emplace(listen, client);
    routes = routes_;
  }
  if (routes) {  // which the request may be older than
    listen->reload(std::move(routes));
  }
  return Added::yes;
}

void ClientListens::reload(const RoutesPtr& routes) {
  std::unordered_map<std::shared_ptr<ClientListen>, std::string> listens;
  {
    MutexLock lock(mutex_);
    routes_ = routes;
    listens = listens_;
  }
  for (const auto& [listen, client] : listens) {
    listen->reload(routes);
  }
}

void ClientListens::remove(const std::shared_ptr<ClientListen>& listen) {
  MutexLock lock(mutex_);
  const auto found = listens_.find(listen);
  if (found != listens_.end()) {
    shares_.give_back(found->second);
    listens_.erase(found);
  }
}

void ClientListens::close() {
  std::unordered_map<std::shared_ptr<ClientListen>, std::string> listens;
  {
    MutexLock lock(mutex_);
    closed_ = true;
    listens = listens_;
  }
  for (const auto& [listen, client] : listens) {
    listen->close();
  }
}

}  // namespace mcprouter::detail
