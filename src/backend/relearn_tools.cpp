#include "backend/relearn_tools.hpp"

#include <fmt/format.h>

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "backend/reply_reader.hpp"
#include "protocol/json_text.hpp"
#include "protocol/message.hpp"
#include "support/random.hpp"

namespace mcprouter::detail {

Task<void> relearn_tools(const CallAccess& access, CallRequest refused) {
  access.tool_headers->refused(refused.backend->name);
  const Limits& limits = access.upstreams.options().limits;
  const std::uint64_t revision = refused.backend->revision();
  refused.param_headers = {};
  refused.before_send = nullptr;
  refused.retry_connect = false;
  std::set<std::string> seen;
  std::optional<std::string> cursor;
  do {
    const std::string id = quoted(random_id());
    refused.body =
        request_message(id, "tools/list", cursor ? fmt::format(R"({{"cursor":{}}})", quoted(*cursor)) : std::string());
    const ReadMessage read = co_await ask_alone(access, refused, id, limits);
    if (!read.message) {
      co_return;
    }
    const std::string_view result = read.message->message.result;
    std::vector<ToolHeaders::Tool> tools;
    for (const std::string_view entry : elements(member(result, "tools").value_or(""))) {
      ToolEntry tool = read_tool_entry(entry);
      if (tool.problem.empty()) {
        tools.push_back(std::move(tool.tool));
      }
    }
    access.tool_headers->learn(refused.backend->name, revision, std::move(tools));
    const auto next = member(result, "nextCursor");
    cursor = next ? string_value(*next) : std::nullopt;
  } while (cursor && seen.size() < limits.max_list_pages && seen.insert(*cursor).second);
}

}  // namespace mcprouter::detail
