#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mcprouter::detail {

// The parts of a JSON text that may be cut anywhere, read piece by piece to the same verdict as `find_problem`.

/// How far a scanner came with a piece.
enum class Scan {
  more,  ///< It is not complete: the piece was used up.
  complete,
  invalid,
};

/// Passes a string literal: escapes in pairs of surrogates, no control characters, valid UTF-8.
class StringScanner {
 public:
  /// To be called behind the opening quote.
  void begin() { *this = StringScanner(); }
  /// Moves `at` behind the closing quote, or to `end`.
  Scan scan(const char*& at, const char* end);

 private:
  enum class Part : std::uint8_t { plain, escape, hex, low_escape, low_u };

  bool take(unsigned char byte);
  bool begin_character(unsigned char lead);
  bool end_unit();

  Part part_ = Part::plain;
  std::uint8_t digits_ = 0;       // of an escaped unit, that were read
  std::uint8_t tail_ = 0;         // bytes that the character still has
  unsigned char lowest_ = 0x80;   // that its next byte may be
  unsigned char highest_ = 0xBF;  // that its next byte may be
  bool high_ = false;             // the unit before was the first of a pair
  std::uint32_t unit_ = 0;
};

/// Passes a number. Longer than `max_size` it is refused, for whether it fits a double cannot be told before its end.
class NumberScanner {
 public:
  static constexpr std::size_t max_size = 8u << 10;

  void begin() { *this = NumberScanner(); }
  /// Moves `at` to the first byte that is not part of the number, or to `end`: what is behind that may belong to it.
  Scan scan(const char*& at, const char* end);
  /// Whether what was passed is a number, within the range of a double.
  [[nodiscard]] bool complete() const;

 private:
  enum class Part : std::uint8_t { begin, minus, zero, whole, point, fraction, e, sign, exponent };

  bool take(char c);

  Part part_ = Part::begin;
  bool invalid_ = false;
  std::string written_;
};

}  // namespace mcprouter::detail
