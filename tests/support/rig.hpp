#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mcprouter/mcprouter.hpp"
#include "support/manual_executor.hpp"
#include "support/memory_http.hpp"
#include "support/recording_observer.hpp"
#include "support/recording_writer.hpp"
#include "support/scripted_backend.hpp"

namespace mcprouter::test {

/// A router in front of scripted backends, with an injected clock. Each backend was reached once before the test
/// begins, so that what it can do is known; nothing of that is left.
class Rig {
 public:
  explicit Rig(const std::vector<std::string>& backend_names, RouterOptions options = {}, SessionLimits limits = {},
               Authenticator* authenticator = nullptr, const std::string& capabilities = R"({"tools":{}})");
  ~Rig();

  ManualExecutor executor;
  MemoryHttp http;
  RecordingObserver observer;
  MemorySessionStore store;
  std::vector<std::unique_ptr<ScriptedBackend>> backends;
  std::unique_ptr<BackendSessionManager> upstreams;
  std::unique_ptr<Router> router;

  [[nodiscard]] ScriptedBackend& backend(std::size_t index = 0) { return *backends[index]; }
  [[nodiscard]] std::vector<Backend> configured() const;

  /// Sends a request; the answer may come later.
  std::shared_ptr<RecordingWriter> start(Request request);
  /// Sends a request that is answered without anything else happening, and returns the answer.
  Response send(Request request);
  Response post(std::string_view session, std::string body);

  /// Opens a session and returns its id.
  std::string open_session(std::string_view version = "2025-11-25", std::string_view client = "test");

 private:
  void get_acquainted();
};

/// The head of a backend's answer by event stream.
inline const Headers kSse{{"Content-Type", "text/event-stream"}};

/// Has a backend open the stream of GET and keep it open: the last one is put into `stream`, which outlives it.
inline void offer_stream(ScriptedBackend& backend, std::shared_ptr<MemoryExchange>& stream) {
  backend.on("GET", [&stream](const auto& exchange) {
    stream = exchange;
    exchange->head(200, kSse);
  });
}

/// A POST as a client sends it.
[[nodiscard]] Request post_request(std::string_view session, std::string body);
[[nodiscard]] Request delete_request(std::string_view session);
[[nodiscard]] std::string initialize_body(std::string_view version = "2025-11-25", std::string_view client = "test");
[[nodiscard]] std::string call_body(std::string_view id, std::string_view tool, std::string_view arguments = "{}");
/// The reason in `error.data` of a JSON body, or "".
[[nodiscard]] std::string reason_of(const Response& response);
/// The same with a progress token.
[[nodiscard]] std::string tracked_call_body(std::string_view id, std::string_view tool, std::string_view token = "1");
/// The id of the last event of an SSE body.
[[nodiscard]] std::string last_event_id(const Response& response);
/// The `data` of each event of an SSE body that has any.
[[nodiscard]] std::vector<std::string> events_of(const Response& response);

}  // namespace mcprouter::test
