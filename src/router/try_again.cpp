#include "router/try_again.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "protocol/capabilities.hpp"
#include "protocol/elicitation.hpp"
#include "protocol/error_translation.hpp"
#include "protocol/input_capability.hpp"
#include "protocol/input_required.hpp"
#include "router/modern_reply.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::string_view kAgain = "again\n";

}  // namespace

std::optional<std::string> visit_required(const RouterAccess& access, const ClientRequest& request,
                                          std::string_view asker, std::string_view error, std::string_view bound_to) {
  auto visits = url_elicitations(error);
  if (!visits || !allows_input(request.message.method) ||
      !has_capability(request.session->client_capabilities, "elicitation.url")) {
    return std::nullopt;
  }
  for (InputRequest& visit : *visits) {
    visit.params = signed_params(asker, visit.method, visit.params);
  }
  const RouterOptions& options = request.routes->options();
  const TimePoint until = access.calls.backend.executor.now() + options.timeouts.input;
  const std::string state = fmt::format("{}{}", kAgain, until.time_since_epoch().count());
  return input_required_result(*visits, access.seal.seal(state, bound_to), server_info_object(options.server_info));
}

bool may_try_again(std::string_view state, TimePoint now) {
  if (!state.starts_with(kAgain)) {
    return false;
  }
  const std::string_view digits = state.substr(kAgain.size());
  TimePoint::rep until = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), until);
  return error == std::errc{} && end == digits.data() + digits.size() && now.time_since_epoch().count() < until;
}

}  // namespace mcprouter::detail
