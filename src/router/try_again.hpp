#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mcprouter/executor.hpp"
#include "router/client_request.hpp"

namespace mcprouter::detail {

// Requests that a legacy backend refuses until the user has visited a URL (-32042): a modern client is asked for that
// as for any input, and sends the request anew. No call waits meanwhile (requirements 4.5).

/// Returns the result that asks for the visit; nullopt if it is another error, names no URL, or the client can be asked
/// for none. `asker` is what users are told of who asks, `bound_to` what the same request of the same client has in
/// common with its next try.
[[nodiscard]] std::optional<std::string> visit_required(const RouterAccess& access, const ClientRequest& request,
                                                        std::string_view asker, std::string_view error,
                                                        std::string_view bound_to);

/// Says whether a state that a client brings back is of such a request and still good.
[[nodiscard]] bool may_try_again(std::string_view state, TimePoint now);

}  // namespace mcprouter::detail
