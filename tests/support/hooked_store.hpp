#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mcprouter/session_store.hpp"

namespace mcprouter::test {

/// Another store, with something that happens right before a change to it.
class HookedStore final : public SessionStore {
 public:
  explicit HookedStore(SessionStore& inner) : inner_(inner) {}

  std::function<void()> before_put;            ///< Taken when it is called.
  std::function<void()> before_set_log_level;  ///< Taken when it is called.
  bool is_slow = false;                        ///< What `blocks` says.

  Created create(SessionRecord record, TimePoint now) override { return inner_.create(std::move(record), now); }
  SessionPtr find_and_touch(std::string_view id, std::string_view principal_key, TimePoint now) override {
    return inner_.find_and_touch(id, principal_key, now);
  }
  SessionPtr find(std::string_view id, TimePoint now) override { return inner_.find(id, now); }
  bool hold(std::string_view id, TimePoint now) override { return inner_.hold(id, now); }
  void release(std::string_view id, TimePoint now) override { inner_.release(id, now); }
  Put put_backend(std::string_view id, UpstreamPtr upstream, TimePoint now) override {
    happen(before_put);
    return inner_.put_backend(id, std::move(upstream), now);
  }
  bool drop_backend(std::string_view id, std::string_view backend, std::uint64_t serial, TimePoint now) override {
    return inner_.drop_backend(id, backend, serial, now);
  }
  bool set_log_level(std::string_view id, std::string_view level, TimePoint now) override {
    happen(before_set_log_level);
    return inner_.set_log_level(id, level, now);
  }
  Subscribed subscribe(std::string_view id, Subscription subscription, std::size_t max, TimePoint now) override {
    return inner_.subscribe(id, std::move(subscription), max, now);
  }
  void unsubscribe(std::string_view id, const Subscription& subscription, TimePoint now) override {
    inner_.unsubscribe(id, subscription, now);
  }
  SessionPtr remove(std::string_view id, std::string_view principal_key, TimePoint now) override {
    return inner_.remove(id, principal_key, now);
  }
  std::vector<SessionPtr> take_expired(TimePoint now, std::size_t max) override {
    return inner_.take_expired(now, max);
  }
  std::vector<SessionPtr> take_all() override { return inner_.take_all(); }
  [[nodiscard]] std::size_t size() const override { return inner_.size(); }
  [[nodiscard]] bool blocks() const override { return is_slow; }

 private:
  static void happen(std::function<void()>& hook) {
    if (const auto taken = std::exchange(hook, nullptr)) {
      taken();
    }
  }

  SessionStore& inner_;
};

}  // namespace mcprouter::test
