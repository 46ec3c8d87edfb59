#include "protocol/envelope.hpp"

#include "protocol/json_cursor.hpp"

namespace mcprouter::detail {
namespace {

void take(Member& member, std::string_view value) {
  if (member.present()) {
    member.repeated = true;
  } else {
    member.value = value;
  }
}

/// Passes the value at the cursor and returns it. If it is an object, `visit` is called at each of its values with the
/// name, and passes the value.
template <typename Visit>
std::string_view pass(JsonCursor& cursor, const Visit& visit) {
  if (!cursor.at('{')) return cursor.value();
  const char* const begin = cursor.here();
  cursor.enter();
  while (cursor.next_member()) visit(cursor.name());
  return cursor.since(begin);
}

Member* find_in_meta(RoutedParams& routed, std::string_view name) {
  if (name == "progressToken") return &routed.progress_token;
  constexpr std::string_view reserved = "io.modelcontextprotocol/";
  if (!name.starts_with(reserved)) return nullptr;
  name.remove_prefix(reserved.size());
  if (name == "protocolVersion") return &routed.protocol_version;
  if (name == "clientInfo") return &routed.client_info;
  if (name == "clientCapabilities") return &routed.client_capabilities;
  if (name == "logLevel") return &routed.log_level;
  return nullptr;
}

std::string_view pass_meta(JsonCursor& cursor, RoutedParams& routed) {
  return pass(cursor, [&](std::string_view name) {
    Member* const member = find_in_meta(routed, name);
    const std::string_view value = cursor.value();
    if (member != nullptr) take(*member, value);
  });
}

Member* find(RoutedParams& routed, std::string_view name) {
  if (name == "name") return &routed.name;
  if (name == "arguments") return &routed.arguments;
  if (name == "uri") return &routed.uri;
  if (name == "cursor") return &routed.cursor;
  if (name == "taskId") return &routed.task_id;
  if (name == "task") return &routed.task;
  if (name == "requestState") return &routed.request_state;
  if (name == "inputResponses") return &routed.input_responses;
  return nullptr;
}

std::string_view pass_params(JsonCursor& cursor, RoutedParams& routed) {
  return pass(cursor, [&](std::string_view name) {
    if (name == "_meta") {
      take(routed.meta, pass_meta(cursor, routed));
      return;
    }
    Member* const member = find(routed, name);
    const std::string_view value = cursor.value();
    if (member != nullptr) take(*member, value);
  });
}

Member* find(Envelope& envelope, std::string_view name) {
  if (name == "jsonrpc") return &envelope.jsonrpc;
  if (name == "id") return &envelope.id;
  if (name == "method") return &envelope.method;
  if (name == "result") return &envelope.result;
  if (name == "error") return &envelope.error;
  return nullptr;
}

}  // namespace

Envelope read_envelope(std::string_view text) {
  Envelope envelope;
  JsonCursor cursor(text);
  pass(cursor, [&](std::string_view name) {
    if (name == "params") {
      take(envelope.params, pass_params(cursor, envelope.routed));
      return;
    }
    Member* const member = find(envelope, name);
    const std::string_view value = cursor.value();
    if (member != nullptr) take(*member, value);
  });
  return envelope;
}

}  // namespace mcprouter::detail
