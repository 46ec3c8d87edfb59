#include "router/client_listen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string_view>

#include "protocol/message.hpp"
#include "router/listen_feed.hpp"

namespace mcprouter::detail {
namespace {

using std::chrono::milliseconds;

// How long the acknowledgement waits for what backends list, and then for what they grant.
constexpr milliseconds kPatience{1'000};
// How long a change of a list waits for others of the same kind.
constexpr milliseconds kGather{50};

/// A resource may be told of by the URI of a part of it (TRAP-16).
bool is_granted(std::string_view subject, const ListenFilter& filter) {
  return std::find(filter.tasks.begin(), filter.tasks.end(), subject) != filter.tasks.end() ||
         std::any_of(filter.uris.begin(), filter.uris.end(),
                     [subject](const std::string& uri) { return subject.starts_with(uri); });
}

}  // namespace

void ClientListen::list_changed(const ListKind& kind) {
  {
    MutexLock lock(mutex_);
    lists_.at(static_cast<std::size_t>(&kind - kListKinds.data())) = true;
    if (gathering_ || !acknowledged_) {
      return;
    }
    gathering_ = true;
  }
  after(kGather, &ClientListen::gathered_);
}

void ClientListen::tell(std::string_view method, const std::string& subject, std::string params) {
  {
    MutexLock lock(mutex_);
    const auto said = std::find_if(updates_.begin(), updates_.end(),
                                   [&](const Update& one) { return one.method == method && one.subject == subject; });
    if (said != updates_.end()) {
      waiting_ -= said->params.size();
      waiting_ += params.size();
      said->params = std::move(params);
    } else {
      waiting_ += subject.size() + params.size();
      updates_.push_back({method, subject, std::move(params)});
    }
    too_slow_ = too_slow_ || waiting_ > max_waiting_;
    if (too_slow_) {
      updates_.clear();
    }
  }
  wake();
}

milliseconds ClientListen::patience() const {
  const auto passed = std::chrono::duration_cast<milliseconds>(executor_.now() - began_);
  return std::max(kPatience - passed, milliseconds(0));
}

void ClientListen::settled() {
  {
    MutexLock lock(mutex_);
    ++settled_;
  }
  wake();
}

void ClientListen::leave() {
  {
    MutexLock lock(mutex_);
    gone_ = true;
  }
  wake();
}

void ClientListen::close() {
  {
    MutexLock lock(mutex_);
    closed_ = true;
  }
  wake();
}

void ClientListen::reload(RoutesPtr routes) {
  {
    MutexLock lock(mutex_);
    routes_ = std::move(routes);
  }
  wake();
}

Task<void> ClientListen::serve(Reply& reply, ListenFeed& feed) {
  {
    MutexLock lock(mutex_);
    backends_ = feed.size();
  }
  after(kPatience, &ClientListen::impatient_);
  wake();
  ListenFilter filter;
  while (true) {
    auto next = wakes_.next();
    co_await next;
    Due due = take();
    if (due.gone) {
      reply.give_up();
      co_return;
    }
    if (due.cut) {
      co_return;
    }
    if (due.routes) {
      feed.follow(due.routes);
    }
    if (due.acknowledge) {
      filter = feed.granted();
      const std::string params = fmt::format(R"({{"notifications":{}}})", filter_object(filter));
      co_await notify(reply, "notifications/subscriptions/acknowledged", params);
      due.end = due.end || filter.empty();
    }
    const bool end = due.end;
    co_await pass(reply, std::move(due), filter);
    if (end) {
      std::string response = result_message(id_, with_subscription_id({}, id_));
      co_await reply.answer(std::move(response));
      co_return;
    }
  }
}

ClientListen::Due ClientListen::take() {
  MutexLock lock(mutex_);
  awake_ = false;
  Due due;
  due.gone = gone_;
  due.cut = too_slow_;
  due.end = closed_;
  due.routes = std::exchange(routes_, nullptr);
  due.acknowledge = !acknowledged_ && (settled_ >= backends_ || impatient_ || closed_);
  acknowledged_ = acknowledged_ || due.acknowledge;
  if (!acknowledged_) {
    return due;
  }
  if (due.acknowledge || std::exchange(gathered_, false)) {
    due.lists = std::exchange(lists_, {});
    gathering_ = false;
  }
  due.updates = std::exchange(updates_, {});
  waiting_ = 0;
  return due;
}

Task<void> ClientListen::pass(Reply& reply, Due due, const ListenFilter& filter) {
  for (std::size_t index = 0; index < kListKinds.size(); ++index) {
    if (due.lists.at(index) && filter.*kListKinds.at(index).flag) {
      co_await notify(reply, kListKinds.at(index).changed, {});
    }
  }
  for (const Update& update : due.updates) {
    if (!is_granted(update.subject, filter)) {
      continue;
    }
    co_await notify(reply, update.method, update.params);
  }
}

Task<void> ClientListen::notify(Reply& reply, std::string_view method, std::string_view params) {
  const std::string message = notification_message(method, with_subscription_id(params, id_));
  co_await reply.notify(message);
}

void ClientListen::wake() {
  {
    MutexLock lock(mutex_);
    if (std::exchange(awake_, true)) {
      return;
    }
  }
  wakes_.push(true);
}

void ClientListen::after(milliseconds delay, bool ClientListen::*flag) {
  executor_.post_after(delay, [weak = weak_from_this(), flag] {
    if (const auto self = weak.lock()) {
      {
        MutexLock lock(self->mutex_);
        (*self).*flag = true;
      }
      self->wake();
    }
  });
}

}  // namespace mcprouter::detail
