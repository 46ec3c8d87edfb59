#pragma once

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/modern_client.hpp"
#include "support/rig.hpp"

namespace mcprouter::test {

inline std::string event(const nlohmann::json& data) { return "data: " + data.dump() + "\n\n"; }

/// A legacy backend whose calls the test answers, and a modern client.
struct Suspension {
  explicit Suspension(RouterOptions options = {}, const std::string& capabilities = R"({"tools":{}})")
      : rig({"a"}, std::move(options), {}, nullptr, capabilities) {
    rig.backend().on("tools/call", [this](const auto& exchange) {
      ++runs;
      held = exchange;
      held->head(200, kSse);
    });
    rig.backend().on("GET", [](const auto& exchange) { exchange->respond(405, {}, ""); });
  }

  std::shared_ptr<RecordingWriter> call(nlohmann::json params = nlohmann::json::object(),
                                        nlohmann::json capabilities = everything()) {
    if (!params.contains("name")) {
      params["name"] = "echo";
    }
    auto writer = rig.start(modern_request(++last_id, "tools/call", params, capabilities));
    rig.executor.run();
    return writer;
  }
  void ask(int id, const std::string& method = "elicitation/create", nlohmann::json params = {{"message", "?"}}) {
    held->body(event({{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}}));
  }
  /// The backend's response to the call.
  void respond(const std::string& text) {
    held->body("data: " +
               fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{{"content":[{{"type":"text","text":"{}"}}]}}}})",
                           id_of(held->request.body), text) +
               "\n\n");
    held->end();
    rig.executor.run();
  }
  /// Lets the time pass in which other requests of the backend are waited for.
  nlohmann::json suspended(const std::shared_ptr<RecordingWriter>& writer) {
    rig.executor.advance(std::chrono::milliseconds(10));
    REQUIRE(writer->ended());
    return answer_of(writer->response()).value("result", nlohmann::json());
  }
  /// What the backend got that is no request of ours.
  nlohmann::json answered(std::size_t index) {
    std::vector<nlohmann::json> messages;
    for (const Seen& seen : rig.backend().seen("")) {
      if (seen.http_method == "POST") {
        messages.push_back(nlohmann::json::parse(seen.body));
      }
    }
    return messages.at(index);
  }

  Rig rig;
  std::shared_ptr<MemoryExchange> held;
  int runs = 0;
  int last_id = 0;
};

inline nlohmann::json retry(const nlohmann::json& result, const nlohmann::json& responses) {
  return {{"name", "echo"}, {"requestState", result["requestState"]}, {"inputResponses", responses}};
}

}  // namespace mcprouter::test
