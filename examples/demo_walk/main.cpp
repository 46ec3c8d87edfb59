// Walks one MCP session from initialize to DELETE and shows what goes over the wire.
//
// `mcprouter-demo-walk --url http://127.0.0.1:8080/mcp` works on the gateway and on a demo server alone; it calls
// those of the demo tools that it finds, whatever prefix they have. With `--all` it wants to find all of them.

#include <unistd.h>

#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "client.hpp"
#include "printer.hpp"

namespace {

using walk::Answer;
using walk::Json;

constexpr char usage[] = "usage: mcprouter-demo-walk --url http://HOST:PORT/PATH [--all]\n";

struct Unexpected : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void expect(bool condition, const std::string& what) {
  if (!condition) throw Unexpected("expected " + what);
}

Json request(int id, const std::string& method, Json params) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}};
}

class Walk {
 public:
  Walk(walk::Client& client, const walk::Printer& printer) : client_(client), printer_(printer) {}

  void run(bool all) {
    open();
    const std::vector<std::string> tools = list_tools();
    int called = 0;
    const auto with = [&](const std::string& tool, auto&& act) {
      const std::string name = find(tools, tool);
      expect(!all || !name.empty(), "a tool `" + tool + "` in the list");
      if (name.empty()) return;
      ++called;
      act(name);
    };
    with("add_note", [&](const auto& name) { call(name, {{"text", "one session, many servers"}}, "noted"); });
    with("list_notes", [&](const auto& name) { call(name, Json::object(), "one session, many servers"); });
    with("now", [&](const auto& name) { call(name, Json::object(), "T"); });
    with("count", [&](const auto& name) { count(name); });
    expect(called > 0, "at least one tool of the demo servers");
    close();
  }

 private:
  void open() {
    printer_.step(++step_, "initialize: the session begins");
    const Json params = {{"protocolVersion", "2025-11-25"},
                         {"capabilities", Json::object()},
                         {"clientInfo", {{"name", "mcprouter-demo-walk"}, {"version", "1.0.0"}}}};
    const Answer answer = client_.post(request(++id_, "initialize", params));
    const Json result = result_of(answer);
    expect(!answer.session_id.empty(), "an Mcp-Session-Id");
    expect(result.contains("protocolVersion") && result["protocolVersion"].is_string(), "a protocolVersion");
    client_.set_session(answer.session_id, result["protocolVersion"].get<std::string>());
    printer_.verdict(true, "the session is open");

    printer_.step(++step_, "notifications/initialized: the client is ready");
    const Answer ready = client_.post({{"jsonrpc", "2.0"}, {"method", "notifications/initialized"}});
    expect(ready.problem.empty() && ready.status == 202 && ready.messages.empty(), "202 without a body");
    printer_.verdict(true, "accepted");
  }

  std::vector<std::string> list_tools() {
    printer_.step(++step_, "tools/list: what there is to call");
    const Json result = result_of(client_.post(request(++id_, "tools/list", Json::object())));
    expect(result.contains("tools") && result["tools"].is_array(), "an array of tools");
    std::vector<std::string> names;
    std::string shown;
    for (const Json& tool : result["tools"]) {
      names.push_back(tool.at("name").get<std::string>());
      shown += (shown.empty() ? "" : ", ") + names.back();
    }
    printer_.verdict(true, std::to_string(names.size()) + " tools: " + shown);
    return names;
  }

  /// Finds `tool` itself or behind a prefix.
  static std::string find(const std::vector<std::string>& names, const std::string& tool) {
    const std::string behind = "__" + tool;
    for (const std::string& name : names) {
      if (name == tool) return name;
      if (name.size() > behind.size() && name.compare(name.size() - behind.size(), behind.size(), behind) == 0) {
        return name;
      }
    }
    return {};
  }

  void call(const std::string& name, Json arguments, const std::string& wanted) {
    printer_.step(++step_, "tools/call " + name);
    const Json params = {{"name", name}, {"arguments", std::move(arguments)}};
    check_text(result_of(client_.post(request(++id_, "tools/call", params))), wanted);
  }

  void count(const std::string& name) {
    printer_.step(++step_, "tools/call " + name + ": progress arrives while the tool runs");
    const Json params = {{"name", name}, {"arguments", {{"to", 3}}}, {"_meta", {{"progressToken", "walk-1"}}}};
    const Answer answer = client_.post(request(++id_, "tools/call", params));
    check_text(result_of(answer), "counted to 3");
    expect(answer.streamed && answer.messages.size() == 4, "three notifications and a result, as a stream");
    for (int i = 0; i < 3; ++i) {
      const Json& message = answer.messages[static_cast<std::size_t>(i)];
      expect(message.value("method", "") == "notifications/progress" &&
                 message.at("params").value("progressToken", "") == "walk-1" &&
                 message.at("params").value("progress", 0) == i + 1,
             "progress " + std::to_string(i + 1) + " with our token");
    }
  }

  void close() {
    printer_.step(++step_, "DELETE: the session ends");
    const Answer answer = client_.end();
    expect(answer.problem.empty() && answer.status >= 200 && answer.status < 300, "2xx");
    printer_.verdict(true, "ended");

    printer_.step(++step_, "ping: the session is gone");
    expect(client_.post(request(++id_, "ping", Json::object())).status == 404, "404");
    printer_.verdict(true, "404, as it should be");
  }

  /// Returns the result in the last message of an answer to the request with id `id_`.
  Json result_of(const Answer& answer) const {
    expect(answer.problem.empty(), "an answer, but " + answer.problem);
    expect(answer.status == 200, "200");
    expect(!answer.messages.empty(), "a message");
    const Json& message = answer.messages.back();
    expect(message.is_object() && message.value("id", Json()) == id_, "an answer with our id");
    expect(message.contains("result"), "a result");
    return message["result"];
  }

  void check_text(const Json& result, const std::string& wanted) const {
    expect(!result.value("isError", false), "a result without isError");
    const std::string text = result.at("content").at(0).at("text").get<std::string>();
    expect(text.find(wanted) != std::string::npos, "a text with \"" + wanted + "\"");
    printer_.verdict(true, text);
  }

  walk::Client& client_;
  const walk::Printer& printer_;
  int step_ = 0;
  int id_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  std::string url;
  bool all = false;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    if (option == "--help") {
      std::cout << usage;
      return 0;
    }
    if (option == "--all") {
      all = true;
    } else if (option == "--url" && i + 1 < argc) {
      url = argv[++i];
    } else {
      std::cerr << "mcprouter-demo-walk: " << option << " is unknown or needs a value\n" << usage;
      return 2;
    }
  }
  if (url.empty()) {
    std::cerr << "mcprouter-demo-walk: --url is needed\n" << usage;
    return 2;
  }

  const walk::Printer printer(isatty(STDOUT_FILENO) != 0);
  try {
    walk::Client client(url, printer);
    Walk(client, printer).run(all);
  } catch (const std::exception& e) {
    printer.verdict(false, e.what());
    return 1;
  }
  return 0;
}
