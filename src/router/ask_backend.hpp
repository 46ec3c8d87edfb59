#pragma once

#include <functional>
#include <string>

#include "backend/reply_reader.hpp"
#include "live/backend_exchange.hpp"
#include "live/from_backend.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// Sends one request of our own and returns its response, or why there is none. What else the backend says meanwhile
/// belongs to nothing; what it asks is answered so. Requires: `hop.call` is set; its end ends the wait.
Task<ReadMessage> ask_backend(BackendHop hop, std::string method, std::string params);

/// Sends the request `text`, whose id is `id`, and hands what else the backend says meanwhile to `hear`, unless that is
/// null.
Task<ReadMessage> ask_backend(BackendExchange& exchange, std::string id, std::string text,
                              std::function<Task<void>(const BackendMessage&)> hear);

}  // namespace mcprouter::detail
