// Streams of events: how they are cut must not matter, and what is written is read.

#include "protocol/sse.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "property.hpp"

namespace mcprouter::detail {
namespace {

struct Outcome {
  std::vector<SseEvent> events;
  bool within_bound = true;
};

bool same(const SseEvent& a, const SseEvent& b) {
  return a.type == b.type && a.data == b.data && a.id == b.id && a.retry == b.retry;
}

bool same(const Outcome& a, const Outcome& b) {
  return a.within_bound == b.within_bound &&
         std::equal(a.events.begin(), a.events.end(), b.events.begin(), b.events.end(),
                    [](const SseEvent& x, const SseEvent& y) { return same(x, y); });
}

/// Reads a stream in chunks whose sizes `next_size` says.
template <typename NextSize>
Outcome read(std::string_view stream, std::size_t bound, NextSize next_size) {
  Outcome outcome;
  SseParser parser(bound);
  const auto keep = [&](SseEvent event) { outcome.events.push_back(std::move(event)); };
  while (!stream.empty()) {
    const std::string chunk(stream.substr(0, next_size()));  // A copy, to see it read past its end.
    outcome.within_bound = parser.feed(chunk, keep);
    stream.remove_prefix(chunk.size());
  }
  return outcome;
}

Outcome read_whole(std::string_view stream, std::size_t bound) {
  return read(stream, bound, [&] { return stream.size(); });
}

void check_cuts(std::string_view stream, std::size_t bound) {
  const Outcome whole = read_whole(stream, bound);
  for (const SseEvent& event : whole.events) {
    require(event.data.size() + event.type.size() <= bound + std::string_view("message").size());
    require(!event.id || event.id->find_first_of(std::string_view("\0\r\n", 3)) == std::string::npos);
    require(event.data.find('\r') == std::string::npos);
    require(!event.retry || (event.retry->count() >= 0 && *event.retry <= std::chrono::hours(24)));
  }
  require(same(whole, read(stream, bound, [] { return std::size_t{1}; })));
  // The same for the same input: a failure can be seen again.
  std::minstd_rand random(static_cast<std::minstd_rand::result_type>(stream.size() + 1));
  std::uniform_int_distribution<std::size_t> sizes(1, 16);
  require(same(whole, read(stream, bound, [&] { return sizes(random); })));
}

std::string with_line_feeds(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    result += text[i] == '\r' ? '\n' : text[i];
  }
  return result;
}

bool fits_a_line(std::string_view text) {
  return !text.empty() && text.find_first_of(std::string_view("\0\r\n", 3)) == std::string_view::npos;
}

/// What is written is read, but for line ends, and between comments.
void check_writing(std::string_view id, std::string_view data) {
  const std::string stream = sse_comment() + sse_event(data, id, id) + sse_comment();
  const Outcome outcome = read_whole(stream, 4 * stream.size());
  require(outcome.within_bound && outcome.events.size() == 1);
  const SseEvent& event = outcome.events.front();
  require(event.data == with_line_feeds(data));
  require(event.id == (fits_a_line(id) ? std::optional<std::string>(id) : std::nullopt));
  require(event.type == (fits_a_line(id) ? id : "message"));
  require(!event.retry);
}

}  // namespace
}  // namespace mcprouter::detail

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mcprouter::detail;
  const std::string_view stream = text_of(data, size);
  for (const std::size_t bound : {std::size_t{8}, std::size_t{64}, std::size_t{1} << 20}) check_cuts(stream, bound);
  const auto [id, text] = split(stream, "\n");
  check_writing(id, text);
  return 0;
}
