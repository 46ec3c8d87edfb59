#pragma once

#include <string>
#include <string_view>

namespace mcprouter::detail {

/// Walks along the text of a JSON value from left to right and tells where its parts begin and end.
///
/// Checks nothing: that is what `find_problem` is for, and a text that it passed can be read in one way only. Of any
/// other text what is told has no meaning, but nothing outside of it is read.
///
/// Thread safety: one thread at a time.
/// Cost: every byte is seen once.
class JsonCursor {
 public:
  /// Begins at the first byte that is not white space. The text outlives the cursor.
  explicit JsonCursor(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) { skip_space(); }

  /// Whether the value here begins with this byte: `{`, `[`, `"`.
  [[nodiscard]] bool at(char c) const { return at_ != end_ && *at_ == c; }
  /// Steps into the object or array that begins here.
  void enter() { ++at_; }

  /// Goes on to the next member of the object that was entered, and reads its name: the value is next. Returns false,
  /// behind the object, if there is none.
  bool next_member();
  /// The name, unescaped. Valid until `next_member`.
  [[nodiscard]] std::string_view name() const { return name_; }
  /// Goes on to the next element of the array that was entered. Returns false, behind the array, if there is none.
  bool next_element();

  /// Passes the value here and returns it as written.
  std::string_view value();
  /// What was passed since `begin`, which `here` returned before: of a value that was entered and read to its end.
  [[nodiscard]] std::string_view since(const char* begin) const;
  [[nodiscard]] const char* here() const { return at_; }

 private:
  void skip_space();
  void skip_string();
  void skip_nested();
  /// Passes the separator before the next part, or the end of the whole.
  bool next_part();

  const char* at_;
  const char* end_;
  std::string_view name_;
  std::string unescaped_;  // What `name_` points to if the name as written has escapes.
};

}  // namespace mcprouter::detail
