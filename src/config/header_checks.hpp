#pragma once

#include <string>

#include "mcprouter/backend.hpp"

namespace mcprouter::detail {

/// Where each part of a backend's header rules stands in the configuration.
struct HeaderRulePaths {
  std::string forward;
  std::string rename;
  std::string set;
};

/// Throws ConfigError unless every name is a header name that may be configured, every value may stand on a wire, and
/// no two rules pass client headers on under one name. Messages have names, never values.
void check_header_rules(const HeaderRules& rules, const HeaderRulePaths& paths);

}  // namespace mcprouter::detail
