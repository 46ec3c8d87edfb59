#include "router/polled_task.hpp"

#include <utility>
#include <variant>

#include "protocol/result_stream.hpp"
#include "protocol/task_translation.hpp"
#include "router/named_call.hpp"
#include "router/poll_interval.hpp"
#include "router/reach.hpp"

namespace mcprouter::detail {

Task<void> PolledTask::poll(std::shared_ptr<PolledTask> self, std::shared_ptr<StopSignal> stop) {
  ModernTask last;
  for (bool first = true; !stop->stopped(); first = false) {
    FacadeTaskState state = co_await self->ask();
    if (state.task) {
      last = self->tell(std::move(*state.task));
    }
    if (first) {
      {
        MutexLock lock(self->mutex_);
        self->is_there_ = state.task.has_value();
      }
      self->listen_->settled();
    }
    const bool is_gone = !state.task && (first || !state.error.empty());
    const bool goes_on =
        last.status == ModernTask::Status::working || last.status == ModernTask::Status::input_required;
    if (is_gone || !goes_on) {
      co_return;
    }
    co_await pause(self->access_.calls.backend.executor, poll_interval(last), *stop, self.get());
  }
}

void PolledTask::add_granted(ListenFilter& all) {
  MutexLock lock(mutex_);
  if (is_there_) {
    all.tasks.push_back(exposed_);
  }
}

Task<FacadeTaskState> PolledTask::ask() {
  const BackendPtr backend = client_->routes->backend(owner_.backend);
  Reached reached = co_await reach_kept(access_, owner_.session);
  if (!reached.era || !backend) {
    FacadeTaskState gone;
    gone.error = "{}";
    co_return gone;
  }
  const Message no_message{};
  const ClientRequest request{client_->routes, client_->record, client_->headers, {}, no_message};
  co_return co_await facade_task_state(access_, request, std::move(reached.lease), backend, owner_.id, exposed_);
}

ModernTask PolledTask::tell(std::string task) {
  auto read = read_created_task(task);
  if (task != told_) {
    told_ = task;
    const Routes& routes = *client_->routes;
    if (routes.prefixed()) {
      if (auto linked = edit_text(task, {expose_links(routes, owner_.backend, LinksIn::task)})) {
        task = std::move(*linked);
      }
    }
    listen_->tell("notifications/tasks", exposed_, std::move(task));
  }
  return std::get<ModernTask>(std::move(read));  // its state was read before it was translated
}

}  // namespace mcprouter::detail
