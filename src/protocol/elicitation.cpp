#include "protocol/elicitation.hpp"

#include "protocol/json_text.hpp"

namespace mcprouter::detail {

std::string signed_by(std::string_view asker, std::string_view message) {
  const auto text = asker.empty() ? std::nullopt : string_value(message);
  return text ? quoted(std::string("[").append(asker).append("] ").append(*text)) : std::string(message);
}

std::string signed_params(std::string_view asker, std::string_view method, std::string_view params) {
  const auto message = method == "elicitation/create" ? member(params, "message") : std::nullopt;
  return message ? splice(params, {{*message, signed_by(asker, *message)}}) : std::string(params);
}

}  // namespace mcprouter::detail
