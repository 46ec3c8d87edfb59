#include "engine/asio/server_host.hpp"

#include <utility>

#include "engine/asio/server_connection.hpp"

namespace mcprouter::detail {

ServerHost::ServerHost(AsioServerOptions its_options, RequestHandler its_handler, AsioServer::Handler its_other,
                       std::size_t loops, std::function<void()> has_room)
    : options(std::move(its_options)),
      handler(std::move(its_handler)),
      other(std::move(its_other)),
      tls(options.certificate_file.empty() ? nullptr
                                           : std::make_unique<TlsServer>(options.certificate_file, options.key_file)),
      has_room_(std::move(has_room)),
      shares_(loops) {}

ServerHost::~ServerHost() = default;

bool ServerHost::take_place() {
  MutexLock lock(mutex_);
  if (places_taken_ >= options.max_connections) return false;
  ++places_taken_;
  return true;
}

void ServerHost::give_place_back() {
  bool was_full = false;
  {
    MutexLock lock(mutex_);
    was_full = places_taken_-- == options.max_connections;
    if (places_taken_ == 0) none_.notify_all();
  }
  if (was_full) has_room_();
}

bool ServerHost::wait_until_none(TimePoint until) {
  MutexLock lock(mutex_);
  while (places_taken_ > 0) {
    if (none_.wait_until(lock, until) == std::cv_status::timeout) return places_taken_ == 0;
  }
  return true;
}

void ServerHost::wait_until_none() {
  MutexLock lock(mutex_);
  while (places_taken_ > 0) none_.wait(lock);
}

void ServerHost::opened(Loop& loop, std::shared_ptr<ServerConnection> connection) {
  shares_[loop.index()].connections.insert(std::move(connection));
}

void ServerHost::closed(Loop& loop, const std::shared_ptr<ServerConnection>& connection) {
  shares_[loop.index()].connections.erase(connection);
  give_place_back();
}

void ServerHost::stop(Loop& loop) {
  Share& share = shares_[loop.index()];
  share.stopping = true;
  const auto connections = share.connections;
  for (const auto& connection : connections) connection->close_if_idle();
}

void ServerHost::cut(Loop& loop) {
  const auto connections = shares_[loop.index()].connections;
  for (const auto& connection : connections) connection->cut();
}

}  // namespace mcprouter::detail
