// Rounds of input. The input is a modern server's result that wants input, a line end, and the params with which a
// client tries again.

#include "protocol/input_required.hpp"

#include <string>
#include <variant>
#include <vector>

#include "mcprouter/options.hpp"
#include "property.hpp"
#include "protocol/json_text.hpp"
#include "protocol/modern_result.hpp"

namespace mcprouter::detail {
namespace {

bool same(const InputRequest& one, const InputRequest& other) {
  return one.key == other.key && one.method == other.method && one.params == other.params;
}
bool same(const InputResponse& one, const InputResponse& other) {
  return one.key == other.key && one.value == other.value;
}

template <typename Keyed>
void require_same(const std::vector<Keyed>& all, const std::vector<Keyed>& others) {
  require(all.size() == others.size() && all.size() <= kMaxInputRequests);
  for (std::size_t i = 0; i < all.size(); ++i) {
    require(same(all[i], others[i]));
    for (std::size_t j = 0; j < i; ++j) require(all[i].key != all[j].key);
  }
}

/// What is asked comes to the client as the server wrote it.
void check_asked(std::string_view result) {
  const auto read = read_input_required(result);
  if (const auto* problem = std::get_if<std::string>(&read)) {
    require(!problem->empty());
    return;
  }
  const auto& asked = std::get<InputRequired>(read);
  require(!asked.requests.empty() || asked.request_state);
  const std::string written = input_required_result(asked.requests, "state", R"({"name":"r"})");
  require(!find_problem(written, 64) && result_type(written) == ResultType::input_required);
  const auto again = read_input_required(written);
  require_same(asked.requests, std::get<InputRequired>(again).requests);
  for (const InputRequest& request : asked.requests) {
    if (!request.params.empty()) require(kind_of(input_params(request.params)) == JsonKind::object);
  }
}

/// What a client brings gets to the server as the client wrote it, with nothing else of the kind.
void check_brought(std::string_view params) {
  const std::string request = R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":)" + std::string(params) + "}";
  const auto message = read_message(request, Limits{});
  if (!std::holds_alternative<Message>(message)) return;
  const auto read = read_client_input(params);
  if (const auto* problem = std::get_if<std::string>(&read)) {
    require(!problem->empty());
    return;
  }
  const auto& input = std::get<ClientInput>(read);
  const auto state = input.request_state ? std::optional(quoted(*input.request_state)) : std::nullopt;
  const std::string next = with_input(request, std::get<Message>(message), input.responses, state);
  const auto sent = read_message(next, Limits{});
  require(std::holds_alternative<Message>(sent));
  const auto again = read_client_input(std::get<Message>(sent).params);
  require_same(input.responses, std::get<ClientInput>(again).responses);
  require(std::get<ClientInput>(again).request_state == input.request_state);
}

}  // namespace
}  // namespace mcprouter::detail

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mcprouter::detail;
  const auto [result, params] = split(text_of(data, size), "\n");
  if (!find_problem(result, 60) && kind_of(result) == JsonKind::object) check_asked(result);
  if (!find_problem(params, 60) && kind_of(params) == JsonKind::object) check_brought(params);
  return 0;
}
