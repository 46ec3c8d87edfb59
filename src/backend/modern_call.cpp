#include "backend/modern_call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "mcprouter/version.hpp"
#include "protocol/discover.hpp"
#include "protocol/envelope.hpp"
#include "protocol/header_value.hpp"
#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"
#include "protocol/version.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::string_view kPrefix = "io.modelcontextprotocol/";
constexpr std::string_view kParamPrefix = "Mcp-Param-";
constexpr std::array<std::string_view, 4> kOurs = {"protocolVersion", "clientCapabilities", "clientInfo", "logLevel"};

bool is_ours(std::string_view name) {
  return name.starts_with(kPrefix) && std::find(kOurs.begin(), kOurs.end(), name.substr(kPrefix.size())) != kOurs.end();
}

/// The `_meta` of a request that had `old` as its own, empty if it had none.
std::string meta_object(const ClientMeta& meta, std::string_view old) {
  std::string object =
      fmt::format(R"({{"io.modelcontextprotocol/protocolVersion":"{}","io.modelcontextprotocol/clientCapabilities":{},)"
                  R"("io.modelcontextprotocol/clientInfo":{})",
                  modern_version, meta.capabilities, meta.client_info);
  if (!meta.log_level.empty()) {
    object.append(R"(,"io.modelcontextprotocol/logLevel":)").append(meta.log_level);
  }
  for_each_member(old, [&](std::string_view name, std::string_view value) {
    if (!is_ours(name)) {
      object.append(",").append(quoted(name)).append(":").append(value);
    }
    return true;
  });
  return std::move(object.append("}"));
}

/// What `Mcp-Name` says of such a request, as written in its body; empty if there is no such header.
std::string_view name_of(std::string_view method, const RoutedParams& routed) {
  if (method == "tools/call" || method == "prompts/get") return routed.name.value;
  if (method == "resources/read") return routed.uri.value;
  if (method == "tasks/get" || method == "tasks/update" || method == "tasks/cancel") return routed.task_id.value;
  return {};
}

bool explains(const std::vector<ParamHeader>& annotated, std::string_view header) {
  return std::any_of(annotated.begin(), annotated.end(), [header](const ParamHeader& param) {
    return header.size() == kParamPrefix.size() + param.name.size() &&
           same_header(header.substr(kParamPrefix.size()), param.name);
  });
}

}  // namespace

ClientMeta request_meta(const SessionRecord& session, const ServerInfo& own, Extensions extensions) {
  ClientMeta meta;
  meta.capabilities = capabilities_across_eras(session.client_capabilities);
  if (extensions == Extensions::tasks) {
    meta.capabilities = with_tasks_extension(meta.capabilities);
  }
  meta.client_info = session.client_info;
  if (meta.client_info.empty()) {
    meta.client_info = fmt::format(R"({{"name":{},"version":{}}})", quoted(own.name),
                                   quoted(own.version.empty() ? kVersion : std::string_view(own.version)));
  }
  if (!session.log_level.empty()) {
    meta.log_level = quoted(session.log_level);
  }
  return meta;
}

std::string with_request_meta(std::string_view request, const ClientMeta& meta) {
  const Envelope envelope = read_envelope(request);
  const std::string_view params = envelope.params.value;
  const std::string_view old = envelope.routed.meta.value;
  const std::string object = meta_object(meta, old);
  if (!old.empty()) {
    return splice(request, {{old, object}});
  }
  if (params.empty()) {
    const std::size_t end = request.rfind('}');
    return splice(request, {{request.substr(end, 0), fmt::format(R"(,"params":{{"_meta":{}}})", object)}});
  }
  bool has_members = false;
  for_each_member(params, [&](std::string_view, std::string_view) {
    has_members = true;
    return false;
  });
  return splice(request, {{params.substr(1, 0), fmt::format(R"("_meta":{}{})", object, has_members ? "," : "")}});
}

HttpRequest modern_request(const Backend& backend, const Headers& passed, std::string_view request,
                           const ClientMeta& meta, const Headers& param_headers,
                           const std::vector<ParamHeader>* annotated, ExchangeTimes times) {
  std::string body = with_request_meta(request, meta);
  const Envelope envelope = read_envelope(body);
  const std::string method = string_value(envelope.method.value).value_or(std::string());
  const std::optional<std::string> name = string_value(name_of(method, envelope.routed));
  Headers mirrored;
  mirrored.add("Mcp-Method", encode_header_value(method));
  if (name) {
    mirrored.add("Mcp-Name", encode_header_value(*name));
  }
  if (annotated != nullptr) {
    for (const auto& [header, value] : mirrored_headers(*annotated, envelope.routed.arguments.value)) {
      mirrored.add(header, value);
    }
  }
  for (const auto& [header, value] : param_headers) {
    if (annotated == nullptr || !explains(*annotated, header)) {
      mirrored.add(header, value);
    }
  }
  HttpRequest post = upstream_request(backend, passed, {{}, modern_version}, std::move(body), times);
  for (const auto& [header, value] : mirrored) {
    post.headers.add(header, value);
  }
  return post;
}

}  // namespace mcprouter::detail
