#include <deque>
#include <thread>

#include "engine_under_test.hpp"
#include "support/catch.hpp"

using namespace mcprouter;
using namespace std::chrono_literals;
using test::Arrived;
using test::Events;
using test::holds;
using test::Host;
using test::kListen;
using test::kPing;
using test::post;
using test::post_json;
using test::RawConnection;
using test::status_of;

namespace {

const ResponseHead kStream{200, {{"Content-Type", "text/event-stream"}}};

}  // namespace

TEST_CASE("a request arrives as it was sent, with the peer's true address", "[contract][server]") {
  Host host;
  RawConnection client = host.connect();
  client.send(
      post("Content-Length: 2\r\nX-One: a\r\nX-One: b\r\nREMOTE_ADDR: 6.6.6.6\r\nX-Percent: a%0d%0ab\r\n"
           "Accept-Encoding: gzip, br\r\nRange: bytes=0-0\r\nEmpty:\r\n",
           "{}"));
  Arrived arrived = host.next();
  CHECK(arrived.request.method == "POST");
  CHECK(arrived.request.body == "{}");
  CHECK(arrived.request.peer == "127.0.0.1");
  CHECK(arrived.request.headers.joined("x-one") == "a, b");
  CHECK(arrived.request.headers.get("Accept-Encoding") == "gzip, br");
  if (test::kKeepsHeadersAsSent) {
    CHECK(arrived.request.headers.get("X-Percent") == "a%0d%0ab");
    CHECK(arrived.request.headers.count("Empty") == 1);
  } else {
    CHECK(arrived.request.headers.count("REMOTE_ADDR") == 0);
  }
  for (const HeaderField& field : arrived.request.headers) CHECK(is_valid_field(field.name, field.value));

  arrived.writer->respond(
      {200,
       {{"Content-Type", "application/json"}, {"Mcp-Session-Id", "s"}, {"X-Bad", "a\r\nb"}, {"Content-Length", "3"}},
       "{\"a\":1}"});
  const std::string answer = client.read_message();
  CHECK(status_of(answer) == "200");
  CHECK(holds(answer, "Content-Length: 7\r\n"));
  CHECK_FALSE(holds(answer, "Content-Length: 3"));
  CHECK(holds(answer, "Mcp-Session-Id: s\r\n"));
  CHECK_FALSE(holds(answer, "X-Bad"));
  CHECK_FALSE(holds(answer, "Content-Encoding"));
  CHECK_FALSE(holds(answer, "Content-Range"));
  CHECK(holds(answer, "{\"a\":1}"));
}

TEST_CASE("answers without a body keep the connection", "[contract][server]") {
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
  CHECK_FALSE(holds(empty, "Content-Length"));

  client.send("HEAD /mcp HTTP/1.1\r\nHost: h\r\n\r\n");
  Arrived head = host.next();
  CHECK(head.request.method == "HEAD");
  head.writer->respond({405, {{"Content-Type", "text/plain"}}, "12345"});
  CHECK(holds(client.read_until("\r\n\r\n"), "Content-Length: 5\r\n"));

  client.send(kPing);
  host.next().writer->respond({200, {}, "last"});
  CHECK(holds(client.read_message(), "last"));
}

