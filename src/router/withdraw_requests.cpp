#include "router/withdraw_requests.hpp"

#include "protocol/message.hpp"

namespace mcprouter::detail {

Task<void> withdraw_requests(LiveSession& live, const std::vector<std::string>& asked, Reply& reply) {
  for (const std::string& id : asked) {
    if (live.calls().take_request(id)) {
      const std::string cancelled = cancelled_message(id, "The call is over.");
      co_await reply.notify(cancelled);
    }
  }
}

}  // namespace mcprouter::detail
