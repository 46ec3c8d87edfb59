#pragma once

#include <functional>
#include <string>
#include <utility>

#include "mcprouter/principal.hpp"

namespace mcprouter::test {

/// Takes the word of the header X-User for who somebody is.
class TrustingAuthenticator final : public Authenticator {
 public:
  void authenticate(const Request& request, std::function<void(Result)> done) override {
    Result result;
    result.principal = {"issuer", std::string(request.headers.get("X-User")), {}};
    done(std::move(result));
  }
};

inline Request as_user(Request request, const std::string& user) {
  request.headers.set("X-User", user);
  return request;
}

}  // namespace mcprouter::test
