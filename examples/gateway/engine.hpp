#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mcprouter/mcprouter.hpp"

namespace gateway {

/// What speaks HTTP on both sides of the router, in the one way or the other.
///
/// Thread safety: one thread at a time.
class Engine {
 public:
  struct Place {
    std::string host;
    std::uint16_t port = 0;  ///< 0: a free one.
    std::string path;
    std::size_t max_body = 0;
  };

  virtual ~Engine() = default;

  [[nodiscard]] virtual mcprouter::HttpClient& client() = 0;
  [[nodiscard]] virtual mcprouter::Executor& executor() = 0;

  /// Serves a path with `router` until `stop`, and returns the port; nullopt if it cannot. `failed` is called, from
  /// another thread, should serving end by itself.
  virtual std::optional<std::uint16_t> serve(mcprouter::Router& router, const Place& place,
                                             std::function<void()> failed) = 0;
  /// Stops serving: the last bytes of answers have `grace` to go out. The second call does nothing.
  virtual void stop(std::chrono::milliseconds grace) = 0;
};

/// The names of the engines that were built in, the default first.
[[nodiscard]] const std::vector<std::string>& engine_names();

/// Requires: one of these names. `busy_poll` is for asio alone.
[[nodiscard]] std::unique_ptr<Engine> make_engine(const std::string& name, std::chrono::microseconds busy_poll);

}  // namespace gateway
