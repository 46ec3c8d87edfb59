#include "slow_call.hpp"

#include "replies.hpp"

namespace bench {
namespace {

constexpr int kTicks = 10;

}  // namespace

void SlowCall::begin(Output& out) { begin_stream(out); }

bool SlowCall::tick(Output& out) {
  ++ticks_;
  if (!token_.empty()) {
    std::string event = R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":)";
    event.append(token_).append(R"(,"progress":)").append(std::to_string(ticks_));
    stream_event(event.append(R"(,"total":)").append(std::to_string(kTicks)).append("}}"), out);
  }
  if (ticks_ < kTicks) return true;
  stream_event(R"({"jsonrpc":"2.0","id":)" + id_ + R"(,"result":{"content":[{"type":"text","text":"done"}]}})", out);
  end_stream(out);
  return false;
}

}  // namespace bench
