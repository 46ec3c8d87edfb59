#include "engine/asio/answer_writer.hpp"

#include <string>
#include <utility>

namespace mcprouter::detail {

template <typename Act>
void AnswerWriter::act(Act act) {
  Loop& loop = connection_->loop();
  if (loop.is_current() && posted_ == 0) {
    act(*connection_);
    return;
  }
  ++posted_;
  loop.post([self = shared_from_this(), act = std::move(act)]() mutable {
    --self->posted_;
    act(*self->connection_);
  });
}

AnswerWriter::~AnswerWriter() {
  if (ended_) return;
  connection_->loop().post([connection = connection_] { connection->abort(); });
}

void AnswerWriter::respond(Response response) {
  if (ended_.exchange(true)) return;
  act([response = std::move(response)](ServerConnection& connection) mutable {
    connection.respond(std::move(response));
  });
}

void AnswerWriter::start(ResponseHead head) {
  if (ended_) return;
  act([head = std::move(head)](ServerConnection& connection) mutable { connection.start(std::move(head)); });
}

bool AnswerWriter::write(std::string_view chunk) {
  if (ended_ || chunk.empty()) return true;
  const bool has_room = connection_->count_in(chunk.size());
  if (connection_->loop().is_current() && posted_ == 0) {
    connection_->write(chunk);
  } else {
    act([chunk = std::string(chunk)](ServerConnection& connection) { connection.write(chunk); });
  }
  return has_room;
}

void AnswerWriter::finish() {
  if (ended_.exchange(true)) return;
  act([](ServerConnection& connection) { connection.finish(); });
}

void AnswerWriter::abort() {
  if (ended_.exchange(true)) return;
  act([](ServerConnection& connection) { connection.abort(); });
}

void AnswerWriter::listen(std::function<void(Event)> listener) {
  if (ended_) return;
  act([listener = std::move(listener)](ServerConnection& connection) mutable {
    connection.listen(std::move(listener));
  });
}

}  // namespace mcprouter::detail
