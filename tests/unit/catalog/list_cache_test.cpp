#include "catalog/list_cache.hpp"

#include <memory>
#include <string>

#include "support/catch.hpp"

using namespace mcprouter;
using namespace mcprouter::detail;
using namespace std::chrono_literals;

namespace {

const TimePoint kStart{1h};
const ListCache::Key kTools{"a", 1, "tools/list"};

BackendList list_of(const std::string& page, bool is_private, std::chrono::milliseconds ttl = 1s) {
  BackendList list;
  list.ok = true;
  list.hints = {ttl, !is_private};
  list.pages.push_back(std::make_shared<const std::string>(page));
  list.entries.emplace_back(*list.pages[0]);
  return list;
}

std::string found(ListCache& cache, const ListCache::Key& key, const std::string& context, TimePoint now) {
  const auto list = cache.find(key, context, now);
  return list ? std::string(list->entries.at(0)) : std::string();
}

void store(ListCache& cache, const ListCache::Key& key, const std::string& context, const BackendList& list) {
  cache.store(key, context, list, cache.generation(), kStart);
}

}  // namespace

TEST_CASE("a list is kept as long as it is good", "[list_cache][CCH-06]") {
  ListCache cache;
  store(cache, kTools, "", list_of("tools", false));
  CHECK(found(cache, kTools, "", kStart) == "tools");
  CHECK(found(cache, kTools, "", kStart + 999ms) == "tools");
  CHECK(found(cache, kTools, "", kStart + 1s).empty());
  store(cache, kTools, "", list_of("newer", false));
  store(cache, kTools, "", list_of("newest", false));
  CHECK(found(cache, kTools, "", kStart) == "newest");
}

TEST_CASE("no list is kept for longer than a day", "[list_cache]") {
  ListCache cache;
  store(cache, kTools, "", list_of("tools", false, std::chrono::milliseconds::max()));
  CHECK(cache.find(kTools, "", kStart + 24h - 1ms));
  CHECK_FALSE(cache.find(kTools, "", kStart + 24h));
}

TEST_CASE("a list that is good for no time, or failed, is not kept", "[list_cache][CCH-06]") {
  ListCache cache;
  store(cache, kTools, "", list_of("tools", false, 0ms));
  BackendList failed = list_of("tools", false);
  failed.ok = false;
  store(cache, kTools, "", failed);
  CHECK_FALSE(cache.find(kTools, "", kStart));
}

TEST_CASE("a list is found for the very method, backend and revision", "[list_cache][CCH-05]") {
  ListCache cache;
  store(cache, kTools, "", list_of("tools", false));
  CHECK_FALSE(cache.find({"a", 1, "prompts/list"}, "", kStart));
  CHECK_FALSE(cache.find({"a", 2, "tools/list"}, "", kStart));
  CHECK_FALSE(cache.find({"b", 1, "tools/list"}, "", kStart));
}

TEST_CASE("private lists stay in their context, public ones are everybody's", "[list_cache][CCH-03][CCH-04]") {
  ListCache cache;
  store(cache, kTools, "one", list_of("of one", true));
  CHECK(found(cache, kTools, "one", kStart) == "of one");
  CHECK(found(cache, kTools, "two", kStart).empty());
  CHECK(found(cache, kTools, "", kStart).empty());
  store(cache, kTools, "two", list_of("of two", true));
  CHECK(found(cache, kTools, "one", kStart) == "of one");
  CHECK(found(cache, kTools, "two", kStart) == "of two");
  store(cache, {"b", 1, "tools/list"}, "one", list_of("of all", false));
  CHECK(found(cache, {"b", 1, "tools/list"}, "two", kStart) == "of all");
  // A context cannot be made to look like another kind of entry.
  CHECK(found(cache, {"b", 1, "tools/list"}, "public", kStart) == "of all");
  CHECK(found(cache, kTools, "private\none", kStart).empty());
}

TEST_CASE("an authorization context is the principal and the credentials that reach the backend",
          "[list_cache][CCH-03]") {
  SessionRecord one;
  one.principal_key = "one";
  SessionRecord two;
  two.principal_key = "two";
  const std::string context = authorization_context(one, {{"Authorization", "Bearer 1"}});
  CHECK(authorization_context(one, {{"Authorization", "Bearer 1"}, {"traceparent", "00-1"}}) == context);
  CHECK(authorization_context(one, {{"Authorization", "Bearer 2"}}) != context);
  CHECK(authorization_context(two, {{"Authorization", "Bearer 1"}}) != context);
  CHECK(authorization_context(one, {}) != context);
}

TEST_CASE("a change makes a list go, in every context and revision, and nothing else",
          "[list_cache][CCH-06][TRAP-17]") {
  ListCache cache;
  store(cache, kTools, "one", list_of("x", true));
  store(cache, {"a", 2, "tools/list"}, "", list_of("x", false));
  store(cache, {"a", 1, "prompts/list"}, "", list_of("prompts", false));
  store(cache, {"b", 1, "tools/list"}, "", list_of("other", false));
  cache.invalidate("a", "tools/list");
  CHECK_FALSE(cache.find(kTools, "one", kStart));
  CHECK_FALSE(cache.find({"a", 2, "tools/list"}, "", kStart));
  CHECK(found(cache, {"a", 1, "prompts/list"}, "", kStart) == "prompts");
  CHECK(found(cache, {"b", 1, "tools/list"}, "", kStart) == "other");
}

TEST_CASE("what was asked for before a change is not kept after it", "[list_cache][CCH-06][race]") {
  ListCache cache;
  const std::uint64_t before = cache.generation();
  cache.invalidate("a", "tools/list");
  cache.store(kTools, "", list_of("old", false), before, kStart);
  CHECK_FALSE(cache.find(kTools, "", kStart));
  store(cache, kTools, "", list_of("new", false));
  CHECK(found(cache, kTools, "", kStart) == "new");
}

TEST_CASE("the oldest lists make room, and one that is too large is not kept", "[list_cache]") {
  ListCache cache;
  const std::string page(7u << 20, 'x');
  for (int i = 0; i < 12; ++i) {
    store(cache, {"a", static_cast<std::uint64_t>(i), "tools/list"}, "", list_of(page, false));
  }
  CHECK_FALSE(cache.find({"a", 0, "tools/list"}, "", kStart));
  CHECK(cache.find({"a", 11, "tools/list"}, "", kStart));
  store(cache, {"b", 1, "tools/list"}, "", list_of(std::string(9u << 20, 'x'), false));
  CHECK_FALSE(cache.find({"b", 1, "tools/list"}, "", kStart));
  CHECK(cache.find({"a", 11, "tools/list"}, "", kStart));
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    store(cache, {"c", i, "tools/list"}, "", list_of("x", false));
  }
  CHECK_FALSE(cache.find({"c", 0, "tools/list"}, "", kStart));
  CHECK(cache.find({"c", 4'999, "tools/list"}, "", kStart));
}
