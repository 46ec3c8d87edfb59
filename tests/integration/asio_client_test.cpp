#include "integration/exchange_recorder.hpp"
#include "integration/raw_sockets.hpp"
#include "mcprouter/asio.hpp"
#include "support/catch.hpp"

using namespace mcprouter;
using namespace std::chrono_literals;
using test::begin;
using test::Call;
using test::kJson;
using test::post;
using test::RawConnection;
using test::RawServer;

namespace {

AsioOptions one_loop() {
  AsioOptions options;
  options.threads = 1;
  return options;
}

}  // namespace

TEST_CASE("an answer in any pieces, after interim ones, with trailers, is read whole", "[asio][client]") {
  RawServer server;
  AsioEngine engine;
  const Call call = begin(engine.client(), post(server.url()));
  RawConnection backend = server.accept();
  backend.read_message();
  const std::string answer =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;ext=\"1\"\r\nhello\r\n00001\r\n \r\nA\r\n0123456789\r\n0\r\nX-Trailer: 1\r\n\r\n";
  for (const char c : answer) backend.send({&c, 1});
  CHECK(call.events->end().failure == HttpFailure::none);
  CHECK(call.events->head().status == 200);
  CHECK(call.events->whole_body() == "hello 0123456789");
}

TEST_CASE("the head of an answer is bounded", "[asio][client][limits]") {
  RawServer server;
  AsioEngine engine;
  const Call call = begin(engine.client(), post(server.url()));
  RawConnection backend = server.accept();
  backend.read_message();
  backend.send("HTTP/1.1 200 OK\r\nX-Long: ");
  backend.send_what_fits(std::string(80u << 10, 'x'));
  CHECK(call.events->end().failure == HttpFailure::broken);
}

TEST_CASE("a paused exchange is not taken for a silent backend", "[asio][client][stream]") {
  RawServer server;
  AsioEngine engine(one_loop());
  HttpRequest request = post(server.url());
  request.idle_timeout = 100ms;
  const Call paused = begin(engine.client(), request);
  RawConnection backend = server.accept();
  backend.read_message();
  backend.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
  paused.events->body(2);
  paused.exchange->pause();
  // Later than the other's silence would have been noticed.
  request.idle_timeout = 300ms;
  const Call silent = begin(engine.client(), request);
  RawConnection other = server.accept();
  CHECK(silent.events->end().failure == HttpFailure::timeout);
  backend.send("cd");
  paused.exchange->resume();
  CHECK(paused.events->end().failure == HttpFailure::none);
  CHECK(paused.events->whole_body() == "abcd");
}

TEST_CASE("a pooled connection is closed once it was unused for so long", "[asio][client][pool]") {
  RawServer server;
  AsioOptions options = one_loop();
  options.connection_idle = 50ms;
  AsioEngine engine(options);
  const Call call = begin(engine.client(), post(server.url()));
  RawConnection backend = server.accept();
  backend.read_message();
  backend.send(kJson);
  CHECK(call.events->end().failure == HttpFailure::none);
  CHECK(backend.read_to_end().empty());
}

TEST_CASE("an answer that comes before the request is out ends the exchange, and the connection", "[asio][client]") {
  RawServer server;
  AsioEngine engine(one_loop());
  const Call call = begin(engine.client(), post(server.url(), std::string(64u << 20, 'b')));
  RawConnection backend = server.accept();
  backend.read_until("\r\n\r\n");
  backend.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
  CHECK(call.events->end().failure == HttpFailure::none);
  CHECK(call.events->head().status == 413);
  CHECK_NOTHROW(backend.read_to_end());
}
