#include "engine/asio/loop.hpp"

#include <pthread.h>

#include <csignal>

namespace mcprouter::detail {
namespace {

thread_local Loop* current_loop = nullptr;

}  // namespace

Loop::Loop(std::size_t index, std::size_t count)
    : index_(index),
      work_(context_.get_executor()),
      deadlines_(context_),
      timers_(context_, deadlines_, index, count),
      scratch_(std::make_unique<std::array<char, kScratch>>()) {}

Loop::~Loop() { stop(); }

void Loop::start() {
  thread_ = std::thread([this] { run_thread(); });
}

void Loop::stop() {
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

Loop* Loop::current() { return current_loop; }

void Loop::run_thread() {
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  current_loop = this;
  context_.run();
  current_loop = nullptr;
}

}  // namespace mcprouter::detail
