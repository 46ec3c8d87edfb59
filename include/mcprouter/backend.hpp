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

/// How it is decided which era of MCP a backend speaks.
enum class Protocol {
  automatic,  ///< It is asked (`server/discover`) before it is first used, and again when the answer proves wrong.
  legacy,     ///< It has sessions and is never asked.
  modern,     ///< It is of 2026-07-28 or later; never sent an `initialize`.
};

/// In which session of a legacy backend the requests of modern clients run. A modern client has no session, so another
/// thing must say which of its requests belong together. Has no meaning for legacy clients and for modern backends.
///
/// A session is never shared between clients that declare other capabilities, since a legacy backend fixes them in
/// `initialize`. Lists are asked for in sessions of their own: no call of a client changes what another one sees.
enum class Affinity {
  automatic,  ///< `principal` for clients that are somebody, `ephemeral` for anonymous ones.
  ephemeral,  ///< A session for each request, ended after it. Always safe; costs two more round trips a request.
  principal,  ///< One for each principal. All conversations of one user share what the backend keeps.
  handle,     ///< The client opens it with a tool that the router adds, and names it in an argument of each call.
  shared,     ///< One for all. For backends that keep no state and ask the client nothing.
};

/// One MCP server behind the router.
struct Backend {
  std::string name;  ///< `[A-Za-z0-9_.-]`, 1 to 32, no `__`, no `_` at the end: it prefixes exposed names.
  std::string url;   ///< Absolute `http` or `https` URL of its Streamable HTTP endpoint, without userinfo and fragment.
  HeaderRules headers;
  Protocol protocol = Protocol::automatic;
  Affinity affinity = Affinity::automatic;

  /// A fingerprint of what an upstream session depends on (url, headers and protocol): a changed backend gets new
  /// sessions and is asked for its era anew.
  [[nodiscard]] std::uint64_t revision() const;
};

using BackendPtr = std::shared_ptr<const Backend>;

/// Throws ConfigError, with `path` as the JSON path, unless every member is as described above.
void check(const Backend& backend, const std::string& path);
/// Checks each of them, and that no two have the same name; `path[i]` is the JSON path.
void check(const std::vector<Backend>& backends, const std::string& path);

}  // namespace mcprouter
