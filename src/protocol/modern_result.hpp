#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace mcprouter::detail {

inline constexpr std::string_view kServerInfoKey = "io.modelcontextprotocol/serverInfo";

/// How long a result may be kept and for whom (CCH-01).
struct CacheHints {
  std::chrono::milliseconds ttl{};
  bool is_public = false;
};

/// What `resultType` says of a modern server's result. `invalid`: another value, or the result is no object.
enum class ResultType { complete, input_required, task, invalid };

/// Reads the type of a result; one without `resultType` is complete (GEN-10).
[[nodiscard]] ResultType result_type(std::string_view result);

/// Reads a modern server's hints: what is missing or makes no sense is not to be kept (CCH-06), and private.
[[nodiscard]] CacheHints cache_hints(std::string_view result);

/// Makes any server's result into one for a modern client: of this type, with our `serverInfo` in `_meta`, and, if it
/// is complete, with these hints. One that wants input never has hints (CCH-05, TRAP-21); of others `ttlMs` is left
/// alone, since a task has one of its own. Everything else keeps its bytes; what is no object is returned as it is.
/// `invalid` counts as complete. Requires: `server_info` is an object as JSON text.
[[nodiscard]] std::string modern_result(std::string_view result, std::string_view server_info,
                                        const std::optional<CacheHints>& hints, ResultType type = ResultType::complete);

/// Makes a session-ful server's tool, prompt, resource or template into one for a modern client: without what this
/// revision has no longer (`execution`) and without header annotations, which no such server reads.
[[nodiscard]] std::string modern_list_entry(std::string_view entry);

}  // namespace mcprouter::detail
