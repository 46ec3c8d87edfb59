#include "router/client_listens.hpp"

#include "router/client_listen.hpp"

namespace mcprouter::detail {

ClientListens::Added ClientListens::add(const std::shared_ptr<ClientListen>& listen, std::size_t max) {
  MutexLock lock(mutex_);
  if (closed_) {
    return Added::closed;
  }
  if (listens_.size() >= max) {
    return Added::too_many;
  }
  listens_.insert(listen);
  return Added::yes;
}

void ClientListens::remove(const std::shared_ptr<ClientListen>& listen) {
  MutexLock lock(mutex_);
  listens_.erase(listen);
}

void ClientListens::close() {
  std::unordered_set<std::shared_ptr<ClientListen>> listens;
  {
    MutexLock lock(mutex_);
    closed_ = true;
    listens = listens_;
  }
  for (const auto& listen : listens) {
    listen->close();
  }
}

}  // namespace mcprouter::detail
