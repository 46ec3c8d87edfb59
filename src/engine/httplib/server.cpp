#include "engine/httplib/server.hpp"

#include <httplib.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "engine/httplib/client_watch.hpp"
#include "engine/httplib/framing.hpp"
#include "engine/httplib/queued_writer.hpp"

namespace mcprouter::detail {
namespace {

// How soon a client that went away while its answer was awaited is noticed.
constexpr std::chrono::milliseconds kLook{250};

// cpp-httplib puts these beside the client's own fields: who reads the first of a name may read the client's.
constexpr std::array<std::string_view, 4> kForgeable = {"REMOTE_ADDR", "REMOTE_PORT", "LOCAL_ADDR", "LOCAL_PORT"};
constexpr std::array<std::string_view, 4> kWrittenByServer = {"Content-Length", "Transfer-Encoding", "Connection",
                                                              "Content-Type"};

template <std::size_t n>
bool is_one_of(const std::array<std::string_view, n>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(), [&](auto one) { return same_header(one, name); });
}

Request to_request(const httplib::Request& request) {
  Request out;
  out.method = request.method;
  for (const auto& [name, value] : request.headers) {
    if (!is_one_of(kForgeable, name) && is_valid_field(name, value)) out.headers.add(name, value);
  }
  out.peer = request.remote_addr;
  out.field_values = FieldValues::percent_decoded;
  return out;
}

// cpp-httplib compresses and cuts to ranges by itself whatever a handler answers. The request is its own local, not
// const, and nobody else looks at it now.
void want_plain_answer(const httplib::Request& request) {
  auto& own = const_cast<httplib::Request&>(request);
  own.headers.erase("Accept-Encoding");
  own.ranges.clear();
}

std::string put_head(httplib::Response& out, int status, const Headers& headers) {
  out.status = status;
  for (const HeaderField& field : headers) {
    if (!is_one_of(kWrittenByServer, field.name) && is_valid_field(field.name, field.value)) {
      out.headers.emplace(field.name, field.value);
    }
  }
  const auto type = headers.find("Content-Type");
  return std::string(type && is_valid_field("Content-Type", *type) ? *type : "text/plain");
}

// Answers and closes: a handler can have a connection closed only by a body that ends in failure.
void refuse(const httplib::Request& request, httplib::Response& out, int status) {
  auto& own = const_cast<httplib::Request&>(request);
  own.headers.erase("Connection");
  own.headers.emplace("Connection", "close");
  const std::string body = status == 413 ? "Request body too large\n" : "Request refused\n";
  out.status = status;
  out.set_content_provider(body.size(), "text/plain", [body](std::size_t, std::size_t, httplib::DataSink& sink) {
    sink.write(body.data(), body.size());
    return false;
  });
}

void put_whole(httplib::Response& out, Response response) {
  const std::string type = put_head(out, response.status, response.headers);
  if (response.status == 204 && response.body.empty()) {
    // Neither length nor chunks, which an empty body would get.
    out.set_content_provider(type, [](std::size_t, httplib::DataSink& sink) {
      sink.done();
      return true;
    });
  } else if (response.body.empty()) {
    if (response.headers.has("Content-Type")) out.headers.emplace("Content-Type", type);
  } else {
    out.set_content(response.body, type);
  }
}

/// Serves the requests of one path.
class Mount {
 public:
  Mount(RequestHandler handler, const MountOptions& options)
      : handler_(std::move(handler)),
        options_(options),
        places_(std::make_shared<StreamPlaces>(options.max_streams)),
        get_places_(std::make_shared<StreamPlaces>(places_of(options.max_streams, options.max_get_streams), places_)) {}

  void handle(const httplib::Request& request, httplib::Response& response, const httplib::ContentReader* reader) {
    Request handed = to_request(request);
    want_plain_answer(request);
    const Framing framing = framing_of(request);
    if (framing.refusal != 0) {
      // The answer to HEAD has no body that could fail.
      if (request.method == "HEAD") ClientWatch(request).cut();
      return refuse(request, response, framing.refusal);
    }
    if (framing.has_body && reader != nullptr) {
      const int status = read_body(framing, *reader, response, handed.body);
      if (status != 0) return refuse(request, response, status);
    }
    const auto& places = request.method == "GET" ? get_places_ : places_;
    auto writer = std::make_shared<QueuedWriter>(places, options_.write_buffer);
    handler_(std::move(handed), writer);
    answer(request, response, writer);
  }

