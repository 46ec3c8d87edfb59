#include "config/nearest_name.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>

namespace mcprouter::detail {
namespace {

constexpr std::size_t max_edits = 2;

std::string plain(std::string_view name) {
  std::string result;
  for (const char c : name) {
    if (c == '_' || c == '-') continue;
    result += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return result;
}

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({substituted, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& known) {
  std::string_view nearest;
  std::size_t fewest = max_edits + 1;
  const std::string wanted = plain(name);
  for (const std::string_view candidate : known) {
    const std::string other = plain(candidate);
    // A name of two letters is two edits away from every other one.
    if (wanted.size() > other.size() + max_edits || wanted.size() <= max_edits) continue;
    const std::size_t edits = edit_distance(wanted, other);
    if (edits < fewest) {
      fewest = edits;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace mcprouter::detail
