#include "engine/asio/body_reader.hpp"

#include <algorithm>
#include <utility>

#include "protocol/ascii.hpp"

namespace mcprouter::detail {
namespace {

// More than this would overflow.
constexpr int kMaxSizeDigits = 15;
// Extensions of one chunk, or all trailers: nobody needs them.
constexpr std::size_t kMaxAside = 8u << 10;

unsigned hex_value(char c) { return static_cast<unsigned>(is_digit(c) ? c - '0' : lower(c) - 'a' + 10); }

bool is_text(char c) { return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != '\x7f'); }

}  // namespace

BodyReader::BodyReader(BodyLength length) : left_(length.size) {
  switch (length.kind) {
    case BodyLength::Kind::none:
      part_ = Part::done;
      break;
    case BodyLength::Kind::counted:
      part_ = Part::counted;
      break;
    case BodyLength::Kind::chunked:
      part_ = Part::size;
      break;
    case BodyLength::Kind::until_close:
      part_ = Part::endless;
      break;
  }
}

std::string_view BodyReader::take(std::string_view& input) {
  while (!input.empty() && !done() && !bad()) {
    if (part_ == Part::counted || part_ == Part::chunk) return take_counted(input);
    if (part_ == Part::endless) return std::exchange(input, {});
    const char c = input.front();
    input.remove_prefix(1);
    part_ = after(c);
  }
  return {};
}

std::string_view BodyReader::take_counted(std::string_view& input) {
  const std::string_view piece =
      input.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size())));
  input.remove_prefix(piece.size());
  left_ -= piece.size();
  if (left_ == 0) part_ = part_ == Part::counted ? Part::done : Part::chunk_return;
  return piece;
}

BodyReader::Part BodyReader::after_size_char(char c) {
  if (is_hex_digit(c)) {
    if (++digits_ > kMaxSizeDigits) return Part::bad;
    left_ = left_ * 16 + hex_value(c);
    return Part::size;
  }
  if (digits_ == 0) return Part::bad;
  digits_ = 0;
  if (c == '\r') return Part::size_end;
  return c == ';' || c == ' ' || c == '\t' ? Part::extension : Part::bad;
}

BodyReader::Part BodyReader::after(char c) {
  switch (part_) {
    case Part::size:
      return after_size_char(c);
    case Part::extension:
      if (c == '\r') return Part::size_end;
      return is_text(c) && ++aside_ <= kMaxAside ? Part::extension : Part::bad;
    case Part::size_end:
      if (c != '\n') return Part::bad;
      aside_ = 0;
      return left_ > 0 ? Part::chunk : Part::trailer_begin;
    case Part::chunk_return:
      return c == '\r' ? Part::chunk_end : Part::bad;
    case Part::chunk_end:
      return c == '\n' ? Part::size : Part::bad;
    case Part::trailer_begin:
      if (c == '\r') return Part::last_end;
      return is_text(c) && ++aside_ <= kMaxAside ? Part::trailer : Part::bad;
    case Part::trailer:
      if (c == '\r') return Part::trailer_end;
      return is_text(c) && ++aside_ <= kMaxAside ? Part::trailer : Part::bad;
    case Part::trailer_end:
      return c == '\n' ? Part::trailer_begin : Part::bad;
    case Part::last_end:
      return c == '\n' ? Part::done : Part::bad;
    default:
      return Part::bad;
  }
}

}  // namespace mcprouter::detail
