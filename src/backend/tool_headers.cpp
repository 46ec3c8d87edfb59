#include "backend/tool_headers.hpp"

#include <fmt/format.h>

#include <optional>
#include <variant>

#include "protocol/json_text.hpp"
#include "protocol/param_schema.hpp"

namespace mcprouter::detail {
namespace {

// Only tools with annotations take a place.
constexpr std::size_t kMaxTools = 4'096;
constexpr std::size_t kMaxBackends = 1'024;

}  // namespace

void ToolHeaders::forget(const std::string& backend, std::uint64_t revision) {
  {
    MutexLock lock(mutex_);
    backends_.erase(key(backend, revision));
  }
  refused(backend);
}

void ToolHeaders::learn(std::string_view backend, std::uint64_t revision, std::vector<Tool> tools) {
  MutexLock lock(mutex_);
  const std::string name = key(backend, revision);
  if (backends_.size() >= kMaxBackends && backends_.count(name) == 0) {
    backends_.clear();
  }
  Tools& known = backends_[name];
  for (Tool& tool : tools) {
    if (tool.params.empty()) {
      known.erase(tool.name);
      continue;
    }
    if (known.size() >= kMaxTools && known.count(tool.name) == 0) {
      known.clear();
    }
    known[std::move(tool.name)] = std::make_shared<const std::vector<ParamHeader>>(std::move(tool.params));
  }
}

bool ToolHeaders::knows(std::string_view backend, std::uint64_t revision) {
  MutexLock lock(mutex_);
  return backends_.count(key(backend, revision)) > 0;
}

ToolHeaders::Params ToolHeaders::find(std::string_view backend, std::uint64_t revision, std::string_view tool) {
  MutexLock lock(mutex_);
  const auto known = backends_.find(key(backend, revision));
  if (known == backends_.end()) {
    return nullptr;
  }
  const auto found = known->second.find(std::string(tool));
  return found != known->second.end() ? found->second : nullptr;
}

std::string ToolHeaders::key(std::string_view backend, std::uint64_t revision) {
  return fmt::format("{}\n{}", backend, revision);
}

ToolEntry read_tool_entry(std::string_view entry) {
  ToolEntry read;
  const auto name = kind_of(entry) == JsonKind::object ? only_member(entry, "name") : std::nullopt;
  if (auto text = name ? string_value(*name) : std::nullopt) {
    read.tool.name = std::move(*text);
  }
  const auto schema = kind_of(entry) == JsonKind::object ? member(entry, "inputSchema") : std::nullopt;
  if (!schema) {
    return read;
  }
  auto params = read_param_headers(*schema);
  if (auto* const headers = std::get_if<std::vector<ParamHeader>>(&params)) {
    read.tool.params = std::move(*headers);
  } else {
    read.problem = std::move(std::get<std::string>(params));
  }
  return read;
}

}  // namespace mcprouter::detail
