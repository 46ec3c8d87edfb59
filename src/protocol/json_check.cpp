#include "protocol/json_check.hpp"

#include <simdjson.h>

#include <algorithm>
#include <bit>

#include "protocol/json_diagnosis.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";  // Newer releases of simdjson skip it.
constexpr std::size_t smallest_capacity = std::size_t{4} << 10;
// Beyond it a thread gives its buffers back, so that one large text is not paid for until the thread ends.
constexpr std::size_t largest_kept_capacity = std::size_t{256} << 10;
// A parser takes about 15 times the size of its text; beyond this the slower check, which takes none, is the better
// one.
constexpr std::size_t largest_text = std::size_t{4} << 20;

/// A parser of simdjson with its buffers, all of one size.
class Parser {
 public:
  /// Returns true if the text has no problem. Returns false also for integers of more than 64 bits, and for an array or
  /// object with something in it that is just as deep as allowed.
  bool accepts(std::string_view text, std::size_t max_depth) {
    if (parser_.capacity() < text.size() || parser_.max_depth() != max_depth) {
      const std::size_t capacity = std::bit_ceil(std::max(text.size(), smallest_capacity));
      if (parser_.allocate(capacity, max_depth) != simdjson::SUCCESS) return false;
      if (document_.allocate(capacity) != simdjson::SUCCESS) return false;
    }
    // Copies the text to where bytes may be read behind it.
    return parser_.parse_into_document(document_, text.data(), text.size()).error() == simdjson::SUCCESS;
  }

  [[nodiscard]] std::size_t capacity() const { return parser_.capacity(); }

 private:
  simdjson::dom::parser parser_;
  simdjson::dom::document document_;
};

bool accepts(std::string_view text, std::size_t max_depth) {
  // An empty view may point nowhere, and simdjson copies from there.
  if (text.empty() || text.size() > largest_text) return false;
  if (text.size() > largest_kept_capacity) return Parser().accepts(text, max_depth);
  thread_local Parser kept;
  return kept.accepts(text, max_depth);
}

}  // namespace

std::optional<JsonProblem> find_problem(std::string_view text, std::size_t max_depth) {
  // To simdjson an empty array or object is no level: it may be one level deeper than the bound that simdjson knows,
  // which is why that bound is ours and not one more, and why it cannot be zero.
  const bool accepted = max_depth > 0 && !text.starts_with(byte_order_mark) && accepts(text, max_depth);
  if (accepted) return std::nullopt;
  return diagnose(text, max_depth);
}

}  // namespace mcprouter::detail
