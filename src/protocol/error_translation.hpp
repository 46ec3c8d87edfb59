#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/input_required.hpp"

namespace mcprouter::detail {

// A backend's errors for clients of the other era, or of the same where they tell of the hop behind us. Errors are
// objects as written, with an integer code; what is not touched keeps its bytes.

/// What a backend's error answers.
struct FailedRequest {
  std::string_view method;
  std::string_view uri;                  ///< The resource as the client names it; empty if it is about none.
  std::string_view client_capabilities;  ///< What the client itself declared.
};

/// Returns the `code`; 0 if there is none.
[[nodiscard]] int error_code(std::string_view error);

/// Makes any backend's error into one for a modern client: none of the codes that this revision has given up or does
/// not define (ERR-01, ERR-02), and nothing that tells of the backend's hop (TRAP-10). The caller has dealt with URLs
/// to be visited (`url_elicitations`) and with what can be repaired.
[[nodiscard]] std::string error_for_modern(std::string_view error, const FailedRequest& request);

/// Makes a modern backend's error into one for a client with a session.
[[nodiscard]] std::string error_for_legacy(std::string_view error, const FailedRequest& request);

/// Says whether an error wants the user to visit a URL (-32042) though a client of this version, which declared these
/// capabilities, said nothing of doing that, or has no word for it (ELI-05).
[[nodiscard]] bool wants_unknown_visit(std::string_view error, std::string_view version,
                                       std::string_view client_capabilities);

/// Returns the HTTP status of a JSON-RPC error for a modern client: what is not served is not found.
[[nodiscard]] int modern_status(int code);

/// Returns what a 2025-11-25 backend's error wants the user to visit (-32042), as input requests with the keys "url1",
/// "url2" and so on; nullopt if it is another error or names no URL.
[[nodiscard]] std::optional<std::vector<InputRequest>> url_elicitations(std::string_view error);

}  // namespace mcprouter::detail
