#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace walk {

using Json = nlohmann::ordered_json;

/// Prints what goes over the wire as a person likes to read it.
class Printer {
 public:
  explicit Printer(bool colours) : colours_(colours) {}

  void step(int number, const std::string& title) const;
  /// `→ POST /mcp`
  void sent(const std::string& line) const;
  /// `← 200 OK`
  void received(const std::string& line, bool good) const;
  void header(std::string_view name, std::string_view value) const;
  /// Pretty JSON, cut after a few lines.
  void body(const Json& json) const;
  void verdict(bool good, const std::string& text) const;

 private:
  [[nodiscard]] std::string paint(const char* colour, const std::string& text) const;

  const bool colours_;
};

}  // namespace walk
