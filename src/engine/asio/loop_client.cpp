#include "engine/asio/loop_client.hpp"

#include <utility>

#include "engine/asio/loop_exchange.hpp"
#include "engine/asio/origin.hpp"
#include "support/recycled.hpp"

namespace mcprouter::detail {
namespace {

/// Answers `not_sent` to a request whose URL cannot be used; the configuration lets none pass.
class RefusedExchange final : public HttpExchange {
 public:
  RefusedExchange(Loop& loop, std::shared_ptr<HttpEvents> events) : loop_(loop), events_(std::move(events)) {}

  void start() override {
    loop_.post([events = std::move(events_)] { events->on_end({HttpFailure::not_sent, "not an http URL"}); });
  }
  void pause() override {}
  void resume() override {}
  void cancel() override {}

 private:
  Loop& loop_;
  std::shared_ptr<HttpEvents> events_;
};

std::shared_ptr<const Destination> destination_of(const std::string& url) {
  auto parsed = parse_destination(url);
  return parsed ? std::make_shared<const Destination>(std::move(*parsed)) : nullptr;
}

}  // namespace

LoopClient::LoopClient(Loops& loops, LoopExecutor& executor, const AsioOptions& options)
    : executor_(executor), tls_(options.ca_file) {
  for (const auto& loop : loops) clients_.push_back(std::make_unique<ClientLoop>(*loop, executor, tls_, options));
}

std::shared_ptr<HttpExchange> LoopClient::exchange(HttpRequest request, std::shared_ptr<HttpEvents> events) {
  Loop& loop = executor_.loop();
  ClientLoop& client = *clients_[loop.index()];
  auto destination = loop.is_current() ? client.destination(request.url) : destination_of(request.url);
  if (!destination) return std::make_shared<RefusedExchange>(loop, std::move(events));
  return make_recycled<LoopExchange>(client, std::move(request), std::move(destination), std::move(events));
}

void LoopClient::stop() {
  for (const auto& client : clients_) client->loop.run([&] { client->stop(); });
}

}  // namespace mcprouter::detail
