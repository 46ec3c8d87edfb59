#include "config/backends.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/header_checks.hpp"
#include "mcprouter/error.hpp"

namespace mcprouter::detail {
namespace {

bool is_credential(std::string_view header) {
  return same_header(header, "Authorization") || same_header(header, "Cookie");
}

void read_rename(const ObjectReader& parent, std::string_view name, std::vector<HeaderRules::Rename>& target) {
  const std::optional<ObjectReader> members = parent.object(name);
  if (!members) return;
  for (auto& [from, to] : members->texts()) target.push_back({from, std::move(to)});
}

void read_set(const ObjectReader& parent, std::string_view name, Headers& target) {
  const std::optional<ObjectReader> members = parent.object(name);
  if (!members) return;
  for (auto& [header, value] : members->texts()) {
    if (target.has(header)) {
      throw ConfigError(members->path_of(header), "this header is there twice; expected it once");
    }
    target.add(header, std::move(value));
  }
}

HeaderRules merged(HeaderRules own, const HeaderRules& shared) {
  const HeaderRules before = own;
  const auto forwards = [&](std::string_view name) {
    return std::any_of(before.forward.begin(), before.forward.end(),
                       [&](const std::string& each) { return same_header(each, name); });
  };
  const auto renames = [&](std::string_view name, std::string HeaderRules::Rename::*end) {
    return std::any_of(before.rename.begin(), before.rename.end(),
                       [&](const HeaderRules::Rename& each) { return same_header(each.*end, name); });
  };
  for (const std::string& name : shared.forward) {
    if (!forwards(name) && !renames(name, &HeaderRules::Rename::to)) own.forward.push_back(name);
  }
  for (const HeaderRules::Rename& rename : shared.rename) {
    if (!forwards(rename.to) && !renames(rename.to, &HeaderRules::Rename::to) &&
        !renames(rename.from, &HeaderRules::Rename::from)) {
      own.rename.push_back(rename);
    }
  }
  for (const HeaderField& field : shared.set) {
    if (!before.set.has(field.name)) own.set.add(field.name, field.value);
  }
  return own;
}

/// Other transports have well-known members: say what to do rather than that they are unknown.
void refuse_other_transports(const ObjectReader& server) {
  constexpr std::string_view stdio =
      "servers that are started as a process (stdio) are not supported; run it behind a Streamable HTTP bridge and "
      "give that one's \"url\"";
  for (const std::string_view name : {"command", "args", "env"}) {
    if (server.has(name)) throw ConfigError(server.path_of(name), std::string(stdio));
  }
  std::string type = "http";
  server.read("type", type);
  if (type == "stdio") throw ConfigError(server.path_of("type"), std::string(stdio));
  if (type == "sse") {
    throw ConfigError(server.path_of("type"),
                      "the HTTP+SSE transport of 2024-11-05 is not supported; expected \"http\" and the URL of the "
                      "server's Streamable HTTP endpoint");
  }
  if (type != "http" && type != "streamable-http") {
    throw ConfigError(server.path_of("type"), "expected \"http\" or \"streamable-http\"");
  }
}

/// Reads one of several words. A missing member leaves `target` as it is.
template <typename Value, std::size_t N>
void read_choice(const ObjectReader& parent, std::string_view name,
                 const std::array<std::pair<std::string_view, Value>, N>& choices, Value& target) {
  if (!parent.has(name)) return;
  std::string word;
  parent.read(name, word);
  std::vector<std::string> expected;
  for (const auto& [choice, value] : choices) {
    if (choice == word) {
      target = value;
      return;
    }
    expected.push_back(fmt::format("\"{}\"", choice));
  }
  throw ConfigError(parent.path_of(name), fmt::format("expected one of {}", fmt::join(expected, ", ")));
}

constexpr std::array<std::pair<std::string_view, Protocol>, 3> protocols = {
    {{"auto", Protocol::automatic}, {"legacy", Protocol::legacy}, {"modern", Protocol::modern}}};
constexpr std::array<std::pair<std::string_view, Affinity>, 5> affinities = {{{"auto", Affinity::automatic},
                                                                              {"ephemeral", Affinity::ephemeral},
                                                                              {"principal", Affinity::principal},
                                                                              {"handle", Affinity::handle},
                                                                              {"shared", Affinity::shared}}};

Backend read_backend(const std::string& name, const ObjectReader& server, const HeaderRules& shared) {
  refuse_other_transports(server);
  server.allow_only({"type", "url", "headers", "forwardHeaders", "renameHeaders", "protocol", "affinity"});
  if (!server.has("url")) throw ConfigError(server.path_of("url"), "is missing; expected an http or https URL");
  Backend backend;
  backend.name = name;
  server.read("url", backend.url);
  server.read("forwardHeaders", backend.headers.forward);
  read_rename(server, "renameHeaders", backend.headers.rename);
  read_set(server, "headers", backend.headers.set);
  read_choice(server, "protocol", protocols, backend.protocol);
  read_choice(server, "affinity", affinities, backend.affinity);
  check(backend, server.path());
  backend.headers = merged(std::move(backend.headers), shared);
  return backend;
}

}  // namespace

HeaderRules read_shared_headers(const ObjectReader& headers) {
  headers.allow_only({"forward", "rename", "set"});
  HeaderRules rules;
  headers.read("forward", rules.forward);
  read_rename(headers, "rename", rules.rename);
  read_set(headers, "set", rules.set);
  const HeaderRulePaths paths = {headers.path_of("forward"), headers.path_of("rename"), headers.path_of("set")};
  check_header_rules(rules, paths);

  const auto refuse_credential = [](std::string_view name, const std::string& path) {
    if (is_credential(name)) {
      throw ConfigError(path, fmt::format("a client's {} is not passed on to every server; expected it in the "
                                          "\"forwardHeaders\" or \"renameHeaders\" of each server that may see it",
                                          name));
    }
  };
  for (std::size_t i = 0; i < rules.forward.size(); ++i) {
    refuse_credential(rules.forward[i], element_path(paths.forward, i));
  }
  for (const HeaderRules::Rename& rename : rules.rename) {
    refuse_credential(rename.from, member_path(paths.rename, rename.from));
  }
  return rules;
}

std::vector<Backend> read_backends(const ObjectReader& servers, const HeaderRules& shared) {
  std::vector<Backend> backends;
  for (const std::string& name : servers.names()) {
    backends.push_back(read_backend(name, *servers.object(name), shared));
  }
  if (backends.empty()) throw ConfigError(servers.path(), "is empty; expected at least one server");
  return backends;
}

}  // namespace mcprouter::detail
