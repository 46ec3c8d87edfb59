#include "router/named_call.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "protocol/json_text.hpp"
#include "router/errors.hpp"
#include "router/relay.hpp"

namespace mcprouter::detail {

const Named kTools{kServedTools, &Routes::tools, Reason::unknown_tool};
const Named kPrompts{kServedPrompts, &Routes::prompts, Reason::unknown_prompt};

namespace {

/// Remembers whose the resources are that a tool returned or links to, and puts the URIs that the client is to know in
/// place of those that another backend has as well (TRAP-36).
std::optional<std::string> expose_links(std::string_view result, const Routes& routes, const std::string& backend) {
  if (result.find("\"uri\"") == std::string_view::npos) {
    return std::nullopt;
  }
  std::vector<Replacement> replacements;
  const auto rename = [&](std::string_view object) {
    const auto written = kind_of(object) == JsonKind::object ? member(object, "uri") : std::nullopt;
    const auto uri = written ? string_value(*written) : std::nullopt;
    if (!uri) {
      return;
    }
    if (std::string exposed = routes.uris().learn(backend, *uri); exposed != *uri) {
      replacements.push_back({*written, quoted(exposed)});
    }
  };
  const auto content = kind_of(result) == JsonKind::object ? member(result, "content") : std::nullopt;
  for (const std::string_view block : elements(content.value_or("[]"))) {
    if (kind_of(block) != JsonKind::object) {
      continue;
    }
    rename(block);
    rename(member(block, "resource").value_or("null"));
  }
  return replacements.empty() ? std::nullopt : std::optional(splice(result, std::move(replacements)));
}

Destination look_up(const Routes& routes, const Named& named, const std::string& exposed) {
  if (!routes.prefixed()) {
    return routes.backends().empty() ? Destination{} : Destination{routes.backends().front(), exposed};
  }
  const auto owner = (routes.*named.table)().find(exposed);
  return owner ? Destination{routes.backend(owner->backend), owner->name} : Destination{};
}

}  // namespace

Task<Destination> find_named(RouterAccess access, const ClientRequest& request, const Named& named,
                             std::string exposed) {
  Destination destination = look_up(*request.routes, named, exposed);
  if (!destination.backend) {
    co_await gather_list(access, request, named.list);
    destination = look_up(*request.routes, named, exposed);
  }
  co_return destination;
}

Task<Outcome> call_named(RouterAccess access, const ClientRequest& request, Reply& reply, const Named& named) {
  const Message& message = request.message;
  const auto name = string_value(message.name);
  if (!name) {
    std::string refused = error_reply(message.id, Reason::invalid_params, {"params.name must be a string", {}});
    co_await reply.answer(std::move(refused));
    co_return Outcome{{}, info(Reason::invalid_params).name};
  }
  const Destination destination = co_await find_named(access, request, named, *name);
  if (!destination.backend) {
    std::string refused = error_reply(message.id, named.unknown);
    co_await reply.answer(std::move(refused));
    co_return Outcome{{}, info(named.unknown).name};
  }
  std::string body = destination.name == *name ? std::string(request.text)
                                               : splice(request.text, {{message.name, quoted(destination.name)}});
  ResultHook hook;
  if (request.routes->prefixed()) {
    hook = [&request, &destination](std::string_view result) {
      return expose_links(result, *request.routes, destination.backend->name);
    };
  }
  co_return co_await relay(access, request, destination.backend, std::move(body), reply, std::move(hook));
}

}  // namespace mcprouter::detail
