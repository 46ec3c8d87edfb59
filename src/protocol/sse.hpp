#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mcprouter::detail {

struct SseEvent {
  std::string type = "message";
  std::string data;
  std::optional<std::string> id;                   ///< The last one since the event before; "" takes an id back.
  std::optional<std::chrono::milliseconds> retry;  ///< The last one since the event before; at most a day.
  /// It is not complete: here is some of its data and nothing else, and the event that comes next goes on with it.
  bool more = false;
};

/// Reads a stream of Server-Sent Events in chunks of any size, by the grammar of the WHATWG HTML standard.
///
/// `id` and `retry` of a block without data, which is no event, are handed on with the next event. What the stream ends
/// in the middle of is discarded. Bytes pass as they are: who reads the data checks its UTF-8.
///
/// An event with more data than the parser gathers is handed on in parts, as it comes.
///
/// Thread safety: one thread at a time.
/// Cost: linear in the bytes fed, however they are cut.
class SseParser {
 public:
  /// Bounds a line, and an event with all its fields; but not data beyond `max_gathered`, which is at least 1.
  explicit SseParser(std::size_t max_event_bytes, std::size_t max_gathered = static_cast<std::size_t>(-1))
      : max_event_bytes_(max_event_bytes), max_gathered_(max_gathered) {}

  /// Calls `event` for each one that is complete, and for the parts of a large one; it must not call back or destroy
  /// this parser. Returns false once the bound is exceeded, and ignores everything after that.
  bool feed(std::string_view chunk, const std::function<void(SseEvent)>& event);

 private:
  using Handler = std::function<void(SseEvent)>;

  void read(std::string_view chunk, const Handler& event);
  bool end_line(std::string_view line, const Handler& event);
  void read_field(std::string_view line);
  void dispatch(const Handler& event);
  /// Hands on the data of an event that is large, or goes on in a line that is not complete.
  void hand_on(const Handler& event);
  [[nodiscard]] std::size_t event_bytes() const;

  std::size_t max_event_bytes_;
  std::size_t max_gathered_;
  std::string line_;  // Of a line that is not complete.
  bool first_line_ = true;
  bool skip_line_feed_ = false;  // The line ended in CR; an LF after it belongs to it.
  bool overrun_ = false;
  bool in_parts_ = false;      // Data of this event was handed on.
  bool in_data_line_ = false;  // The line that is not complete is data, and what it had is in `data_`.

  std::string type_;
  std::string data_;  // Each line with a line feed, so that it tells empty data from none.
  std::optional<std::string> id_;
  std::optional<std::chrono::milliseconds> retry_;
};

/// Writes an event. Data with line ends becomes several lines, which the reader joins by LF: the same JSON. An id or
/// type that would break the line is left out.
[[nodiscard]] std::string sse_event(std::string_view data, std::string_view id = {}, std::string_view type = {});

/// A line that readers ignore, to keep a quiet connection open.
[[nodiscard]] std::string sse_comment();

}  // namespace mcprouter::detail