TEST_CASE("the parts of a streamed answer are sent as soon as they are written", "[contract][server][stream]") {
  Host host;
  RawConnection client = host.connect();
  client.send(kPing);
  Arrived arrived = host.next();
  arrived.writer->start(kStream);
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

TEST_CASE("a streamed answer that is aborted, or dropped, is incomplete to the client", "[contract][server][stream]") {
  const bool dropped = GENERATE(false, true);
  if (dropped && !test::kAbortsWhatIsDropped) return;
  Host host;
  RawConnection client = host.connect();
  client.send(kPing);
  Arrived arrived = host.next();
  arrived.writer->start(kStream);
  arrived.writer->write("data: 1\n");
  client.read_until("1\n\r\n");
  if (dropped) {
    arrived.writer.reset();
  } else {
    arrived.writer->abort();
  }
  CHECK(client.read_to_end().empty());
}

TEST_CASE("a client of HTTP/1.0 gets a stream without chunks", "[contract][server][stream]") {
  Host host;
  RawConnection client = host.connect();
  client.send("POST /mcp HTTP/1.0\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\n{}");
  Arrived arrived = host.next();
  arrived.writer->start(kStream);
  arrived.writer->write("data: 1\n");
  arrived.writer->finish();
  const std::string answer = client.read_to_end();
  CHECK(answer.substr(answer.find("\r\n\r\n") + 4) == "data: 1\n");
}

TEST_CASE("every method of the path arrives, and of no other", "[contract][server]") {
  Host host;
  RawConnection client = host.connect();
  const std::string method = GENERATE(from_range(test::kMethods));
  client.send(method + " /mcp?x=1 HTTP/1.1\r\nHost: h\r\n\r\n");
  Arrived arrived = host.next();
  CHECK(arrived.request.method == method);
  CHECK(arrived.request.body.empty());
  arrived.writer->respond({405, {{"Allow", "POST, DELETE"}}, "no"});
  CHECK(holds(client.read_message(), "Allow: POST, DELETE\r\n"));
  client.send(method + " /mcp2 HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  test::refuse_other(host);
  CHECK(status_of(client.read_message()) == "404");
  CHECK(host.idle());
}

TEST_CASE("a client that goes away is noticed", "[contract][server]") {
  Host host;
  Events events;
  RawConnection client = host.connect();
  client.send(kPing);
  Arrived arrived = host.next();
  const bool streaming = GENERATE(false, true);
  const bool resets = GENERATE(false, true);
  CAPTURE(streaming, resets);
  arrived.writer->listen(events.listener());
  if (streaming) {
    arrived.writer->start(kStream);
    client.read_until("\r\n\r\n");
  }
  if (resets) {
    client.reset();
  } else {
    client.close();
  }
  CHECK(events.wait_closed());
  CHECK(arrived.writer->write("late"));
  arrived.writer->respond({200, {}, "late"});
  arrived.writer->finish();
  CHECK(events.closed() == 1);
}

TEST_CASE("a GET stream stays open through silence, and its client is missed when it leaves",
          "[contract][server][stream]") {
  Host host(test::impatient());
  Events events;
  RawConnection client = host.connect();
  client.send(kListen);
  Arrived arrived = host.next();
  CHECK(arrived.request.method == "GET");
  arrived.writer->listen(events.listener());
  arrived.writer->start(kStream);
  client.read_until("\r\n\r\n");

  // While another connection runs out of its time the stream is silent.
  CHECK(host.connect().read_to_end().empty());
  CHECK(arrived.writer->write(":\n\n"));
  CHECK(client.read_until("\n\n\r\n") == "3\r\n:\n\n\r\n");
  CHECK(events.closed() == 0);
  const TimePoint left = Clock::now();
  client.close();
  CHECK(events.wait_closed());
  CHECK(Clock::now() - left < test::kMissedWithin);
}

TEST_CASE("a client that vanishes without a word is found out", "[contract][server][stream]") {
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

TEST_CASE("a slow client has the time it is given, also from the kernel", "[contract][server][stream]") {
  Host host(test::with_write_timeout(10min));
  RawConnection client = host.connect();
  client.send(kPing);
  Arrived arrived = host.next();
  CHECK(client.option_of_other_end(IPPROTO_TCP, TCP_USER_TIMEOUT) == 600'000);
  arrived.writer->respond({200, {}, ""});
  CHECK(status_of(client.read_message()) == "200");
}

TEST_CASE("a slow client makes write ask to wait, and is told of when it has caught up", "[contract][server][stream]") {
  constexpr std::size_t kBuffer = 256u << 10;
  Host host(test::with_write_buffer(kBuffer));
  Events events;
  RawConnection client = host.connect();
  client.send(kPing);
  Arrived arrived = host.next();
  arrived.writer->listen(events.listener());
  arrived.writer->start(kStream);
  client.read_until("\r\n\r\n");
  const std::string part(32u << 10, 'x');
  std::size_t parts = 0;
  const auto write = [&] {
    ++parts;
    return arrived.writer->write(part);
  };
  while (write()) {
  }
  CHECK(parts * part.size() >= kBuffer);
  // Bytes that wait for the engine's thread count too, so that this may take several rounds.
  while (write() || parts < 200) {
  }
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

TEST_CASE("a body above the limit is answered 413 and not handed on", "[contract][server][limits]") {
  Host host(test::with_max_body(1000));
  RawConnection client = host.connect();
  const std::string kilobyte(1001, 'x');
  const std::string rest = test::kRefusesBeforeTheEnd ? "" : "0\r\n\r\n";
  const std::string request =
      GENERATE_COPY(post_json(kilobyte), post_json(std::string(100'000, 'x')), post("Content-Length: 99999999\r\n", ""),
                    post("Transfer-Encoding: chunked\r\n", "3e9\r\n" + kilobyte + "\r\n0\r\n\r\n"),
                    post("Transfer-Encoding: chunked\r\n", "3e8\r\n" + kilobyte.substr(1) + "\r\n1\r\nx\r\n" + rest),
                    post("Transfer-Encoding: chunked\r\n", "3e9\r\n" + kilobyte + "\r\n3e9\r\n" + kilobyte + "\r\n"));
  CAPTURE(request.substr(0, 100));
  client.send(request);
  const std::string answer = client.read_to_end();
  CHECK(status_of(answer) == "413");
  CHECK(holds(answer, "Connection: close"));
  CHECK(host.idle());
}

TEST_CASE("a body at the limit is handed on, chunked or not", "[contract][server][limits]") {
  Host host(test::with_max_body(1000));
  RawConnection client = host.connect();
  const std::string body(1000, 'x');
  client.send(
      GENERATE_COPY(post_json(body), post("Transfer-Encoding: chunked\r\n", "3e8\r\n" + body + "\r\n0\r\n\r\n")));
  Arrived arrived = host.next();
  CHECK(arrived.request.body == body);
  arrived.writer->respond({200, {}, "ok"});
  CHECK(status_of(client.read_message()) == "200");
}

TEST_CASE("a DELETE with a body is read, and its connection goes on", "[contract][server]") {
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

TEST_CASE("a burst of clients is served side by side", "[contract][server]") {
  Host host;
  std::deque<RawConnection> clients;
  std::deque<Arrived> requests;
  for (int i = 0; i < 64; ++i) clients.push_back(host.connect());
  for (RawConnection& client : clients) client.send(kPing);
  for (int i = 0; i < 64; ++i) requests.push_back(host.next());
  for (Arrived& request : requests) request.writer->respond({200, {}, "ok"});
  for (RawConnection& client : clients) CHECK(status_of(client.read_message()) == "200");
}
