// Mirrored arguments of tools. The input is a schema, a line end, and the arguments of a call.

#include "protocol/param_headers.hpp"

#include <string>
#include <variant>
#include <vector>

#include "mcprouter/http.hpp"
#include "property.hpp"
#include "protocol/ascii.hpp"
#include "protocol/header_value.hpp"
#include "protocol/json_text.hpp"
#include "protocol/param_schema.hpp"

namespace mcprouter::detail {
namespace {

void check_annotations(const std::vector<ParamHeader>& params) {
  for (const ParamHeader& param : params) {
    require(is_token(param.name) && !param.path.empty());
    for (const ParamHeader& other : params) require(&param == &other || !same_header(param.name, other.name));
  }
}

void check_call(const std::vector<ParamHeader>& params, std::string_view arguments) {
  const Headers headers = mirrored_headers(params, arguments);
  require(headers.size() <= params.size());
  const auto problem = param_header_problem(params, arguments, headers);
  // Ours agree with the arguments, unless it cannot be said what those are.
  require(!problem || problem->ends_with(" stands there twice"));
  if (problem) return;
  for (const HeaderField& field : headers) {
    require(is_valid_field(field.name, field.value) && headers.count(field.name) == 1);
    Headers other = headers;
    other.set(field.name, encode_header_value(*decode_header_value(field.value) + "x"));
    require(param_header_problem(params, arguments, other).has_value());
  }
}

}  // namespace
}  // namespace mcprouter::detail

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mcprouter::detail;
  const auto [schema, arguments] = split(text_of(data, size), "\n");
  if (find_problem(schema, 64)) return 0;
  const auto outcome = read_param_headers(schema);
  if (const auto* problem = std::get_if<std::string>(&outcome)) {
    require(!problem->empty());
    return 0;
  }
  const auto& params = std::get<0>(outcome);
  check_annotations(params);
  if (!find_problem(arguments, 64)) check_call(params, arguments);
  return 0;
}
