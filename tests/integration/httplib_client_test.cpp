#include <deque>

#include "integration/exchange_recorder.hpp"
#include "integration/raw_sockets.hpp"
#include "mcprouter/httplib.hpp"
#include "support/catch.hpp"

using namespace mcprouter;
using namespace std::chrono_literals;
using test::begin;
using test::Call;
using test::kEventStream;
using test::kJson;
using test::listen;
using test::post;
using test::RawConnection;
using test::RawServer;

TEST_CASE("an exchange that waits for its turn can be cancelled and runs out of time", "[httplib][client][cancel]") {
  RawServer server;
  HttplibOptions options;
  options.max_exchanges = 1;
  HttplibEngine engine(options);
  const Call first = begin(engine.client(), post(server.url()));
  RawConnection backend = server.accept();
  backend.read_message();

  const Call cancelled = begin(engine.client(), post(server.url()));
  HttpRequest request = post(server.url());
  request.total_timeout = 50ms;
  const Call late = begin(engine.client(), request);
  cancelled.exchange->cancel();
  CHECK(cancelled.events->end().failure == HttpFailure::cancelled);
  CHECK(late.events->end().failure == HttpFailure::not_sent);

  backend.send(kJson);
  CHECK(first.events->end().failure == HttpFailure::none);
  const Call next = begin(engine.client(), post(server.url()));
  backend.read_message();
  backend.send(kJson);
  CHECK(next.events->end().failure == HttpFailure::none);
  CHECK_FALSE(server.has_caller());
}

TEST_CASE("open streams leave threads for calls, and one too many is refused at once", "[httplib][client][stream]") {
  RawServer server;
  HttplibOptions options;
  options.max_exchanges = 2;
  options.max_get_streams = 1;
  HttplibEngine engine(options);
  const Call stream = begin(engine.client(), listen(server.url()));
  RawConnection streaming = server.accept();
  streaming.read_until("\r\n\r\n");
  streaming.send(kEventStream);
  CHECK(stream.events->head().status == 200);

  const Call refused = begin(engine.client(), listen(server.url()));
  CHECK(refused.events->end().failure == HttpFailure::not_sent);
  const Call call = begin(engine.client(), post(server.url()));
  RawConnection calling = server.accept();
  calling.read_message();
  calling.send(kJson);
  CHECK(call.events->end().failure == HttpFailure::none);

  streaming.send("0\r\n\r\n");
  CHECK(stream.events->end().failure == HttpFailure::none);
  const Call next = begin(engine.client(), listen(server.url()));
  streaming.read_until("\r\n\r\n");
  streaming.send(kEventStream);
  CHECK(next.events->head().status == 200);
}

TEST_CASE("more streams than threads are allowed, and still one thread is left for calls",
          "[httplib][client][stream]") {
  RawServer server;
  HttplibOptions options;
  options.max_exchanges = 2;
  options.max_get_streams = 5;
  HttplibEngine engine(options);
  const Call stream = begin(engine.client(), listen(server.url()));
  RawConnection streaming = server.accept();
  streaming.read_until("\r\n\r\n");

  const Call refused = begin(engine.client(), listen(server.url()));
  CHECK(refused.events->end().failure == HttpFailure::not_sent);
  const Call call = begin(engine.client(), post(server.url()));
  RawConnection calling = server.accept();
  calling.read_message();
  calling.send(kJson);
  CHECK(call.events->end().failure == HttpFailure::none);
}

TEST_CASE("a header that holds an encoded line break is dropped", "[httplib][client]") {
  RawServer server;
  HttplibEngine engine;
  const Call call = begin(engine.client(), post(server.url()));
  RawConnection backend = server.accept();
  backend.read_message();
  backend.send("HTTP/1.1 200 OK\r\nX-Evil: a%0d%0aSet-Cookie:%20b=c\r\nX-Fine: 1\r\nContent-Length: 0\r\n\r\n");
  CHECK(call.events->end().failure == HttpFailure::none);
  for (const HeaderField& field : call.events->head().headers) CHECK(is_valid_field(field.name, field.value));
  CHECK(call.events->head().headers.get("X-Fine") == "1");
  CHECK(call.events->head().headers.count("Set-Cookie") == 0);
}

TEST_CASE("the engine's end cancels what waits for its turn too", "[httplib][client][cancel]") {
  RawServer server;
  std::deque<Call> calls;
  {
    HttplibOptions options;
    options.max_exchanges = 2;
    HttplibEngine engine(options);
    for (int i = 0; i < 4; ++i) calls.push_back(begin(engine.client(), post(server.url())));
    RawConnection backend = server.accept();
    backend.read_message();
  }
  for (const Call& call : calls) {
    const HttpFailure failure = call.events->end().failure;
    CHECK((failure == HttpFailure::cancelled || failure == HttpFailure::broken));
  }
}
