#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "mcprouter/http_client.hpp"

namespace mcprouter::detail {

/// What comes next out of a backend's answer.
struct Incoming {
  enum class Kind {
    message,    ///< `text` is one JSON-RPC message, not yet read.
    part,       ///< `text` is some of a large result's response; more of it follows.
    last_part,  ///< `text` is the rest of that response, maybe nothing.
    end,        ///< The answer ended as HTTP wants it to.
    failed,     ///< `failure` and `detail` say why.
    too_large,
  } kind;
  std::string text;
  HttpFailure failure = HttpFailure::none;
  std::string detail;
};

/// A message is large if it has more bytes than this.
inline constexpr std::size_t kLargeMessage = 256u << 10;

/// How the response of a large result is handed out.
enum class Large { whole, in_parts };

/// Puts messages together from the parts that an answer brings them in. A large result goes on in parts; anything
/// else is gathered up to a bound.
class MessageAssembly {
 public:
  MessageAssembly(std::size_t max_message, Large large) : max_message_(max_message), large_(large) {}

  /// Says how many bytes the next message has. One that is known to be large need not be waited for.
  void expect(std::size_t size) { is_large_ = size > kLargeMessage; }
  /// Takes some of a message. Returns what can be handed out, if anything.
  std::optional<Incoming> add(std::string_view part);
  /// Whether some of a message was taken, and not the rest.
  [[nodiscard]] bool begun() const { return form_ == Form::in_parts || !text_.empty(); }
  /// Takes the rest of a message.
  Incoming end(std::string rest);

 private:
  enum class Form { undecided, gathered, in_parts };

  const std::size_t max_message_;
  const Large large_;
  bool is_large_ = false;
  Form form_ = Form::undecided;
  std::string text_;
};

}  // namespace mcprouter::detail
