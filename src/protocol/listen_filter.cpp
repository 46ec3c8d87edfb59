#include "protocol/listen_filter.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::string_view kSubscriptionId = "io.modelcontextprotocol/subscriptionId";
constexpr std::string_view kUris = "resourceSubscriptions";

struct Flag {
  std::string_view name;
  bool ListenFilter::*flag;
};
constexpr std::array<Flag, 3> kFlags{{{"toolsListChanged", &ListenFilter::tools},
                                      {"promptsListChanged", &ListenFilter::prompts},
                                      {"resourcesListChanged", &ListenFilter::resources}}};

std::string_view notifications_of(std::string_view params) {
  return params.empty() ? std::string_view() : object_member(params, "notifications");
}

/// Returns what is wrong with the URIs, or an empty text.
std::string read_uris(std::string_view written, std::size_t max, std::vector<std::string>& uris) {
  if (kind_of(written) != JsonKind::array) {
    return "params.notifications.resourceSubscriptions must be an array of URIs";
  }
  for (const std::string_view element : elements(written)) {
    auto uri = string_value(element);
    if (!uri) {
      return "params.notifications.resourceSubscriptions must be an array of URIs";
    }
    uris.push_back(std::move(*uri));
  }
  std::sort(uris.begin(), uris.end());
  uris.erase(std::unique(uris.begin(), uris.end()), uris.end());
  return uris.size() > max ? "params.notifications.resourceSubscriptions has too many URIs" : "";
}

}  // namespace

std::variant<ListenFilter, std::string> read_listen_filter(std::string_view params, std::size_t max_uris) {
  const std::string_view notifications = notifications_of(params);
  if (notifications.empty()) {
    return "params.notifications must be an object";
  }
  ListenFilter filter;
  for (const Flag& flag : kFlags) {
    const auto written = member(notifications, flag.name);
    if (written && kind_of(*written) != JsonKind::boolean) {
      return "params.notifications." + std::string(flag.name) + " must be true or false";
    }
    filter.*flag.flag = written == "true";
  }
  if (const auto written = member(notifications, kUris)) {
    std::string problem = read_uris(*written, max_uris, filter.uris);
    if (!problem.empty()) {
      return problem;
    }
  }
  return filter;
}

bool asks_for_tasks(std::string_view params) { return member(notifications_of(params), "taskIds").has_value(); }

std::string filter_object(const ListenFilter& filter) {
  std::vector<MemberChange> members;
  for (const Flag& flag : kFlags) {
    if (filter.*flag.flag) {
      members.push_back({flag.name, "true"});
    }
  }
  if (!filter.uris.empty()) {
    std::string uris;
    for (const std::string& uri : filter.uris) {
      uris.append(uris.empty() ? "[" : ",").append(quoted(uri));
    }
    members.push_back({kUris, uris + "]"});
  }
  return members.empty() ? "{}" : object_of(members);
}

std::string with_subscription_id(std::string_view object, std::string_view id) {
  const std::string_view whole = object.empty() ? "{}" : object;
  const std::string_view meta = object_member(whole, "_meta");
  return with_members(whole,
                      {{"_meta", with_members(meta.empty() ? "{}" : meta, {{kSubscriptionId, std::string(id)}})}});
}

std::string without_subscription_id(std::string_view object) {
  const std::string_view meta = object.empty() ? std::string_view() : object_member(object, "_meta");
  if (meta.empty()) {
    return std::string(object);
  }
  std::string rest = with_members(meta, {{kSubscriptionId, std::nullopt}});
  std::vector<MemberChange> changes{{"_meta", std::nullopt}};
  if (rest != "{}") {
    changes.front().value = std::move(rest);
  }
  std::string changed = with_members(object, std::move(changes));
  return changed == "{}" ? std::string() : changed;
}

}  // namespace mcprouter::detail
