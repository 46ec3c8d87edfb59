#include <fmt/format.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/lists.hpp"
#include "support/modern_backend.hpp"
#include "support/modern_client.hpp"
#include "support/rig.hpp"

using namespace mcprouter;
using namespace mcprouter::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

std::string list_body(int id, const std::string& method) {
  return fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"{}"}})", id, method);
}

std::string cancelled_body(int id) {
  return fmt::format(R"({{"jsonrpc":"2.0","method":"notifications/cancelled","params":{{"requestId":{}}}}})", id);
}

/// Everybody is the same user.
class OneUser final : public Authenticator {
 public:
  void authenticate(const Request&, std::function<void(Result)> done) override {
    Result result;
    result.principal = {"issuer", "user", {}};
    done(std::move(result));
  }
};

/// Two backends; the second one keeps its answers back.
class SlowRig : public Rig {
 public:
  explicit SlowRig(const std::string& method, Authenticator* authenticator = nullptr)
      : Rig({"a", "b"}, {}, {}, authenticator) {
    for (const auto& one : backends) {
      declare_everything(*one);
      one->set_capabilities(R"({"tools":{},"prompts":{},"resources":{},"logging":{},"tasks":{"list":{}}})");
    }
    session = open_known_session(*this);
    backend(1).on(method, [this](const auto& exchange) { held.push_back(exchange); });
  }
  void cancel(int id) { CHECK(post(session, cancelled_body(id)).status == 202); }

  std::string session;
  std::vector<std::shared_ptr<MemoryExchange>> held;
};

/// A request was ended without a response.
void check_unanswered(const RecordingWriter& writer) {
  CHECK(writer.ends() == 1);
  CHECK_FALSE(writer.aborted());
  CHECK(events_of(writer.response()).empty());
  CHECK(writer.response().body.find("jsonrpc") == std::string::npos);
}

}  // namespace

TEST_CASE("a cancelled list is not answered, and the backends that still run their part are told",
          "[cancel][list][CAN-03]") {
  const std::string method =
      GENERATE("tools/list", "prompts/list", "resources/list", "resources/templates/list", "tasks/list");
  OneUser authenticator;
  SlowRig rig(method, &authenticator);
  const auto writer = rig.start(post_request(rig.session, list_body(7, method)));
  REQUIRE(rig.held.size() == 1);
  rig.cancel(7);
  check_unanswered(*writer);
  CHECK(rig.held[0]->cancelled());
  CHECK(rig.backend(0).count("notifications/cancelled") == 0);
  REQUIRE(rig.backend(1).count("notifications/cancelled") == 1);
  const json told = json::parse(rig.backend(1).seen("notifications/cancelled")[0].body);
  CHECK(told["params"]["requestId"].dump() == id_of(rig.held[0]->request.body));
  CHECK(rig.observer.count("request_done " + method + "  cancelled") == 1);
  rig.cancel(7);  // nothing is left of it
  CHECK(rig.backend(1).count("notifications/cancelled") == 1);
}

TEST_CASE("a cancelled list costs no other request its own", "[cancel][list]") {
  SlowRig rig("tools/list");
  const auto cancelled = rig.start(post_request(rig.session, list_body(7, "tools/list")));
  const auto other = rig.start(post_request(rig.session, list_body(8, "tools/list")));
  REQUIRE(rig.held.size() == 2);
  rig.cancel(7);
  CHECK_FALSE(rig.held[1]->cancelled());
  CHECK_FALSE(other->ended());
  rig.backend(1).serve_as_usual(rig.held[1]);
  REQUIRE(other->ended());
  CHECK(other->response().body.find("b__echo") != std::string::npos);
  check_unanswered(*cancelled);
}

TEST_CASE("a list that was answered cannot be cancelled", "[cancel][list]") {
  SlowRig rig("tools/list");
  const auto writer = rig.start(post_request(rig.session, list_body(7, "tools/list")));
  rig.backend(1).serve_as_usual(rig.held.at(0));
  CHECK(writer->ends() == 1);
  rig.cancel(7);
  CHECK(rig.backend(1).count("notifications/cancelled") == 0);
  CHECK(writer->ends() == 1);
}

TEST_CASE("a cancelled logging/setLevel is not answered, and the level holds", "[cancel][log]") {
  SlowRig rig("logging/setLevel");
  const auto writer = rig.start(
      post_request(rig.session, R"({"jsonrpc":"2.0","id":7,"method":"logging/setLevel","params":{"level":"error"}})"));
  REQUIRE(rig.held.size() == 1);
  rig.cancel(7);
  check_unanswered(*writer);
  CHECK_FALSE(rig.held[0]->cancelled());
  CHECK(rig.store.find(rig.session, rig.executor.now())->log_level == "error");
}

TEST_CASE("a list of a session that ends is answered with that", "[cancel][list][session]") {
  SlowRig rig("tools/list");
  const auto writer = rig.start(post_request(rig.session, list_body(7, "tools/list")));
  rig.send(delete_request(rig.session));
  REQUIRE(writer->ended());
  CHECK(reason_of(writer->response()) == "session_not_found");
}

TEST_CASE("a modern client that goes away during a list cancels it at every backend",
          "[modern][cancel][list][CAN-01]") {
  Rig rig({"a"});
  ModernBackend modern(rig.http, "m");
  std::vector<Backend> backends = rig.configured();
  backends.emplace_back();
  backends.back().name = "m";
  backends.back().url = modern.url();
  rig.router->reload({}, std::move(backends));
  std::vector<std::shared_ptr<MemoryExchange>> held;
  const auto hold = [&](const auto& exchange) { held.push_back(exchange); };
  rig.backend().on("tools/list", hold);
  modern.on("tools/list", hold);
  const auto writer = rig.start(modern_request(1, "tools/list"));
  REQUIRE(held.size() == 2);
  writer->tell(ResponseWriter::Event::closed);
  rig.executor.run();
  CHECK(held[0]->cancelled());
  CHECK(held[1]->cancelled());
  CHECK(rig.backend().count("notifications/cancelled") == 1);
  CHECK(rig.observer.count("request_done tools/list  cancelled") == 1);
}

TEST_CASE("a client that goes away while its resource is looked for cancels that",
          "[modern][cancel][resources][CAN-01]") {
  Rig rig({"a", "b"}, {}, {}, nullptr, R"({"resources":{}})");
  for (const auto& backend : rig.backends) {
    answer_with(*backend, "resources/list", R"({"resources":[]})");
    answer_with(*backend, "resources/templates/list", R"({"resourceTemplates":[]})");
  }
  std::shared_ptr<MemoryExchange> held;
  rig.backend(0).on("resources/read", [&](const auto& exchange) { held = exchange; });
  const auto writer = rig.start(modern_request(1, "resources/read", {{"uri", "x://1"}}));
  REQUIRE(held);
  writer->tell(ResponseWriter::Event::closed);
  rig.executor.run();
  CHECK(held->cancelled());
  CHECK(rig.backend(0).count("notifications/cancelled") == 1);
  CHECK(rig.backend(1).count("resources/read") == 0);
}
