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

struct Names {
  std::string_view name;
  std::vector<std::string> ListenFilter::*names;
};
constexpr std::array<Names, 2> kNames{
    {{"resourceSubscriptions", &ListenFilter::uris}, {"taskIds", &ListenFilter::tasks}}};

/// Reads a list of strings, each once. Returns what is wrong with it, or an empty text.
std::string read_names(const Names& what, std::string_view written, std::size_t max, std::vector<std::string>& names) {
  const std::string problem = "params.notifications." + std::string(what.name) + " must be an array of strings";
  if (kind_of(written) != JsonKind::array) {
    return problem;
  }
  for (const std::string_view element : elements(written)) {
    auto name = string_value(element);
    if (!name) {
      return problem;
    }
    names.push_back(std::move(*name));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names.size() > max ? "params.notifications." + std::string(what.name) + " has too many entries" : "";
}

}  // namespace

std::variant<ListenFilter, std::string> read_listen_filter(std::string_view params, std::size_t max) {
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
  for (const Names& what : kNames) {
    const auto written = member(notifications, what.name);
    std::string problem = written ? read_names(what, *written, max, filter.*what.names) : std::string();
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
  for (const Names& what : kNames) {
    std::string names;
    for (const std::string& name : filter.*what.names) {
      names.append(names.empty() ? "[" : ",").append(quoted(name));
    }
    if (!names.empty()) {
      members.push_back({what.name, names + "]"});
    }
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
