#include "live/session_calls.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "protocol/message.hpp"

namespace mcprouter::detail {

void SessionCalls::add_call(const std::shared_ptr<RunningCall>& call) {
  MutexLock lock(mutex_);
  calls_.push_back(call);
}

void SessionCalls::remove_call(const std::shared_ptr<RunningCall>& call) {
  MutexLock lock(mutex_);
  const auto found = std::find(calls_.begin(), calls_.end(), call);
  if (found != calls_.end()) {
    std::swap(*found, calls_.back());
    calls_.pop_back();
  }
}

bool SessionCalls::is_only_call(const std::shared_ptr<RunningCall>& call) {
  const UpstreamPtr here = call->sent_to();
  const auto is_elsewhere = [&here](RunningCall& other) {
    const UpstreamPtr there = other.sent_to();
    return here && there && there->serial != here->serial;
  };
  MutexLock lock(mutex_);
  return std::all_of(calls_.begin(), calls_.end(),
                     [&](const auto& entry) { return entry == call || is_elsewhere(*entry); });
}

std::shared_ptr<RunningCall> SessionCalls::find_call(std::string_view request_id) {
  MutexLock lock(mutex_);
  const auto found =
      std::find_if(calls_.begin(), calls_.end(), [&](const auto& call) { return same_id(call->id, request_id); });
  return found == calls_.end() ? nullptr : *found;
}

bool SessionCalls::hear_progress(std::string_view backend, std::string_view token, std::string_view params,
                                 RunningCall* said_in) {
  MutexLock lock(mutex_);
  const auto found = std::find_if(calls_.begin(), calls_.end(), [&](const auto& call) {
    return !call->progress_token.empty() && same_id(call->progress_token, token);
  });
  if (found != calls_.end()) {
    const bool is_own = (*found)->runs_at(backend);
    if (is_own) {
      (*found)->heard = executor_.now();
    }
    return is_own && (*found)->advance(params);
  }
  const auto task = std::find_if(tasks_.begin(), tasks_.end(), [&](const MadeTask& made) {
    return made.backend == backend && same_id(made.made_by->progress_token, token);
  });
  if (task != tasks_.end()) {
    return task->made_by->advance(params);
  }
  return said_in != nullptr && said_in->task_role == RunningCall::TaskRole::ends && said_in->advance(params);
}

void SessionCalls::add_task(std::string backend, std::string id, std::shared_ptr<RunningCall> call) {
  MutexLock lock(mutex_);
  if (tasks_.size() >= max_pending_) {
    tasks_.erase(tasks_.begin());
  }
  tasks_.push_back({std::move(backend), std::move(id), std::move(call)});
}

void SessionCalls::end_task(std::string_view backend, std::string_view id) {
  MutexLock lock(mutex_);
  std::erase_if(tasks_, [&](const MadeTask& task) { return task.backend == backend && task.id == id; });
}

bool SessionCalls::add_request(std::string client_id, PendingRequest request) {
  MutexLock lock(mutex_);
  if (closed_ || requests_.size() >= max_pending_) {
    return false;
  }
  if (request.calls.empty()) {
    std::copy_if(calls_.begin(), calls_.end(), std::back_inserter(request.calls),
                 [&](const auto& call) { return call->runs_at(request.backend->name); });
  }
  for (const auto& call : request.calls) {
    ++call->waiting_requests;
  }
  requests_.emplace(std::move(client_id), std::move(request));
  return true;
}

void SessionCalls::forget_answered(std::vector<std::string>& client_ids) {
  MutexLock lock(mutex_);
  std::vector<std::string> waiting;
  for (std::string& id : client_ids) {
    if (requests_.contains(id)) {
      waiting.push_back(std::move(id));
    }
  }
  client_ids = std::move(waiting);
}

std::optional<PendingRequest> SessionCalls::take_request(std::string_view client_id) {
  MutexLock lock(mutex_);
  const auto found = requests_.find(std::string(client_id));
  return found == requests_.end() ? std::nullopt : std::optional(take(found));
}

std::optional<std::string> SessionCalls::take_request_of(std::string_view backend, std::string_view id) {
  MutexLock lock(mutex_);
  const auto found = std::find_if(requests_.begin(), requests_.end(), [&](const auto& entry) {
    return entry.second.backend->name == backend && same_id(entry.second.id, id);
  });
  if (found == requests_.end()) {
    return std::nullopt;
  }
  std::string client_id = found->first;
  take(found);
  return client_id;
}

PendingRequest SessionCalls::take(Requests::iterator entry) {
  PendingRequest request = std::move(entry->second);
  requests_.erase(entry);
  for (const auto& call : request.calls) {
    --call->waiting_requests;
    call->heard = executor_.now();
  }
  return request;
}

std::optional<PendingRequest> SessionCalls::find_request_by_token(std::string_view client_token) {
  MutexLock lock(mutex_);
  const auto found = std::find_if(requests_.begin(), requests_.end(), [&](const auto& entry) {
    return !entry.second.client_token.empty() && same_id(entry.second.client_token, client_token);
  });
  return found == requests_.end() ? std::nullopt : std::optional(found->second);
}

void SessionCalls::close() {
  std::vector<std::shared_ptr<RunningCall>> calls;
  {
    MutexLock lock(mutex_);
    closed_ = true;
    calls = calls_;
    requests_.clear();
  }
  for (const auto& call : calls) {
    call->end(RunningCall::Ended::session_over);
  }
}

}  // namespace mcprouter::detail
