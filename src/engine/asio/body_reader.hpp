#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/asio/message_head.hpp"

namespace mcprouter::detail {

/// Finds a message's body, transfer coding removed, in input that comes in any pieces.
class BodyReader {
 public:
  BodyReader() : BodyReader(BodyLength{}) {}
  explicit BodyReader(BodyLength length);

  /// Takes the front off `input`: at most one piece of the body, perhaps with what surrounds it. Returns that piece,
  /// which may be empty. Takes nothing only once `done` or `bad`, or when `input` is empty.
  std::string_view take(std::string_view& input);

  [[nodiscard]] bool done() const { return part_ == Part::done; }
  /// The input is no body of that kind.
  [[nodiscard]] bool bad() const { return part_ == Part::bad; }
  /// Whether the end of the connection is the proper end of the body.
  [[nodiscard]] bool ends_with_input() const { return part_ == Part::endless; }

 private:
  // What comes next.
  enum class Part {
    counted,
    endless,
    size,
    extension,
    size_end,
    chunk,
    chunk_return,
    chunk_end,
    trailer_begin,
    trailer,
    trailer_end,
    last_end,
    done,
    bad,
  };

  std::string_view take_counted(std::string_view& input);
  [[nodiscard]] Part after(char c);
  [[nodiscard]] Part after_size_char(char c);

  Part part_;
  std::uint64_t left_ = 0;
  int digits_ = 0;
  std::size_t aside_ = 0;  ///< Bytes that are not body.
};

}  // namespace mcprouter::detail
