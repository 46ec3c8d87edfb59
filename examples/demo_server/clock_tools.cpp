#include <chrono>
#include <ctime>
#include <stdexcept>
#include <thread>

#include "tools.hpp"

namespace demo {
namespace {

constexpr int max_count = 100;
constexpr int max_interval_ms = 10'000;

std::string now(const Call&) {
  const std::time_t seconds = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

std::string add(const Call& call) {
  return Json(call.arguments.at("a").get<double>() + call.arguments.at("b").get<double>()).dump();
}

std::string count(const Call& call) {
  const int to = call.arguments.value("to", 5);
  const int interval = call.arguments.value("interval_ms", 200);
  if (to < 1 || to > max_count) throw std::invalid_argument("\"to\" must be 1 to " + std::to_string(max_count));
  if (interval < 0 || interval > max_interval_ms) {
    throw std::invalid_argument("\"interval_ms\" must be 0 to " + std::to_string(max_interval_ms));
  }
  for (int i = 1; i <= to; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(interval));
    if (!call.progress(i, to, "counted to " + std::to_string(i))) throw std::runtime_error("the client is gone");
  }
  return "counted to " + std::to_string(to);
}

}  // namespace

std::vector<Tool> clock_tools() {
  const Json nothing = {{"type", "object"}, {"additionalProperties", false}};
  const Json number = {{"type", "number"}};
  const Json numbers = {
      {"type", "object"}, {"properties", {{"a", number}, {"b", number}}}, {"required", Json::array({"a", "b"})}};
  const Json how_far = {
      {"type", "object"},
      {"properties",
       {{"to", {{"type", "integer"}, {"minimum", 1}, {"maximum", max_count}, {"default", 5}}},
        {"interval_ms", {{"type", "integer"}, {"minimum", 0}, {"maximum", max_interval_ms}, {"default", 200}}}}}};

  std::vector<Tool> tools;
  tools.push_back({"now", "Says what time it is, in UTC.", nothing, false, now});
  tools.push_back({"add", "Adds two numbers.", numbers, false, add});
  tools.push_back({"count", "Counts slowly, with a progress notification for every step.", how_far, true, count});
  return tools;
}

}  // namespace demo
