#include "protocol/error_translation.hpp"

#include <charconv>

#include "protocol/capabilities.hpp"
#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"
#include "protocol/version.hpp"

namespace mcprouter::detail {
namespace {

constexpr int kMethodNotFound = -32601;
constexpr int kInvalidParams = -32602;
constexpr int kInternalError = -32603;
constexpr int kResourceNotFound = -32002;        // until 2025-11-25
constexpr int kUrlElicitationRequired = -32042;  // 2025-11-25 only
constexpr int kHeaderMismatch = -32020;          // since 2026-07-28, as all below
constexpr int kMissingClientCapability = -32021;
constexpr int kUnsupportedVersion = -32022;
// JSON-RPC leaves these codes to servers; MCP gives them a meaning or takes it away.
constexpr int kFirstOfServers = -32099;
constexpr int kLastOfServers = -32000;

/// The error as another one; its data tells what it was.
std::string wrapped(std::string_view error, int code) {
  return with_members(error, {{"code", std::to_string(code)}, {"data", object_of({{"original", std::string(error)}})}});
}

/// The error as one that tells nothing of the hop that it is about.
std::string hop_failed() {
  return object_of({{"code", std::to_string(kInternalError)},
                    {"message", quoted("The server behind this and the router did not understand each other.")},
                    {"data", R"({"reason":"backend_protocol_error"})"}});
}

std::string about_resource(std::string_view error, int code, std::string_view uri) {
  const std::string_view data = object_member(error, "data");
  return with_members(error, {{"code", std::to_string(code)},
                              {"data", with_members(data.empty() ? "{}" : data, {{"uri", quoted(uri)}})}});
}

/// Says whether `declared` has all of what `required` has, or is too odd to tell.
bool declares(std::string_view declared, std::string_view required) {
  bool all = true;
  for_each_member(required, [&](std::string_view name, std::string_view value) {
    const auto found = member(declared, name);
    all = found && (kind_of(value) != JsonKind::object || declares(*found, value));
    return all;
  });
  return all;
}

}  // namespace

int error_code(std::string_view error) {
  int code = 0;
  if (const auto written = member(error, "code")) {
    // A fraction of zeros may follow.
    std::from_chars(written->data(), written->data() + written->size(), code);
  }
  return code;
}

std::string error_for_modern(std::string_view error, const FailedRequest& request) {
  const int code = error_code(error);
  if (code == kResourceNotFound && !request.uri.empty()) {
    return about_resource(error, kInvalidParams, request.uri);
  }
  if (code == kHeaderMismatch || code == kUnsupportedVersion) {
    return hop_failed();
  }
  if (code == kMissingClientCapability) {
    // What the client does have was withheld by us: it cannot do anything about it.
    const std::string_view required = object_member(object_member(error, "data"), "requiredCapabilities");
    const bool client_lacks_it = !declares(request.client_capabilities, required);
    return client_lacks_it ? std::string(error) : hop_failed();
  }
  const bool undefined = kFirstOfServers <= code && code <= kLastOfServers;
  return undefined ? wrapped(error, kInternalError) : std::string(error);
}

std::string error_for_legacy(std::string_view error, const FailedRequest& request) {
  switch (error_code(error)) {
    case kInvalidParams:
      if (request.method == "resources/read" && !request.uri.empty() && member(object_member(error, "data"), "uri")) {
        return about_resource(error, kResourceNotFound, request.uri);
      }
      return std::string(error);
    case kHeaderMismatch:
    case kUnsupportedVersion:
      return hop_failed();
    case kMissingClientCapability:
      return wrapped(error, kInvalidParams);
    case kUrlElicitationRequired:
      return wrapped(error, kInternalError);
    default:
      return std::string(error);
  }
}

bool wants_unknown_visit(std::string_view error, std::string_view version, std::string_view client_capabilities) {
  return error_code(error) == kUrlElicitationRequired &&
         (version != version_2025_11_25 || !has_capability(client_capabilities, "elicitation.url"));
}

int modern_status(int code) {
  constexpr int kOk = 200;
  constexpr int kBadRequest = 400;
  constexpr int kNotFound = 404;
  if (code == kHeaderMismatch || code == kMissingClientCapability || code == kUnsupportedVersion) {
    return kBadRequest;
  }
  return code == kMethodNotFound ? kNotFound : kOk;
}

std::optional<std::vector<InputRequest>> url_elicitations(std::string_view error) {
  if (error_code(error) != kUrlElicitationRequired) {
    return std::nullopt;
  }
  const auto elicitations = member(object_member(error, "data"), "elicitations");
  std::vector<InputRequest> requests;
  for (const std::string_view elicitation : elements(elicitations.value_or("[]"))) {
    if (string_member(elicitation, "url").empty() || requests.size() == kMaxInputRequests) {
      return std::nullopt;
    }
    requests.push_back({"url" + std::to_string(requests.size() + 1), "elicitation/create",
                        with_members(input_params(elicitation), {{"mode", quoted("url")}})});
  }
  return requests.empty() ? std::nullopt : std::optional(std::move(requests));
}

}  // namespace mcprouter::detail
