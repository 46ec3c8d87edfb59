#include "support/rig.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "protocol/sse.hpp"

namespace mcprouter::test {

Rig::Rig(const std::vector<std::string>& backend_names, RouterOptions options, SessionLimits limits,
         Authenticator* authenticator, const std::string& capabilities)
    : store(limits) {
  for (const std::string& name : backend_names) {
    backends.push_back(std::make_unique<ScriptedBackend>(http, name));
    backends.back()->set_capabilities(capabilities);
  }
  upstreams = std::make_unique<BackendSessionManager>(
      http, executor, store, BackendSessionManager::Options{options.server_info, options.limits, options.timeouts},
      &observer);
  router = std::make_unique<Router>(RouterParts{http, executor, store, *upstreams, authenticator, &observer},
                                    std::move(options), configured());
  get_acquainted();
}

void Rig::get_acquainted() {
  auto session = std::make_shared<SessionRecord>();
  session->id = "acquaintance";
  store.create(*session, executor.now());
  for (const Backend& backend : configured()) {
    upstreams->acquire(session, std::make_shared<const Backend>(backend), {}, [](const auto&) {});
  }
  upstreams->end(store.remove(session->id, {}, executor.now()));
  executor.run();
  for (const auto& backend : backends) {
    backend->forget_seen();
  }
  observer.clear();
}

Rig::~Rig() = default;

std::vector<Backend> Rig::configured() const {
  std::vector<Backend> configured;
  for (const auto& backend : backends) {
    Backend one;
    one.name = backend->name();
    one.url = backend->url();
    configured.push_back(std::move(one));
  }
  return configured;
}

std::shared_ptr<RecordingWriter> Rig::start(Request request) {
  auto writer = std::make_shared<RecordingWriter>();
  router->handle(std::move(request), writer);
  return writer;
}

Response Rig::send(Request request) {
  const auto writer = start(std::move(request));
  executor.run();
  if (!writer->ended()) {
    throw std::logic_error("the request is still waiting for something");
  }
  return writer->response();
}

Response Rig::post(std::string_view session, std::string body) { return send(post_request(session, std::move(body))); }

std::string Rig::open_session(std::string_view version, std::string_view client) {
  const Response response = send(post_request({}, initialize_body(version, client)));
  if (response.status != 200) {
    throw std::logic_error("initialize: " + response.body);
  }
  return std::string(response.headers.get("Mcp-Session-Id"));
}

Request post_request(std::string_view session, std::string body) {
  Request request;
  request.method = "POST";
  request.headers = {{"Host", "127.0.0.1:8080"},
                     {"Content-Type", "application/json"},
                     {"Accept", "application/json, text/event-stream"}};
  if (!session.empty()) {
    request.headers.add("Mcp-Session-Id", session);
  }
  request.body = std::move(body);
  request.peer = "127.0.0.1";
  return request;
}

Request delete_request(std::string_view session) {
  Request request;
  request.method = "DELETE";
  request.headers = {{"Host", "localhost"}};
  if (!session.empty()) {
    request.headers.add("Mcp-Session-Id", session);
  }
  request.peer = "127.0.0.1";
  return request;
}

std::string initialize_body(std::string_view version, std::string_view client) {
  return fmt::format(
      R"({{"jsonrpc":"2.0","id":0,"method":"initialize","params":{{"protocolVersion":"{}","capabilities":)"
      R"({{"sampling":{{}}}},"clientInfo":{{"name":"{}","version":"1"}}}}}})",
      version, client);
}

std::string call_body(std::string_view id, std::string_view tool, std::string_view arguments) {
  return fmt::format(R"({{"jsonrpc":"2.0","method":"tools/call","params":{{"name":"{}","arguments":{}}},"id":{}}})",
                     tool, arguments, id);
}

std::string tracked_call_body(std::string_view id, std::string_view tool, std::string_view token) {
  return fmt::format(
      R"({{"jsonrpc":"2.0","method":"tools/call","params":{{"name":"{}","arguments":{{}},"_meta":{{"progressToken":{}}}}},"id":{}}})",
      tool, token, id);
}

std::string reason_of(const Response& response) {
  const auto json = nlohmann::json::parse(response.body, nullptr, false);
  const auto pointer = nlohmann::json::json_pointer("/error/data/reason");
  return json.is_object() && json.contains(pointer) ? json[pointer].get<std::string>() : std::string();
}

std::string last_event_id(const Response& response) {
  const std::size_t at = response.body.rfind("id: ") + 4;
  return response.body.substr(at, response.body.find('\n', at) - at);
}

std::vector<std::string> events_of(const Response& response) {
  std::vector<std::string> events;
  detail::SseParser parser(1u << 20);
  parser.feed(response.body, [&](detail::SseEvent event) {
    if (!event.data.empty()) {
      events.push_back(std::move(event.data));
    }
  });
  return events;
}

}  // namespace mcprouter::test
