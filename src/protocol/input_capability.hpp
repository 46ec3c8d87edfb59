#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mcprouter::detail {

/// Returns the path of the capability that a client must have declared to be asked this by a server: "roots",
/// "sampling", "sampling.tools", "elicitation" for a form, "elicitation.url". Empty: no client is asked this.
[[nodiscard]] std::string_view needed_capability(std::string_view method, std::string_view params);

/// Says whether a client that declared these capabilities may be asked this (ELI-01, SMP-01, MRTR-05): no mode of
/// elicitation is a form, and `{}` declares forms only.
[[nodiscard]] bool may_ask(std::string_view client_capabilities, std::string_view method, std::string_view params);

/// Why a session-ful server's request is answered with an error, instead of by the client.
struct InputRefusal {
  int code;
  std::string_view text;
};
/// Returns nullopt if a client that declared these capabilities may be asked.
[[nodiscard]] std::optional<InputRefusal> refuse_input(std::string_view client_capabilities, std::string_view method,
                                                       std::string_view params);

/// Returns the capability of that path as an object with nothing else in it, as `data.requiredCapabilities` has it
/// (META-09): `{"elicitation":{"url":{}}}`.
[[nodiscard]] std::string required_capabilities(std::string_view path);

}  // namespace mcprouter::detail
