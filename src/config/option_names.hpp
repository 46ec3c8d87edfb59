#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string_view>

#include "mcprouter/options.hpp"

namespace mcprouter::detail {

template <typename Struct, typename Value>
struct OptionName {
  std::string_view name;  ///< In a configuration file.
  Value Struct::*member;
};

inline constexpr std::array<OptionName<Limits, std::size_t>, 18> limit_names = {{
    {"maxBody", &Limits::max_body},
    {"maxHeaderBytes", &Limits::max_header_bytes},
    {"maxDepth", &Limits::max_depth},
    {"maxIdLength", &Limits::max_id_length},
    {"maxBatch", &Limits::max_batch},
    {"maxResponse", &Limits::max_response},
    {"maxListPages", &Limits::max_list_pages},
    {"maxListItems", &Limits::max_list_items},
    {"maxPage", &Limits::max_page},
    {"maxSubscriptions", &Limits::max_subscriptions},
    {"maxPendingRequests", &Limits::max_pending_requests},
    {"maxStreams", &Limits::max_streams},
    {"maxListens", &Limits::max_listens},
    {"maxStreamQueue", &Limits::max_stream_queue},
    {"maxReplayEvents", &Limits::max_replay_events},
    {"maxReplayBytes", &Limits::max_replay_bytes},
    {"maxSuspendedCalls", &Limits::max_suspended_calls},
    {"maxInputRounds", &Limits::max_input_rounds},
}};

inline constexpr std::array<OptionName<Timeouts, std::chrono::milliseconds>, 9> timeout_names = {{
    {"connect", &Timeouts::connect},
    {"handshake", &Timeouts::handshake},
    {"callIdle", &Timeouts::call_idle},
    {"callTotal", &Timeouts::call_total},
    {"list", &Timeouts::list},
    {"teardown", &Timeouts::teardown},
    {"keepAlive", &Timeouts::keep_alive},
    {"streamRetry", &Timeouts::stream_retry},
    {"input", &Timeouts::input},
}};

}  // namespace mcprouter::detail
