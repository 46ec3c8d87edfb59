#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <limits>

namespace mcprouter::detail {

// After a minute of silence the kernel asks every 15 s whether the peer is there; without an answer it is gone after
// two minutes in all.
inline constexpr int kSilenceSeconds = 60;
inline constexpr int kProbeSeconds = 15;
inline constexpr int kProbes = 4;

/// Has a quiet connection end when its peer has vanished without a word: a host that died, a network that was left.
/// Streams stay open for hours, and nobody else would notice. Connections inherit it from a listening socket.
inline void notice_dead_peer(int socket) {
  const auto set = [socket](int level, int name, int value) {
    ::setsockopt(socket, level, name, &value, sizeof(value));
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
#ifdef TCP_KEEPIDLE
  set(IPPROTO_TCP, TCP_KEEPIDLE, kSilenceSeconds);
  set(IPPROTO_TCP, TCP_KEEPINTVL, kProbeSeconds);
  set(IPPROTO_TCP, TCP_KEEPCNT, kProbes);
#endif
}

/// The same for a connection that is written to: what is sent, and not received for so long, ends it. The kernel ends a
/// slow reader by it too, so it is no shorter than `patience`, the time that one may take.
inline void notice_dead_reader(int socket, [[maybe_unused]] std::chrono::milliseconds patience) {
  notice_dead_peer(socket);
#ifdef TCP_USER_TIMEOUT
  constexpr std::chrono::milliseconds kGone = std::chrono::seconds(kSilenceSeconds + kProbes * kProbeSeconds);
  constexpr std::chrono::milliseconds kLongest{std::numeric_limits<int>::max()};  // that the kernel takes
  const auto milliseconds = static_cast<int>(std::clamp(patience, kGone, kLongest).count());
  ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof(milliseconds));
#endif
}

}  // namespace mcprouter::detail
