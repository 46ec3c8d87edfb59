#include "protocol/uri_template.hpp"

#include <string>

#include "support/catch.hpp"

using mcprouter::detail::match_template;

TEST_CASE("a URI fits a template whose literals it has, with something for every expression", "[template]") {
  CHECK(match_template("test://{id}/data", "test://123/data") == 12);
  CHECK(match_template("file:///{+path}", "file:///a/b/c") == 8);
  CHECK(match_template("db://{table}/{row}", "db://t/1") == 6);
  CHECK(match_template("x://plain", "x://plain") == 9);
  CHECK(match_template("search://all{?q,page}", "search://all") == 12);
  CHECK(match_template("search://all{?q}", "search://all?q=1") == 12);
}

TEST_CASE("a URI that lacks a literal or a value does not fit", "[template]") {
  CHECK_FALSE(match_template("test://{id}/data", "test:///data"));
  CHECK_FALSE(match_template("test://{id}/data", "test://1/other"));
  CHECK_FALSE(match_template("test://{id}", "toast://1"));
  CHECK_FALSE(match_template("x://plain", "x://plainer"));
  CHECK_FALSE(match_template("x://{a}/{b}", "x://a"));
}

TEST_CASE("a malformed template fits nothing", "[template]") {
  CHECK_FALSE(match_template("x://{open", "x://1"));
  CHECK_FALSE(match_template("x://{}", "x://1"));
}

TEST_CASE("a hostile template costs no more than its length", "[template][limits]") {
  std::string many;
  for (int i = 0; i < 2'000; ++i) {
    many += "{a}a";
  }
  CHECK_FALSE(match_template(many + "!", std::string(8'000, 'a')));
}
