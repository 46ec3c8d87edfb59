#include "protocol/message.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "protocol/ascii.hpp"
#include "protocol/envelope.hpp"
#include "protocol/json_cursor.hpp"
#include "protocol/json_text.hpp"

namespace mcprouter::detail {
namespace {

bool is_kind(std::string_view value, JsonKind kind) { return kind_of(value) == kind; }

/// Returns the digits of an integer, with its sign and without a fraction of zeros; empty for any other value.
std::string_view integer_digits(std::string_view lexeme) {
  const std::size_t point = std::min(lexeme.find('.'), lexeme.size());
  const std::string_view whole = lexeme.substr(0, point);
  const std::string_view digits = whole.starts_with('-') ? whole.substr(1) : whole;
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) return {};
  if (point != lexeme.size()) {
    const std::string_view fraction = lexeme.substr(point + 1);
    if (fraction.empty() || fraction.find_first_not_of('0') != std::string_view::npos) return {};
  }
  return whole == "-0" ? digits : whole;
}

bool is_id(std::string_view value) { return is_kind(value, JsonKind::string) || !integer_digits(value).empty(); }

bool is_version_2(std::string_view value) { return value == R"("2.0")" || string_value(value) == "2.0"; }

template <typename... Members>
bool any_repeated(const Members&... members) {
  return (members.repeated || ...);
}

/// A problem of what `params` routes by, which is the same question for every method.
std::string_view params_problem(const Envelope& envelope) {
  if (!is_kind(envelope.params.value, JsonKind::object)) return "params is not an object";
  const RoutedParams& routed = envelope.routed;
  if (any_repeated(routed.name, routed.uri, routed.cursor, routed.task_id, routed.task, routed.arguments,
                   routed.request_state, routed.input_responses, routed.meta)) {
    return "a member of params that routes stands twice";
  }
  if (any_repeated(routed.progress_token, routed.protocol_version, routed.client_info, routed.client_capabilities,
                   routed.log_level)) {
    return "a member of params._meta that routes stands twice";
  }
  return {};
}

std::string describe(const JsonProblem& problem) {
  return problem.what + " (byte " + std::to_string(problem.offset) + ")";
}

/// Whether the beginning of the result at the cursor says that it is not the last one for its request.
bool begins_as_incomplete(JsonCursor& cursor, const char* end) {
  if (!cursor.at('{')) return false;
  cursor.enter();
  while (cursor.next_member() && cursor.here() != end) {
    if (cursor.name() == "inputRequests") return true;
    const bool is_type = cursor.name() == "resultType";
    if (const std::string_view value = cursor.value(); is_type) return string_value(value) != "complete";
  }
  return false;
}

std::string_view id_or_null(std::string_view id) { return id.empty() ? "null" : id; }

std::string message_head() { return R"({"jsonrpc":"2.0")"; }

std::string with_params(std::string message, std::string_view method, std::string_view params) {
  message.append(R"(,"method":)").append(quoted(method));
  if (!params.empty()) message.append(R"(,"params":)").append(params);
  return std::move(message.append("}"));
}

std::string with_id(std::string_view id) {
  return std::move(message_head().append(R"(,"id":)").append(id_or_null(id)));
}

}  // namespace

