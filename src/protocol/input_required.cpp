#include "protocol/input_required.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "protocol/input_capability.hpp"
#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"
#include "protocol/legacy_form.hpp"
#include "protocol/modern_result.hpp"
#include "protocol/version.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::string_view kRequests = "inputRequests";
constexpr std::string_view kResponses = "inputResponses";
constexpr std::string_view kState = "requestState";
constexpr std::string_view kRelatedTask = "io.modelcontextprotocol/related-task";

struct InputMembers {
  std::optional<std::string_view> inputs, state;
  bool repeated = false;  ///< Two readers might take another one.
};

/// Finds the state, and the requests or responses, whatever their name is.
InputMembers find_input_members(std::string_view object, std::string_view inputs_name) {
  InputMembers found;
  for_each_member(object, [&](std::string_view name, std::string_view value) {
    if (name == inputs_name || name == kState) {
      std::optional<std::string_view>& place = name == kState ? found.state : found.inputs;
      found.repeated = found.repeated || place;
      place = value;
    }
    return true;
  });
  return found;
}

template <typename Keyed>
bool has_key(const std::vector<Keyed>& all, std::string_view key) {
  return std::any_of(all.begin(), all.end(), [key](const Keyed& each) { return each.key == key; });
}

/// Returns what is wrong with one input request, or adds it.
std::string_view read_request(const JsonMember& entry, std::vector<InputRequest>& requests) {
  InputRequest request{entry.name, string_member(entry.value, "method"), {}};
  if (needed_capability(request.method, {}).empty()) {
    return "an input request is of no known method";
  }
  const auto params = member(entry.value, "params");
  if (params ? kind_of(*params) != JsonKind::object : request.method != "roots/list") {
    return "the params of an input request are not an object";
  }
  if (has_key(requests, request.key)) {
    return "a key of inputRequests stands twice";
  }
  request.params = params.value_or(std::string_view());
  requests.push_back(std::move(request));
  return {};
}

/// Returns `_meta` without what belongs to one hop; nullopt if nothing else is in it.
std::optional<std::string> meta_of_no_hop(std::string_view meta) {
  std::string rest = with_members(meta, {{"progressToken", std::nullopt}, {kRelatedTask, std::nullopt}});
  return rest == "{}" ? std::nullopt : std::optional(std::move(rest));
}

std::vector<MemberChange> changes_between_hops(std::string_view params) {
  std::vector<MemberChange> changes{{"task", std::nullopt}};
  if (const std::string_view meta = object_member(params, "_meta"); !meta.empty()) {
    changes.push_back({"_meta", meta_of_no_hop(meta)});
  }
  if (member(params, "includeContext")) {
    changes.push_back({"includeContext", quoted("none")});
  }
  return changes;
}

}  // namespace

bool allows_input(std::string_view method) {
  return method == "tools/call" || method == "prompts/get" || method == "resources/read";
}

std::variant<InputRequired, std::string> read_input_required(std::string_view result) {
  const InputMembers found = find_input_members(result, kRequests);
  if (found.repeated) {
    return "inputRequests or requestState stands twice";
  }
  if (found.inputs && kind_of(*found.inputs) != JsonKind::object) {
    return "inputRequests is not an object";
  }
  if (found.state && kind_of(*found.state) != JsonKind::string) {
    return "requestState is not a string";
  }
  const std::vector<JsonMember> entries = members(found.inputs.value_or("{}"));
  if (entries.size() > kMaxInputRequests) {
    return "there are too many input requests";
  }
  InputRequired read;
  for (const JsonMember& entry : entries) {
    if (const std::string_view problem = read_request(entry, read.requests); !problem.empty()) {
      return std::string(problem);
    }
  }
  if (found.state) {
    read.request_state = *found.state;
  }
  if (read.requests.empty() && !read.request_state) {
    return "a result that wants input has neither inputRequests nor requestState";
  }
  return read;
}

std::string input_requests(const std::vector<InputRequest>& requests) {
  std::vector<MemberChange> written;
  for (const auto& [key, method, params] : requests) {
    const std::optional<std::string> own = params.empty() ? std::nullopt : std::optional(params);
    written.push_back({key, object_of({{"method", quoted(method)}, {"params", own}})});
  }
  return object_of(written);
}

std::string input_required_result(const std::vector<InputRequest>& requests, std::string_view request_state,
                                  std::string_view server_info) {
  std::vector<MemberChange> result;
  if (!requests.empty()) {
    result.push_back({kRequests, input_requests(requests)});
  }
  if (!request_state.empty()) {
    result.push_back({kState, quoted(request_state)});
  }
  return modern_result(object_of(result), server_info, std::nullopt, ResultType::input_required);
}

std::string input_params(std::string_view params) {
  std::vector<MemberChange> changes = changes_between_hops(params);
  changes.push_back({"elicitationId", std::nullopt});
  return with_members(params, std::move(changes));
}

std::string legacy_request_params(std::string_view method, std::string_view params, std::string_view elicitation_id,
                                  std::string_view version) {
  std::vector<MemberChange> changes = changes_between_hops(params);
  const bool of_url = needed_capability(method, params) == "elicitation.url";
  changes.push_back({"elicitationId", of_url ? std::optional(quoted(elicitation_id)) : std::nullopt});
  const auto form = member(params, "requestedSchema");
  if (form && version < version_2025_11_25) {
    changes.push_back({"requestedSchema", legacy_form(*form)});
    changes.push_back({"mode", std::nullopt});
  }
  return with_members(params, std::move(changes));
}

std::variant<ClientInput, std::string> read_client_input(std::string_view params) {
  const InputMembers found = find_input_members(params, kResponses);
  if (found.repeated) {
    return "inputResponses or requestState stands twice";
  }
  if (found.inputs && kind_of(*found.inputs) != JsonKind::object) {
    return "inputResponses is not an object";
  }
  if (found.state && kind_of(*found.state) != JsonKind::string) {
    return "requestState is not a string";
  }
  const std::vector<JsonMember> entries = members(found.inputs.value_or("{}"));
  if (entries.size() > kMaxInputRequests) {
    return "there are too many inputResponses";
  }
  ClientInput input;
  for (const JsonMember& entry : entries) {
    if (kind_of(entry.value) != JsonKind::object) {
      return "a member of inputResponses is not an object";
    }
    if (has_key(input.responses, entry.name)) {
      return "a key of inputResponses stands twice";
    }
    input.responses.push_back({entry.name, std::string(entry.value)});
  }
  if (found.state) {
    input.request_state = string_value(*found.state);
  }
  return input;
}

std::string with_input(std::string_view request_text, const Message& request,
                       const std::vector<InputResponse>& responses, const std::optional<std::string>& request_state) {
  std::vector<MemberChange> written;
  for (const auto& [key, value] : responses) {
    written.push_back({key, value});
  }
  const std::optional<std::string> answers = written.empty() ? std::nullopt : std::optional(object_of(written));
  if (request.params.empty()) {
    const std::string params = object_of({{kResponses, answers}, {kState, request_state}});
    return with_members(request_text, {{"params", params}});
  }
  return splice(request_text,
                {{request.params, with_members(request.params, {{kResponses, answers}, {kState, request_state}})}});
}

}  // namespace mcprouter::detail
