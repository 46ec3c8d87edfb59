#include <deque>

#include "engine_under_test.hpp"
#include "integration/exchange_recorder.hpp"
#include "integration/raw_sockets.hpp"
#include "support/catch.hpp"

using namespace mcprouter;
using namespace std::chrono_literals;
using test::begin;
using test::Call;
using test::Engine;
using test::kEventStream;
using test::kJson;
using test::listen;
using test::post;
using test::RawConnection;
using test::RawServer;
using test::Recorder;

TEST_CASE("a request goes out as it was given and a JSON answer comes back", "[contract][client]") {
  RawServer server;
  Engine engine;
  HttpRequest request = post(server.url("/a%20b/mcp?x=%2F&y=a+b"), "{\"a\":1}");
  request.headers.add("X-Bad", "a\r\nInjected: 1");
  request.headers.add("X-Good", "1, 2");
  request.headers.add("Host", "elsewhere");
  request.headers.add("Content-Length", "9");
  const Call call = begin(engine.client(), request);
  RawConnection backend = server.accept();
  const std::string seen = backend.read_message();
  backend.send(kJson);

  CHECK(call.events->end().failure == HttpFailure::none);
  CHECK(call.events->head().status == 200);
  CHECK(call.events->head().headers.get("content-type") == "application/json");
  CHECK(call.events->whole_body() == "{}");
  CHECK(seen.substr(0, seen.find('\r')) == "POST /a%20b/mcp?x=%2F&y=a+b HTTP/1.1");
  CHECK(seen.find("\r\nHost: 127.0.0.1:" + std::to_string(server.port()) + "\r\n") != std::string::npos);
  CHECK(seen.find("\r\nContent-Length: 7\r\n") != std::string::npos);
  CHECK(seen.find("\r\nX-Good: 1, 2\r\n") != std::string::npos);
  CHECK(seen.find("Injected") == std::string::npos);
  CHECK(seen.find("elsewhere") == std::string::npos);
  CHECK(seen.find("Content-Length: 9") == std::string::npos);
  CHECK(seen.find("Accept-Encoding") == std::string::npos);
  CHECK(seen.find("Expect") == std::string::npos);
  CHECK(seen.substr(seen.size() - 7) == "{\"a\":1}");
}

TEST_CASE("any method is sent, and bodiless answers end", "[contract][client]") {
  RawServer server;
  Engine engine;
  const std::string answer = GENERATE("HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n",
                                      "HTTP/1.1 202 Accepted\r\nX-A: 1\r\nContent-Length: 0\r\n\r\n",
                                      "HTTP/1.1 304 Not Modified\r\nX-A: 1\r\n\r\n",
                                      "HTTP/1.1 304 Not Modified\r\nX-A: 1\r\nContent-Length: 5\r\n\r\n");
  HttpRequest request = post(server.url(), "");
  request.method = "DELETE";
  const Call call = begin(engine.client(), request);
  RawConnection backend = server.accept();
  const std::string seen = backend.read_message();
  backend.send(answer);

  CHECK(call.events->end().failure == HttpFailure::none);
  CHECK(call.events->head().status == std::stoi(answer.substr(9, 3)));
  CHECK(call.events->head().headers.get("X-A") == "1");
  CHECK(seen.substr(0, 7) == "DELETE ");
  CHECK(seen.find("Content-Length") == std::string::npos);
}

