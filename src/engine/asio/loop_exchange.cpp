#include "engine/asio/loop_exchange.hpp"

#include <algorithm>
#include <utility>

#include "engine/asio/upstream_connection.hpp"

namespace mcprouter::detail {

LoopExchange::LoopExchange(ClientLoop& client, HttpRequest request, std::shared_ptr<const Destination> destination,
                           std::shared_ptr<HttpEvents> events)
    : client_(client), request_(std::move(request)), destination_(std::move(destination)), events_(std::move(events)) {}

LoopExchange::~LoopExchange() = default;

void LoopExchange::start() {
  if (client_.loop.is_current()) {
    begin();
  } else {
    client_.loop.post([self = shared_from_this()] { self->begin(); });
  }
}

void LoopExchange::resume() {
  paused_ = false;
  client_.loop.post([self = shared_from_this()] {
    if (self->connection_ && !self->paused_) self->connection_->resume();
  });
}

void LoopExchange::cancel() {
  cancelled_ = true;
  client_.loop.post([self = shared_from_this()] {
    if (self->begun_) self->end(HttpFailure::cancelled, "cancelled");
  });
}

void LoopExchange::begin() {
  begun_ = true;
  total_due_ = client_.loop.deadlines().now() + request_.total_timeout;
  if (!client_.add(*this) || cancelled_) {
    end_soon(HttpFailure::cancelled, "cancelled");
    return;
  }
  connection_ = client_.take(destination_->origin);
  if (connection_) {
    connection_->run(shared_from_this());
  } else {
    connect();
  }
}

void LoopExchange::connect() {
  connector_ = std::make_shared<Connector>(
      client_.loop, client_.executor, client_.tls, destination_->origin,
      [self = shared_from_this()](std::unique_ptr<Transport> transport, const std::string& why) {
        self->on_connected(std::move(transport), why);
      });
  connector_->start(std::min(request_.connect_timeout, request_.total_timeout));
}

void LoopExchange::on_connected(std::unique_ptr<Transport> transport, const std::string& why) {
  connector_.reset();
  if (ended_) return;
  if (!transport) {
    end(HttpFailure::not_sent, why);
    return;
  }
  connection_ = std::make_shared<UpstreamConnection>(client_, destination_->origin, std::move(transport));
  connection_->run(shared_from_this());
}

void LoopExchange::end_soon(HttpFailure failure, std::string detail) {
  client_.loop.post([self = shared_from_this(), failure, detail = std::move(detail)]() mutable {
    self->end(failure, std::move(detail));
  });
}

void LoopExchange::end(HttpFailure failure, std::string detail) {
  if (std::exchange(ended_, true)) return;
  const auto self = shared_from_this();  // whoever held us may let go now
  unlink();
  if (const auto connector = std::exchange(connector_, nullptr)) connector->cancel();
  const auto connection = std::exchange(connection_, nullptr);
  if (connection && failure != HttpFailure::none) connection->close();
  const auto events = std::exchange(events_, nullptr);
  events->on_end({failure, std::move(detail)});
}

}  // namespace mcprouter::detail
