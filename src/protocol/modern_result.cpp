#include "protocol/modern_result.hpp"

#include <array>
#include <utility>

#include "protocol/header_annotations.hpp"
#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::array<std::string_view, 3> kTypeNames{"complete", "input_required", "task"};

}  // namespace

ResultType result_type(std::string_view result) {
  if (kind_of(result) != JsonKind::object) {
    return ResultType::invalid;
  }
  const auto written = member(result, "resultType");
  if (!written) {
    return ResultType::complete;
  }
  const auto name = string_value(*written);
  for (std::size_t index = 0; index < kTypeNames.size(); ++index) {
    if (name == kTypeNames[index]) {
      return static_cast<ResultType>(index);
    }
  }
  return ResultType::invalid;
}

CacheHints cache_hints(std::string_view result) {
  CacheHints hints;
  hints.ttl = milliseconds_member(result, "ttlMs");
  hints.is_public = string_member(result, "cacheScope") == "public";
  return hints;
}

std::string modern_result(std::string_view result, std::string_view server_info, const std::optional<CacheHints>& hints,
                          ResultType type) {
  const std::string_view meta = object_member(result, "_meta");
  std::vector<MemberChange> changes;
  const std::size_t known = type == ResultType::invalid ? 0 : static_cast<std::size_t>(type);
  changes.push_back({"resultType", quoted(kTypeNames[known])});
  if (type == ResultType::input_required) {
    changes.push_back({"ttlMs", std::nullopt});
    changes.push_back({"cacheScope", std::nullopt});
  } else if (hints && type == ResultType::complete) {
    changes.push_back({"ttlMs", std::to_string(hints->ttl.count())});
    changes.push_back({"cacheScope", quoted(hints->is_public ? "public" : "private")});
  }
  changes.push_back({"_meta", with_members(meta.empty() ? "{}" : meta, {{kServerInfoKey, std::string(server_info)}})});
  return with_members(result, std::move(changes));
}

std::string modern_list_entry(std::string_view entry) {
  return without_header_annotations(with_members(entry, {{"execution", std::nullopt}}));
}

}  // namespace mcprouter::detail
