#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// What waits to be written to one connection, in order.
///
/// A large payload is referenced instead of copied: the server is not to pay for bytes that are the same every time.
class Output {
 public:
  /// Appends a copy of `text`.
  Output& append(std::string_view text);

  /// Appends `text` itself, which must live for ever.
  Output& append_static(std::string_view text);

  [[nodiscard]] bool empty() const { return pieces_.empty(); }

  /// Writes as far as that goes without waiting. Returns false when the connection is broken.
  bool write_to(int fd);

 private:
  struct Piece {
    const char* fixed;  ///< Null for a part of `copied_`.
    std::size_t begin;  ///< In `copied_`.
    std::size_t size;
  };

  void drop(std::size_t written);

  std::string copied_;
  std::vector<Piece> pieces_;
};

}  // namespace bench
