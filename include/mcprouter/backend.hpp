#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "mcprouter/http.hpp"

namespace mcprouter {

/// Which of the client's headers reach a backend, and what is added.
///
/// W3C trace context (`traceparent`, `tracestate`, `baggage`) and `Accept-Language` always pass. `Authorization` and
/// `Cookie` pass only if named here. Hop-by-hop fields, `Host`, `Content-Length`, `Origin` and `Mcp-*` never do.
struct HeaderRules {
  struct Rename {
    std::string from;
    std::string to;
  };

  std::vector<std::string> forward;  ///< Names of client headers to pass on.
  std::vector<Rename> rename;        ///< Client headers to pass on under another name.
  Headers set;                       ///< Added to every request; wins over the client's. Credentials belong here.
};

/// One MCP server behind the router.
struct Backend {
  std::string name;  ///< `[A-Za-z0-9_.-]`, 1 to 32, no `__`, no `_` at the end: it prefixes exposed names.
  std::string url;   ///< Absolute `http` or `https` URL of its Streamable HTTP endpoint, without userinfo and fragment.
  HeaderRules headers;

  /// A fingerprint of what an upstream session depends on (url and headers): a changed backend gets new sessions.
  [[nodiscard]] std::uint64_t revision() const;
};

using BackendPtr = std::shared_ptr<const Backend>;

/// Throws ConfigError, with `path` as the JSON path, unless every member is as described above.
void check(const Backend& backend, const std::string& path);
/// Checks each of them, and that no two have the same name; `path[i]` is the JSON path.
void check(const std::vector<Backend>& backends, const std::string& path);

}  // namespace mcprouter
