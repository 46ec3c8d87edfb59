#include <httplib.h>

#include <deque>
#include <thread>

#include "engine/httplib/framing.hpp"
#include "engine/httplib/server.hpp"
#include "integration/arrivals.hpp"
#include "integration/raw_sockets.hpp"
#include "mcprouter/httplib.hpp"
#include "support/catch.hpp"

using namespace mcprouter;
using namespace std::chrono_literals;
using test::Arrived;
using test::Events;
using test::holds;
using test::kListen;
using test::kPing;
using test::post;
using test::post_json;
using test::RawConnection;
using test::status_of;

namespace {

/// A server whose requests wait here for the test to answer them.
class Host {
 public:
  explicit Host(const MountOptions& mount = {}, const ServerOptions& options = {}) {
    tune(server_, options);
    detail::serve(
        server_, "/mcp",
        [this](Request request, std::shared_ptr<ResponseWriter> writer) {
          arrivals_.add(std::move(request), std::move(writer));
        },
        mount);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~Host() {
    server_.stop();
    while (!arrivals_.empty()) arrivals_.next().writer->respond({503, {}, ""});
    thread_.join();
  }

  RawConnection connect() const { return RawConnection::to(port_); }

  Arrived next() { return arrivals_.next(); }
  bool idle() { return arrivals_.empty(); }

 private:
  httplib::Server server_;
  test::Arrivals arrivals_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace

TEST_CASE("a request arrives as it was sent, with the peer's true address", "[httplib][server]") {
  Host host;
  RawConnection client = host.connect();
  client.send(
      post("Content-Length: 2\r\nX-One: a\r\nX-One: b\r\nREMOTE_ADDR: 6.6.6.6\r\nX-Bad: a%0d%0ab\r\n"
           "Accept-Encoding: gzip, br\r\nRange: bytes=0-0\r\n",
           "{}"));
  Arrived arrived = host.next();
  CHECK(arrived.request.method == "POST");
  CHECK(arrived.request.body == "{}");
  CHECK(arrived.request.peer == "127.0.0.1");
  CHECK(arrived.request.headers.joined("x-one") == "a, b");
  CHECK(arrived.request.headers.get("Accept-Encoding") == "gzip, br");
  CHECK(arrived.request.headers.count("REMOTE_ADDR") == 0);
  for (const HeaderField& field : arrived.request.headers) CHECK(is_valid_field(field.name, field.value));

  arrived.writer->respond({200, {{"Content-Type", "application/json"}, {"Mcp-Session-Id", "s"}}, "{\"a\":1}"});
  const std::string answer = client.read_message();
  CHECK(status_of(answer) == "200");
  CHECK(holds(answer, "Content-Length: 7\r\n"));
  CHECK(holds(answer, "Mcp-Session-Id: s\r\n"));
  CHECK_FALSE(holds(answer, "Content-Encoding"));
  CHECK_FALSE(holds(answer, "Content-Range"));
  CHECK(holds(answer, "{\"a\":1}"));
}

TEST_CASE("every method of the path arrives, and of no other", "[httplib][server]") {
  Host host;
  RawConnection client = host.connect();
  const std::string method = GENERATE("GET", "PUT", "PATCH", "DELETE", "OPTIONS", "POST");
  client.send(method + " /mcp?x=1 HTTP/1.1\r\nHost: h\r\n\r\n");
  Arrived arrived = host.next();
  CHECK(arrived.request.method == method);
  CHECK(arrived.request.body.empty());
  arrived.writer->respond({405, {{"Allow", "POST, DELETE"}}, "no"});
  CHECK(holds(client.read_message(), "Allow: POST, DELETE\r\n"));
  client.send(method + " /mcp2 HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  CHECK(status_of(client.read_message()) == "404");
  CHECK(host.idle());
}

TEST_CASE("answers without a body keep the connection", "[httplib][server]") {
  Host host;
  RawConnection client = host.connect();
  client.send(kPing);
  host.next().writer->respond({202, {}, ""});
  const std::string accepted = client.read_message();
  CHECK(status_of(accepted) == "202");
  CHECK(holds(accepted, "Content-Length: 0\r\n"));

  client.send(kPing);
  host.next().writer->respond({204, {}, ""});
  const std::string empty = client.read_until("\r\n\r\n");
  CHECK(status_of(empty) == "204");
  CHECK_FALSE(holds(empty, "Transfer-Encoding"));

  client.send("HEAD /mcp HTTP/1.1\r\nHost: h\r\n\r\n");
  Arrived head = host.next();
  CHECK(head.request.method == "HEAD");
  head.writer->respond({405, {{"Content-Type", "text/plain"}}, "12345"});
  CHECK(holds(client.read_until("\r\n\r\n"), "Content-Length: 5\r\n"));

  client.send(kPing);
  host.next().writer->respond({200, {}, "last"});
  CHECK(holds(client.read_message(), "last"));
}

TEST_CASE("the parts of a streamed answer are sent as soon as they are written", "[httplib][server][stream]") {
  Host host;
  RawConnection client = host.connect();
  client.send(kPing);
  Arrived arrived = host.next();
  arrived.writer->start({200, {{"Content-Type", "text/event-stream"}}});
  const std::string head = client.read_until("\r\n\r\n");
  CHECK(holds(head, "Content-Type: text/event-stream\r\n"));
  CHECK(holds(head, "Transfer-Encoding: chunked\r\n"));
  CHECK(arrived.writer->write("data: 1\n"));
  CHECK(client.read_until("1\n\r\n") == "8\r\ndata: 1\n\r\n");
  CHECK(arrived.writer->write(""));
  CHECK(arrived.writer->write("data: 2\n"));
  CHECK(client.read_until("2\n\r\n") == "8\r\ndata: 2\n\r\n");
  arrived.writer->finish();
  CHECK(client.read_until("0\r\n\r\n") == "0\r\n\r\n");
  client.send(kPing);
  host.next().writer->respond({200, {}, "next"});
  CHECK(holds(client.read_message(), "next"));
}

TEST_CASE("a streamed answer that is aborted is incomplete to the client", "[httplib][server][stream]") {
  Host host;
  RawConnection client = host.connect();
  client.send(kPing);
  Arrived arrived = host.next();
  arrived.writer->start({200, {{"Content-Type", "text/event-stream"}}});
  arrived.writer->write("data: 1\n");
  client.read_until("1\n\r\n");
  arrived.writer->abort();
  CHECK(client.read_to_end().empty());
}

TEST_CASE("a client of HTTP/1.0 gets a stream without chunks", "[httplib][server][stream]") {
  Host host;
  RawConnection client = host.connect();
  client.send("POST /mcp HTTP/1.0\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\n{}");
  Arrived arrived = host.next();
  arrived.writer->start({200, {{"Content-Type", "text/event-stream"}}});
  arrived.writer->write("data: 1\n");
  arrived.writer->finish();
  const std::string answer = client.read_to_end();
  CHECK(answer.substr(answer.find("\r\n\r\n") + 4) == "data: 1\n");
}

TEST_CASE("a client that goes away is noticed", "[httplib][server]") {
  Host host;
  Events events;
  RawConnection client = host.connect();
  client.send(kPing);
  Arrived arrived = host.next();
  const bool streaming = GENERATE(false, true);
  arrived.writer->listen(events.listener());
  if (streaming) {
    arrived.writer->start({200, {{"Content-Type", "text/event-stream"}}});
    client.read_until("\r\n\r\n");
  }
  client.close();
  CHECK(events.wait_closed());
  CHECK(arrived.writer->write("late"));
  arrived.writer->respond({200, {}, "late"});
  arrived.writer->finish();
  CHECK(events.closed() == 1);
}

TEST_CASE("a GET stream stays open through silence, and its client is missed when it leaves",
          "[httplib][server][stream]") {
  ServerOptions options;
  options.keep_alive = options.io_timeout = 1s;
  Host host({}, options);
  Events events;
  RawConnection client = host.connect();
  client.send(kListen);
  Arrived arrived = host.next();
  CHECK(arrived.request.method == "GET");
  arrived.writer->listen(events.listener());
  arrived.writer->start({200, {{"Content-Type", "text/event-stream"}}});
  client.read_until("\r\n\r\n");

  // While another connection runs out of its time the stream is silent.
  CHECK(host.connect().read_to_end().empty());
  CHECK(arrived.writer->write(":\n\n"));
  CHECK(client.read_until("\n\n\r\n") == "3\r\n:\n\n\r\n");
  CHECK(events.closed() == 0);
  const TimePoint left = Clock::now();
  client.close();
  CHECK(events.wait_closed());
  CHECK(Clock::now() - left < 2s);
}

TEST_CASE("a client that vanishes without a word is found out", "[httplib][server][stream]") {
  Host host;
  RawConnection client = host.connect();
  client.send(kPing);
  Arrived arrived = host.next();
  CHECK(client.option_of_other_end(SOL_SOCKET, SO_KEEPALIVE) == 1);
  CHECK(client.option_of_other_end(IPPROTO_TCP, TCP_KEEPIDLE) == 60);
  CHECK(client.option_of_other_end(IPPROTO_TCP, TCP_USER_TIMEOUT) == 120'000);
  arrived.writer->respond({200, {}, ""});
  CHECK(status_of(client.read_message()) == "200");
}

TEST_CASE("a slow client has the time it is given, also from the kernel", "[httplib][server][stream]") {
  ServerOptions options;
  options.io_timeout = 10min;
  Host host({}, options);
  RawConnection client = host.connect();
  client.send(kPing);
  Arrived arrived = host.next();
  CHECK(client.option_of_other_end(IPPROTO_TCP, TCP_USER_TIMEOUT) == 600'000);
  arrived.writer->respond({200, {}, ""});
  CHECK(status_of(client.read_message()) == "200");
}

TEST_CASE("streams that clients leave open leave room for calls", "[httplib][server][stream]") {
  MountOptions options;
  options.max_streams = 2;
  options.max_get_streams = 1;
  Host host(options);
  const ResponseHead stream{200, {{"Content-Type", "text/event-stream"}}};
  RawConnection listening = host.connect();
  listening.send(kListen);
  Arrived open = host.next();
  open.writer->start(stream);
  listening.read_until("\r\n\r\n");

  RawConnection refused = host.connect();
  refused.send(kListen);
  host.next().writer->start(stream);
  CHECK(status_of(refused.read_message()) == "503");

  RawConnection calling = host.connect();
  calling.send(kPing);
  Arrived call = host.next();
  call.writer->start(stream);
  CHECK(status_of(calling.read_until("\r\n\r\n")) == "200");
  call.writer->finish();
  open.writer->finish();
}

TEST_CASE("GET streams never take the last place of streams", "[httplib][server][stream]") {
  MountOptions options;
  options.max_streams = 2;
  options.max_get_streams = 5;
  Host host(options);
  const ResponseHead stream{200, {{"Content-Type", "text/event-stream"}}};
  RawConnection listening = host.connect();
  listening.send(kListen);
  Arrived open = host.next();
  open.writer->start(stream);
  listening.read_until("\r\n\r\n");

  RawConnection refused = host.connect();
  refused.send(kListen);
  host.next().writer->start(stream);
  CHECK(status_of(refused.read_until("\r\n\r\n")) == "503");

  RawConnection calling = host.connect();
  calling.send(kPing);
  Arrived call = host.next();
  call.writer->start(stream);
  CHECK(status_of(calling.read_until("\r\n\r\n")) == "200");
  call.writer->finish();
  open.writer->finish();
}

TEST_CASE("a slow client makes write ask to wait, and is told of when it has caught up", "[httplib][server][stream]") {
  MountOptions options;
  options.write_buffer = 256u << 10;
  Host host(options);
  Events events;
  RawConnection client = host.connect();
  client.send(kPing);
  Arrived arrived = host.next();
  arrived.writer->listen(events.listener());
  arrived.writer->start({200, {{"Content-Type", "text/event-stream"}}});
  client.read_until("\r\n\r\n");
  const std::string part(32u << 10, 'x');
  std::size_t parts = 1;
  while (arrived.writer->write(part)) ++parts;
  CHECK(parts > 8);
  std::thread reader([&] {
    for (std::size_t received = 0; received < parts * part.size();) {
      const std::size_t size = std::stoul(client.read_until("\r\n"), nullptr, 16);
      received += client.read_exactly(size + 2).size() - 2;
    }
  });
  CHECK(events.wait_writable());
  reader.join();
  CHECK(arrived.writer->write("more"));
  arrived.writer->finish();
  CHECK(holds(client.read_until("0\r\n\r\n"), "more"));
  CHECK(events.closed() == 0);
}

TEST_CASE("more streams than allowed are answered 503", "[httplib][server][stream]") {
  MountOptions options;
  options.max_streams = 1;
  Host host(options);
  RawConnection first = host.connect();
  first.send(kPing);
  Arrived streaming = host.next();
  streaming.writer->start({200, {{"Content-Type", "text/event-stream"}}});
  first.read_until("\r\n\r\n");

  Events events;
  RawConnection second = host.connect();
  second.send(kPing);
  Arrived refused = host.next();
  refused.writer->listen(events.listener());
  refused.writer->start({200, {{"Content-Type", "text/event-stream"}}});
  CHECK(events.wait_closed());
  const std::string answer = second.read_message();
  CHECK(status_of(answer) == "503");
  CHECK(holds(answer, "Retry-After: "));

  streaming.writer->finish();
  first.read_until("0\r\n\r\n");
  // The place is free once the server is done with the answer, which the next one on that connection proves.
  first.send(kPing);
  Arrived again = host.next();
  again.writer->start({200, {{"Content-Type", "text/event-stream"}}});
  again.writer->finish();
  CHECK(status_of(first.read_until("0\r\n\r\n")) == "200");
}

TEST_CASE("a body above the limit is answered 413 and not handed on", "[httplib][server][limits]") {
  MountOptions options;
  options.max_body = 1000;
  Host host(options);
  RawConnection client = host.connect();
  const std::string kilobyte(1001, 'x');
  const std::string request =
      GENERATE_COPY(post_json(kilobyte), post_json(std::string(100'000, 'x')),
                    post("Transfer-Encoding: chunked\r\n", "3e9\r\n" + kilobyte + "\r\n0\r\n\r\n"),
                    post("Transfer-Encoding: chunked\r\n", "3e9\r\n" + kilobyte + "\r\n3e9\r\n" + kilobyte + "\r\n"));
  client.send(request);
  const std::string answer = client.read_to_end();
  CHECK(status_of(answer) == "413");
  CHECK(host.idle());
}

TEST_CASE("a body at the limit is handed on, chunked or not", "[httplib][server][limits]") {
  MountOptions options;
  options.max_body = 1000;
  Host host(options);
  RawConnection client = host.connect();
  const std::string body(1000, 'x');
  client.send(
      GENERATE_COPY(post_json(body), post("Transfer-Encoding: chunked\r\n", "3e8\r\n" + body + "\r\n0\r\n\r\n")));
  Arrived arrived = host.next();
  CHECK(arrived.request.body == body);
  arrived.writer->respond({200, {}, "ok"});
  CHECK(status_of(client.read_message()) == "200");
}

TEST_CASE("a request inside the body of another is never executed", "[httplib][server][smuggling]") {
  Host host;
  RawConnection client = host.connect();
  const std::string inner = "POST /mcp HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}";
  const std::string length = "Content-Length: " + std::to_string(inner.size()) + "\r\n";
  const auto outer = [](const std::string& method, const std::string& headers) {
    return method + " /mcp HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n";
  };
  const std::string head =
      GENERATE_COPY(outer("GET", length), outer("OPTIONS", length), outer("HEAD", length),
                    outer("GET", "Transfer-Encoding: chunked\r\n"), outer("DELETE", "Transfer-Encoding: chunked\r\n"),
                    outer("POST", "Transfer-Encoding: chunked\r\n" + length),
                    outer("POST", "Transfer-Encoding: x, chunked\r\n"), outer("POST", "Content-Length: +5\r\n"),
                    outer("POST", length + "Content-Type: multipart/form-data; boundary=b\r\n"),
                    outer("POST", length + "Content-Encoding: gzip\r\n"));
  CAPTURE(head);
  // What cpp-httplib 0.11 reads together with the head, 4096 bytes at a time, it forgets: let the body begin after
  // that.
  const std::string padding = "X-Padding: " + std::string(4096 - head.size() - 13, 'x') + "\r\n";
  client.send(head.substr(0, head.size() - 2) + padding + "\r\n" + inner);
  const std::string answer = client.read_to_end();
  CHECK(host.idle());
  // A HEAD is cut without an answer where nothing better can be had.
  if (!head.starts_with("HEAD")) {
    REQUIRE(answer.size() > 12);
    CHECK((status_of(answer) == "400" || status_of(answer) == "415"));
    CHECK(holds(answer, "Connection: close"));
    CHECK(answer.find("HTTP/1.1", 1) == std::string::npos);
  }
}

TEST_CASE("a request whose end two parsers may find in different places is refused", "[httplib][server][smuggling]") {
  httplib::Request request;
  request.method = "POST";
  request.version = "HTTP/1.1";
  request.headers.emplace("Content-Length", "5");
  CHECK(detail::framing_of(request).refusal == 0);
  CHECK(detail::framing_of(request).length == 5);
  const auto field = GENERATE(HeaderField{"Content-Length", "5"}, HeaderField{"Transfer-Encoding", "chunked"},
                              HeaderField{"Content-Length ", "7"});
  request.headers.emplace(field.name, field.value);
  CHECK(detail::framing_of(request).refusal == 400);
}

TEST_CASE("a DELETE with a body is read, and its connection goes on", "[httplib][server]") {
  Host host;
  RawConnection client = host.connect();
  client.send("DELETE /mcp HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}");
  Arrived arrived = host.next();
  CHECK(arrived.request.body == "{}");
  arrived.writer->respond({202, {}, ""});
  CHECK(status_of(client.read_message()) == "202");
  client.send(kPing);
  host.next().writer->respond({200, {}, "next"});
  CHECK(holds(client.read_message(), "next"));
}

TEST_CASE("a burst of clients is served side by side", "[httplib][server]") {
  Host host;
  std::deque<RawConnection> clients;
  std::deque<Arrived> requests;
  for (int i = 0; i < 64; ++i) clients.push_back(host.connect());
  for (RawConnection& client : clients) client.send(kPing);
  for (int i = 0; i < 64; ++i) requests.push_back(host.next());
  for (Arrived& request : requests) request.writer->respond({200, {}, "ok"});
  for (RawConnection& client : clients) CHECK(status_of(client.read_message()) == "200");
}

TEST_CASE("a server that stops ends the streams it serves", "[httplib][server][stream]") {
  Events events;
  RawConnection client(-1);
  std::shared_ptr<ResponseWriter> writer;
  {
    Host host;
    client = host.connect();
    client.send(kPing);
    writer = host.next().writer;
    writer->listen(events.listener());
    writer->start({200, {{"Content-Type", "text/event-stream"}}});
    client.read_until("\r\n\r\n");
  }
  CHECK(events.wait_closed());
  CHECK(client.read_to_end().empty());
}
