#include "engine/asio/out_queue.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace mcprouter::detail {
namespace {

constexpr std::size_t kPartsAWrite = 16;
// Parts below this are copied together rather than kept apart.
constexpr std::size_t kSmall = 4u << 10;

}  // namespace

void OutQueue::push(std::string part) {
  if (!empty() && part.size() <= parts_.back().capacity() - parts_.back().size()) {
    parts_.back().append(part);
  } else if (!part.empty()) {
    parts_.push_back(std::move(part));
  }
}

void OutQueue::append(std::string_view text) {
  if (!empty() && parts_.back().size() + text.size() <= kSmall) {
    parts_.back().append(text);
  } else {
    push(std::string(text));
  }
}

IoStatus OutQueue::flush(Transport& transport, std::size_t& written) {
  while (!empty()) {
    std::array<iovec, kPartsAWrite> parts;
    std::size_t count = 0;
    for (std::size_t index = first_; index < parts_.size() && count < parts.size(); ++index, ++count) {
      const std::size_t skip = index == first_ ? offset_ : 0;
      parts[count] = {parts_[index].data() + skip, parts_[index].size() - skip};
    }
    const IoResult result = transport.write(std::span(parts).first(count));
    if (result.status != IoStatus::done) return result.status == IoStatus::end ? IoStatus::broken : result.status;
    written += result.size;
    drop(result.size);
  }
  clear();
  return IoStatus::done;
}

void OutQueue::clear() {
  parts_.clear();
  // Not the room for a few: shrunk, it would have none, and the next answer take memory for each part.
  if (parts_.capacity() > kOwnParts) parts_.shrink_to_fit();
  first_ = offset_ = 0;
}

void OutQueue::drop(std::size_t size) {
  while (size > 0) {
    const std::size_t left = parts_[first_].size() - offset_;
    if (size < left) {
      offset_ += size;
      return;
    }
    size -= left;
    offset_ = 0;
    parts_[first_++] = {};
  }
  // A queue that is never quite empty must not grow by what is out.
  if (first_ >= kPartsAWrite && first_ > parts_.size() / 2) {
    parts_.erase(parts_.begin(), parts_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

}  // namespace mcprouter::detail
