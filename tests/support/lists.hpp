#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "support/rig.hpp"

namespace mcprouter::test {

/// One of the four lists of MCP.
struct ListKind {
  std::string method;
  std::string capability;
  std::string member;  ///< Where the result has its entries.
  std::string key;     ///< The member that names an entry.
};

/// All four.
[[nodiscard]] const std::vector<ListKind>& list_kinds();
[[nodiscard]] const ListKind& list_kind(std::string_view method);

/// Declares tools, prompts, resources and completions, and serves them: says its name in every answer, has only the
/// default tool, and reads every URI as soon as it lists a resource or template.
void declare_everything(ScriptedBackend& backend);
/// Lists these from now on.
void set_list(ScriptedBackend& backend, const std::string& method, const std::vector<std::string>& keys);
void set_prompts(ScriptedBackend& backend, const std::vector<std::string>& names);
void set_resources(ScriptedBackend& backend, const std::vector<std::string>& uris);
void set_templates(ScriptedBackend& backend, const std::vector<std::string>& texts);
/// Answers a method with this result, JSON text, from now on.
void answer_with(ScriptedBackend& backend, const std::string& method, const std::string& result);
/// The list with these keys as a result, JSON text.
[[nodiscard]] std::string list_result(const std::string& method, const std::vector<std::string>& keys);
/// Answers one request with this result, JSON text.
void answer(const ScriptedBackend::Exchange& exchange, const std::string& result);

/// Opens a session in which every backend was reached once, so that what it declares now is known.
[[nodiscard]] std::string open_known_session(Rig& rig);

[[nodiscard]] std::string request_body(std::string_view method, std::string_view params = "{}");
/// Sends a request and returns its response, which came with status 200.
nlohmann::json ask(Rig& rig, const std::string& session, std::string_view method, std::string_view params = "{}");
/// The keys of a whole list, page after page, as the client gets them.
std::vector<std::string> listed(Rig& rig, const std::string& session, std::string_view method);
/// `error.data.reason`, or "".
[[nodiscard]] std::string reason_of(const nlohmann::json& response);
/// `error.code`, or 0.
[[nodiscard]] int code_of(const nlohmann::json& response);
/// `error.data.uri`, or "".
[[nodiscard]] std::string uri_in_error(const nlohmann::json& response);

}  // namespace mcprouter::test
