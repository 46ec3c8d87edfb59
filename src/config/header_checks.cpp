#include "config/header_checks.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "backend/header_rules.hpp"
#include "config/config_json.hpp"
#include "mcprouter/error.hpp"
#include "mcprouter/http.hpp"

namespace mcprouter::detail {
namespace {

void check_name(std::string_view name, const std::string& path) {
  if (!is_valid_field(name, "")) throw ConfigError(path, "expected an HTTP header name");
  if (is_reserved_header(name)) {
    throw ConfigError(path, "this header is the router's own or belongs to one connection; expected another one");
  }
}

}  // namespace

void check_header_rules(const HeaderRules& rules, const HeaderRulePaths& paths) {
  for (std::size_t i = 0; i < rules.forward.size(); ++i) check_name(rules.forward[i], element_path(paths.forward, i));

  for (auto rename = rules.rename.begin(); rename != rules.rename.end(); ++rename) {
    const std::string path = member_path(paths.rename, rename->from);
    check_name(rename->from, path);
    check_name(rename->to, path);
    const auto same_target = [&](std::string_view name) { return same_header(name, rename->to); };
    if (passes_by_default(rename->to) || std::any_of(rules.forward.begin(), rules.forward.end(), same_target) ||
        std::any_of(rules.rename.begin(), rename, [&](const auto& earlier) { return same_target(earlier.to); })) {
      throw ConfigError(path, "another header is passed on under the new name already; expected another name");
    }
  }

  for (const HeaderField& field : rules.set) {
    const std::string path = member_path(paths.set, field.name);
    check_name(field.name, path);
    if (!is_valid_field(field.name, field.value)) {
      throw ConfigError(path, "expected a value without line breaks and control characters");
    }
  }
}

}  // namespace mcprouter::detail
