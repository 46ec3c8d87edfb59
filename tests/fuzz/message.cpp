// Reading messages: whatever comes in is refused, or is what another parser says it is too.

#include "protocol/message.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

#include "property.hpp"
#include "protocol/json_text.hpp"

namespace mcprouter::detail {
namespace {

using nlohmann::json;

const Limits limits;

void check_problem(const MessageProblem& problem) {
  require(problem.reason == Reason::parse_error || problem.reason == Reason::invalid_request);
  require(!problem.detail.empty());
  require(!find_problem(problem.id, 1));
}

/// The view is that member of the object, or empty as the member is missing.
void check_member(const json& object, const char* name, std::string_view view) {
  const bool is_there = object.is_object() && object.contains(name);
  require(is_there == !view.empty());
  if (is_there) require(json::parse(view) == object.at(name));
}

Message read_again(const std::string& text) {
  auto outcome = read_message(text, limits);
  require(std::holds_alternative<Message>(outcome));
  return std::get<Message>(outcome);
}

/// What is put together again from its parts reads the same.
void check_writing(const Message& message) {
  switch (message.kind) {
    case Message::Kind::request: {
      const std::string text = request_message(message.id, message.method, message.params);
      const Message again = read_again(text);
      require(again.kind == message.kind && again.id == message.id && again.method == message.method);
      require(again.params == message.params && again.progress_token == message.progress_token);
      require(same_id(message.id, message.id));
      break;
    }
    case Message::Kind::notification: {
      const std::string text = notification_message(message.method, message.params);
      const Message again = read_again(text);
      require(again.kind == message.kind && again.method == message.method && again.params == message.params);
      break;
    }
    case Message::Kind::result: {
      const std::string text = result_message(message.id, message.result);
      const Message again = read_again(text);
      require(again.kind == message.kind && again.id == message.id && again.result == message.result);
      break;
    }
    case Message::Kind::error:
      require(member(message.error, "code").has_value() && member(message.error, "message").has_value());
      break;
  }
}

void check_message(std::string_view text, const Message& message) {
  const json document = json::parse(text);
  if (message.kind == Message::Kind::request || message.kind == Message::Kind::notification) {
    require(document.at("method") == message.method);
  }
  if (!message.id.empty()) require(json::parse(message.id) == document.at("id"));
  check_member(document, "params", message.params);
  if (message.kind == Message::Kind::result) check_member(document, "result", message.result);
  if (message.kind == Message::Kind::error) check_member(document, "error", message.error);

  const json params = document.value("params", json::object());
  check_member(params, "name", message.name);
  check_member(params, "uri", message.uri);
  check_member(params, "cursor", message.cursor);
  check_member(params, "taskId", message.task_id);
  check_member(params, "arguments", message.arguments);
  check_member(params, "requestState", message.request_state);
  check_member(params, "inputResponses", message.input_responses);
  check_member(params, "_meta", message.meta);
  const json meta = params.value("_meta", json());
  check_member(meta, "progressToken", message.progress_token);
  check_member(meta, "io.modelcontextprotocol/protocolVersion", message.protocol_version);
  check_member(meta, "io.modelcontextprotocol/clientInfo", message.client_info);
  check_member(meta, "io.modelcontextprotocol/clientCapabilities", message.client_capabilities);
  check_member(meta, "io.modelcontextprotocol/logLevel", message.log_level);
  check_writing(message);
}

void check_batch(std::string_view text) {
  const auto outcome = read_batch(text, limits);
  if (const auto* problem = std::get_if<MessageProblem>(&outcome)) {
    check_problem(*problem);
    return;
  }
  const auto& messages = std::get<0>(outcome);
  require(is_array(text) && !messages.empty() && messages.size() <= limits.max_batch);
  const json document = json::parse(text);
  require(document.size() == messages.size());
  std::vector<Replacement> same;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    require(json::parse(messages[i]) == document[i]);
    same.push_back({messages[i], std::string(messages[i])});
  }
  require(splice(text, std::move(same)) == text);
}

}  // namespace
}  // namespace mcprouter::detail

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mcprouter::detail;
  const std::string_view text = text_of(data, size);
  const auto outcome = read_message(text, limits);
  if (const auto* problem = std::get_if<MessageProblem>(&outcome)) {
    check_problem(*problem);
  } else {
    check_message(text, std::get<Message>(outcome));
  }
  check_batch(text);
  return 0;
}
