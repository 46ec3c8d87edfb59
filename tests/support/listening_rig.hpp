#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/rig.hpp"

namespace mcprouter::test {

// What backends say.
inline const std::string kLog =
    R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}})";
inline const std::string kToolsChanged = R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})";
inline const std::string kResult = R"({"jsonrpc":"2.0","id":1,"result":{"content":[]}})";
inline const std::string kProgress =
    R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}})";

/// Asks for a stream of the session's own, or for the rest of the one that the event is of.
inline Request get_request(const std::string& session, const std::string& last_event_id = {}) {
  Request request;
  request.method = "GET";
  request.headers = {{"Host", "localhost"}, {"Accept", "text/event-stream"}, {"Mcp-Session-Id", session}};
  if (!last_event_id.empty()) {
    request.headers.add("Last-Event-ID", last_event_id);
  }
  return request;
}

/// A message as an event of a backend's stream.
inline std::string event(const std::string& data) { return "data: " + data + "\n\n"; }

/// A router whose backends keep their event streams open.
class ListeningRig : public Rig {
 public:
  explicit ListeningRig(const std::vector<std::string>& names = {"a"}, RouterOptions options = {},
                        Authenticator* authenticator = nullptr)
      : Rig(names, std::move(options), {}, authenticator), listening(names.size()) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      backend(i).on("GET", [this, i](const auto& exchange) {
        listening[i].push_back(exchange);
        exchange->head(200, kSse);
      });
    }
  }

  std::vector<std::vector<std::shared_ptr<MemoryExchange>>>
      listening;  ///< The streams that each backend was asked for.
};

}  // namespace mcprouter::test
