#include "support/lists.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace mcprouter::test {

const std::vector<ListKind>& list_kinds() {
  static const std::vector<ListKind> kinds{
      {"tools/list", "tools", "tools", "name"},
      {"prompts/list", "prompts", "prompts", "name"},
      {"resources/list", "resources", "resources", "uri"},
      {"resources/templates/list", "resources", "resourceTemplates", "uriTemplate"}};
  return kinds;
}

const ListKind& list_kind(std::string_view method) {
  const auto& kinds = list_kinds();
  return *std::find_if(kinds.begin(), kinds.end(), [&](const ListKind& kind) { return kind.method == method; });
}

void declare_everything(ScriptedBackend& backend) {
  backend.set_capabilities(R"({"tools":{},"prompts":{},"resources":{"subscribe":true},"completions":{}})");
  const std::string& name = backend.name();
  answer_with(backend, "prompts/get", fmt::format(R"({{"description":"{}","messages":[]}})", name));
  answer_with(backend, "completion/complete", fmt::format(R"({{"completion":{{"values":["{}"]}}}})", name));
  answer_with(backend, "resources/subscribe", "{}");
  answer_with(backend, "resources/unsubscribe", "{}");
  backend.on("resources/read", [](const auto& exchange) {
    exchange->json(fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{{"code":-32002,"message":"not here"}}}})",
                               id_of(exchange->request.body)));
  });
  for (const ListKind& kind : list_kinds()) {
    if (kind.capability != "tools") {
      set_list(backend, kind.method, {});
    }
  }
}

std::string list_result(const std::string& method, const std::vector<std::string>& keys) {
  const ListKind& kind = list_kind(method);
  auto entries = nlohmann::ordered_json::array();
  for (const std::string& key : keys) {
    entries.push_back({{kind.key, key}, {"title", "of " + key}});
  }
  return nlohmann::ordered_json{{kind.member, std::move(entries)}}.dump();
}

void answer(const ScriptedBackend::Exchange& exchange, const std::string& result) {
  exchange->json(fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{}}})", id_of(exchange->request.body), result));
}

void answer_with(ScriptedBackend& backend, const std::string& method, const std::string& result) {
  backend.on(method, [result](const auto& exchange) { answer(exchange, result); });
}

void set_list(ScriptedBackend& backend, const std::string& method, const std::vector<std::string>& keys) {
  answer_with(backend, method, list_result(method, keys));
  if (list_kind(method).capability == "resources" && !keys.empty()) {
    backend.on("resources/read", [name = backend.name()](const auto& exchange) {
      const auto uri = nlohmann::json::parse(exchange->request.body).at("params").at("uri");
      answer(exchange, fmt::format(R"({{"contents":[{{"uri":{},"text":"{}"}}]}})", uri.dump(), name));
    });
  }
}

void set_prompts(ScriptedBackend& backend, const std::vector<std::string>& names) {
  set_list(backend, "prompts/list", names);
}

void set_resources(ScriptedBackend& backend, const std::vector<std::string>& uris) {
  set_list(backend, "resources/list", uris);
}

void set_templates(ScriptedBackend& backend, const std::vector<std::string>& texts) {
  set_list(backend, "resources/templates/list", texts);
}

std::string open_known_session(Rig& rig) {
  std::string session = rig.open_session();
  rig.post(session, request_body("tools/list"));
  return session;
}

std::string request_body(std::string_view method, std::string_view params) {
  return fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"{}","params":{}}})", method, params);
}

nlohmann::json ask(Rig& rig, const std::string& session, std::string_view method, std::string_view params) {
  const Response response = rig.post(session, request_body(method, params));
  if (response.status != 200) {
    throw std::logic_error(fmt::format("{} was answered {}", method, response.status));
  }
  return nlohmann::json::parse(response.body);
}

std::vector<std::string> listed(Rig& rig, const std::string& session, std::string_view method) {
  const ListKind& kind = list_kind(method);
  std::vector<std::string> keys;
  std::optional<nlohmann::json> cursor;
  do {
    const auto params = cursor ? nlohmann::json{{"cursor", *cursor}} : nlohmann::json::object();
    const auto result = ask(rig, session, method, params.dump()).at("result");
    for (const auto& entry : result.at(kind.member)) {
      keys.push_back(entry.at(kind.key).get<std::string>());
    }
    cursor = result.contains("nextCursor") ? std::optional(result["nextCursor"]) : std::nullopt;
  } while (cursor);
  return keys;
}

std::string reason_of(const nlohmann::json& response) {
  return response.value("/error/data/reason"_json_pointer, std::string());
}

int code_of(const nlohmann::json& response) { return response.value("/error/code"_json_pointer, 0); }

std::string uri_in_error(const nlohmann::json& response) {
  return response.value("/error/data/uri"_json_pointer, std::string());
}

}  // namespace mcprouter::test
