#include "output.hpp"

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace bench {

Output& Output::append(std::string_view text) {
  if (pieces_.empty() || pieces_.back().fixed != nullptr) pieces_.push_back({nullptr, copied_.size(), 0});
  copied_.append(text);
  pieces_.back().size += text.size();
  return *this;
}

Output& Output::append_static(std::string_view text) {
  pieces_.push_back({text.data(), 0, text.size()});
  return *this;
}

bool Output::write_to(int fd) {
  while (!pieces_.empty()) {
    std::array<iovec, 16> parts{};
    const std::size_t count = std::min(parts.size(), pieces_.size());
    for (std::size_t i = 0; i < count; ++i) {
      const Piece& piece = pieces_[i];
      const char* begin = piece.fixed != nullptr ? piece.fixed : copied_.data() + piece.begin;
      parts[i] = {const_cast<char*>(begin), piece.size};
    }
    const ssize_t written = writev(fd, parts.data(), static_cast<int>(count));
    if (written < 0) return errno == EAGAIN;
    drop(static_cast<std::size_t>(written));
  }
  return true;
}

void Output::drop(std::size_t written) {
  std::size_t done = 0;
  while (done < pieces_.size() && written >= pieces_[done].size) written -= pieces_[done++].size;
  pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(done));
  if (pieces_.empty()) return copied_.clear();
  Piece& first = pieces_.front();
  if (first.fixed != nullptr) {
    first.fixed += written;
  } else {
    first.begin += written;
  }
  first.size -= written;
}

}  // namespace bench
