#include "protocol/input_capability.hpp"

#include "protocol/capabilities.hpp"
#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"

namespace mcprouter::detail {

std::string_view needed_capability(std::string_view method, std::string_view params) {
  if (method == "elicitation/create") {
    return string_member(params, "mode") == "url" ? "elicitation.url" : "elicitation";
  }
  if (method == "sampling/createMessage") {
    return member(params, "tools") || member(params, "toolChoice") ? "sampling.tools" : "sampling";
  }
  return method == "roots/list" ? "roots" : std::string_view();
}

bool may_ask(std::string_view client_capabilities, std::string_view method, std::string_view params) {
  const std::string_view needed = needed_capability(method, params);
  if (needed.empty() || !has_capability(client_capabilities, needed)) {
    return false;
  }
  return needed != "elicitation" || has_capability(client_capabilities, "elicitation.form") ||
         !has_capability(client_capabilities, "elicitation.url");
}

std::optional<InputRefusal> refuse_input(std::string_view client_capabilities, std::string_view method,
                                         std::string_view params) {
  constexpr int kMethodNotFound = -32601;
  constexpr int kInvalidParams = -32602;
  const std::string_view needed = needed_capability(method, params);
  if (needed.empty() || !has_capability(client_capabilities, needed.substr(0, needed.find('.')))) {
    return InputRefusal{kMethodNotFound, "The client does not offer this method."};
  }
  if (!may_ask(client_capabilities, method, params)) {
    return InputRefusal{kInvalidParams, "The client does not offer this mode."};
  }
  return std::nullopt;
}

std::string required_capabilities(std::string_view path) {
  if (path.empty()) {
    return "{}";
  }
  const std::size_t point = path.find('.');
  const std::string_view rest = point == std::string_view::npos ? std::string_view() : path.substr(point + 1);
  return object_of({{path.substr(0, point), required_capabilities(rest)}});
}

}  // namespace mcprouter::detail
