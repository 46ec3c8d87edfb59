#include <stdexcept>

#include "tools.hpp"

namespace demo {
namespace {

constexpr std::size_t max_notes = 100;

std::string add_note(const Call& call) {
  std::string text = call.arguments.at("text").get<std::string>();
  const std::lock_guard lock(call.session.mutex);
  if (call.session.notes.size() == max_notes) throw std::runtime_error("this session has enough notes");
  call.session.notes.push_back(std::move(text));
  return "noted; this session has " + std::to_string(call.session.notes.size()) + " note(s)";
}

std::string list_notes(const Call& call) {
  const std::lock_guard lock(call.session.mutex);
  if (call.session.notes.empty()) return "no notes in this session";
  std::string text;
  for (const std::string& note : call.session.notes) text += "- " + note + "\n";
  text.pop_back();
  return text;
}

}  // namespace

std::vector<Tool> notes_tools() {
  const Json nothing = {{"type", "object"}, {"additionalProperties", false}};
  const Json note = {{"type", "object"},
                     {"properties", {{"text", {{"type", "string"}, {"description", "What to remember."}}}}},
                     {"required", Json::array({"text"})}};

  std::vector<Tool> tools;
  tools.push_back({"add_note", "Remembers a note for as long as this session lives.", note, false, add_note});
  tools.push_back({"list_notes", "Lists the notes of this session.", nothing, false, list_notes});
  return tools;
}

}  // namespace demo
