#include "protocol/legacy_content.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"
#include "protocol/version.hpp"

namespace mcprouter::detail {
namespace {

std::string text_block(std::string_view text) { return object_of({{"type", quoted("text")}, {"text", quoted(text)}}); }

std::string text_of_link(std::string_view link) {
  std::string text = string_member(link, "title");
  if (text.empty()) {
    text = string_member(link, "name");
  }
  const std::string uri = string_member(link, "uri");
  return text.empty() ? uri : text + ": " + uri;
}

/// Says whether two texts are the same JSON but for white space between its parts.
bool same_json(std::string_view a, std::string_view b) {
  const auto next = [](std::string_view text, std::size_t& at, bool& in_string) {
    while (!in_string && at < text.size() && std::string_view(" \t\r\n").find(text[at]) != std::string_view::npos) {
      ++at;
    }
    if (at == text.size()) {
      return std::string_view();
    }
    // An escape is one part, so that its second byte ends no string.
    const std::string_view part = text.substr(at, in_string && text[at] == '\\' ? 2 : 1);
    in_string = in_string != (part == "\"");
    at += part.size();
    return part;
  };
  std::size_t at_a = 0;
  std::size_t at_b = 0;
  bool in_a = false;
  bool in_b = false;
  for (;;) {
    const std::string_view part = next(a, at_a, in_a);
    if (part != next(b, at_b, in_b)) {
      return false;
    }
    if (part.empty()) {
      return true;
    }
  }
}

}  // namespace

std::string legacy_content(std::string_view block, std::string_view version) {
  const std::string type = string_member(block, "type");
  if (type == "resource_link" && version < version_2025_06_18) {
    return text_block(text_of_link(block));
  }
  if (type == "audio" && version < version_2025_03_26) {
    const std::string media = string_member(block, "mimeType");
    return text_block(media.empty() ? "[audio]" : "[audio: " + media + "]");
  }
  return std::string(block);
}

std::string with_text_of(std::string_view blocks, std::string_view value) {
  const std::vector<std::string_view> all = elements(blocks);
  const bool says_it = std::any_of(all.begin(), all.end(), [&](std::string_view block) {
    return string_member(block, "type") == "text" && same_json(string_member(block, "text"), value);
  });
  if (says_it) {
    return std::string(blocks);
  }
  std::string block = text_block(value);
  if (all.empty()) {
    return "[" + block + "]";
  }
  return splice(blocks, {{blocks.substr(blocks.size() - 1, 0), "," + std::move(block)}});
}

}  // namespace mcprouter::detail
