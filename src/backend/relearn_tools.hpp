#pragma once

#include "backend/call.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// Asks a modern backend for its tools and learns their headers anew, for a tools/call that it refused (PAR-06). Lists
/// that clients would be served from a cache are forgotten first. What cannot be had is left as it was.
Task<void> relearn_tools(const CallAccess& access, CallRequest refused);

}  // namespace mcprouter::detail