TEST_CASE("the parts of an event stream are reported one by one as they come", "[contract][client][stream]") {
  RawServer server;
  Engine engine;
  const bool chunked = GENERATE(true, false);
  const Call call = begin(engine.client(), post(server.url()));
  RawConnection backend = server.accept();
  backend.read_message();
  backend.send(std::string("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n") +
               (chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n"));
  CHECK(call.events->head().status == 200);
  backend.send(chunked ? "8\r\ndata: 1\n\r\n" : "data: 1\n");
  CHECK(call.events->body(8) == "data: 1\n");
  backend.send(chunked ? "8\r\ndata: 2\n\r\n" : "data: 2\n");
  CHECK(call.events->body(16) == "data: 1\ndata: 2\n");
  if (chunked) backend.send("0\r\n\r\n");
  backend.close();
  CHECK(call.events->end().failure == HttpFailure::none);
  CHECK_FALSE(call.events->overlapped());
}

TEST_CASE("a GET goes out without a body, and its stream stays open through silence", "[contract][client][stream]") {
  RawServer server;
  Engine engine;
  const Call call = begin(engine.client(), listen(server.url()));
  RawConnection backend = server.accept();
  const std::string seen = backend.read_until("\r\n\r\n");
  CHECK(seen.substr(0, seen.find('\r')) == "GET /mcp HTTP/1.1");
  CHECK(seen.find("\r\nAccept: text/event-stream\r\n") != std::string::npos);
  CHECK(seen.find("Content-Length") == std::string::npos);
  CHECK(seen.find("Transfer-Encoding") == std::string::npos);
  backend.send(kEventStream + "3\r\n:\n\n\r\n");
  CHECK(call.events->body(3) == ":\n\n");

  // While another runs out of its time the stream is silent.
  HttpRequest short_lived = post(server.url());
  short_lived.idle_timeout = 300ms;
  const Call other = begin(engine.client(), short_lived);
  RawConnection unanswered = server.accept();
  CHECK(other.events->end().failure == HttpFailure::timeout);
  CHECK_FALSE(call.events->has_ended());
  backend.send("3\r\n:\n\n\r\n");
  CHECK(call.events->body(6) == ":\n\n:\n\n");

  call.exchange->cancel();
  CHECK(call.events->end().failure == HttpFailure::cancelled);
  CHECK(backend.read_to_end().empty());
}

TEST_CASE("a backend that vanishes without a word is found out", "[contract][client][stream]") {
  RawServer server;
  Engine engine;
  const Call call = begin(engine.client(), listen(server.url()));
  RawConnection backend = server.accept();
  backend.read_until("\r\n\r\n");
  CHECK(backend.option_of_other_end(SOL_SOCKET, SO_KEEPALIVE) == 1);
  CHECK(backend.option_of_other_end(IPPROTO_TCP, TCP_KEEPIDLE) == 60);
  call.exchange->cancel();
  CHECK(call.events->end().failure == HttpFailure::cancelled);
}

TEST_CASE("a paused exchange reads no more than one part until it is resumed", "[contract][client][stream]") {
  RawServer server;
  Engine engine;
  const Call call = begin(engine.client(), post(server.url()));
  RawConnection backend = server.accept();
  backend.read_message();
  backend.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
  call.events->head();
  call.exchange->pause();
  const std::string part(64u << 10, 'x');
  const std::size_t sent = backend.send_what_fits(part);
  CHECK(call.events->size() <= test::kLargestPart);
  call.exchange->resume();
  CHECK(call.events->body(sent).size() == sent);
  backend.close();
  CHECK(call.events->end().failure == HttpFailure::none);
}

TEST_CASE("a large request body arrives whole, however slowly it is read", "[contract][client]") {
  RawServer server;
  Engine engine;
  const std::string body(8u << 20, 'b');
  const Call call = begin(engine.client(), post(server.url(), body));
  RawConnection backend = server.accept();
  const std::string seen = backend.read_message();
  CHECK(seen.size() > body.size());
  backend.send(kJson);
  CHECK(call.events->end().failure == HttpFailure::none);
}

TEST_CASE("a refused connection is reported as not sent", "[contract][client]") {
  RawServer server;
  const std::string url = server.url();
  server.close();
  Engine engine;
  const Call call = begin(engine.client(), post(url));
  CHECK(call.events->end().failure == HttpFailure::not_sent);
  CHECK_FALSE(call.events->has_head());
}

TEST_CASE("a name without an address and a URL of another scheme are reported as not sent", "[contract][client]") {
  Engine engine;
  const std::string url = GENERATE("http://no-such-host.invalid/mcp", "ftp://127.0.0.1/mcp", "http:///mcp");
  const Call call = begin(engine.client(), post(url));
  CHECK(call.events->end().failure == HttpFailure::not_sent);
}

TEST_CASE("a TLS handshake that fails is reported as not sent", "[contract][client]") {
  RawServer server;
  Engine engine;
  const Call call = begin(engine.client(), post("https://127.0.0.1:" + std::to_string(server.port()) + "/mcp"));
  server.accept().send("this is no TLS\r\n");
  CHECK(call.events->end().failure == HttpFailure::not_sent);
}

TEST_CASE("a name is looked up and each of its addresses tried", "[contract][client]") {
  RawServer server;  // on 127.0.0.1 only, while the name may be ::1 first
  Engine engine;
  const Call call = begin(engine.client(), post("http://localhost:" + std::to_string(server.port()) + "/mcp"));
  RawConnection backend = server.accept();
  const std::string seen = backend.read_message();
  backend.send(kJson);
  CHECK(call.events->end().failure == HttpFailure::none);
  CHECK(seen.find("\r\nHost: localhost:" + std::to_string(server.port()) + "\r\n") != std::string::npos);
}

TEST_CASE("a connection that closes after the request was read is reported as broken", "[contract][client]") {
  RawServer server;
  Engine engine;
  const std::string answer =
      GENERATE("", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "garbage\r\n\r\n", "garbage\n",
               "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
               "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
               "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
               "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n");
  CAPTURE(answer);
  const bool has_two_lengths = answer.find("Content-Length: 1\r\nTransfer-Encoding") != std::string::npos;
  if (has_two_lengths && !test::kRefusesLengthWithChunks) return;
  const Call call = begin(engine.client(), post(server.url()));
  RawConnection backend = server.accept();
  backend.read_message();
  backend.send(answer);
  backend.close();
  CHECK(call.events->end().failure == HttpFailure::broken);
  CHECK_FALSE(server.has_caller());
}

TEST_CASE("a silent backend ends in a timeout", "[contract][client]") {
  RawServer server;
  Engine engine;
  HttpRequest request = post(server.url());
  const bool after_head = GENERATE(false, true);
  request.idle_timeout = 50ms;
  const Call call = begin(engine.client(), request);
  RawConnection backend = server.accept();
  backend.read_message();
  if (after_head) backend.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  CHECK(call.events->end().failure == HttpFailure::timeout);
  CHECK(backend.read_to_end().empty());
}

TEST_CASE("an answer that never ends is cut off at the total time, paused or not", "[contract][client]") {
  RawServer server;
  Engine engine;
  HttpRequest request = post(server.url());
  request.total_timeout = 300ms;
  const bool paused = GENERATE(false, true);
  const Call call = begin(engine.client(), request);
  RawConnection backend = server.accept();
  backend.read_message();
  backend.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
  call.events->body(9);
  if (paused) {
    call.exchange->pause();
    backend.send("data: 2\n\n");
  }
  CHECK(call.events->end().failure == HttpFailure::timeout);
  CHECK(backend.read_to_end().empty());
}

TEST_CASE("a backend that does not accept is reported as not sent at the connect timeout", "[contract][client]") {
  RawServer server(0);
  std::deque<RawConnection> fill;  // takes the places of the backlog
  fill.push_back(RawConnection::to(server.port()));
  Engine engine;
  HttpRequest request = post(server.url());
  request.connect_timeout = 100ms;
  std::deque<Call> calls;
  for (int i = 0; i < 4; ++i) calls.push_back(begin(engine.client(), request));
  // With a backlog of 0 one or two connections fit; the rest find nobody.
  int not_sent = 0;
  for (const Call& call : calls) call.exchange->resume();
  for (std::size_t i = 2; i < calls.size(); ++i) not_sent += calls[i].events->end().failure == HttpFailure::not_sent;
  CHECK(not_sent > 0);
  for (const Call& call : calls) call.exchange->cancel();
  for (const Call& call : calls) call.events->end();
}

TEST_CASE("an exchange can be cancelled at any time and then closes its connection", "[contract][client][cancel]") {
  RawServer server;
  Engine engine(test::one_pool());

  SECTION("before its start") {
    auto events = std::make_shared<Recorder>();
    const auto exchange = engine.client().exchange(post(server.url()), events);
    exchange->cancel();
    exchange->start();
    CHECK(events->end().failure == HttpFailure::cancelled);
  }
  SECTION("while the answer is awaited") {
    const Call call = begin(engine.client(), post(server.url()));
    RawConnection backend = server.accept();
    backend.read_message();
    call.exchange->cancel();
    CHECK(call.events->end().failure == HttpFailure::cancelled);
    CHECK(backend.read_to_end().empty());
  }
  SECTION("while the answer comes, paused") {
    const Call call = begin(engine.client(), post(server.url()));
    RawConnection backend = server.accept();
    backend.read_message();
    backend.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    call.events->body(4);
    call.exchange->pause();
    backend.send("more");
    call.exchange->cancel();
    CHECK(call.events->end().failure == HttpFailure::cancelled);
    CHECK(backend.read_to_end().empty());
  }
  SECTION("after its end, which changes nothing") {
    const Call call = begin(engine.client(), post(server.url()));
    RawConnection backend = server.accept();
    backend.read_message();
    backend.send(kJson);
    CHECK(call.events->end().failure == HttpFailure::none);
    call.exchange->cancel();
    const Call next = begin(engine.client(), post(server.url()));
    backend.read_message();
    backend.send(kJson);
    CHECK(next.events->end().failure == HttpFailure::none);
    CHECK_FALSE(call.events->overlapped());
  }
}

TEST_CASE("a connection is used again after a whole answer", "[contract][client][pool]") {
  RawServer server;
  Engine engine(test::one_pool());
  RawConnection backend = [&] {
    const Call call = begin(engine.client(), post(server.url()));
    RawConnection accepted = server.accept();
    accepted.read_message();
    accepted.send(kJson);
    CHECK(call.events->end().failure == HttpFailure::none);
    return accepted;
  }();
  for (int i = 0; i < 3; ++i) {
    const Call call = begin(engine.client(), post(server.url()));
    backend.read_message();
    backend.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n");
    CHECK(call.events->end().failure == HttpFailure::none);
  }
  CHECK_FALSE(server.has_caller());
}

TEST_CASE("a connection that is closed, spoilt, old or announced to close is not used again",
          "[contract][client][pool]") {
  RawServer server;
  test::EngineOptions options = test::one_pool();
  std::string answer = kJson;
  enum class Why { closed, spoilt, old, announced, listed, hinted, of_1_0 };
  const Why why = GENERATE(Why::closed, Why::spoilt, Why::old, Why::announced, Why::listed, Why::hinted, Why::of_1_0);
  if (why == Why::hinted && !test::kReadsKeepAliveHints) return;
  if (why == Why::old) options.connection_idle = 0ms;
  if (why == Why::announced) answer.insert(answer.find("Content-Type"), "Connection: Close\r\n");
  if (why == Why::listed) answer.insert(answer.find("Content-Type"), "Connection: x, Close\r\n");
  if (why == Why::hinted) answer.insert(answer.find("Content-Type"), "Keep-Alive: max=9, timeout=1\r\n");
  if (why == Why::of_1_0) answer.replace(0, 8, "HTTP/1.0");
  CAPTURE(answer);
  Engine engine(options);
  const Call first = begin(engine.client(), post(server.url()));
  RawConnection old = server.accept();
  old.read_message();
  old.send(answer);
  CHECK(first.events->end().failure == HttpFailure::none);
  if (why == Why::closed) old.close();
  if (why == Why::spoilt) old.send(kJson);

  const Call second = begin(engine.client(), post(server.url()));
  RawConnection fresh = server.accept();
  fresh.read_message();
  fresh.send(kJson);
  CHECK(second.events->end().failure == HttpFailure::none);
}

TEST_CASE("64 exchanges are under way at the same time", "[contract][client]") {
  RawServer server;
  Engine engine;
  std::deque<Call> calls;
  std::deque<RawConnection> backends;
  for (int i = 0; i < 64; ++i) calls.push_back(begin(engine.client(), post(server.url())));
  for (int i = 0; i < 64; ++i) {
    backends.push_back(server.accept());
    backends.back().read_message();
  }
  for (RawConnection& backend : backends) backend.send(kJson);
  for (const Call& call : calls) {
    CHECK(call.events->end().failure == HttpFailure::none);
    CHECK(call.events->whole_body() == "{}");
  }
}

TEST_CASE("the engine's end cancels what is under way", "[contract][client][cancel]") {
  RawServer server;
  std::deque<Call> calls;
  {
    Engine engine;
    for (int i = 0; i < 4; ++i) calls.push_back(begin(engine.client(), post(server.url())));
    RawConnection backend = server.accept();
    backend.read_message();
    CHECK(engine.executor().post_after(1h, [] {}) != 0);
    backend.close();
    int broken = 0;
    while (broken == 0) {
      for (const Call& call : calls) broken += call.events->has_ended();
    }
  }
  int cancelled = 0;
  for (const Call& call : calls) cancelled += call.events->end().failure == HttpFailure::cancelled;
  CHECK(cancelled == 3);
}
