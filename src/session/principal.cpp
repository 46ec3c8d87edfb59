#include "mcprouter/principal.hpp"

#include <string_view>

namespace mcprouter {
namespace {

/// The length in front keeps the parts apart whatever characters they hold.
void append_part(std::string& key, char tag, std::string_view part) {
  key += tag;
  key += std::to_string(part.size());
  key += ':';
  key += part;
}

}  // namespace

std::string Principal::key() const {
  std::string key;
  if (anonymous()) return key;
  append_part(key, 'i', issuer);
  // A token of a machine may name no subject: then the client itself is who it is.
  if (subject.empty()) {
    append_part(key, 'c', client_id);
  } else {
    append_part(key, 's', subject);
  }
  return key;
}

}  // namespace mcprouter
