#include "engine/httplib/connection_pool.hpp"

#include <httplib.h>

#include <utility>
#include <vector>

#include "engine/dead_peer.hpp"
#include "engine/httplib/socket.hpp"

namespace mcprouter::detail {
namespace {

// cpp-httplib 0.20 or so renamed it.
template <typename Client>
void send_target_as_given(Client& client) {
  if constexpr (requires { client.set_path_encode(false); }) {
    client.set_path_encode(false);
  } else {
    client.set_url_encode(false);
  }
}

std::unique_ptr<httplib::ClientImpl> make_client(const Destination& destination,
                                                 [[maybe_unused]] const std::string& ca_file) {
  if (!destination.tls) return std::make_unique<httplib::ClientImpl>(destination.host, destination.port);
#if defined(CPPHTTPLIB_OPENSSL_SUPPORT) || defined(CPPHTTPLIB_SSL_ENABLED)
  auto client = std::make_unique<httplib::SSLClient>(destination.host, destination.port);
  if (!ca_file.empty()) client->set_ca_cert_path(ca_file);
  client->enable_server_certificate_verification(true);
  return client;
#else
  return nullptr;
#endif
}

}  // namespace

Connection::Connection(const Destination& destination, const std::string& address, const std::string& ca_file)
    : destination_(destination), client_(make_client(destination, ca_file)) {
  if (!usable()) return;
  if (!address.empty()) client_->set_hostname_addr_map({{destination.host, address}});
  client_->set_tcp_nodelay(true);
  client_->set_keep_alive(true);
  client_->set_follow_location(false);
  client_->set_compress(false);
  client_->set_decompress(false);
  send_target_as_given(*client_);
  client_->set_socket_options([this](auto socket) {
    notice_dead_peer(socket);
    if (on_socket_) on_socket_(socket);
  });
}

Connection::~Connection() = default;

bool Connection::usable() const { return client_ != nullptr && client_->is_valid(); }

bool Connection::open() const { return client_->is_socket_open() != 0; }

int Connection::socket() const { return client_->socket(); }

std::unique_ptr<Connection> ConnectionPool::take(const Destination& destination) {
  std::vector<std::unique_ptr<Connection>> dead;  // closed outside the lock: TLS says goodbye
  MutexLock lock(mutex_);
  const auto found = idle_.find(destination);
  if (found == idle_.end()) return nullptr;
  std::deque<Idle>& connections = found->second;
  const TimePoint oldest = executor_.now() - options_.idle;
  while (!connections.empty()) {
    Idle last = std::move(connections.back());
    connections.pop_back();
    if (last.since > oldest && !has_input(last.connection->socket())) return std::move(last.connection);
    dead.push_back(std::move(last.connection));
  }
  idle_.erase(found);
  return nullptr;
}

void ConnectionPool::put(std::unique_ptr<Connection> connection) {
  MutexLock lock(mutex_);
  if (closed_) return;
  std::deque<Idle>& connections = idle_[connection->destination()];
  if (connections.size() >= options_.max_idle) return;
  connections.push_back({std::move(connection), executor_.now()});
  prune_later();
}

void ConnectionPool::prune_later() {
  if (prune_is_due_) return;
  prune_is_due_ = true;
  executor_.post_after(options_.idle, [weak = weak_from_this()] {
    if (const auto pool = weak.lock()) pool->prune();
  });
}

void ConnectionPool::prune() {
  std::vector<std::unique_ptr<Connection>> old;
  MutexLock lock(mutex_);
  prune_is_due_ = false;
  const TimePoint oldest = executor_.now() - options_.idle;
  for (auto entry = idle_.begin(); entry != idle_.end();) {
    std::deque<Idle>& connections = entry->second;
    while (!connections.empty() && connections.front().since <= oldest) {
      old.push_back(std::move(connections.front().connection));
      connections.pop_front();
    }
    entry = connections.empty() ? idle_.erase(entry) : std::next(entry);
  }
  if (!idle_.empty()) prune_later();
}

void ConnectionPool::close() {
  std::map<Destination, std::deque<Idle>> closed;
  MutexLock lock(mutex_);
  closed_ = true;
  closed.swap(idle_);
}

}  // namespace mcprouter::detail
