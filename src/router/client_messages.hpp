#pragma once

#include <string_view>

#include "mcprouter/http.hpp"
#include "mcprouter/session_store.hpp"
#include "protocol/message.hpp"
#include "router/client_request.hpp"

namespace mcprouter::detail {

/// Takes a notification or a response of a client to the backend it is for, in the background. Whatever is for nobody
/// (a call that has ended, a request that nobody made) is dropped: messages cross on their way (CAN-03).
void take_message(const RouterAccess& access, const ClientRequest& request);

}  // namespace mcprouter::detail
