#pragma once

#include <functional>
#include <optional>
#include <string>

#include "mcprouter/http.hpp"

namespace mcprouter {

/// Who sends a request, as the host's authentication found out. All members empty: anonymous.
struct Principal {
  std::string issuer;     ///< Who vouches: the `iss` of a token.
  std::string subject;    ///< Who it is: the `sub` of a token.
  std::string client_id;  ///< The application it acts through, where known. Its identity if there is no subject.

  [[nodiscard]] bool anonymous() const { return issuer.empty() && subject.empty() && client_id.empty(); }
  /// What sessions are bound to: issuer and subject, never a token's bytes, so that a refreshed token keeps its
  /// session (SES-12). Empty for anonymous. Different identities have different keys.
  [[nodiscard]] std::string key() const;
};

/// Finds out who sends a request; the default is that everybody is anonymous.
///
/// Thread safety: thread-safe. Must not block: an implementation that asks a server answers later.
class Authenticator {
 public:
  struct Result {
    Principal principal;
    /// Set to refuse: sent as it is (401 with `WWW-Authenticate`, AUT-01).
    std::optional<Response> refusal;
  };

  virtual ~Authenticator() = default;

  /// Calls `done` exactly once, now or later, from any thread. `request` is valid until then.
  virtual void authenticate(const Request& request, std::function<void(Result)> done) = 0;
};

}  // namespace mcprouter
