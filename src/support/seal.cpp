#include "support/seal.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <exception>
#include <memory>
#include <stdexcept>
#include <vector>

namespace mcprouter::detail {
namespace {

constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;
// Longer than anything that is ever sealed.
constexpr std::size_t kMaxSealed = 8u << 10;

using Bytes = std::vector<unsigned char>;
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

Cipher new_cipher() {
  Cipher cipher(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  if (!cipher) {
    throw std::bad_alloc();
  }
  return cipher;
}

const unsigned char* as_bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
int length_of(std::string_view text) { return static_cast<int>(text.size()); }

void require(int done) {
  if (done != 1) {
    throw std::runtime_error("libcrypto failed to seal");
  }
}

/// Base64 by libcrypto, in the alphabet for URLs and without padding.
std::string base64url(const Bytes& bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  while (text.ends_with('=')) {
    text.pop_back();
  }
  for (char& c : text) {
    c = c == '+' ? '-' : c == '/' ? '_' : c;
  }
  return text;
}

std::optional<Bytes> from_base64url(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  if (text.size() > kMaxSealed || text.size() % 4 == 1 || text.find_first_not_of(kAlphabet) != std::string_view::npos) {
    return std::nullopt;
  }
  std::string padded(text);
  for (char& c : padded) {
    c = c == '-' ? '+' : c == '_' ? '/' : c;
  }
  const std::size_t padding = (4 - padded.size() % 4) % 4;
  padded.append(padding, '=');
  Bytes bytes(padded.size() / 4 * 3);
  if (EVP_DecodeBlock(bytes.data(), as_bytes(padded), length_of(padded)) < 0) {
    return std::nullopt;
  }
  bytes.resize(bytes.size() - padding);
  return bytes;
}

}  // namespace

Seal::Seal() {
  if (RAND_bytes(key_.data(), static_cast<int>(key_.size())) != 1 ||
      RAND_bytes(nonce_key_.data(), static_cast<int>(nonce_key_.size())) != 1) {
    std::terminate();  // without randomness everything could be forged: better nothing at all
  }
}

std::string Seal::seal(std::string_view text, std::string_view bound_to) const {
  const Bytes nonce = hmac(std::to_string(bound_to.size()).append(":").append(bound_to).append(text));
  Bytes sealed(nonce.begin(), nonce.begin() + kNonce);
  sealed.resize(kNonce + text.size() + kTag);
  const Cipher cipher = new_cipher();
  int written = 0;
  require(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key_.data(), sealed.data()));
  require(EVP_EncryptUpdate(cipher.get(), nullptr, &written, as_bytes(bound_to), length_of(bound_to)));
  require(EVP_EncryptUpdate(cipher.get(), sealed.data() + kNonce, &written, as_bytes(text), length_of(text)));
  require(EVP_EncryptFinal_ex(cipher.get(), sealed.data() + kNonce + text.size(), &written));
  require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTag, sealed.data() + kNonce + text.size()));
  return base64url(sealed);
}

std::string Seal::digest(std::string_view text) const {
  // A nonce's text begins with a digit.
  return base64url(hmac(std::string("digest\n").append(text)));
}

std::vector<unsigned char> Seal::hmac(std::string_view text) const {
  Bytes digest(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  if (HMAC(EVP_sha256(), nonce_key_.data(), static_cast<int>(nonce_key_.size()), as_bytes(text), text.size(),
           digest.data(), &size) == nullptr) {
    throw std::runtime_error("libcrypto failed to seal");
  }
  digest.resize(size);
  return digest;
}

std::optional<std::string> Seal::open(std::string_view sealed, std::string_view bound_to) const {
  std::optional<Bytes> bytes = from_base64url(sealed);
  // The last character has bits that do not count: of several spellings only ours is one.
  if (!bytes || bytes->size() < kNonce + kTag || base64url(*bytes) != sealed) {
    return std::nullopt;
  }
  const std::size_t length = bytes->size() - kNonce - kTag;
  std::string text(length, '\0');
  auto* const out = reinterpret_cast<unsigned char*>(text.data());
  const Cipher cipher = new_cipher();
  int written = 0;
  const bool opened =
      EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key_.data(), bytes->data()) == 1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &written, as_bytes(bound_to), length_of(bound_to)) == 1 &&
      EVP_DecryptUpdate(cipher.get(), out, &written, bytes->data() + kNonce, static_cast<int>(length)) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTag, bytes->data() + kNonce + length) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), out + length, &written) == 1;
  return opened ? std::optional(std::move(text)) : std::nullopt;
}

}  // namespace mcprouter::detail