std::variant<Message, MessageProblem> read_message(std::string_view text, const Limits& limits) {
  if (const auto problem = find_problem(text, limits.max_depth)) {
    return MessageProblem{Reason::parse_error, describe(*problem), "null"};
  }
  const Envelope envelope = read_envelope(text);
  const auto& [id, jsonrpc, method, params, result, error, routed] = envelope;
  const bool has_id = id.present() && !id.repeated && is_id(id.value) && id.value.size() <= limits.max_id_length;
  const std::string_view own_id = has_id ? id.value : std::string_view();
  const auto invalid = [own_id](std::string_view detail) {
    return MessageProblem{Reason::invalid_request, std::string(detail), std::string(id_or_null(own_id))};
  };

  // Of what is no object nothing was read.
  if (!jsonrpc.present() || !is_version_2(jsonrpc.value)) {
    return invalid("expected an object with \"jsonrpc\":\"2.0\"");
  }
  if (any_repeated(id, jsonrpc, method, params, result, error)) {
    return invalid("a member of the envelope stands twice");
  }
  const bool null_id = id.present() && is_kind(id.value, JsonKind::null);
  if (id.present() && !has_id && !(null_id && error.present() && !method.present())) {
    return invalid("id is not a short string or an integer");
  }
  if (params.present()) {
    if (const auto problem = params_problem(envelope); !problem.empty()) return invalid(problem);
  }

  Message message{};
  message.id = own_id;
  message.params = params.value;
  message.name = routed.name.value;
  message.uri = routed.uri.value;
  message.cursor = routed.cursor.value;
  message.task_id = routed.task_id.value;
  message.task = routed.task.value;
  message.arguments = routed.arguments.value;
  message.request_state = routed.request_state.value;
  message.input_responses = routed.input_responses.value;
  message.meta = routed.meta.value;
  message.progress_token = routed.progress_token.value;
  message.protocol_version = routed.protocol_version.value;
  message.client_info = routed.client_info.value;
  message.client_capabilities = routed.client_capabilities.value;
  message.log_level = routed.log_level.value;
  if (method.present()) {
    if (result.present() || error.present()) return invalid("a message with a method has neither result nor error");
    auto name = string_value(method.value);
    if (!name || name->empty()) return invalid("method is not a string with something in it");
    message.kind = has_id ? Message::Kind::request : Message::Kind::notification;
    message.method = std::move(*name);
    return message;
  }
  if (result.present() == error.present()) return invalid("expected one of method, result and error");
  if (result.present()) {
    if (!has_id) return invalid("a result needs an id");
    message.kind = Message::Kind::result;
    message.result = result.value;
    return message;
  }
  if (!is_error_object(error.value)) return invalid("error is not an object with an integer code and a string message");
  message.kind = Message::Kind::error;
  message.error = error.value;
  return message;
}

std::variant<std::vector<std::string_view>, MessageProblem> read_batch(std::string_view text, const Limits& limits) {
  if (const auto problem = find_problem(text, limits.max_depth)) {
    return MessageProblem{Reason::parse_error, describe(*problem), "null"};
  }
  auto messages = elements(text);
  if (messages.empty()) return MessageProblem{Reason::invalid_request, "expected an array with messages", "null"};
  if (messages.size() > limits.max_batch) {
    return MessageProblem{Reason::invalid_request,
                          "a batch has at most " + std::to_string(limits.max_batch) + " messages", "null"};
  }
  return messages;
}

bool begins_as_result(std::string_view beginning) {
  const char* const end = beginning.data() + beginning.size();
  JsonCursor cursor(beginning);
  if (!cursor.at('{')) return false;
  cursor.enter();
  while (cursor.next_member() && cursor.here() != end) {
    if (cursor.name() == "method" || cursor.name() == "error") return false;
    if (cursor.name() == "result") return !begins_as_incomplete(cursor, end);
    cursor.value();
  }
  return false;
}

bool is_array(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\n\r");
  return first != std::string_view::npos && text[first] == '[';
}

bool is_error_object(std::string_view error) {
  if (!is_kind(error, JsonKind::object)) return false;
  const auto code = member(error, "code");
  const auto message = member(error, "message");
  return code && message && !integer_digits(*code).empty() && is_kind(*message, JsonKind::string);
}

bool same_id(std::string_view a, std::string_view b) {
  if (is_kind(a, JsonKind::string) || is_kind(b, JsonKind::string)) {
    const auto decoded = string_value(a);
    return decoded && decoded == string_value(b);
  }
  const std::string_view digits = integer_digits(a);
  return !digits.empty() && digits == integer_digits(b);
}

std::string request_message(std::string_view id, std::string_view method, std::string_view params) {
  return with_params(with_id(id), method, params);
}

std::string notification_message(std::string_view method, std::string_view params) {
  return with_params(message_head(), method, params);
}

std::string result_message(std::string_view id, std::string_view result) {
  std::string message;
  message.reserve(id.size() + result.size() + sizeof(R"({"jsonrpc":"2.0","id":null,"result":})"));
  return std::move(message.append(with_id(id)).append(R"(,"result":)").append(result).append("}"));
}

std::string error_message(std::string_view id, int code, std::string_view text, std::string_view data) {
  std::string error = R"({"code":)";
  error.append(std::to_string(code)).append(R"(,"message":)").append(quoted(text));
  if (!data.empty()) error.append(R"(,"data":)").append(data);
  return error_message(id, error.append("}"));
}

std::string error_message(std::string_view id, std::string_view error) {
  return std::move(with_id(id).append(R"(,"error":)").append(error).append("}"));
}

std::string cancelled_message(std::string_view id, std::string_view reason) {
  std::string params = R"({"requestId":)";
  params.append(id).append(R"(,"reason":)").append(quoted(reason)).append("}");
  return notification_message("notifications/cancelled", params);
}

}  // namespace mcprouter::detail
