#include "protocol/session_tool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::string_view kOpener = "open_session";
constexpr std::string_view kArgument = "session";

std::string numbered(std::string_view name, unsigned number) {
  return number == 1 ? std::string(name) : fmt::format("{}_{}", name, number);
}

/// Returns which one of its kind a name is, as `numbered` counts them; 0: it is none.
unsigned number_of(std::string_view name, std::string_view kind) {
  if (!name.starts_with(kind)) {
    return 0;
  }
  const std::string_view rest = name.substr(kind.size());
  if (rest.empty()) {
    return 1;
  }
  // More digits are no name of ours, and would not fit.
  constexpr std::size_t kMaxDigits = 6;
  unsigned number = 0;
  const auto [end, error] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), number);
  const bool is_number =
      rest[0] == '_' && rest.size() <= kMaxDigits + 1 && error == std::errc() && end == rest.data() + rest.size();
  return is_number && number > 1 && numbered(kind, number) == name ? number : 0;
}

/// Returns the highest number of an argument of our kind that stands as a string anywhere in a schema; 0: none does.
/// Not only in `properties`: a schema has arguments in other places too, and one too many harms nobody.
unsigned highest_mentioned(std::string_view schema) {
  unsigned highest = 0;
  const std::string begin = fmt::format("\"{}", kArgument);
  for (std::size_t at = schema.find(begin); at != std::string_view::npos; at = schema.find(begin, at + 1)) {
    const std::string_view text = schema.substr(at + 1);
    highest = std::max(highest, number_of(text.substr(0, text.find('"')), kArgument));
  }
  return highest;
}

std::string session_argument_of_schema(std::string_view schema) {
  return numbered(kArgument, highest_mentioned(schema) + 1);
}

}  // namespace

bool may_open_sessions(std::string_view tool_name) { return number_of(tool_name, kOpener) > 0; }

std::string session_opener(const std::vector<std::string_view>& tools) {
  std::vector<unsigned> taken;
  for (const std::string_view tool : tools) {
    taken.push_back(number_of(string_member(tool, "name"), kOpener));
  }
  unsigned number = 1;
  while (std::find(taken.begin(), taken.end(), number) != taken.end()) {
    ++number;
  }
  return numbered(kOpener, number);
}

std::string session_opener_entry(std::string_view name) {
  constexpr std::string_view kDescription =
      "Opens a session. The other tools of this server keep what they remember between calls in a session: open one "
      "before the first call, and pass what this tool returns to each call that belongs together. A session lasts "
      "until it has not been used for a while; then open another.";
  return fmt::format(
      R"({{"name":{},"title":"Open a session","description":{},)"
      R"("inputSchema":{{"type":"object","properties":{{}},"additionalProperties":false}},)"
      R"("outputSchema":{{"type":"object","properties":{{"{}":{{"type":"string"}}}},"required":["{}"]}}}})",
      quoted(name), quoted(kDescription), kArgument, kArgument);
}

std::string session_opened(std::string_view handle) {
  const std::string structured = fmt::format(R"({{"{}":{}}})", kArgument, quoted(handle));
  return fmt::format(R"({{"content":[{{"type":"text","text":{}}}],"structuredContent":{}}})", quoted(structured),
                     structured);
}

std::string session_argument(std::string_view tool) {
  return session_argument_of_schema(object_member(tool, "inputSchema"));
}

std::string with_session_argument(std::string_view tool, std::string_view opener) {
  const std::string_view schema = object_member(tool, "inputSchema");
  if (schema.empty()) {
    return std::string(tool);
  }
  const std::string_view properties = member(schema, "properties").value_or("{}");
  const std::string_view required = member(schema, "required").value_or("[]");
  if (kind_of(properties) != JsonKind::object || kind_of(required) != JsonKind::array) {
    return std::string(tool);
  }
  const std::string name = session_argument_of_schema(schema);
  std::string property =
      fmt::format(R"({{"type":"string","description":{}}})",
                  quoted(fmt::format("The session that this call belongs to, as {} returned it.", opener)));
  const std::string_view last =
      elements(required).empty() ? required.substr(0, 1) : required.substr(0, required.size() - 1);
  const std::string_view comma = elements(required).empty() ? "" : ",";
  std::vector<MemberChange> changes;
  changes.push_back({"properties", with_members(properties, {{name, std::move(property)}})});
  changes.push_back({"required", fmt::format("{}{}{}]", last, comma, quoted(name))});
  return splice(tool, {{schema, with_members(schema, std::move(changes))}});
}

std::optional<NamedSession> find_session(std::string_view arguments) {
  std::optional<NamedSession> found;
  unsigned highest = 0;
  for (const JsonMember& argument : members(arguments)) {
    const unsigned number = number_of(argument.name, kArgument);
    if (number > 0 && number >= highest) {
      const bool twice = number == highest;
      highest = number;
      found = {argument.name, twice ? std::string() : string_value(argument.value).value_or(std::string())};
    }
  }
  return found;
}

}  // namespace mcprouter::detail
