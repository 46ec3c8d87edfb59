#include "live/running_call.hpp"

#include <charconv>

#include "protocol/json_text.hpp"

namespace mcprouter::detail {

bool RunningCall::advance(std::string_view params) {
  const std::string_view written = member(params, "progress").value_or(std::string_view());
  const char* const end_of_number = written.data() + written.size();
  double now = 0;
  const auto [end, error] = std::from_chars(written.data(), end_of_number, now);
  if (error != std::errc{} || end != end_of_number) {
    return false;
  }
  double before = progress;
  while (now > before) {
    if (progress.compare_exchange_weak(before, now)) {
      return true;
    }
  }
  return false;
}

}  // namespace mcprouter::detail
