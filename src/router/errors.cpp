#include "router/errors.hpp"

#include <fmt/format.h>

#include "protocol/json_text.hpp"
#include "protocol/message.hpp"

namespace mcprouter::detail {

std::string error_reply(std::string_view id, Reason reason, ErrorDetails details) {
  const ReasonInfo& known = info(reason);
  std::string text(known.text);
  if (!details.problem.empty()) {
    text += fmt::format(" {}.", details.problem);
  }
  if (!details.backend.empty()) {
    text += fmt::format(" ({})", details.backend);
  }
  std::string data = fmt::format(R"({{"reason":"{}")", known.name);
  if (!details.backend.empty()) {
    data += fmt::format(R"(,"backend":{})", quoted(details.backend));
  }
  data += '}';
  return error_message(id, known.code, text, data);
}

Response refusal(Reason reason, std::string_view id, ErrorDetails details) {
  Response response{info(reason).status, {{"Content-Type", "application/json"}}, error_reply(id, reason, details)};
  if (reason == Reason::method_not_allowed) {
    response.headers.add("Allow", "GET, POST, DELETE");
  }
  if (reason == Reason::too_many_sessions || reason == Reason::too_many_sessions_for_client ||
      reason == Reason::shutting_down) {
    response.headers.add("Retry-After", "5");
  }
  return response;
}

}  // namespace mcprouter::detail
