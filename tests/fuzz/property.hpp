#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace mcprouter::detail {

/// Stops at a property that does not hold, which libFuzzer takes for a crash.
inline void require(bool holds, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  if (holds) return;
  std::fprintf(stderr, "%s:%d: this does not hold\n", file, line);
  std::abort();
}

/// An input as the files in corpus/ are written, so that they can be read: two parts with a line end between them.
struct TwoParts {
  std::string_view first, second;
};

inline TwoParts split(std::string_view input, std::string_view separator) {
  const std::size_t end = input.find(separator);
  if (end == std::string_view::npos) return {{}, input};
  return {input.substr(0, end), input.substr(end + separator.size())};
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace mcprouter::detail
