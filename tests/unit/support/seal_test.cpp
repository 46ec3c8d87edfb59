#include "support/seal.hpp"

#include <string>

#include "support/catch.hpp"

using mcprouter::detail::Seal;

TEST_CASE("what was sealed is opened by the same seal with the same binding", "[seal]") {
  const Seal seal;
  for (const std::string text : {"", "a", "ab", "abc", "tools/list\n1000"}) {
    const std::string sealed = seal.seal(text, "session");
    CHECK(seal.open(sealed, "session") == text);
    CHECK(sealed.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
          std::string::npos);
  }
}

TEST_CASE("the same text seals alike, another text or binding otherwise", "[seal]") {
  const Seal seal;
  CHECK(seal.seal("task", "a") == seal.seal("task", "a"));
  CHECK(seal.seal("task", "a") != seal.seal("task", "b"));
  CHECK(seal.seal("task", "a") != seal.seal("tasl", "a"));
  CHECK(seal.seal("ab", "c") != seal.seal("b", "ca"));
}

TEST_CASE("what was changed, bound to something else or sealed elsewhere does not open", "[seal]") {
  const Seal seal;
  const std::string sealed = seal.seal("some text", "session");
  for (std::size_t i = 0; i + 1 < sealed.size(); ++i) {  // the last character has bits that do not count
    std::string changed = sealed;
    changed[i] = changed[i] == 'g' ? 'h' : 'g';
    CHECK_FALSE(seal.open(changed, "session"));
  }
  CHECK_FALSE(seal.open(sealed, "another"));
  CHECK_FALSE(Seal().open(sealed, "session"));
  for (const std::string& foreign : {std::string(), std::string("A"), std::string("made up"), sealed + "AAAA",
                                     sealed.substr(4), std::string(100'000, 'A')}) {
    CHECK_FALSE(seal.open(foreign, "session"));
  }
}
