#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/message.hpp"

namespace mcprouter::detail {

// How modern servers ask their clients: a result that wants input instead of a request, and the same request again with
// the answers (multi round-trip requests, MRTR).

/// Of one result or request; more than any user would answer at once.
inline constexpr std::size_t kMaxInputRequests = 64;

/// One thing that a server asks the client for.
struct InputRequest {
  std::string key;     ///< Names the answer.
  std::string method;  ///< "elicitation/create", "sampling/createMessage" or "roots/list".
  std::string params;  ///< An object as written, or empty.
};

struct InputRequired {
  std::vector<InputRequest> requests;
  std::optional<std::string> request_state;  ///< A JSON string as written: it goes back byte for byte (MRTR-11).
};

/// Says whether a server may answer this method with `input_required` (MRTR-02).
[[nodiscard]] bool allows_input(std::string_view method);

/// Reads a modern server's result that wants input (MRTR-03, MRTR-04), or says for people what is wrong with it.
[[nodiscard]] std::variant<InputRequired, std::string> read_input_required(std::string_view result);

/// Writes a result that wants input. `request_state` is any text; an empty one is left out, as is an empty list of
/// requests. Never has cache hints (CCH-05). Requires: one of both is not empty; keys are unique.
[[nodiscard]] std::string input_required_result(const std::vector<InputRequest>& requests,
                                                std::string_view request_state, std::string_view server_info);

/// Writes `inputRequests`. Requires: keys are unique.
[[nodiscard]] std::string input_requests(const std::vector<InputRequest>& requests);

/// Makes the params of a session-ful server's request into those of an input request: without what belongs to that
/// server's hop. Context of other servers is not asked for: "thisServer" would mean every backend (TRAP-45).
[[nodiscard]] std::string input_params(std::string_view params);

/// Makes the params of an input request into those of a request to a client with a session of that version.
/// `elicitation_id` is ours, for a URL.
[[nodiscard]] std::string legacy_request_params(std::string_view method, std::string_view params,
                                                std::string_view elicitation_id, std::string_view version);

/// A client's answer to an input request.
struct InputResponse {
  std::string key;
  std::string value;  ///< The result as written, an object. There is no such thing as an error here (TRAP-27).
};

/// What a client sends along when it tries again.
struct ClientInput {
  std::vector<InputResponse> responses;
  std::optional<std::string> request_state;  ///< Unescaped.

  /// Says whether the request is another try: then its result is not to be cached (CCH-05).
  [[nodiscard]] bool present() const { return !responses.empty() || request_state; }
};

/// Reads `inputResponses` and `requestState` of a request's params, or says for people what is wrong with them
/// (MRTR-09). Unknown keys are the caller's to ignore.
[[nodiscard]] std::variant<ClientInput, std::string> read_client_input(std::string_view params);

/// Returns the request with just these answers and this state in its params: what is empty is removed, were it there
/// (TRAP-26). Everything else keeps its bytes. `request_state` is a JSON string as written.
[[nodiscard]] std::string with_input(std::string_view request_text, const Message& request,
                                     const std::vector<InputResponse>& responses,
                                     const std::optional<std::string>& request_state);

}  // namespace mcprouter::detail
