// Compares ways to check a JSON-RPC message and to find what the router needs in it: how long each takes for three
// sizes of tools/call, and what each lets pass that is no message. Read the ratios, not the nanoseconds.

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json_check.hpp"
#include "protocol/json_diagnosis.hpp"
#include "protocol/message.hpp"

namespace {

using namespace mcprouter;
namespace ondemand = simdjson::ondemand;

constexpr std::size_t kDepth = 64;
constexpr std::chrono::milliseconds kRound{50};
constexpr int kRounds = 5;  // The best counts.

/// What a way of reading found: enough that nothing is optimised away.
struct Found {
  bool accepted = false;
  std::size_t id = 0;    // Length as written.
  std::size_t name = 0;  // The same of params.name.
};

/// simdjson's On-Demand on a copy of the text with the room behind it that simdjson wants.
class OnDemand {
 public:
  simdjson::simdjson_result<ondemand::document> open(std::string_view text) {
    buffer_.resize(text.size() + simdjson::SIMDJSON_PADDING);
    std::copy(text.begin(), text.end(), buffer_.begin());
    return parser_.iterate(buffer_.data(), text.size(), buffer_.size());
  }

 private:
  ondemand::parser parser_;
  std::vector<char> buffer_;
};

bool at_end(ondemand::document& document) { return document.current_location().error() == simdjson::OUT_OF_BOUNDS; }

std::size_t length_of(ondemand::value value) {
  std::string_view raw;
  if (value.type().value_unsafe() == ondemand::json_type::object) {
    ondemand::object object;
    return !value.get_object().get(object) && !object.raw_json().get(raw) ? raw.size() : 0;
  }
  return value.raw_json_token().size();
}

/// Finds id and params.name, and passes over the rest without a look at it.
Found find_members(OnDemand& reader, std::string_view text) {
  Found found;
  ondemand::document document;
  ondemand::object envelope;
  if (reader.open(text).get(document) || document.get_object().get(envelope)) return found;
  for (auto field : envelope) {
    std::string_view name;
    ondemand::value value;
    if (field.unescaped_key().get(name) || field.value().get(value)) return found;
    if (name == "params") {
      ondemand::object params;
      if (value.get_object().get(params)) return found;
      for (auto param : params) {
        if (param.unescaped_key().get(name) || param.value().get(value)) return found;
        if (name == "name") found.name = length_of(value);
      }
    } else if (name == "id") {
      found.id = length_of(value);
    }
  }
  found.accepted = at_end(document);
  return found;
}

bool visit(ondemand::value value);

bool visit_array(ondemand::array array) {
  for (auto element : array) {
    ondemand::value value;
    if (element.get(value) || !visit(value)) return false;
  }
  return true;
}

bool visit_object(ondemand::object object) {
  for (auto field : object) {
    std::string_view name;
    ondemand::value value;
    if (field.unescaped_key().get(name) || field.value().get(value) || !visit(value)) return false;
  }
  return true;
}

/// Looks at every value, so that each is checked.
bool visit(ondemand::value value) {
  ondemand::json_type type{};
  if (value.type().get(type)) return false;
  switch (type) {
    case ondemand::json_type::array: {
      ondemand::array array;
      return !value.get_array().get(array) && visit_array(array);
    }
    case ondemand::json_type::object: {
      ondemand::object object;
      return !value.get_object().get(object) && visit_object(object);
    }
    case ondemand::json_type::string:
      return value.get_string().error() == simdjson::SUCCESS;
    case ondemand::json_type::number:
      return value.get_number().error() == simdjson::SUCCESS;
    case ondemand::json_type::boolean:
      return value.get_bool().error() == simdjson::SUCCESS;
    default:
      return value.raw_json_token() == "null";
  }
}

struct Way {
  std::string_view name;
  std::function<Found(std::string_view)> read;
};

std::vector<Way> ways() {
  const auto reader = std::make_shared<OnDemand>();
  return {
      {"check: nlohmann SAX",
       [](std::string_view text) {
         return Found{!detail::diagnose(text, kDepth), 0, 0};
       }},
      {"check: simdjson DOM",
       [](std::string_view text) {
         return Found{!detail::find_problem(text, kDepth), 0, 0};
       }},
      {"check: On-Demand, every value",
       [reader](std::string_view text) {
         ondemand::document document;
         ondemand::object object;
         if (reader->open(text).get(document) || document.get_object().get(object)) return Found{};
         return Found{visit_object(object) && at_end(document), 0, 0};
       }},
      {"members: On-Demand alone", [reader](std::string_view text) { return find_members(*reader, text); }},
      {"both: simdjson DOM, then On-Demand",
       [reader](std::string_view text) {
         return detail::find_problem(text, kDepth) ? Found{} : find_members(*reader, text);
       }},
      {"both: read_message",
       [](std::string_view text) {
         const auto outcome = detail::read_message(text, Limits{});
         const auto* message = std::get_if<detail::Message>(&outcome);
         return message == nullptr ? Found{} : Found{true, message->id.size(), message->params.size()};
       }},
  };
}

std::string call(const std::string& argument) {
  return R"({"method":"tools/call","params":{"name":"notes__add","arguments":)" + argument +
         R"(,"_meta":{"progressToken":7}},"jsonrpc":"2.0","id":41})";
}

/// Arguments as a table of rows: about as many brackets and numbers as JSON has in practice.
std::string table(std::size_t bytes) {
  std::string rows = R"({"rows":[)";
  for (std::size_t i = 0; rows.size() < bytes; ++i) {
    rows += fmt::format(R"({}{{"id":{},"label":"row {}","value":{}.25,"tags":["a","b"],"done":true}})",
                        i == 0 ? "" : ",", i, i, i * 7);
  }
  return rows + "]}";
}

std::string prose(std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += R"(Ten lines of text, \"quoted\" here and there.\n)";
  return R"({"text":")" + text + "\"}";
}

