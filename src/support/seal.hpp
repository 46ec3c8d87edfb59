#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mcprouter::detail {

/// Makes text that a client is handed and brings back unreadable and unforgeable, by AES-256-GCM of libcrypto.
///
/// The nonce is drawn from the text by a second key (HMAC-SHA256), so that the same text always becomes the same
/// sealed text: ids must be stable. The keys are random and live as long as the object.
///
/// Thread safety: thread-safe.
class Seal {
 public:
  Seal();

  /// Returns base64url. `bound_to` is not part of it, but opens it only together with it.
  [[nodiscard]] std::string seal(std::string_view text, std::string_view bound_to) const;
  /// Returns nullopt for what was not sealed by this object, was changed, or was bound to something else.
  [[nodiscard]] std::optional<std::string> open(std::string_view sealed, std::string_view bound_to) const;
  /// Returns base64url of 32 bytes: the same for the same text, and not to be guessed by anybody else.
  [[nodiscard]] std::string digest(std::string_view text) const;

 private:
  [[nodiscard]] std::vector<unsigned char> hmac(std::string_view text) const;

  std::array<unsigned char, 32> key_;
  std::array<unsigned char, 32> nonce_key_;
};

}  // namespace mcprouter::detail
