#include "printer.hpp"

#include <iostream>
#include <sstream>

namespace walk {
namespace {

constexpr int max_lines = 16;
constexpr std::size_t max_columns = 112;
constexpr std::size_t shown_of_id = 8;
constexpr std::size_t short_json = 96;

constexpr char bold[] = "1";
constexpr char blue[] = "34";
constexpr char green[] = "32";
constexpr char red[] = "31";
constexpr char grey[] = "90";

/// Cuts a line, but not in the middle of a UTF-8 character.
std::string cut(std::string line) {
  if (line.size() <= max_columns) return line;
  std::size_t end = max_columns;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0u) == 0x80u) --end;
  return line.substr(0, end) + "…";
}

/// Writes what is short on one line, and one member a line of what is not.
void write(std::string& out, const Json& json, std::size_t indent) {
  std::string text = json.dump();
  if (text.size() + indent <= short_json || !json.is_structured()) {
    out += text;
    return;
  }
  const std::string margin(indent + 2, ' ');
  const char* separator = "\n";
  out += json.is_array() ? '[' : '{';
  for (const auto& [key, value] : json.items()) {
    out += separator + margin;
    if (json.is_object()) out += Json(key).dump() + ": ";
    write(out, value, indent + 2);
    separator = ",\n";
  }
  out += '\n' + std::string(indent, ' ') + (json.is_array() ? ']' : '}');
}

}  // namespace

void Printer::step(int number, const std::string& title) const {
  std::cout << '\n' << paint(bold, std::to_string(number) + ". " + title) << std::endl;
}

void Printer::sent(const std::string& line) const { std::cout << "  " << paint(blue, "→ " + line) << std::endl; }

void Printer::received(const std::string& line, bool good) const {
  std::cout << "  " << paint(good ? green : red, "← " + line) << std::endl;
}

void Printer::header(std::string_view name, std::string_view value) const {
  std::string shown(value);
  // Who has the id has the session: a screen is no place for it.
  if (name == "Mcp-Session-Id" && shown.size() > shown_of_id) shown = shown.substr(0, shown_of_id) + "…";
  std::cout << "      " << paint(grey, std::string(name) + ": " + shown) << std::endl;
}

void Printer::body(const Json& json) const {
  std::string text;
  write(text, json, 0);
  std::istringstream lines(text);
  int shown = 0;
  int more = 0;
  for (std::string line; std::getline(lines, line);) {
    if (++shown <= max_lines) {
      std::cout << "      " << cut(std::move(line)) << '\n';
    } else {
      ++more;
    }
  }
  if (more > 0) std::cout << "      " << paint(grey, "… " + std::to_string(more) + " more lines") << '\n';
  std::cout.flush();
}

void Printer::verdict(bool good, const std::string& text) const {
  std::cout << "  " << paint(good ? green : red, (good ? "✓ " : "✗ ") + text) << std::endl;
}

std::string Printer::paint(const char* colour, const std::string& text) const {
  return colours_ ? "\033[" + std::string(colour) + "m" + text + "\033[0m" : text;
}

}  // namespace walk
