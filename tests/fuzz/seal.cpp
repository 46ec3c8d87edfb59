// What clients are handed sealed: nothing opens but what was sealed, together with what it was bound to.

#include "support/seal.hpp"

#include <string>

#include "property.hpp"

namespace mcprouter::detail {
namespace {

const Seal ours;
const Seal of_another_router;

/// Whatever a client makes up.
void check_forged(std::string_view bound_to, std::string_view sealed) { require(!ours.open(sealed, bound_to)); }

void check_sealed(std::string_view bound_to, std::string_view text) {
  const std::string sealed = ours.seal(text, bound_to);
  require(sealed == ours.seal(text, bound_to));
  require(ours.open(sealed, bound_to) == text);
  require(!of_another_router.open(sealed, bound_to));
  require(!ours.open(sealed, std::string(bound_to) + '\0'));
  if (!bound_to.empty()) require(!ours.open(sealed, bound_to.substr(1)));
  // Neither part moves into the other.
  if (!text.empty()) require(ours.seal(text.substr(1), std::string(bound_to) + text.front()) != sealed);

  // Changed at a place that the text chooses, cut short, or with something behind it.
  const std::size_t place = (text.size() * 31 + bound_to.size()) % sealed.size();
  std::string changed = sealed;
  changed[place] = changed[place] == 'A' ? 'B' : 'A';
  require(!ours.open(changed, bound_to));
  require(!ours.open(sealed.substr(0, place), bound_to));
  require(!ours.open(sealed + 'A', bound_to));
  require(!ours.open(sealed + '=', bound_to));
}

}  // namespace
}  // namespace mcprouter::detail

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mcprouter::detail;
  const auto [bound_to, text] = split(text_of(data, size), "\n");
  check_forged(bound_to, text);
  check_sealed(bound_to, text);
  return 0;
}
