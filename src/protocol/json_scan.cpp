#include "protocol/json_scan.hpp"

#include <cstring>

#include "protocol/ascii.hpp"
#include "protocol/json_check.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::uint64_t repeated(unsigned char byte) { return 0x0101010101010101u * byte; }

/// Has the high bit of at least one byte set if a byte of `word` is zero, and of none otherwise.
std::uint64_t zero_bytes(std::uint64_t word) { return (word - repeated(0x01)) & ~word & repeated(0x80); }

bool is_plain(unsigned char byte) { return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\'; }

/// Returns the first byte that ends a string, begins an escape, is a control character or is not ASCII.
const char* skip_plain(const char* at, const char* end) {
  while (end - at >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof(word));
    const std::uint64_t control = (word - repeated(0x20)) & ~word & repeated(0x80);
    const std::uint64_t not_ascii = word & repeated(0x80);
    if ((control | not_ascii | zero_bytes(word ^ repeated('"')) | zero_bytes(word ^ repeated('\\'))) != 0) break;
    at += sizeof(word);
  }
  while (at != end && is_plain(static_cast<unsigned char>(*at))) ++at;
  return at;
}

int hex_digit(unsigned char byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  const unsigned char lower = byte | 0x20;
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

Scan StringScanner::scan(const char*& at, const char* end) {
  while (at != end) {
    if (part_ == Part::plain && tail_ == 0) {
      at = skip_plain(at, end);
      if (at == end) break;
      if (*at == '"') {
        ++at;
        return Scan::complete;
      }
    }
    if (!take(static_cast<unsigned char>(*at))) return Scan::invalid;
    ++at;
  }
  return Scan::more;
}

bool StringScanner::take(unsigned char byte) {
  switch (part_) {
    case Part::plain:
      if (tail_ == 0) return begin_character(byte);
      if (byte < lowest_ || byte > highest_) return false;
      --tail_;
      lowest_ = 0x80;
      highest_ = 0xBF;
      return true;
    case Part::escape:
      part_ = byte == 'u' ? Part::hex : Part::plain;
      return byte == 'u' || (byte != 0 && std::strchr("\"\\/bfnrt", byte) != nullptr);
    case Part::hex: {
      const int digit = hex_digit(byte);
      if (digit < 0) return false;
      unit_ = unit_ << 4 | static_cast<std::uint32_t>(digit);
      return ++digits_ < 4 || end_unit();
    }
    case Part::low_escape:
      part_ = Part::low_u;
      return byte == '\\';
    case Part::low_u:
      part_ = Part::hex;
      return byte == 'u';
  }
  return false;
}

bool StringScanner::end_unit() {
  const bool high = unit_ >= 0xD800 && unit_ < 0xDC00;
  const bool low = unit_ >= 0xDC00 && unit_ < 0xE000;
  const bool paired = high_ == low;
  high_ = high;
  part_ = high ? Part::low_escape : Part::plain;
  unit_ = 0;
  digits_ = 0;
  return paired;
}

bool StringScanner::begin_character(unsigned char lead) {
  if (lead == '\\') {
    part_ = Part::escape;
    return true;
  }
  // What is shorter than it need be, a surrogate, or beyond U+10FFFF shows in the second byte.
  if (lead >= 0xC2 && lead <= 0xDF) {
    tail_ = 1;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    tail_ = 2;
    if (lead == 0xE0) lowest_ = 0xA0;
    if (lead == 0xED) highest_ = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    tail_ = 3;
    if (lead == 0xF0) lowest_ = 0x90;
    if (lead == 0xF4) highest_ = 0x8F;
  } else {
    return false;
  }
  return true;
}

Scan NumberScanner::scan(const char*& at, const char* end) {
  const char* const from = at;
  while (at != end && take(*at)) ++at;
  const auto size = static_cast<std::size_t>(at - from);
  if (invalid_ || size > max_size - written_.size()) return Scan::invalid;
  written_.append(from, size);
  return at == end ? Scan::more : Scan::complete;
}

/// Returns false at what does not belong to the number.
bool NumberScanner::take(char c) {
  const bool digit = is_digit(c);
  switch (part_) {
    case Part::begin:
      part_ = c == '-' ? Part::minus : c == '0' ? Part::zero : Part::whole;
      return true;
    case Part::minus:
      part_ = c == '0' ? Part::zero : Part::whole;
      invalid_ = !digit;
      return digit;
    case Part::zero:
    case Part::whole:
      if (digit && part_ == Part::whole) return true;
      if (c == '.') {
        part_ = Part::point;
      } else if (c == 'e' || c == 'E') {
        part_ = Part::e;
      } else {
        return false;
      }
      return true;
    case Part::point:
      part_ = Part::fraction;
      invalid_ = !digit;
      return digit;
    case Part::fraction:
      if (digit) return true;
      if (c != 'e' && c != 'E') return false;
      part_ = Part::e;
      return true;
    case Part::e:
      part_ = digit ? Part::exponent : Part::sign;
      invalid_ = !digit && c != '+' && c != '-';
      return !invalid_;
    case Part::sign:
      part_ = Part::exponent;
      invalid_ = !digit;
      return digit;
    case Part::exponent:
      return digit;
  }
  return false;
}

bool NumberScanner::complete() const {
  if (part_ == Part::exponent) return !find_problem(written_, 1);
  const bool ended = part_ == Part::zero || part_ == Part::whole || part_ == Part::fraction;
  // 1e308 is within the range.
  return ended && (written_.size() <= 308 || !find_problem(written_, 1));
}

}  // namespace mcprouter::detail
