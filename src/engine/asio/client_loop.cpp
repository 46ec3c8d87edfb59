#include "engine/asio/client_loop.hpp"

#include <algorithm>
#include <utility>

#include "engine/asio/loop_exchange.hpp"
#include "engine/asio/upstream_connection.hpp"

namespace mcprouter::detail {
namespace {

// Far more than there are backends: URLs may be made up by a host.
constexpr std::size_t kMaxDestinations = 1024;

}  // namespace

ClientLoop::ClientLoop(Loop& its_loop, LoopExecutor& its_executor, TlsClient& its_tls, const AsioOptions& options)
    : loop(its_loop),
      executor(its_executor),
      tls(its_tls),
      idle_(options.connection_idle),
      max_idle_(options.max_idle_connections),
      live_(std::make_unique<Live>()) {}

ClientLoop::~ClientLoop() = default;

std::shared_ptr<const Destination> ClientLoop::destination(const std::string& url) {
  if (const auto known = destinations_.find(url); known != destinations_.end()) return known->second;
  auto parsed = parse_destination(url);
  if (!parsed) return nullptr;
  if (destinations_.size() >= kMaxDestinations) destinations_.clear();
  return destinations_.emplace(url, std::make_shared<const Destination>(std::move(*parsed))).first->second;
}

std::shared_ptr<UpstreamConnection> ClientLoop::take(const Origin& origin) {
  const auto found = idle_connections_.find(origin);
  if (found == idle_connections_.end()) return nullptr;
  // The last one first: the others may rest long enough to be closed.
  while (!found->second.empty()) {
    auto connection = std::move(found->second.back());
    found->second.pop_back();
    if (connection->is_usable()) return connection;
    connection->close();
  }
  idle_connections_.erase(found);
  return nullptr;
}

void ClientLoop::put(std::shared_ptr<UpstreamConnection> connection, std::chrono::milliseconds at_most) {
  auto& idle = idle_connections_[connection->origin()];
  const auto time = std::min(idle_, at_most);
  if (stopping_ || idle.size() >= max_idle_ || time <= std::chrono::milliseconds(0)) {
    connection->close();
    return;
  }
  connection->rest(time);
  idle.push_back(std::move(connection));
}

void ClientLoop::remove(const UpstreamConnection& connection) {
  const auto found = idle_connections_.find(connection.origin());
  if (found == idle_connections_.end()) return;
  std::erase_if(found->second, [&](const auto& idle) { return idle.get() == &connection; });
  if (found->second.empty()) idle_connections_.erase(found);
}

bool ClientLoop::add(LoopExchange& exchange) {
  live_->push_back(exchange);
  return !stopping_;
}

void ClientLoop::stop() {
  stopping_ = true;
  while (!live_->empty()) live_->front().end(HttpFailure::cancelled, "the client is going away");
  for (auto& [origin, idle] : std::exchange(idle_connections_, {})) {
    for (const auto& connection : idle) connection->close();
  }
}

}  // namespace mcprouter::detail
