#pragma once

#include "engine/asio/loop.hpp"
#include "engine/asio/loop_client.hpp"
#include "engine/asio/loop_executor.hpp"
#include "mcprouter/asio.hpp"

namespace mcprouter {

class AsioEngine::State {
 public:
  explicit State(const AsioOptions& options);
  ~State();

  [[nodiscard]] detail::Loops& loops() { return loops_; }
  [[nodiscard]] detail::LoopExecutor& executor() { return executor_; }
  [[nodiscard]] detail::LoopClient& client() { return *client_; }

 private:
  detail::Loops loops_;
  detail::LoopExecutor executor_;
  std::unique_ptr<detail::LoopClient> client_;
};

}  // namespace mcprouter
