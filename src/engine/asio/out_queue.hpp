#pragma once

#include <boost/container/small_vector.hpp>
#include <cstddef>
#include <string>

#include "engine/asio/transport.hpp"

namespace mcprouter::detail {

/// Bytes on their way to a socket, in the parts they came in.
class OutQueue {
 public:
  /// Adds to the last part if that has room: one part costs the kernel less than two.
  void push(std::string part);
  /// Adds to the last part if both are small, so that a stream of small events is few parts.
  void append(std::string_view text);

  /// Writes what the socket takes. Returns `done` once it is all out, else why it is not. `written` is raised by the
  /// bytes that are.
  IoStatus flush(Transport& transport, std::size_t& written);

  [[nodiscard]] bool empty() const { return first_ == parts_.size(); }
  /// Drops what is left, and the memory.
  void clear();

 private:
  void drop(std::size_t size);

  static constexpr std::size_t kOwnParts = 2;  ///< Head and body, mostly.

  boost::container::small_vector<std::string, kOwnParts> parts_;
  std::size_t first_ = 0;   ///< The first part that is not out yet ...
  std::size_t offset_ = 0;  ///< ... and how much of it is.
};

}  // namespace mcprouter::detail
