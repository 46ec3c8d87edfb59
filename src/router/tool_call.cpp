#include "router/tool_call.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

#include "backend/header_rules.hpp"
#include "backend/reply_reader.hpp"
#include "protocol/json_text.hpp"
#include "router/errors.hpp"
#include "router/relay.hpp"
#include "router/tool_list.hpp"
#include "support/observe.hpp"

namespace mcprouter::detail {
namespace {

/// Where a call goes.
struct Destination {
  BackendPtr backend;  ///< Null: nobody owns the name.
  std::string name;    ///< As the backend calls it.
};

Destination look_up(const Routes& routes, const std::string& exposed) {
  if (!routes.prefixed()) {
    return routes.backends().empty() ? Destination{} : Destination{routes.backends().front(), exposed};
  }
  const auto owner = routes.names().find(exposed);
  return owner ? Destination{routes.backend(owner->backend), owner->name} : Destination{};
}

Task<Destination> find_owner(RouterAccess access, const ClientRequest& request, const std::string& exposed) {
  Destination destination = look_up(*request.routes, exposed);
  if (!destination.backend) {
    // The client may know the name from another node, or from before a restart.
    co_await gather_tools(access, request);
    destination = look_up(*request.routes, exposed);
  }
  co_return destination;
}

}  // namespace

Task<Outcome> call_tool(RouterAccess access, const ClientRequest& request, Reply& reply) {
  const Message& message = request.message;
  const auto name = string_value(message.name);
  if (!name) {
    std::string refused =
        error_reply(message.id, Reason::invalid_params, {"params.name must be the name of a tool, a string", {}});
    co_await reply.answer(std::move(refused));
    co_return Outcome{{}, info(Reason::invalid_params).name};
  }
  const Destination destination = co_await find_owner(access, request, *name);
  if (!destination.backend) {
    std::string refused = error_reply(message.id, Reason::unknown_tool);
    co_await reply.answer(std::move(refused));
    co_return Outcome{{}, info(Reason::unknown_tool).name};
  }
  std::string body = destination.name == *name ? std::string(request.text)
                                               : splice(request.text, {{message.name, quoted(destination.name)}});
  co_return co_await relay(access, request, destination.backend, std::move(body), reply);
}

}  // namespace mcprouter::detail
