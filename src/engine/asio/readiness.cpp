#include "engine/asio/readiness.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace mcprouter::detail {
namespace {

// Of what `wake_` is registered for: it has no watcher.
constexpr std::uint32_t kEdge = EPOLLIN | EPOLLET;

int checked(int descriptor) {
  if (descriptor < 0) throw std::system_error(errno, std::system_category(), "an event loop cannot be made");
  return descriptor;
}

}  // namespace

Readiness::Readiness()
    : epoll_(checked(::epoll_create1(EPOLL_CLOEXEC))), wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  epoll_event event{};
  event.events = kEdge;
  if (wake_ < 0 || ::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) != 0) {
    const int error = errno;
    if (wake_ >= 0) ::close(wake_);
    ::close(epoll_);
    throw std::system_error(error, std::system_category(), "an event loop cannot be made");
  }
}

Readiness::~Readiness() {
  ::close(wake_);
  ::close(epoll_);
}

bool Readiness::add(int socket, Watcher& watcher) {
  epoll_event event{};
  event.events = kEdge | EPOLLOUT | EPOLLRDHUP;
  event.data.ptr = &watcher;
  return ::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) == 0;
}

void Readiness::forget(const Watcher& watcher) {
  for (std::size_t index = 0; index < end_; ++index) {
    if (events_[index].data.ptr == &watcher) events_[index].data.ptr = nullptr;
  }
}

bool Readiness::wait(std::chrono::milliseconds at_most) {
  const int count = ::epoll_wait(epoll_, events_.data(), static_cast<int>(kAtOnce), static_cast<int>(at_most.count()));
  end_ = static_cast<std::size_t>(std::max(count, 0));
  // All are told before the first acts, which may want to use the connection of another.
  for (std::size_t index = 0; index < end_; ++index) {
    if (Watcher* const told = watcher(index)) told->mark(events_[index].events);
  }
  return end_ > 0;
}

void Readiness::wake() {
  // An edge each time: nobody has to read it.
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
}

}  // namespace mcprouter::detail
