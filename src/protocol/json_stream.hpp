#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json_paths.hpp"
#include "protocol/json_scan.hpp"

namespace mcprouter::detail {

/// Who is told of the places in a JSON text, and says what becomes of them.
class JsonEditor {
 public:
  virtual ~JsonEditor() = default;

  /// A value begins; `first` is its first byte.
  virtual void begins(JsonPaths::Place place, char first) = 0;
  /// A string, number or literal is complete. Returns what is to stand in its place, or nullopt to leave it. `written`
  /// is empty, and what is returned has no effect, if it is longer than `JsonStream::max_held`.
  virtual std::optional<std::string> scalar(JsonPaths::Place place, std::string_view written) = 0;
  /// An object is complete but for its brace. Returns members to add at its end, as JSON without a comma, or "".
  virtual std::string ends(JsonPaths::Place object) = 0;
};

/// Reads one JSON value in pieces of any size, comes to the verdict of `find_problem`, and passes the value on with
/// some of its parts changed. (A number of more than 8 KiB is a problem here.) It passes on what it has seen, so that
/// only who reads to the end knows whether it was JSON.
///
/// What is not changed keeps its bytes, but line ends between values are left out: the result is one line.
///
/// Thread safety: one thread at a time.
/// Cost: a nanosecond a byte or less. Keeps no more than `max_held` bytes and a few for each level of nesting.
class JsonStream {
 public:
  /// A name or value longer than this is in no place that anybody is told of.
  static constexpr std::size_t max_held = 8u << 10;

  /// `paths` and `editor` outlive it.
  JsonStream(const JsonPaths& paths, JsonEditor& editor, std::size_t max_depth)
      : paths_(paths), editor_(editor), max_depth_(max_depth) {}

  /// Reads on, and appends to `out` what becomes of it. Returns false at a problem, and from then on.
  bool feed(std::string_view piece, std::string& out);
  /// Nothing follows. Returns whether it was one JSON value.
  bool finish(std::string& out);

 private:
  enum class Expect : std::uint8_t {
    value,
    first_element,  // or the end of the array
    first_name,     // or the end of the object
    name,
    colon,
    more,  // a comma, or the end
    nothing,
  };
  enum class Token : std::uint8_t { none, name, string, number, literal };

  struct Level {
    bool object;
    bool any;  // A member was passed on.
    JsonPaths::Place place;
  };

  bool step();
  bool structure();
  bool begin_value(char c);
  bool begin_level(char c);
  bool end_level();
  bool begin_name();
  void end_name();
  bool end_token(Scan scan);
  void end_scalar();
  void end_value();
  /// Passes on what was read since `kept_`, or holds it, or drops it.
  void pass_on();
  void hold();
  void let_go();
  void insert(std::string_view text);

  const JsonPaths& paths_;
  JsonEditor& editor_;
  const std::size_t max_depth_;

  Expect expect_ = Expect::value;
  Token token_ = Token::none;
  StringScanner string_;
  NumberScanner number_;
  std::string_view literal_;  // What is still to come of it.
  std::vector<Level> levels_;
  JsonPaths::Place place_ = JsonPaths::whole;  // Of the value that is read or comes next.
  bool failed_ = false;

  bool holding_ = false;
  std::string held_;
  bool dropping_ = false;
  std::size_t dropping_level_ = 0;

  // While a piece is read.
  const char* kept_ = nullptr;
  const char* at_ = nullptr;
  const char* end_ = nullptr;
  std::string* out_ = nullptr;
};

}  // namespace mcprouter::detail
