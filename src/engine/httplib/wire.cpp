#include "engine/httplib/wire.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mcprouter::detail {
namespace {

constexpr std::array<std::string_view, 5> kOwnFields = {"Host", "Content-Length", "Transfer-Encoding", "Connection",
                                                        "Accept-Encoding"};

bool is_own_field(std::string_view name) {
  return std::any_of(kOwnFields.begin(), kOwnFields.end(), [&](auto own) { return same_header(own, name); });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Later releases tell a wrong name in a certificate apart.
template <typename Error>
bool is_wrong_host(Error error) {
  if constexpr (requires { Error::SSLServerHostnameVerification; }) {
    return error == Error::SSLServerHostnameVerification;
  } else {
    return false;
  }
}

}  // namespace

httplib::Request to_httplib(HttpRequest& request, const Target& target) {
  httplib::Request out;
  out.method = std::move(request.method);
  out.path = target.path;
  out.headers.emplace("Host", target.authority);
  for (const HeaderField& field : request.headers) {
    if (is_own_field(field.name) || !is_valid_field(field.name, field.value)) continue;
    out.headers.emplace(field.name, field.value);
  }
  if (!request.headers.has("User-Agent")) out.headers.emplace("User-Agent", "mcprouter");
  out.body = std::move(request.body);
  return out;
}

ResponseHead from_httplib(const httplib::Response& response) {
  ResponseHead head;
  head.status = response.status;
  for (const auto& field : response.headers) {
    if (is_valid_field(field.first, field.second)) head.headers.add(field.first, field.second);
  }
  return head;
}

std::string flaw_of(const httplib::Response& response) {
  if (response.status < 200) return "an interim answer that is not understood";
  const std::string* length = nullptr;
  for (const auto& [name, value] : response.headers) {
    if (same_header(name, "Transfer-Encoding") && !same_header(value, "chunked")) return "unknown transfer coding";
    if (!same_header(name, "Content-Length")) continue;
    const bool number =
        !value.empty() && std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!number || (length != nullptr && *length != value)) return "bad Content-Length";
    length = &value;
  }
  return {};
}

bool has_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    if (same_header(trimmed(list.substr(0, comma)), token)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

bool means_not_connected(httplib::Error error) {
  switch (error) {
    case httplib::Error::Connection:
    case httplib::Error::ConnectionTimeout:
    case httplib::Error::BindIPAddress:
    case httplib::Error::SSLConnection:
    case httplib::Error::SSLLoadingCerts:
    case httplib::Error::SSLServerVerification:
      return true;
    default:
      return is_wrong_host(error);
  }
}

}  // namespace mcprouter::detail
