#pragma once

#include <httplib.h>

#include <string>

#include "engine/httplib/destination.hpp"
#include "mcprouter/http_client.hpp"

namespace mcprouter::detail {

/// Turns a request into cpp-httplib's form. Fields that may not stand on a wire, and those that the client writes
/// itself, are left out. Moves the body out of `request`.
[[nodiscard]] httplib::Request to_httplib(HttpRequest& request, const Target& target);

/// The head as it came, but for fields that are not valid: cpp-httplib before 0.2x percent-decodes values, so that
/// `%0d%0a` is a line break here.
[[nodiscard]] ResponseHead from_httplib(const httplib::Response& response);

/// What makes a head unusable: a body whose end cannot be found, an interim status. Empty: nothing.
[[nodiscard]] std::string flaw_of(const httplib::Response& response);

/// Says whether a comma-separated list of tokens has this one.
[[nodiscard]] bool has_token(std::string_view list, std::string_view token);

/// Says whether an error means that no connection was made, so that nothing was sent.
[[nodiscard]] bool means_not_connected(httplib::Error error);

}  // namespace mcprouter::detail
