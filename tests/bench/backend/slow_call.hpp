#pragma once

#include <chrono>
#include <string>

#include "output.hpp"

namespace bench {

/// A call of `slow_10s`: an event stream with a progress event each second (if the client gave a token) and the answer
/// after the tenth.
class SlowCall {
 public:
  static constexpr std::chrono::seconds kPeriod{1};

  /// Both are JSON texts; no token is an empty one.
  SlowCall(std::string id, std::string token) : id_(std::move(id)), token_(std::move(token)) {}

  void begin(Output& out);

  /// To be called each second. Returns false when that was the end of the stream.
  bool tick(Output& out);

 private:
  std::string id_;
  std::string token_;
  int ticks_ = 0;
};

}  // namespace bench
