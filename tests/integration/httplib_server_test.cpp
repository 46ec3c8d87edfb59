#include <httplib.h>

#include "engine/httplib/framing.hpp"
#include "integration/httplib_host.hpp"
#include "support/catch.hpp"

using namespace mcprouter;
using namespace std::chrono_literals;
using test::Arrived;
using test::Events;
using test::holds;
using test::HttplibHost;
using test::HttplibHostOptions;
using test::kListen;
using test::kPing;
using test::RawConnection;
using test::status_of;

namespace {

const ResponseHead kStream{200, {{"Content-Type", "text/event-stream"}}};

}  // namespace

TEST_CASE("the router is told that header values may arrive with their percent escapes decoded", "[httplib][server]") {
  HttplibHost host;
  RawConnection client = host.connect();
  client.send("POST /mcp HTTP/1.1\r\nHost: x\r\nMcp-Name: a%20b\r\nContent-Length: 2\r\n\r\n{}");
  const Arrived arrived = host.next();
  CHECK(arrived.request.field_values == FieldValues::percent_decoded);
  arrived.writer->respond({202, {}, {}});
}

TEST_CASE("streams that clients leave open leave room for calls", "[httplib][server][stream]") {
  HttplibHostOptions options;
  options.mount.max_streams = 2;
  options.mount.max_get_streams = 1;
  HttplibHost host(options);
  RawConnection listening = host.connect();
  listening.send(kListen);
  Arrived open = host.next();
  open.writer->start(kStream);
  listening.read_until("\r\n\r\n");

  RawConnection refused = host.connect();
  refused.send(kListen);
  host.next().writer->start(kStream);
  CHECK(status_of(refused.read_message()) == "503");

  RawConnection calling = host.connect();
  calling.send(kPing);
  Arrived call = host.next();
  call.writer->start(kStream);
  CHECK(status_of(calling.read_until("\r\n\r\n")) == "200");
  call.writer->finish();
  open.writer->finish();
}

TEST_CASE("GET streams never take the last place of streams", "[httplib][server][stream]") {
  HttplibHostOptions options;
  options.mount.max_streams = 2;
  options.mount.max_get_streams = 5;
  HttplibHost host(options);
  RawConnection listening = host.connect();
  listening.send(kListen);
  Arrived open = host.next();
  open.writer->start(kStream);
  listening.read_until("\r\n\r\n");

  RawConnection refused = host.connect();
  refused.send(kListen);
  host.next().writer->start(kStream);
  CHECK(status_of(refused.read_until("\r\n\r\n")) == "503");

  RawConnection calling = host.connect();
  calling.send(kPing);
  Arrived call = host.next();
  call.writer->start(kStream);
  CHECK(status_of(calling.read_until("\r\n\r\n")) == "200");
  call.writer->finish();
  open.writer->finish();
}

TEST_CASE("more streams than allowed are answered 503", "[httplib][server][stream]") {
  HttplibHostOptions options;
  options.mount.max_streams = 1;
  HttplibHost host(options);
  RawConnection first = host.connect();
  first.send(kPing);
  Arrived streaming = host.next();
  streaming.writer->start(kStream);
  first.read_until("\r\n\r\n");

  Events events;
  RawConnection second = host.connect();
  second.send(kPing);
  Arrived refused = host.next();
  refused.writer->listen(events.listener());
  refused.writer->start(kStream);
  CHECK(events.wait_closed());
  const std::string answer = second.read_message();
  CHECK(status_of(answer) == "503");
  CHECK(holds(answer, "Retry-After: "));

  streaming.writer->finish();
  first.read_until("0\r\n\r\n");
  // The place is free once the server is done with the answer, which the next one on that connection proves.
  first.send(kPing);
  Arrived again = host.next();
  again.writer->start(kStream);
  again.writer->finish();
  CHECK(status_of(first.read_until("0\r\n\r\n")) == "200");
}

TEST_CASE("a request inside the body of another is never executed", "[httplib][server][smuggling]") {
  HttplibHost host;
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

TEST_CASE("a server that stops ends the streams it serves", "[httplib][server][stream]") {
  Events events;
  RawConnection client(-1);
  std::shared_ptr<ResponseWriter> writer;
  {
    HttplibHost host;
    client = host.connect();
    client.send(kPing);
    writer = host.next().writer;
    writer->listen(events.listener());
    writer->start(kStream);
    client.read_until("\r\n\r\n");
  }
  CHECK(events.wait_closed());
  CHECK(client.read_to_end().empty());
}
