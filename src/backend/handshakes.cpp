#include "backend/handshakes.hpp"

#include <utility>

namespace mcprouter::detail {

bool Handshakes::join(const std::string& key, Done done) {
  MutexLock lock(mutex_);
  std::vector<Done>& waiting = waiting_[key];
  waiting.push_back(std::move(done));
  return waiting.size() == 1;
}

void Handshakes::finish(const std::string& key, const BackendSessionManager::Acquired& acquired) {
  std::vector<Done> waiting;
  {
    MutexLock lock(mutex_);
    const auto found = waiting_.find(key);
    waiting.swap(found->second);
    waiting_.erase(found);
  }
  for (const Done& done : waiting) {
    done(acquired);
  }
}

bool Handshakes::idle() {
  MutexLock lock(mutex_);
  return waiting_.empty();
}

}  // namespace mcprouter::detail