 private:
  // Returns the status to refuse with, or 0. A body somewhat too large is read and thrown away: a client that is still
  // sending when the connection closes would not see the answer.
  int read_body(const Framing& framing, const httplib::ContentReader& reader, httplib::Response& response,
                std::string& body) const {
    const std::size_t most = 2 * options_.max_body;
    if (framing.length.value_or(0) > most) return 413;
    std::size_t total = 0;
    const bool whole = reader([&](const char* data, std::size_t size) {
      total += size;
      if (total <= options_.max_body) body.append(data, size);
      return total <= most;
    });
    if (total > options_.max_body || response.status == 413) return 413;
    return whole ? 0 : 400;
  }

  static void answer(const httplib::Request& request, httplib::Response& response,
                     const std::shared_ptr<QueuedWriter>& writer) {
    auto watch = std::make_shared<ClientWatch>(request);
    for (;;) {
      auto first = writer->wait_first(kLook);
      if (auto* whole = std::get_if<Response>(&first)) return put_whole(response, std::move(*whole));
      if (auto* stream = std::get_if<QueuedWriter::Stream>(&first)) {
        return put_stream(request, response, writer, std::move(*stream), std::move(watch));
      }
      if (watch->gone()) {
        writer->close();
        return refuse(request, response, 400);
      }
    }
  }

  static void put_stream(const httplib::Request& request, httplib::Response& response,
                         const std::shared_ptr<QueuedWriter>& writer, QueuedWriter::Stream stream,
                         std::shared_ptr<ClientWatch> watch) {
    const std::string type = put_head(response, stream.head.status, stream.head.headers);
    if (request.method == "HEAD") {
      writer->close();
      return;
    }
    // HTTP/1.0 knows no chunks: the end of the connection is the end of the body.
    const bool chunked = request.version != "HTTP/1.0";
    auto provider = [writer, place = std::move(stream.place), watch = std::move(watch), chunked, data = std::string()](
                        std::size_t, httplib::DataSink& sink) mutable {
      switch (writer->wait_next(data, kLook)) {
        case QueuedWriter::Next::data:
          return sink.write(data.data(), data.size());
        case QueuedWriter::Next::finished:
          sink.done();
          return chunked;
        case QueuedWriter::Next::aborted:
          return false;
        case QueuedWriter::Next::nothing:
          break;
      }
      return !watch->gone();
    };
    // Runs however the body ends, also when the server stops between two calls of the provider.
    auto release = [writer](bool) { writer->close(); };
    if (chunked) {
      response.set_chunked_content_provider(type, std::move(provider), std::move(release));
    } else {
      response.set_content_provider(type, std::move(provider), std::move(release));
    }
  }

  const RequestHandler handler_;
  const MountOptions options_;
  const std::shared_ptr<StreamPlaces> places_;
  const std::shared_ptr<StreamPlaces> get_places_;  ///< A part of them, so that some are left for calls.
};

// cpp-httplib routes by regular expressions.
std::string pattern_of(const std::string& path) {
  constexpr std::string_view kSpecial = R"(^$\.*+?()[]{}|)";
  std::string pattern;
  for (const char c : path) {
    if (kSpecial.find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

}  // namespace

void serve(httplib::Server& server, const std::string& path, RequestHandler handler, const MountOptions& options) {
  const std::string pattern = pattern_of(path);
  const auto mount = std::make_shared<Mount>(std::move(handler), options);
  const auto plain = [mount](const httplib::Request& request, httplib::Response& response) {
    mount->handle(request, response, nullptr);
  };
  const auto with_body = [mount](const httplib::Request& request, httplib::Response& response,
                                 const httplib::ContentReader& reader) { mount->handle(request, response, &reader); };
  server.Get(pattern, plain);  // and HEAD
  server.Options(pattern, plain);
  server.Post(pattern, with_body);
  server.Put(pattern, with_body);
  server.Patch(pattern, with_body);
  server.Delete(pattern, with_body);
}

}  // namespace mcprouter::detail
