#pragma once

#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace mcprouter::detail {

/// Tells sockets of a loop what they can do now: the loop waits here. Each is registered once, for edges, and remembers
/// what it was told: no wait of its own costs a system call (docs/decisions/019).
///
/// Thread safety: its loop's thread, but for wake.
class Readiness {
 public:
  /// Of those that are told at once, answers go before requests: what is under way ends before more begins, and one
  /// kind of work after the other finds its code in the processor's cache.
  enum class Turn { answers, requests };

  /// One who has a socket.
  class Watcher {
   public:
    explicit Watcher(Turn turn) : turn_(turn) {}
    [[nodiscard]] Turn turn() const { return turn_; }
    /// Events of epoll came. Nothing is done about it yet: others are told first.
    virtual void mark(std::uint32_t events) = 0;
    virtual void go_on_writing() {}
    virtual void go_on_reading() = 0;

   protected:
    ~Watcher() = default;

   private:
    const Turn turn_;
  };

  /// Throws std::system_error if the process has no descriptors left.
  Readiness();
  ~Readiness();
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  /// Tells `watcher`, until the socket is closed. Returns false if the kernel has no room for it.
  [[nodiscard]] bool add(int socket, Watcher& watcher);
  /// Its socket is about to be closed.
  void forget(const Watcher& watcher);

  /// Waits until there is something to tell, and tells it; or until the time is over, or wake. Returns false if it was
  /// the time.
  bool wait(std::chrono::milliseconds at_most);
  /// Lets the watchers go on that were told something, and calls `before_each`.
  template <typename BeforeEach>
  void go_on(BeforeEach before_each) {
    for (const Turn turn : {Turn::answers, Turn::requests}) {
      for (std::size_t index = 0; index < end_; ++index) {
        if (!watcher(index) || watcher(index)->turn() != turn) continue;
        before_each();
        watcher(index)->go_on_writing();
        if (watcher(index)) watcher(index)->go_on_reading();  // unless that was its end
      }
    }
    end_ = 0;
  }
  /// From any thread: ends a wait, or the next one.
  void wake();

 private:
  static constexpr std::size_t kAtOnce = 128;

  /// Whom an event is for; nullptr if that is nobody any more.
  [[nodiscard]] Watcher* watcher(std::size_t event) const { return static_cast<Watcher*>(events_[event].data.ptr); }

  const int epoll_;
  const int wake_;  ///< An eventfd.
  std::array<epoll_event, kAtOnce> events_;
  std::size_t end_ = 0;  ///< Of what was told.
};

}  // namespace mcprouter::detail
