#include "protocol/era.hpp"

#include "protocol/ascii.hpp"
#include "protocol/version.hpp"

namespace mcprouter::detail {
namespace {

bool is_date(std::string_view text) {
  constexpr std::string_view shape = "dddd-dd-dd";
  if (text.size() != shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 'd' ? !is_digit(text[i]) : text[i] != shape[i]) return false;
  }
  return true;
}

}  // namespace

Era classify(const Message& message, std::string_view version_header) {
  if (!message.protocol_version.empty()) return Era::modern;
  if (message.method == "initialize") return Era::legacy;
  // A version that we do not know is that of a client newer than we are: one that learns by error what we speak.
  const std::string_view version = trimmed(version_header);
  return version.empty() || is_session_version(version) ? Era::legacy : Era::modern;
}

bool names_modern_version(std::string_view version_header) {
  const std::string_view version = trimmed(version_header);
  return is_date(version) && version >= modern_version;
}

}  // namespace mcprouter::detail
