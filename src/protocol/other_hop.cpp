#include "protocol/other_hop.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "protocol/envelope.hpp"
#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"

namespace mcprouter::detail {

std::string with_own_ids(std::string_view request, std::string_view id, std::string_view progress_token) {
  const Envelope envelope = read_envelope(request);
  std::vector<Replacement> changes{{envelope.id.value, std::string(id)}};
  if (const Member& token = envelope.routed.progress_token; token.present()) {
    changes.push_back({token.value, std::string(progress_token)});
  }
  return splice(request, std::move(changes));
}

std::string legacy_request(std::string_view request) {
  const Envelope envelope = read_envelope(request);
  if (!envelope.params.present()) {
    return std::string(request);
  }
  std::string meta =
      with_members(envelope.routed.meta.value, {{"io.modelcontextprotocol/protocolVersion", std::nullopt},
                                                {"io.modelcontextprotocol/clientInfo", std::nullopt},
                                                {"io.modelcontextprotocol/clientCapabilities", std::nullopt},
                                                {"io.modelcontextprotocol/logLevel", std::nullopt}});
  const bool is_empty = meta.empty() || meta == "{}";
  std::string params =
      with_members(envelope.params.value, {{"_meta", is_empty ? std::nullopt : std::optional(std::move(meta))},
                                           {"inputResponses", std::nullopt},
                                           {"requestState", std::nullopt},
                                           {"task", std::nullopt}});
  return splice(request, {{envelope.params.value, std::move(params)}});
}

}  // namespace mcprouter::detail
