#include "integration/asio_host.hpp"
#include "support/catch.hpp"

using namespace mcprouter;
using namespace std::chrono_literals;
using test::Arrived;
using test::AsioHost;
using test::holds;
using test::kPing;
using test::post;
using test::post_json;
using test::RawConnection;
using test::status_of;

TEST_CASE("a head above the limit is answered 431", "[asio][server][limits]") {
  AsioServerOptions options;
  options.max_header_bytes = 1000;
  AsioHost host(options);
  RawConnection client = host.connect();
  const std::string field = "X-Long: " + std::string(1000, 'x');
  client.send(GENERATE_COPY(post(field + "\r\n", ""), "POST /mcp HTTP/1.1\r\n" + field));
  CHECK(status_of(client.read_to_end()) == "431");
  CHECK(host.idle());
}

TEST_CASE("what is no request, or may be read in two ways, is refused", "[asio][server][smuggling]") {
  AsioHost host;
  RawConnection client = host.connect();
  const auto [request, status] = GENERATE(table<std::string, std::string>({
      {"garbage\r\n\r\n", "400"},
      {"GET /mcp HTTP/1.1\nHost: h\n\n", "400"},
      {"GET /mcp HTTP/1.1\r\nHost: h\nX: 1\r\n\r\n", "400"},
      {"GET /mcp HTTP/1.1\r\n\r\n", "400"},
      {"GET /mcp HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
      {"GET  /mcp HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"GET /m cp HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"G@T /mcp HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"GET /mcp HTTP/1.1\r\nHost: h\r\nX : 1\r\n\r\n", "400"},
      {"GET /mcp HTTP/1.1\r\nHost: h\r\nX: 1\r\n folded\r\n\r\n", "400"},
      {"GET /mcp HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n", "400"},
      {std::string("GET /mcp HTTP/1.1\r\nHost: h\r\nX: a") + '\0' + "b\r\n\r\n", "400"},
      {"GET ftp://h/mcp HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"GET /mcp HTTP/2.0\r\nHost: h\r\n\r\n", "505"},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"},
      {post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), "400"},
      {post("Content-Length: +5\r\n", "hello"), "400"},
      {post("Content-Length: 5, 5\r\n", "hello"), "400"},
      {post("Content-Length: 99999999999999999999\r\n", "hello"), "400"},
      {post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), "400"},
      {post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), "400"},
      {post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), "501"},
      {post("Transfer-Encoding: chunked\r\n", "x\r\n"), "400"},
      {post("Transfer-Encoding: chunked\r\n", "1\r\nabc"), "400"},
      {post("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\n"), "400"},
      {"POST /mcp HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
      {post("Expect: something\r\nContent-Length: 2\r\n", "{}"), "417"},
  }));
  CAPTURE(request);
  client.send(request + kPing);
  const std::string answer = client.read_to_end();
  REQUIRE(answer.size() > 12);
  CHECK(status_of(answer) == status);
  CHECK(holds(answer, "Connection: close"));
  CHECK(answer.find("HTTP/1.1 ", 1) == std::string::npos);
  CHECK(host.idle());
}

TEST_CASE("a body is read whatever the method, and never run as the next request", "[asio][server][smuggling]") {
  AsioHost host;
  RawConnection client = host.connect();
  const std::string method = GENERATE("GET", "HEAD", "OPTIONS", "DELETE");
  const bool chunked = GENERATE(true, false);
  const std::string head = method + " /mcp HTTP/1.1\r\nHost: h\r\n";
  const std::string size = std::to_string(kPing.size());
  std::string hex = "00";
  hex[0] = "0123456789abcdef"[kPing.size() / 16];
  hex[1] = "0123456789abcdef"[kPing.size() % 16];
  client.send(chunked ? head + "Transfer-Encoding: chunked\r\n\r\n" + hex + "\r\n" + kPing + "\r\n0\r\n\r\n"
                      : head + "Content-Length: " + size + "\r\n\r\n" + kPing);
  Arrived arrived = host.next();
  CHECK(arrived.request.method == method);
  CHECK(arrived.request.body == kPing);
  arrived.writer->respond({405, {}, ""});
  client.read_until("\r\n\r\n");
  client.send(post_json("next"));
  Arrived next = host.next();
  CHECK(next.request.body == "next");
  next.writer->respond({200, {}, ""});
  CHECK(status_of(client.read_message()) == "200");
}

TEST_CASE("a client that waits for 100 Continue is asked to go on", "[asio][server]") {
  AsioHost host;
  RawConnection client = host.connect();
  client.send(post("Content-Length: 2\r\nExpect: 100-Continue\r\n", ""));
  CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("{}");
  host.next().writer->respond({200, {}, "ok"});
  CHECK(status_of(client.read_message()) == "200");
  // With the body at hand there is nothing to wait for.
  client.send(post("Content-Length: 2\r\nExpect: 100-continue\r\n", "{}"));
  host.next().writer->respond({200, {}, "ok"});
  CHECK(status_of(client.read_message()) == "200");
}

TEST_CASE("a request that does not come to its end is answered 408", "[asio][server][limits]") {
  AsioServerOptions options;
  options.head_timeout = 50ms;
  options.body_timeout = 50ms;
  AsioHost host(options);
  RawConnection client = host.connect();
  client.send(GENERATE(std::string("POST /mcp HTTP/1.1\r\nHo"), post("Content-Length: 5\r\n", "abc")));
  CHECK(status_of(client.read_to_end()) == "408");
  CHECK(host.idle());
}

TEST_CASE("a connection without a request is closed after a while", "[asio][server][limits]") {
  AsioServerOptions options;
  options.head_timeout = 50ms;
  options.keep_alive = 50ms;
  AsioHost host(options);
  RawConnection client = host.connect();
  if (GENERATE(true, false)) {
    client.send(kPing);
    host.next().writer->respond({200, {}, "ok"});
    client.read_message();
  }
  CHECK(client.read_to_end().empty());
}
