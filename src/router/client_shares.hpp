#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <string>

namespace mcprouter::detail {

/// The most places that one client may have of `max` which all share: a quarter, or what there is of the first few.
[[nodiscard]] inline std::size_t client_share(std::size_t max) {
  constexpr std::size_t kShares = 4;
  constexpr std::size_t kFew = 16;
  return std::max(max / kShares, std::min(max, kFew));
}

/// How many places each client has. A client is what `max_sessions_per_client` counts. One thread at a time.
class ClientShares {
 public:
  /// Takes a place out of `max`, unless the client has its share already. Returns whether it did.
  bool take(const std::string& client, std::size_t max) {
    const auto has = taken_.find(client);
    if ((has == taken_.end() ? 0 : has->second) >= client_share(max)) {
      return false;
    }
    ++taken_[client];
    return true;
  }
  /// Undoes one `take`.
  void give_back(const std::string& client) {
    const auto has = taken_.find(client);
    if (has != taken_.end() && --has->second == 0) {
      taken_.erase(has);
    }
  }

 private:
  std::map<std::string, std::size_t, std::less<>> taken_;
};

}  // namespace mcprouter::detail
