#include <algorithm>
#include <thread>

#include "engine/asio/engine_state.hpp"

namespace mcprouter {
namespace {

detail::Loops make_loops(const AsioOptions& options) {
  const std::size_t wanted = options.threads > 0 ? options.threads : std::max(std::thread::hardware_concurrency(), 1u);
  const std::size_t count = std::min(wanted, detail::LoopTimers::kMaxLoops);
  detail::Loops loops;
  for (std::size_t index = 0; index < count; ++index) {
    loops.push_back(std::make_unique<detail::Loop>(index, options.busy_poll));
  }
  return loops;
}

}  // namespace

AsioEngine::State::State(const AsioOptions& options)
    : loops_(make_loops(options)),
      executor_(loops_),
      client_(std::make_unique<detail::LoopClient>(loops_, executor_, options)) {
  for (const auto& loop : loops_) loop->start();
}

AsioEngine::State::~State() {
  // Its exchanges end on the loops.
  client_->stop();
  for (const auto& loop : loops_) loop->stop();
  for (const auto& loop : loops_) loop->timers().clear();
}

AsioEngine::AsioEngine(AsioOptions options) : state_(std::make_unique<State>(options)) {}

AsioEngine::~AsioEngine() = default;

HttpClient& AsioEngine::client() { return state_->client(); }

Executor& AsioEngine::executor() { return state_->executor(); }

}  // namespace mcprouter
