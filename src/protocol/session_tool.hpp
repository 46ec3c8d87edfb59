#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mcprouter::detail {

// A modern client's way to a session of a legacy backend: a tool opens it, and an argument of every other tool names
// it. The spec has it so for state that outlives a request: an explicit handle in each (requirements 4.4).

/// Says whether the tool that opens sessions may have that name: whether it has depends on the backend's tools.
[[nodiscard]] bool may_open_sessions(std::string_view tool_name);

/// Returns the name of the tool that opens sessions: `open_session`, or the first of `open_session_2`, ... that none of
/// these tools has.
[[nodiscard]] std::string session_opener(const std::vector<std::string_view>& tools);

/// Returns that tool, under this name, as an entry of a list.
[[nodiscard]] std::string session_opener_entry(std::string_view name);

/// Returns what a call of that tool results in.
[[nodiscard]] std::string session_opened(std::string_view handle);

/// Returns which argument of a tool names the session: `session`, or `session_2`, ..., after all of that kind that its
/// schema mentions anywhere.
[[nodiscard]] std::string session_argument(std::string_view tool);

/// Returns the tool with that argument, required. Everything else keeps its bytes; a tool whose schema has no room for
/// an argument stays as it is. `opener` is how clients know the tool that opens sessions.
[[nodiscard]] std::string with_session_argument(std::string_view tool, std::string_view opener);

/// The argument of a call that names its session.
struct NamedSession {
  std::string argument;
  std::string handle;  ///< Unescaped; empty if it is no string, or stands there twice.
};

/// Finds it: a tool's own arguments of that kind have lower numbers. Nullopt: there is none.
[[nodiscard]] std::optional<NamedSession> find_session(std::string_view arguments);

}  // namespace mcprouter::detail
