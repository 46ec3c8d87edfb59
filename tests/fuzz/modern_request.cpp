// Era and headers of a request. The input is that of HTTP: lines of headers, an empty line, the body.

#include "protocol/modern_request.hpp"

#include <algorithm>
#include <string>
#include <variant>

#include "property.hpp"
#include "protocol/ascii.hpp"
#include "protocol/era.hpp"
#include "protocol/header_value.hpp"
#include "protocol/json_text.hpp"
#include "protocol/version.hpp"

namespace mcprouter::detail {
namespace {

Headers headers_of(std::string_view lines) {
  Headers headers;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    const std::size_t colon = std::min(line.find(':'), line.size());
    headers.add(line.substr(0, colon), line.substr(std::min(colon + 1, line.size())));
  }
  return headers;
}

void check_era(const Message& message, std::string_view header) {
  const Era era = classify(message, header);
  require(classify(message, " " + std::string(header) + "\t") == era);
  if (!message.protocol_version.empty()) {
    require(era == Era::modern);
  } else if (message.method == "initialize") {
    require(era == Era::legacy);
  } else {
    if (names_modern_version(header)) require(era == Era::modern);
    require((era == Era::legacy) == (trimmed(header).empty() || is_session_version(trimmed(header))));
  }
}

void check_accepted(const Message& message, const Headers& headers, const RequestMeta& meta) {
  if (message.kind == Message::Kind::notification) return;
  require(message.kind == Message::Kind::request);
  require(classify(message, headers.get("MCP-Protocol-Version")) == Era::modern);
  require(meta.protocol_version == modern_version);
  require(trimmed(headers.get("MCP-Protocol-Version")) == modern_version);
  require(trimmed(headers.get("Mcp-Method")) == message.method);
  require(kind_of(meta.client_capabilities) == JsonKind::object);
  require(meta.client_info.empty() || kind_of(meta.client_info) == JsonKind::object);
  if (const auto name = string_value(mirrored_name(message))) {
    require(decode_header_value(headers.get("Mcp-Name")) == name);
  }
}

void check_refused(const ModernProblem& problem) {
  const int code = info(problem.reason).code;
  require(code == -32600 || code == -32602 || code == -32020 || code == -32022);
  require((problem.reason == Reason::modern_version_unsupported) == !problem.data.empty());
  if (!problem.data.empty()) {
    require(!find_problem(problem.data, 2));
    const auto requested = member(problem.data, "requested");
    require(requested && string_value(*requested).has_value() && string_value(*requested) != modern_version);
  }
}

/// A request is as good as its `_meta` once the headers are what the body says.
void check_own_headers(const Message& message) {
  const auto version = string_value(message.protocol_version);
  if (message.kind != Message::Kind::request || version != modern_version) return;
  if (trimmed(message.method) != message.method) return;
  Headers headers = {{"MCP-Protocol-Version", *version}, {"Mcp-Method", message.method}};
  if (const auto name = string_value(mirrored_name(message))) headers.add("Mcp-Name", encode_header_value(*name));
  const auto outcome = check_modern_request(message, headers);
  if (const auto* problem = std::get_if<ModernProblem>(&outcome)) {
    require(problem->reason == Reason::request_meta_missing || problem->reason == Reason::invalid_params);
    return;
  }
  // Whatever one header says instead is noticed.
  for (const HeaderField& field : headers) {
    Headers other = headers;
    other.set(field.name, std::string(field.value) + "x");
    const auto refused = check_modern_request(message, other);
    require(std::holds_alternative<ModernProblem>(refused));
    require(std::get<ModernProblem>(refused).reason == Reason::header_mismatch);
  }
}

}  // namespace
}  // namespace mcprouter::detail

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mcprouter;
  using namespace mcprouter::detail;
  const auto [lines, body] = split(text_of(data, size), "\n\n");
  const auto read = read_message(body, Limits{});
  if (!std::holds_alternative<Message>(read)) return 0;
  const Message& message = std::get<Message>(read);
  const Headers headers = headers_of(lines);
  check_era(message, headers.get("MCP-Protocol-Version"));
  const auto outcome = check_modern_request(message, headers);
  if (const auto* meta = std::get_if<RequestMeta>(&outcome)) {
    check_accepted(message, headers, *meta);
  } else {
    check_refused(std::get<ModernProblem>(outcome));
  }
  check_own_headers(message);
  // Of a server that decodes percent escapes nothing is refused that would not be otherwise.
  const auto decoded = check_modern_request(message, headers, FieldValues::percent_decoded);
  require(std::holds_alternative<RequestMeta>(decoded) || std::holds_alternative<ModernProblem>(outcome));
  return 0;
}
