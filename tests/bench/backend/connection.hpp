#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "mcp.hpp"
#include "output.hpp"

namespace bench {

/// The bytes of one client's connection, both ways.
struct Connection {
  std::uint64_t serial = 0;  ///< Tells it from an earlier one with the same descriptor.
  std::string in;
  Output out;
  std::optional<SlowCall> slow;  ///< Under way: requests behind it wait.
  bool listens = false;          ///< Its stream stays open: nothing else is answered here.
  bool waits_for_room = false;
};

/// Answers every complete request in `connection.in`, up to a slow call or a stream that stays open. Returns false for
/// what is no request that we can read. `announces` is set when everyone who listens is to be told.
bool serve(Connection& connection, Mcp& mcp, bool& announces);

}  // namespace bench
