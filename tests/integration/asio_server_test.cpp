#include <future>
#include <system_error>

#include "integration/asio_host.hpp"
#include "support/catch.hpp"

using namespace mcprouter;
using namespace std::chrono_literals;
using test::Arrived;
using test::AsioHost;
using test::Events;
using test::holds;
using test::kPing;
using test::post;
using test::post_json;
using test::RawConnection;
using test::status_of;

namespace {

const ResponseHead kStream{200, {{"Content-Type", "text/event-stream"}}};

}  // namespace

TEST_CASE("what is of another path goes to the other handler, with its target", "[asio][server]") {
  AsioHost host;
  RawConnection client = host.connect();
  const std::string method = GENERATE("GET", "PUT", "PATCH", "DELETE", "OPTIONS", "POST", "TRACE", "ODD");
  client.send(method + " /mcp2?y HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  Arrived other = host.next_other();
  CHECK(other.request.method == method);
  CHECK(other.request.headers.get("Target") == "/mcp2?y");
  other.writer->respond({404, {}, "nothing"});
  CHECK(status_of(client.read_message()) == "404");
  CHECK(host.idle());
}

TEST_CASE("a request that names the whole URL is that of its path and host", "[asio][server]") {
  AsioHost host;
  RawConnection client = host.connect();
  client.send("GET http://a.example:81/mcp HTTP/1.1\r\nHost: other\r\n\r\n");
  Arrived arrived = host.next();
  CHECK(arrived.request.headers.joined("Host") == "a.example:81");
  arrived.writer->respond({200, {}, ""});
  CHECK(status_of(client.read_message()) == "200");
}

TEST_CASE("fields that are not valid, or the server's own, are left out of an answer", "[asio][server][smuggling]") {
  AsioHost host;
  RawConnection client = host.connect();
  client.send("GET /mcp HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto bad =
      GENERATE(HeaderField{"X-Bad", "a\r\nX-More: b"}, HeaderField{"X-Bad", "a\nb"}, HeaderField{"X-Bad", "a\177"},
               HeaderField{"X-Bad", std::string_view("a\0b", 3)}, HeaderField{"X-Bad: x", "a"},
               HeaderField{"X-Bad\r\nX-More", "a"}, HeaderField{"X Bad", "a"}, HeaderField{"X-B\303\244d", "a"},
               HeaderField{"", "a"}, HeaderField{"content-length", "99"}, HeaderField{"Connection", "close"});
  Headers headers = {{"X-First", "tab\there"}};
  headers.add(bad.name, bad.value);
  headers.add("X-Last", "");
  host.next().writer->respond({200, headers, "ok"});
  CHECK(client.read_message() == "HTTP/1.1 200 OK\r\nX-First: tab\there\r\nX-Last: \r\nContent-Length: 2\r\n\r\nok");
}

TEST_CASE("a streamed answer to HEAD is its head alone", "[asio][server][stream]") {
  AsioHost host;
  RawConnection client = host.connect();
  client.send("HEAD /mcp HTTP/1.1\r\nHost: h\r\n\r\n");
  Arrived streamed = host.next();
  streamed.writer->start(kStream);
  CHECK(streamed.writer->write("unseen"));
  streamed.writer->finish();
  CHECK(status_of(client.read_until("\r\n\r\n")) == "200");
  client.send(kPing);
  host.next().writer->respond({200, {}, "last"});
  CHECK(status_of(client.read_message()) == "200");
}

TEST_CASE("requests that come at once are answered in their order", "[asio][server][pipelining]") {
  AsioHost host;
  RawConnection client = host.connect();
  client.send(post_json("1") + "\r\n" + post_json("22") +
              post("Transfer-Encoding: chunked\r\n", "1\r\n3\r\n0\r\n\r\n"));
  Arrived first = host.next();
  CHECK(first.request.body == "1");
  CHECK(host.idle());
  first.writer->respond({200, {}, "one"});
  Arrived second = host.next();
  CHECK(second.request.body == "22");
  second.writer->start(kStream);
  second.writer->write("two");
  second.writer->finish();
  Arrived third = host.next();
  CHECK(third.request.body == "3");
  third.writer->respond({200, {}, "three"});
  CHECK(holds(client.read_message(), "one"));
  CHECK(holds(client.read_until("0\r\n\r\n"), "two"));
  CHECK(holds(client.read_message(), "three"));
}

TEST_CASE("a request may come byte by byte", "[asio][server]") {
  AsioHost host;
  RawConnection client = host.connect();
  const std::string request =
      GENERATE(std::string(kPing), post("Transfer-Encoding: chunked\r\n", "1\r\n{\r\n1;x\r\n}\r\n0\r\n\r\n"));
  for (const char c : request) client.send({&c, 1});
  Arrived arrived = host.next();
  CHECK(arrived.request.body == "{}");
  arrived.writer->respond({200, {}, "ok"});
  CHECK(status_of(client.read_message()) == "200");
}

TEST_CASE("a client of HTTP/1.0 keeps the connection if it asks, until a stream ends with it",
          "[asio][server][stream]") {
  AsioHost host;
  RawConnection client = host.connect();
  const std::string request = "POST /mcp HTTP/1.0\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\n{}";
  client.send(request);
  host.next().writer->respond({200, {}, "kept"});
  CHECK(holds(client.read_message(), "Connection: keep-alive\r\n"));
  client.send(request);
  Arrived arrived = host.next();
  arrived.writer->start(kStream);
  arrived.writer->finish();
  CHECK(holds(client.read_to_end(), "Connection: close\r\n"));
}

TEST_CASE("a connection closes after its answer when the client asks, or is of HTTP/1.0", "[asio][server]") {
  AsioHost host;
  RawConnection client = host.connect();
  client.send(GENERATE("GET /mcp HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "GET /mcp HTTP/1.0\r\n\r\n"));
  host.next().writer->respond({200, {}, "bye"});
  const std::string answer = client.read_to_end();
  CHECK(holds(answer, "Connection: close\r\n"));
  CHECK(holds(answer, "bye"));
}

TEST_CASE("who listens after the client has gone is told so", "[asio][server]") {
  AsioHost host;
  Events first;
  RawConnection client = host.connect();
  client.send(kPing);
  Arrived arrived = host.next();
  arrived.writer->listen(first.listener());
  client.close();
  CHECK(first.wait_closed());
  Events second;
  arrived.writer->listen(second.listener());
  CHECK(second.wait_closed());
}

TEST_CASE("a client that closed its sending side still gets a whole answer", "[asio][server]") {
  AsioHost host;
  RawConnection client = host.connect();
  client.send(kPing);
  client.end_sending();
  host.next().writer->respond({200, {}, "ok"});
  CHECK(holds(client.read_to_end(), "ok"));
}

TEST_CASE("a client that reads nothing is cut off after a while", "[asio][server][limits]") {
  AsioServerOptions options;
  options.write_timeout = 50ms;
  AsioHost host(options);
  Events events;
  RawConnection client = host.connect();
  client.send(kPing);
  Arrived arrived = host.next();
  arrived.writer->listen(events.listener());
  arrived.writer->start(kStream);
  arrived.writer->write(std::string(64u << 20, 'x'));
  CHECK(events.wait_closed());
}

TEST_CASE("a large answer goes out whole", "[asio][server]") {
  AsioHost host;
  RawConnection client = host.connect();
  client.send(kPing);
  const std::string body(16u << 20, 'y');
  host.next().writer->respond({200, {}, body});
  const std::string answer = client.read_message();
  CHECK(answer.substr(answer.find("\r\n\r\n") + 4) == body);
}

TEST_CASE("answers may be written from within the loop's own callbacks, and from other threads between",
          "[asio][server][race]") {
  AsioHost host({}, 1);
  RawConnection client = host.connect();
  for (int round = 0; round < 50; ++round) {
    client.send(kPing);
    Arrived arrived = host.next();
    std::promise<void> done;
    arrived.writer->start(kStream);
    arrived.writer->write("1");
    host.loops().front()->post([&] {
      arrived.writer->write("2");
      done.set_value();
    });
    done.get_future().wait();
    arrived.writer->write("3");
    arrived.writer->finish();
    std::string text = client.read_until("0\r\n\r\n");
    text.erase(0, text.find("\r\n\r\n") + 4);
    CHECK(text.find('1', 1) < text.find("2\r\n1") + 1);
    CHECK(holds(text, "3\r\n0\r\n\r\n"));
  }
}

TEST_CASE("a server that stops lets answers end, then cuts them", "[asio][server]") {
  AsioHost host({}, 1);  // so that what the idle connection sees holds for the busy one
  RawConnection idle = host.connect();
  idle.send(kPing);
  host.next().writer->respond({200, {}, "ok"});
  idle.read_message();
  RawConnection busy = host.connect();
  busy.send(kPing);
  Arrived arrived = host.next();
  Events events;
  arrived.writer->listen(events.listener());

  SECTION("ended in time") {
    auto stopped = std::async(std::launch::async, [&] { return host.server().stop(20s); });
    CHECK(idle.read_to_end().empty());
    arrived.writer->respond({200, {}, "done"});
    const std::string answer = busy.read_to_end();
    CHECK(holds(answer, "Connection: close\r\n"));
    CHECK(holds(answer, "done"));
    busy.close();
    CHECK(stopped.get());
    CHECK(events.closed() == 0);
  }
  SECTION("cut") {
    CHECK_FALSE(host.server().stop(0ms));
    CHECK(events.closed() == 1);
    CHECK(busy.read_to_end().empty());
    CHECK_THROWS(host.connect());
    arrived.writer->respond({200, {}, "late"});
  }
}

TEST_CASE("a port in use is not shared", "[asio][server]") {
  AsioHost host;
  AsioServerOptions options;
  options.port = host.server().port();
  CHECK_THROWS_AS(AsioHost(options), std::system_error);
}

TEST_CASE("more connections than allowed wait until one is closed", "[asio][server][limits]") {
  AsioServerOptions options;
  options.max_connections = 1;
  AsioHost host(options);
  RawConnection first = host.connect();
  first.send(kPing);
  host.next().writer->respond({200, {}, "ok"});
  first.read_message();
  RawConnection second = host.connect();
  second.send(kPing);
  first.send(kPing);
  host.next().writer->respond({200, {}, "first"});
  CHECK(holds(first.read_message(), "first"));
  first.close();
  host.next().writer->respond({200, {}, "second"});
  CHECK(holds(second.read_message(), "second"));
}
