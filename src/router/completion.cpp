#include "router/completion.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

#include "protocol/capabilities.hpp"
#include "protocol/json_text.hpp"
#include "protocol/message.hpp"
#include "router/errors.hpp"
#include "router/failed_call.hpp"
#include "router/named_call.hpp"
#include "router/relay.hpp"
#include "router/resource.hpp"

namespace mcprouter::detail {
namespace {

/// What is to be completed.
struct Reference {
  bool prompt;
  std::string_view text;  ///< Its name or URI as written.
  std::string name;
};

std::optional<Reference> read_reference(std::string_view params) {
  const auto ref = params.empty() ? std::nullopt : only_member(params, "ref");
  const auto type = ref && kind_of(*ref) == JsonKind::object ? only_member(*ref, "type") : std::nullopt;
  const auto type_name = type ? string_value(*type) : std::nullopt;
  if (type_name != "ref/prompt" && type_name != "ref/resource") {
    return std::nullopt;
  }
  const bool prompt = type_name == "ref/prompt";
  const auto text = only_member(*ref, prompt ? "name" : "uri");
  auto name = text ? string_value(*text) : std::nullopt;
  return name ? std::optional(Reference{prompt, *text, std::move(*name)}) : std::nullopt;
}

/// The owner of a template by its text, or of a resource.
Task<Destination> find_template(const RouterAccess& access, const ClientRequest& request, std::string uri) {
  const Routes& routes = *request.routes;
  for (const bool listed : {false, true}) {
    if (!routes.prefixed()) {
      break;
    }
    if (listed) {
      co_await gather_list(access, request, kServedTemplates);
    }
    if (const auto owner = routes.templates().find(uri)) {
      co_return Destination{routes.backend(owner->backend), owner->name};
    }
  }
  co_return co_await find_resource(access, request, std::move(uri));
}

/// That there is no such resource is a wrong param here: the code that says so is of resources/read alone.
std::string refuse_unknown(std::string_view id, Reason reason) {
  const ReasonInfo& unknown = info(reason);
  return error_message(id, info(Reason::invalid_params).code, unknown.text,
                       fmt::format(R"({{"reason":"{}"}})", unknown.name));
}

}  // namespace

Task<Outcome> complete(const RouterAccess& access, const ClientRequest& request, Reply& reply) {
  const Message& message = request.message;
  const auto reference = read_reference(message.params);
  Destination owner;
  if (reference && reference->prompt) {
    owner = co_await find_named(access, request, kPrompts, reference->name);
  } else if (reference) {
    owner = co_await find_template(access, request, reference->name);
  }
  if (request.has_ended()) {
    co_return co_await answer_ended(request, {}, reply);
  }
  if (!owner.backend) {
    const Reason reason = !reference          ? Reason::invalid_params
                          : reference->prompt ? Reason::unknown_prompt
                                              : Reason::unknown_resource;
    std::string refused =
        reference ? refuse_unknown(message.id, reason)
                  : error_reply(message.id, reason, {"params.ref must name a prompt or a resource template", {}});
    co_await reply.answer(std::move(refused));
    co_return Outcome{{}, info(reason).name};
  }
  const auto capabilities = access.calls.upstreams.known(*owner.backend).capabilities;
  if (capabilities && !has_capability(*capabilities, "completions")) {
    std::string nothing = result_message(message.id, R"({"completion":{"values":[]}})");
    co_await reply.answer(std::move(nothing));
    co_return Outcome{};
  }
  std::string body = owner.name == reference->name ? std::string(request.text)
                                                   : splice(request.text, {{reference->text, quoted(owner.name)}});
  co_return co_await relay(access, request, owner.backend, std::move(body), reply);
}

}  // namespace mcprouter::detail
