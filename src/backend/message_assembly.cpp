#include "backend/message_assembly.hpp"

#include <utility>

#include "protocol/message.hpp"

namespace mcprouter::detail {
namespace {

// Enough of a large message to see what it is.
constexpr std::size_t kBeginning = 4u << 10;

Incoming incoming(Incoming::Kind kind, std::string text) { return {kind, std::move(text), HttpFailure::none, {}}; }

}  // namespace

std::optional<Incoming> MessageAssembly::add(std::string_view part) {
  if (form_ == Form::in_parts) {
    return incoming(Incoming::Kind::part, std::string(part));
  }
  const std::size_t most_undecided = is_large_ ? kBeginning : kLargeMessage;
  if (form_ == Form::undecided && large_ == Large::in_parts && text_.size() + part.size() > most_undecided) {
    text_.append(part);
    form_ = begins_as_result(text_) ? Form::in_parts : Form::gathered;
    if (form_ == Form::in_parts) {
      return incoming(Incoming::Kind::part, std::exchange(text_, {}));
    }
    part = {};
  }
  if (part.size() > max_message_ || text_.size() > max_message_ - part.size()) {
    return incoming(Incoming::Kind::too_large, {});
  }
  text_.append(part);
  return std::nullopt;
}

Incoming MessageAssembly::end(std::string rest) {
  if (std::exchange(form_, Form::undecided) == Form::in_parts) {
    return incoming(Incoming::Kind::last_part, std::move(rest));
  }
  if (text_.empty()) {
    return incoming(Incoming::Kind::message, std::move(rest));
  }
  if (text_.size() + rest.size() > max_message_) {
    return incoming(Incoming::Kind::too_large, {});
  }
  text_.append(rest);
  return incoming(Incoming::Kind::message, std::exchange(text_, {}));
}

}  // namespace mcprouter::detail