double nanoseconds(const Way& way, std::string_view text) {
  double best = 0;
  std::size_t sum = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::size_t runs = 0;
    const auto began = std::chrono::steady_clock::now();
    std::chrono::nanoseconds took{};
    do {
      for (int i = 0; i < 8; ++i, ++runs) sum += way.read(text).id;
      took = std::chrono::steady_clock::now() - began;
    } while (took < kRound);
    const double each = static_cast<double>(took.count()) / static_cast<double>(runs);
    if (round == 0 || each < best) best = each;
  }
  if (sum == 1) fmt::print(" ");  // The compiler cannot know that it is not.
  return best;
}

}  // namespace

int main() {
  const std::vector<std::pair<std::string, std::string>> sizes = {
      {"300 B", call(table(200))},      {"5 KB", call(table(5'000))},           {"5 KB prose", call(prose(5'000))},
      {"100 KB", call(table(100'000))}, {"100 KB prose", call(prose(100'000))},
  };
  // Each is refused by a strict reader, save the last, which it takes.
  const std::vector<std::pair<std::string, std::string>> texts = {
      {"garbage after", call("{}") + "x"},
      {"NUL after", call("{}") + std::string(1, '\0')},
      {"BOM", "\xEF\xBB\xBF" + call("{}")},
      {"bad UTF-8", call("{\"a\":\"\xFF\"}")},
      {"bad literal", call("{\"a\":nul}")},
      {"bad number", call("{\"a\":01}")},
      {"bad escape", call(R"({"a":"\x"})")},
      {"lone \\ud800", call(R"({"a":"\ud800"})")},
      {"lone \\udc00", call(R"({"a":"\udc00"})")},
      {"no comma", call("{\"a\":[1 2]}")},
      {"no value", call("{\"a\":}")},
      {"brackets", call("{\"a\":[1}}")},
      {"1e400", call("{\"a\":1e400}")},
      {"2^70 (valid)", call("{\"a\":1180591620717411303424}")},
  };
  fmt::print("simdjson {}.{}.{} as {}; nanoseconds a message\n\n{:<36}", int{simdjson::SIMDJSON_VERSION_MAJOR},
             int{simdjson::SIMDJSON_VERSION_MINOR}, int{simdjson::SIMDJSON_VERSION_REVISION},
             simdjson::get_active_implementation()->name(), "");
  for (const auto& [label, text] : sizes) fmt::print("{:>14}", label);
  fmt::print("\n");
  for (const Way& way : ways()) {
    fmt::print("{:<36}", way.name);
    for (const auto& [label, text] : sizes) fmt::print("{:>14.0f}", nanoseconds(way, text));
    fmt::print("\n");
  }
  fmt::print("\nwhat each takes\n\n");
  for (const Way& way : ways()) {
    fmt::print("{:<36}", way.name);
    for (const auto& [label, text] : texts) {
      if (way.read(text).accepted) fmt::print("{}; ", label);
    }
    fmt::print("\n");
  }
}
