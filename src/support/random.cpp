#include "support/random.hpp"

#include <unistd.h>

#include <array>
#include <cstddef>
#include <exception>

namespace mcprouter::detail {
namespace {

template <std::size_t N>
std::array<unsigned char, N> random_bytes() {
  static_assert(N <= 256, "getentropy gives 256 bytes at most");
  std::array<unsigned char, N> bytes;
  // Without a source of randomness every session could be guessed: better none at all.
  if (::getentropy(bytes.data(), bytes.size()) != 0) {
    std::terminate();
  }
  return bytes;
}

}  // namespace

std::string random_id() {
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  static constexpr std::size_t kCharacters = 22;  // of 6 bits
  std::string id;
  id.reserve(kCharacters);
  for (const unsigned char byte : random_bytes<kCharacters>()) {
    id.push_back(kAlphabet[byte & 63u]);
  }
  return id;
}

std::uint64_t random_serial() {
  std::uint64_t serial = 0;
  while (serial == 0) {
    for (const unsigned char byte : random_bytes<8>()) {
      serial = serial << 8 | byte;
    }
  }
  return serial;
}

}  // namespace mcprouter::detail
