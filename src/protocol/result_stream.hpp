#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mcprouter/options.hpp"
#include "protocol/json_stream.hpp"

namespace mcprouter::detail {

/// What becomes of the scalars at some places of a result, or of another value.
struct ResultEdit {
  std::span<const JsonPaths::Way> ways;  ///< From the result. Not empty; what it refers to outlives the edit.
  /// Called with a value as written. Returns what is to stand in its place, or nullopt to leave it.
  std::function<std::optional<std::string>(std::string_view written)> change;
};

/// Returns a value with the edits made, or nullopt if nothing changes. Places whose names are written with escapes are
/// not found. Requires: `find_problem` said nothing.
[[nodiscard]] std::optional<std::string> edit_text(std::string_view text, const std::vector<ResultEdit>& edits);

/// The response to one request, a result, read in parts and passed on as it comes: with the client's id, wherever it
/// stands, and with edits. The verdict is that of `read_message` and `same_id`, but what was wrong may show only at the
/// end.
///
/// Thread safety: one thread at a time.
class ResultStream final : private JsonEditor {
 public:
  /// `sent_id` is that of the request as the backend got it, `client_id` the one that the client is to get. What is
  /// given outlives it.
  ResultStream(std::string_view sent_id, std::string_view client_id, const Limits& limits,
               const std::vector<ResultEdit>& edits);
  ResultStream(const ResultStream&) = delete;
  ResultStream& operator=(const ResultStream&) = delete;

  /// Reads on, and appends to `out` what is for the client. Returns false once it cannot be the response: what `out`
  /// got then is not to be passed on, so that the client never gets its end.
  bool feed(std::string_view part, std::string& out);
  /// Nothing follows. Returns whether it was the response.
  bool finish();

 private:
  using Place = JsonPaths::Place;

  /// What was seen at a place.
  struct Seen {
    bool once = false;  ///< It may not stand twice: two parsers may disagree on which one counts.
    const ResultEdit* edit = nullptr;
    int count = 0;
    char first = 0;       ///< Byte of the first one.
    std::string written;  ///< The first one, if it is a scalar that was held.
  };

  void begins(JsonPaths::Place place, char first) override;
  std::optional<std::string> scalar(JsonPaths::Place place, std::string_view written) override;
  std::string ends(JsonPaths::Place object) override;
  Seen& at(Place place);
  Place watch(const JsonPaths::Way& way, bool once = true);
  [[nodiscard]] bool is_response();
  [[nodiscard]] bool has_id();

  const std::string_view sent_id_;
  const std::string_view client_id_;
  const std::size_t max_id_length_;

  JsonPaths paths_;
  std::vector<Seen> seen_;  ///< By place.
  const Place whole_, jsonrpc_, id_, method_, params_, result_, error_;
  bool wrong_ = false;
  bool complete_ = false;
  JsonStream stream_;
};

}  // namespace mcprouter::detail
