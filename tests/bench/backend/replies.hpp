#pragma once

#include <cstddef>
#include <string_view>

#include "output.hpp"

namespace bench {

/// The HTTP responses of the server. `id` is the JSON text of a request's id.

void reply_empty(std::string_view status, Output& out);

/// Answers a response `{"jsonrpc":"2.0","id":ID,"KEY":VALUE}`; `value` is copied.
void reply_json(std::string_view id, std::string_view key, std::string_view value, Output& out,
                std::string_view session = {});

/// Answers a response with this result, which must live for ever.
void reply_json_static(std::string_view id, std::string_view result, Output& out);

/// Answers by an event stream that ends with its only event. `result` must live for ever.
void reply_sse_static(std::string_view id, std::string_view result, Output& out);

/// A result that is one block over and over, between its ends. All of it lives for ever.
struct HugeResult {
  std::string_view begin;
  std::string_view block;
  std::size_t count;
  std::string_view end;
};
void reply_json_huge(std::string_view id, const HugeResult& result, Output& out);
void reply_sse_huge(std::string_view id, const HugeResult& result, Output& out);

/// The parts of a longer event stream. It is chunked, so that it can end without closing the connection.
void begin_stream(Output& out);
void stream_event(std::string_view message, Output& out);
void end_stream(Output& out);

}  // namespace bench
