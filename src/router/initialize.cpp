#include "router/initialize.hpp"

#include <fmt/format.h>

#include "protocol/json_text.hpp"
#include "protocol/version.hpp"
#include "router/modern_reply.hpp"
#include "support/random.hpp"

namespace mcprouter::detail {
namespace {

// Both are kept with the session: what is larger than any real one is refused, or kept in part.
constexpr std::size_t kMaxClientInfo = 2u << 10;
constexpr std::size_t kMaxCapabilities = 8u << 10;
constexpr std::size_t kMaxNameLength = 256;

std::optional<std::string> string_member(std::string_view object, std::string_view name) {
  const auto value = member(object, name);
  return value ? string_value(*value) : std::nullopt;
}

std::optional<std::string_view> object_member(std::string_view object, std::string_view name) {
  const auto value = member(object, name);
  return value && kind_of(*value) == JsonKind::object ? value : std::nullopt;
}

}  // namespace

std::string client_key(const Principal& principal, const Request& request, std::string_view name,
                       std::string_view version) {
  if (principal.anonymous()) {
    return fmt::format("peer\n{}\n{}\n{}", request.peer, name, version);
  }
  return fmt::format("principal\n{}\n{}", principal.issuer,
                     principal.client_id.empty() ? principal.subject : principal.client_id);
}

std::variant<SessionRecord, std::string> new_session(const Message& initialize, const Request& request,
                                                     const Principal& principal) {
  if (initialize.params.empty()) {
    return "initialize needs params";
  }
  const auto version = string_member(initialize.params, "protocolVersion");
  if (!version) {
    return "params.protocolVersion must be a string such as \"2025-11-25\"";
  }
  const auto capabilities = object_member(initialize.params, "capabilities");
  if (!capabilities) {
    return "params.capabilities must be an object";
  }
  if (capabilities->size() > kMaxCapabilities) {
    return fmt::format("params.capabilities must not be larger than {} bytes", kMaxCapabilities);
  }
  const auto client_info = object_member(initialize.params, "clientInfo");
  const auto name = client_info ? string_member(*client_info, "name") : std::nullopt;
  const auto client_version = client_info ? string_member(*client_info, "version") : std::nullopt;
  if (!name || !client_version || name->size() > kMaxNameLength || client_version->size() > kMaxNameLength) {
    return fmt::format("params.clientInfo must have name and version, strings of at most {} bytes", kMaxNameLength);
  }
  SessionRecord session;
  session.id = random_id();
  session.principal_key = principal.key();
  session.client_key = client_key(principal, request, *name, *client_version);
  session.protocol_version = std::string(negotiate(*version));
  session.client_info = client_info->size() <= kMaxClientInfo
                            ? std::string(*client_info)
                            : fmt::format(R"({{"name":{},"version":{}}})", quoted(*name), quoted(*client_version));
  session.client_capabilities = std::string(*capabilities);
  return session;
}

std::string initialize_result(const SessionRecord& session, const Served& served, const ServerInfo& server_info) {
  std::string result = fmt::format(R"({{"protocolVersion":"{}","capabilities":{},"serverInfo":{})",
                                   session.protocol_version, served.capabilities, server_info_object(server_info));
  if (!served.instructions.empty()) {
    result += fmt::format(R"(,"instructions":{})", quoted(served.instructions));
  }
  result += '}';
  return result;
}

}  // namespace mcprouter::detail
