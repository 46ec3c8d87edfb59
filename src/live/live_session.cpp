#include "live/live_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "live/call_listening.hpp"
#include "protocol/message.hpp"
#include "protocol/version.hpp"
#include "support/random.hpp"

namespace mcprouter::detail {
namespace {

// What a client that lost its connection may come back for is kept for one to two of these.
constexpr std::chrono::milliseconds kLinger{30'000};
// How long backends are listened to for a client that may come back. Clients try again after `stream_retry`, a second.
constexpr std::chrono::milliseconds kLeaveAfter{5'000};
// Messages that wait for a client to listen.
constexpr std::size_t kMaxUnannounced = 64;

/// Saying twice that a list has changed says no more than once.
bool is_list_change(const std::string& message) { return message.find("/list_changed\"") != std::string::npos; }

std::string list_key(const std::string& backend, std::string_view method) {
  return fmt::format("{}\n{}", backend, method);
}

void stop(const std::optional<SessionListening>& listening) {
  if (listening) {
    for (const ListenedBackend& one : listening->backends) {
      one.stop->stop();
    }
  }
}

}  // namespace

LiveSession::LiveSession(Executor& executor, const SessionRecord& session, std::shared_ptr<const RouterOptions> options)
    : executor_(executor),
      options_(std::move(options)),
      // Clients of older revisions may choke on an event without data (TRAP-18).
      primed_(session.protocol_version >= version_2025_11_25),
      calls_(executor, options_->limits.max_pending_requests) {}

std::shared_ptr<ClientStream> LiveSession::open_answer() {
  MutexLock lock(mutex_);
  auto stream = make_stream(0);
  streams_.push_back({stream, false});
  return stream;
}

std::shared_ptr<ClientStream> LiveSession::open_standalone() {
  std::shared_ptr<ClientStream> forgotten;  // let go of after the lock
  MutexLock lock(mutex_);
  const auto all = std::count_if(streams_.begin(), streams_.end(), [](const Kept& kept) { return kept.standalone; });
  if (static_cast<std::size_t>(all) >= options_->limits.max_streams) {
    const auto oldest = std::find_if(streams_.begin(), streams_.end(),
                                     [](const Kept& kept) { return kept.standalone && kept.is_over(); });
    if (oldest == streams_.end()) {
      return nullptr;
    }
    forgotten = std::move(oldest->stream);
    streams_.erase(oldest);
  }
  if (no_more_listening_) {
    return nullptr;
  }
  auto stream = make_stream(options_->limits.max_stream_queue);
  streams_.push_back({stream, true});
  return stream;
}

std::shared_ptr<ClientStream> LiveSession::find_stream(std::string_view id) {
  MutexLock lock(mutex_);
  for (Kept& kept : streams_) {
    if (kept.stream->id() == id) {
      kept.old = false;
      return kept.stream;
    }
  }
  return nullptr;
}

void LiveSession::keep_within_bounds() {
  std::list<Kept> forgotten;  // let go of after the lock
  {
    MutexLock lock(mutex_);
    const auto exceeded = [this] {
      return budget_->bytes > options_->limits.max_replay_bytes || budget_->events > options_->limits.max_replay_events;
    };
    for (auto kept = streams_.begin(); kept != streams_.end() && exceeded();) {
      while (exceeded() && kept->stream->forget_oldest()) {
      }
      const auto next = std::next(kept);
      // Or the next message would look at all streams that ever were.
      if (kept->stream->is_forgotten()) {
        forgotten.splice(forgotten.end(), streams_, kept);
      }
      kept = next;
    }
  }
  linger();
}

void LiveSession::announce(std::string message) {
  std::shared_ptr<ClientStream> stream;
  {
    MutexLock lock(mutex_);
    if (closed_) {
      return;
    }
    stream = newest_listener();
    if (!stream) {
      const bool said =
          is_list_change(message) && std::find(unannounced_.begin(), unannounced_.end(), message) != unannounced_.end();
      const bool has_room = unannounced_.size() < kMaxUnannounced &&
                            unannounced_bytes_ + message.size() <= options_->limits.max_stream_queue;
      if (!said && has_room) {
        unannounced_bytes_ += message.size();
        unannounced_.push_back(std::move(message));
      }
    }
  }
  if (stream) {
    stream->add(message);
  }
  keep_within_bounds();
}

void LiveSession::announce_waiting() {
  std::shared_ptr<ClientStream> stream;
  std::vector<std::string> messages;
  {
    MutexLock lock(mutex_);
    stream = newest_listener();
    if (!stream) {
      return;
    }
    messages.swap(unannounced_);
    unannounced_bytes_ = 0;
  }
  for (const std::string& message : messages) {
    stream->add(message);
  }
}

bool LiveSession::has_listener() {
  MutexLock lock(mutex_);
  return newest_listener() != nullptr;
}

std::shared_ptr<CallListening> LiveSession::call_listening(const UpstreamSession& upstream) {
  MutexLock lock(mutex_);
  std::erase_if(call_listening_, [](const auto& entry) { return entry.second.expired(); });
  for (const auto& [serial, weak] : call_listening_) {
    if (serial == upstream.serial) {
      if (auto listening = weak.lock()) {
        return listening;
      }
    }
  }
  auto listening = std::make_shared<CallListening>();
  call_listening_.emplace_back(upstream.serial, listening);
  return listening;
}

void LiveSession::note_list(const std::string& backend, std::string_view method, std::size_t fingerprint) {
  MutexLock lock(mutex_);
  lists_[list_key(backend, method)] = fingerprint;
}

std::optional<std::size_t> LiveSession::noted_list(const std::string& backend, std::string_view method) {
  MutexLock lock(mutex_);
  const auto found = lists_.find(list_key(backend, method));
  return found == lists_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<ListenedBackend> LiveSession::start_listening(ListeningClient client,
                                                          const std::vector<BackendPtr>& backends) {
  MutexLock lock(mutex_);
  if (no_more_listening_ || listening_) {
    return {};
  }
  listening_.emplace();
  listening_->client = std::move(client);
  for (const BackendPtr& backend : backends) {
    listening_->backends.push_back(listened(backend, Reloaded::no));
  }
  return listening_->backends;
}

std::optional<ListeningChange> LiveSession::change_listening(const std::vector<BackendPtr>& backends) {
  ListeningChange change;
  std::vector<ListenedBackend> left;
  {
    MutexLock lock(mutex_);
    if (!listening_) {
      return std::nullopt;
    }
    change.client = listening_->client;
    left.swap(listening_->backends);
    for (const BackendPtr& backend : backends) {
      const auto same = std::find_if(left.begin(), left.end(),
                                     [&](const ListenedBackend& one) { return one.backend->name == backend->name; });
      if (same != left.end() && same->backend->revision() == backend->revision()) {
        listening_->backends.push_back(std::move(*same));
        left.erase(same);
        continue;
      }
      change.begun.push_back(listened(backend, same == left.end() ? Reloaded::added : Reloaded::changed));
      listening_->backends.push_back(change.begun.back());
    }
  }
  for (const ListenedBackend& one : left) {
    one.stop->stop();
    const bool changed = std::any_of(change.begun.begin(), change.begun.end(), [&](const ListenedBackend& begun) {
      return begun.backend->name == one.backend->name;
    });
    if (!changed) {
      change.gone.push_back(one.backend);
    }
  }
  return change;
}

void LiveSession::note_opening(const std::string& backend) {
  MutexLock lock(mutex_);
  if (find_opening(backend) == opening_.end()) {
    opening_.push_back({backend, {}});
  }
}

ListenedBackend LiveSession::listened(const BackendPtr& backend, Reloaded reloaded) {
  if (find_opening(backend->name) == opening_.end()) {
    opening_.push_back({backend->name, {}});
  }
  return {backend, std::make_shared<StopSignal>(), reloaded};
}

void LiveSession::note_listening(const std::string& backend) {
  Waiting waiting;
  {
    MutexLock lock(mutex_);
    const auto found = find_opening(backend);
    if (found == opening_.end()) {
      return;
    }
    waiting = std::move(found->waiting);
    opening_.erase(found);
    if (opening_.empty()) {
      opening_.shrink_to_fit();
    }
  }
  for (const auto& done : waiting) {
    done();
  }
}

bool LiveSession::is_opening(const std::string& backend) {
  MutexLock lock(mutex_);
  return find_opening(backend) != opening_.end();
}

void LiveSession::when_listening(const std::string& backend, std::function<void()> done) {
  {
    MutexLock lock(mutex_);
    const auto found = find_opening(backend);
    if (found != opening_.end()) {
      found->waiting.push_back(std::move(done));
      return;
    }
  }
  done();
}

std::vector<LiveSession::Opening>::iterator LiveSession::find_opening(const std::string& backend) {
  return std::find_if(opening_.begin(), opening_.end(),
                      [&](const Opening& opening) { return opening.backend == backend; });
}

void LiveSession::note_modern_listening(const std::string& backend, std::weak_ptr<ModernListening> listening) {
  MutexLock lock(mutex_);
  const auto found =
      std::find_if(modern_.begin(), modern_.end(), [&](const auto& entry) { return entry.first == backend; });
  if (found == modern_.end()) {
    modern_.emplace_back(backend, std::move(listening));
  } else {
    found->second = std::move(listening);
  }
}

std::shared_ptr<ModernListening> LiveSession::modern_listening(std::string_view backend) {
  MutexLock lock(mutex_);
  const auto found =
      std::find_if(modern_.begin(), modern_.end(), [&](const auto& entry) { return entry.first == backend; });
  return found == modern_.end() ? nullptr : found->second.lock();
}

void LiveSession::stop_listening_if_alone() {
  {
    MutexLock lock(mutex_);
    if (!newest_listener() && listening_ && leave_timer_ == 0) {
      leave_timer_ = executor_.post_after(kLeaveAfter, [self = shared_from_this()] { self->leave_if_alone(); });
    }
  }
  linger();
}

void LiveSession::leave_if_alone() {
  std::optional<SessionListening> listening;
  {
    MutexLock lock(mutex_);
    leave_timer_ = 0;
    if (newest_listener()) {
      return;
    }
    listening.swap(listening_);
  }
  stop(listening);
}

void LiveSession::stop_listening() {
  std::vector<std::shared_ptr<ClientStream>> standalone;
  std::optional<SessionListening> listening;
  Executor::TimerId timer = 0;
  {
    MutexLock lock(mutex_);
    no_more_listening_ = true;
    for (const Kept& kept : streams_) {
      if (kept.standalone) {
        standalone.push_back(kept.stream);
      }
    }
    listening.swap(listening_);
    timer = std::exchange(leave_timer_, 0);
  }
  if (timer != 0) {
    executor_.cancel(timer);
  }
  stop(listening);
  for (const auto& stream : standalone) {
    stream->end();
  }
}

void LiveSession::close() {
  stop_listening();
  std::list<Kept> streams;
  Executor::TimerId timer = 0;
  {
    MutexLock lock(mutex_);
    closed_ = true;
    streams.swap(streams_);
    unannounced_.clear();
    unannounced_bytes_ = 0;
    timer = std::exchange(linger_timer_, 0);
  }
  if (timer != 0) {
    executor_.cancel(timer);
  }
  calls_.close();
  for (const Kept& kept : streams) {
    kept.stream->end();
  }
}

std::shared_ptr<ClientStream> LiveSession::make_stream(std::size_t max_waiting) {
  ClientStream::Settings settings;
  settings.resumable = true;
  settings.primed = primed_;
  settings.keep_alive = options_->timeouts.keep_alive;
  settings.retry = options_->timeouts.stream_retry;
  settings.max_waiting = max_waiting;
  if (stream_ids_ == 0) {
    // An id of before a restart must not be one of now.
    stream_ids_ = random_serial();
  }
  return std::make_shared<ClientStream>(executor_, fmt::format("{:x}-{}", stream_ids_, ++stream_count_), settings,
                                        budget_);
}

std::shared_ptr<ClientStream> LiveSession::newest_listener() {
  for (auto kept = streams_.rbegin(); kept != streams_.rend(); ++kept) {
    if (kept->standalone && kept->stream->attached()) {
      return kept->stream;
    }
  }
  return nullptr;
}

void LiveSession::linger() {
  MutexLock lock(mutex_);
  if (linger_timer_ != 0 || closed_) {
    return;
  }
  if (unannounced_.empty() &&
      std::none_of(streams_.begin(), streams_.end(), [](const Kept& kept) { return kept.is_over(); })) {
    return;
  }
  linger_timer_ = executor_.post_after(kLinger, [self = shared_from_this()] { self->forget_old(); });
}

void LiveSession::forget_old() {
  std::list<Kept> forgotten;  // let go of after the lock
  {
    MutexLock lock(mutex_);
    linger_timer_ = 0;
    for (auto kept = streams_.begin(); kept != streams_.end();) {
      const auto next = std::next(kept);
      const bool over = kept->is_over();
      if (over && kept->old) {
        forgotten.splice(forgotten.end(), streams_, kept);
      } else {
        kept->old = over;
      }
      kept = next;
    }
    if (!newest_listener()) {
      unannounced_.clear();
      unannounced_bytes_ = 0;
    }
  }
  linger();
}

}  // namespace mcprouter::detail
