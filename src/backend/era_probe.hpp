#pragma once

#include <memory>
#include <optional>
#include <string>

#include "backend/handshake.hpp"
#include "backend/upstream_http.hpp"
#include "mcprouter/era.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// What a backend said when it was asked for its era.
struct ProbedEra {
  std::optional<Era> era;  ///< Unset: it is as unknown as before, and `failure` says why.
  UpstreamFailure failure;
  // Of a modern backend.
  std::shared_ptr<const std::string> capabilities;  ///< JSON text.
  std::shared_ptr<const std::string> instructions;  ///< Null: none.
};

/// Asks a backend with `server/discover` which era it speaks (VER-11).
///
/// A result that lists our modern version, or an error that only modern servers know, means modern. What says nothing
/// of the era leaves it unknown (TRAP-41): no connection, a timeout, 401, 403, 408, 429 and 5xx. Everything else means
/// legacy, as does a list of legacy versions alone. `access` and `options` outlive the call.
Task<ProbedEra> probe_era(BackendAccess access, const BackendSessionManager::Options& options, BackendPtr backend,
                          Headers passed);

}  // namespace mcprouter::detail
