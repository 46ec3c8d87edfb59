#pragma once

#include "mcprouter/observer.hpp"

namespace mcprouter::detail {

/// Tells an observer, if there is one; what it throws is its own affair.
template <typename Tell>
void observe(Observer* observer, const Tell& tell) noexcept {
  if (observer == nullptr) {
    return;
  }
  try {
    tell(*observer);
  } catch (...) {  // a host's callback must not break a request
  }
}

}  // namespace mcprouter::detail
