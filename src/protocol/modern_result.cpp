#include "protocol/modern_result.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include "protocol/header_annotations.hpp"
#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::array<std::string_view, 3> kTypeNames{"complete", "input_required", "task"};
// A longer hint is a mistake, and more would not fit a clock.
constexpr std::chrono::milliseconds kLongestTtl = std::chrono::hours(24 * 365);

std::chrono::milliseconds read_ttl(std::string_view value) {
  double ttl = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), ttl);
  if (error != std::errc() || end != value.data() + value.size() || !(ttl > 0)) {
    return {};
  }
  return ttl < static_cast<double>(kLongestTtl.count()) ? std::chrono::milliseconds(static_cast<std::int64_t>(ttl))
                                                        : kLongestTtl;
}

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
  if (const auto ttl = member(result, "ttlMs")) {
    hints.ttl = read_ttl(*ttl);
  }
  hints.is_public = string_member(result, "cacheScope") == "public";
  return hints;
}

std::string modern_result(std::string_view result, std::string_view server_info, const std::optional<CacheHints>& hints,
                          ResultType type) {
  std::optional<std::string> ttl;
  std::optional<std::string> scope;
  if (hints && type == ResultType::complete) {
    ttl = std::to_string(hints->ttl.count());
    scope = quoted(hints->is_public ? "public" : "private");
  }
  const std::string_view meta = object_member(result, "_meta");
  std::vector<MemberChange> changes;
  changes.push_back({"resultType", quoted(kTypeNames.at(static_cast<std::size_t>(type)))});
  changes.push_back({"ttlMs", std::move(ttl)});
  changes.push_back({"cacheScope", std::move(scope)});
  changes.push_back({"_meta", with_members(meta.empty() ? "{}" : meta, {{kServerInfoKey, std::string(server_info)}})});
  return with_members(result, std::move(changes));
}

std::string modern_list_entry(std::string_view entry) {
  return without_header_annotations(with_members(entry, {{"execution", std::nullopt}}));
}

}  // namespace mcprouter::detail
