#include "router/blocking_writer.hpp"

#include <utility>

#include "router/errors.hpp"

namespace mcprouter::detail {

Response BlockingWriter::wait() {
  MutexLock lock(mutex_);
  while (!ended_) {
    ended_changed_.wait(lock);
  }
  return std::move(response_);
}

void BlockingWriter::respond(Response response) {
  MutexLock lock(mutex_);
  response_ = std::move(response);
  end();
}

void BlockingWriter::start(ResponseHead head) {
  MutexLock lock(mutex_);
  response_.status = head.status;
  response_.headers = std::move(head.headers);
}

bool BlockingWriter::write(std::string_view chunk) {
  MutexLock lock(mutex_);
  response_.body.append(chunk);
  return true;
}

void BlockingWriter::finish() {
  MutexLock lock(mutex_);
  end();
}

void BlockingWriter::abort() {
  MutexLock lock(mutex_);
  response_ = refusal(Reason::internal_error);
  end();
}

// The whole answer is kept, so there is never anything to wait for.
void BlockingWriter::listen(std::function<void(Event)>) {}

void BlockingWriter::end() {
  ended_ = true;
  ended_changed_.notify_all();
}

}  // namespace mcprouter::detail
