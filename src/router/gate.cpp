#include "router/gate.hpp"

#include <cstddef>
#include <string>

#include "protocol/media.hpp"
#include "protocol/origin.hpp"

namespace mcprouter::detail {

std::optional<Reason> refuse(const Request& request, const RouterOptions& options) {
  std::size_t header_bytes = 0;
  for (const HeaderField& field : request.headers) {
    header_bytes += field.name.size() + field.value.size();
  }
  if (header_bytes > options.limits.max_header_bytes) {
    return Reason::header_too_large;
  }
  // A second Host or Origin could mean another thing to another reader.
  if (const auto host = request.headers.find("Host");
      host && (request.headers.count("Host") > 1 || !host_allowed(*host, options.allowed_hosts))) {
    return Reason::host_refused;
  }
  if (const auto origin = request.headers.find("Origin");
      origin && (request.headers.count("Origin") > 1 || !origin_allowed(*origin, options.allowed_origins))) {
    return Reason::origin_refused;
  }
  if (request.method != "POST" && request.method != "GET" && request.method != "DELETE") {
    return Reason::method_not_allowed;
  }
  return std::nullopt;
}

std::optional<Reason> refuse_content(const Request& request, const Accept& accept, const RouterOptions& options) {
  if (request.body.size() > options.limits.max_body) {
    return Reason::body_too_large;
  }
  if (!is_json(request.headers.get("Content-Type"))) {
    return Reason::content_type_unsupported;
  }
  if (accept.json <= 0 && accept.sse <= 0) {
    return Reason::not_acceptable;
  }
  return std::nullopt;
}

}  // namespace mcprouter::detail
