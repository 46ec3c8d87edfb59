#include "protocol/modern_request.hpp"

#include <initializer_list>
#include <optional>
#include <utility>

#include "protocol/ascii.hpp"
#include "protocol/header_value.hpp"
#include "protocol/json_text.hpp"
#include "protocol/log_level.hpp"
#include "protocol/version.hpp"

namespace mcprouter::detail {
namespace {

constexpr const char* version_header = "MCP-Protocol-Version";
constexpr const char* method_header = "Mcp-Method";
constexpr const char* name_header = "Mcp-Name";

ModernProblem mismatch(std::string detail) { return {Reason::header_mismatch, std::move(detail), {}}; }

bool is_object(std::string_view value) { return !value.empty() && kind_of(value) == JsonKind::object; }

ModernProblem unsupported(std::string_view requested) {
  std::string data = R"({"supported":[)";
  for (const std::string_view version : offered_versions) {
    if (data.back() != '[') data += ',';
    data += quoted(version);
  }
  data.append(R"(],"requested":)").append(quoted(requested)).append("}");
  return {Reason::modern_version_unsupported, {}, std::move(data)};
}

/// Which of the members that a request must have is missing or of the wrong kind. The client's name is not among them
/// (META-03).
std::string_view meta_problem(const Message& message) {
  if (!string_value(message.protocol_version)) return "io.modelcontextprotocol/protocolVersion is not a string there";
  if (!is_object(message.client_capabilities)) {
    return "io.modelcontextprotocol/clientCapabilities is not an object there";
  }
  if (!message.client_info.empty() && !is_object(message.client_info)) {
    return "io.modelcontextprotocol/clientInfo is not an object there";
  }
  return {};
}

std::optional<ModernProblem> version_problem(const Message& message, const Headers& headers, bool required) {
  const std::string_view in_header = trimmed(headers.get(version_header));
  if (in_header.empty() && required) return mismatch("MCP-Protocol-Version is missing");
  if (required) {
    if (const auto problem = meta_problem(message); !problem.empty()) {
      return ModernProblem{Reason::request_meta_missing, std::string(problem), {}};
    }
  }
  const auto in_body = string_value(message.protocol_version);
  if (!in_header.empty() && in_body && in_header != *in_body) {
    return mismatch("MCP-Protocol-Version is not the version in params._meta");
  }
  const std::string_view version = in_body ? std::string_view(*in_body) : in_header;
  if (!version.empty() && version != modern_version) return unsupported(version);
  return std::nullopt;
}

std::optional<ModernProblem> method_problem(const Message& message, const Headers& headers, bool required) {
  const auto method = headers.find(method_header);
  if (!method) return required ? std::optional(mismatch("Mcp-Method is missing")) : std::nullopt;
  if (trimmed(*method) != message.method) return mismatch("Mcp-Method is not the method of the body");
  return std::nullopt;
}

std::optional<ModernProblem> name_problem(const Message& message, const Headers& headers, FieldValues values) {
  // Params without it, or with something else there, are refused for that.
  const auto in_body = string_value(mirrored_name(message));
  if (!in_body) return std::nullopt;
  const auto in_header = headers.find(name_header);
  if (!in_header) return mismatch("Mcp-Name is missing");
  if (values == FieldValues::percent_decoded && is_percent_decoded(*in_header, *in_body)) return std::nullopt;
  const auto name = decode_header_value(*in_header);
  if (!name) return mismatch("Mcp-Name has bytes that are not allowed, or Base64 that is not valid");
  if (*name != *in_body) return mismatch("Mcp-Name is not what the params name");
  return std::nullopt;
}

std::optional<ModernProblem> first_problem(const Message& message, const Headers& headers, FieldValues values) {
  for (const char* const name : {version_header, method_header, name_header}) {
    if (headers.count(name) > 1) return mismatch(std::string(name) + " stands there twice");
  }
  const bool is_request = message.kind == Message::Kind::request;
  if (auto problem = version_problem(message, headers, is_request)) return problem;
  if (auto problem = method_problem(message, headers, is_request)) return problem;
  return is_request ? name_problem(message, headers, values) : std::nullopt;
}

std::string_view object_or_nothing(std::string_view value) { return is_object(value) ? value : std::string_view(); }

}  // namespace

std::variant<RequestMeta, ModernProblem> check_modern_request(const Message& message, const Headers& headers,
                                                              FieldValues values) {
  if (message.kind == Message::Kind::result || message.kind == Message::Kind::error) {
    return ModernProblem{Reason::invalid_request, "In this version servers ask nothing that could be answered", {}};
  }
  if (auto problem = first_problem(message, headers, values)) return std::move(*problem);
  RequestMeta meta;
  meta.protocol_version = string_value(message.protocol_version).value_or(std::string());
  meta.client_info = object_or_nothing(message.client_info);
  meta.client_capabilities = object_or_nothing(message.client_capabilities);
  if (message.kind == Message::Kind::request && !message.log_level.empty()) {
    auto level = string_value(message.log_level);
    meta.log_level_is_known = level && is_log_level(*level);
    if (meta.log_level_is_known) {
      meta.log_level = std::move(*level);
    }
  }
  return meta;
}

std::string_view mirrored_name(const Message& message) {
  if (message.method == "tools/call" || message.method == "prompts/get") return message.name;
  if (message.method == "resources/read") return message.uri;
  if (message.method == "tasks/get" || message.method == "tasks/update" || message.method == "tasks/cancel") {
    return message.task_id;
  }
  return {};
}

}  // namespace mcprouter::detail
