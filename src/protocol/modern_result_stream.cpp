#include "protocol/modern_result_stream.hpp"

#include <limits>

#include "protocol/json_text.hpp"

namespace mcprouter::detail {

ModernResultStream::ModernResultStream(std::string_view server_info, const std::optional<CacheHints>& hints)
    : server_info_(server_info),
      hints_(hints),
      result_(paths_.add({"result"})),
      meta_(paths_.add({"result", "_meta"})),
      stream_(paths_, *this, std::numeric_limits<std::size_t>::max()) {
  paths_.leave_out({"result", "resultType"});
  if (hints_) {
    paths_.leave_out({"result", "ttlMs"});
    paths_.leave_out({"result", "cacheScope"});
  }
  paths_.leave_out({"result", "_meta", kServerInfoKey});
}

std::string ModernResultStream::pass(std::string_view part) {
  std::string out;
  out.reserve(part.size());
  stream_.feed(part, out);
  return out;
}

void ModernResultStream::begins(JsonPaths::Place place, char /*first*/) { has_meta_ = has_meta_ || place == meta_; }

std::optional<std::string> ModernResultStream::scalar(JsonPaths::Place /*place*/, std::string_view /*written*/) {
  return std::nullopt;
}

std::string ModernResultStream::ends(JsonPaths::Place object) {
  if (object == meta_) {
    return server_info_member();
  }
  std::string added = R"("resultType":"complete")";
  if (hints_) {
    added.append(R"(,"ttlMs":)").append(std::to_string(hints_->ttl.count()));
    added.append(R"(,"cacheScope":)").append(quoted(hints_->is_public ? "public" : "private"));
  }
  if (!has_meta_) {
    added.append(R"(,"_meta":{)").append(server_info_member()).append("}");
  }
  return added;
}

std::string ModernResultStream::server_info_member() const {
  return quoted(kServerInfoKey).append(":").append(server_info_);
}

}  // namespace mcprouter::detail
