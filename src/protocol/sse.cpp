#include "protocol/sse.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

#include "protocol/ascii.hpp"

namespace mcprouter::detail {
namespace {

// A longer pause is no pause, and sums with it could overflow.
constexpr std::chrono::milliseconds max_retry = std::chrono::hours(24);
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view data_field = "data:";

/// Returns where the line ends that `from` is in; the text's size if it does not.
std::size_t find_line_end(std::string_view text, std::size_t from) {
  // Two searches for one byte each are faster than one for both. In steps, because the text may have only one of them.
  constexpr std::size_t step = 256;
  while (from < text.size()) {
    const std::string_view part = text.substr(from, step);
    const std::string_view before_line_feed = part.substr(0, part.find('\n'));
    const std::size_t end = std::min(before_line_feed.find('\r'), before_line_feed.size());
    from += end;
    if (end < part.size()) break;
  }
  return from;
}

std::optional<std::chrono::milliseconds> read_retry(std::string_view digits) {
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (error != std::errc{}) return max_retry;
  return std::min(max_retry, std::chrono::milliseconds(count));
}

void append_field(std::string& event, std::string_view name, std::string_view value) {
  event.append(name).append(": ").append(value).append("\n");
}

bool fits_a_line(std::string_view value) {
  return !value.empty() && value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

}  // namespace

bool SseParser::feed(std::string_view chunk, const Handler& event) {
  while (!overrun_ && !chunk.empty()) {
    const std::string_view piece = chunk.substr(0, max_gathered_);
    read(piece, event);
    chunk.remove_prefix(piece.size());
  }
  return !overrun_;
}

void SseParser::read(std::string_view chunk, const Handler& event) {
  std::size_t at = 0;
  while (at < chunk.size() && !overrun_) {
    if (std::exchange(skip_line_feed_, false) && chunk[at] == '\n') {
      ++at;
      continue;
    }
    const std::size_t end = find_line_end(chunk, at);
    const std::string_view part = chunk.substr(at, end - at);
    if (in_data_line_) {
      data_.append(part);
      if (end < chunk.size()) {
        data_.append("\n");
        in_data_line_ = false;
      }
    } else if (part.size() > max_event_bytes_ - line_.size()) {
      overrun_ = true;
    } else if (end == chunk.size()) {
      line_.append(part);
    } else if (line_.empty()) {
      overrun_ = !end_line(part, event);
    } else {
      line_.append(part);
      overrun_ = !end_line(line_, event);
      line_.clear();
    }
    skip_line_feed_ = end < chunk.size() && chunk[end] == '\r';
    at = end + 1;
  }
  if (!overrun_ && (in_parts_ || data_.size() + line_.size() > max_gathered_)) hand_on(event);
}

bool SseParser::end_line(std::string_view line, const Handler& event) {
  if (std::exchange(first_line_, false) && line.starts_with(byte_order_mark))
    line.remove_prefix(byte_order_mark.size());
  if (line.empty()) {
    dispatch(event);
    return true;
  }
  read_field(line);
  return event_bytes() <= max_event_bytes_;
}

void SseParser::read_field(std::string_view line) {
  const std::size_t colon = std::min(line.find(':'), line.size());
  const std::string_view name = line.substr(0, colon);
  std::string_view value = line.substr(std::min(colon + 1, line.size()));
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "data") {
    data_.append(value).append("\n");
  } else if (name == "event") {
    type_ = value;
  } else if (name == "id") {
    if (value.find('\0') == std::string_view::npos) id_ = value;
  } else if (name == "retry") {
    if (const auto retry = read_retry(value)) retry_ = retry;
  }
}

void SseParser::dispatch(const Handler& event) {
  const std::string type = std::exchange(type_, {});
  in_parts_ = false;
  if (data_.empty()) return;
  SseEvent read;
  if (!type.empty()) read.type = type;
  read.data = std::exchange(data_, {});
  read.data.pop_back();
  read.id = std::exchange(id_, std::nullopt);
  read.retry = std::exchange(retry_, std::nullopt);
  event(std::move(read));
}

void SseParser::hand_on(const Handler& event) {
  std::string_view line = line_;
  if (first_line_ && line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
  // What comes behind the colon decides whether a space belongs to the data.
  if (line.size() > data_field.size() && line.starts_with(data_field)) {
    read_field(line);
    data_.pop_back();  // The line goes on.
    line_.clear();
    first_line_ = false;
    in_data_line_ = true;
  }
  if (data_.empty()) return;
  SseEvent part;
  part.more = true;
  part.data = std::exchange(data_, {});
  if (!in_data_line_) {  // Whether that last line feed belongs to the data shows when another line comes.
    part.data.pop_back();
    data_ = "\n";
  }
  in_parts_ = true;
  if (!part.data.empty()) event(std::move(part));
}

std::size_t SseParser::event_bytes() const { return type_.size() + data_.size() + (id_ ? id_->size() : 0); }

std::string sse_event(std::string_view data, std::string_view id, std::string_view type) {
  std::string event;
  event.reserve(data.size() + id.size() + type.size() + sizeof("event: \nid: \ndata: \n\n"));
  if (fits_a_line(type)) append_field(event, "event", type);
  if (fits_a_line(id)) append_field(event, "id", id);
  std::size_t at = 0;
  for (;;) {
    const std::size_t end = find_line_end(data, at);
    append_field(event, "data", data.substr(at, end - at));
    if (end == data.size()) break;
    at = end + (data.substr(end).starts_with("\r\n") ? 2 : 1);
  }
  return std::move(event.append("\n"));
}

std::string sse_comment() { return ":\n\n"; }

}  // namespace mcprouter::detail
