#include "mcprouter/principal.hpp"

#include <set>
#include <string>

#include "support/catch.hpp"

using mcprouter::Principal;

TEST_CASE("an anonymous principal has an empty key", "[principal]") {
  CHECK(Principal{}.anonymous());
  CHECK(Principal{}.key().empty());
}

TEST_CASE("the key does not depend on the application that a user acts through", "[principal]") {
  CHECK(Principal{"https://id.example", "alice", "editor"}.key() ==
        Principal{"https://id.example", "alice", "shell"}.key());
}

TEST_CASE("a principal without a subject is its application", "[principal]") {
  CHECK(Principal{"https://id.example", "", "nightly-job"}.key() !=
        Principal{"https://id.example", "", "weekly-job"}.key());
  CHECK(Principal{"https://id.example", "", "job"}.key() != Principal{"https://id.example", "job", ""}.key());
}

TEST_CASE("different identities never share a key, whatever characters they hold", "[principal]") {
  const std::set<std::string> keys = {Principal{}.key(),
                                      Principal{"a", "bc", ""}.key(),
                                      Principal{"ab", "c", ""}.key(),
                                      Principal{"", "abc", ""}.key(),
                                      Principal{"abc", "", ""}.key(),
                                      Principal{"a1:", "b", ""}.key(),
                                      Principal{"a", "1:b", ""}.key(),
                                      Principal{"as1:b", "", ""}.key(),
                                      Principal{"a", "b", ""}.key(),
                                      Principal{"i1:as1:b", "", ""}.key(),
                                      Principal{"", "i1:as1:b", ""}.key(),
                                      Principal{std::string("a\0", 2), "b", ""}.key(),
                                      Principal{"a", std::string("\0b", 2), ""}.key()};
  CHECK(keys.size() == 13);
}
