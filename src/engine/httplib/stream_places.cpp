#include "engine/httplib/stream_places.hpp"

namespace mcprouter::detail {

std::shared_ptr<void> StreamPlaces::take(const std::shared_ptr<StreamPlaces>& places) {
  std::shared_ptr<void> of_whole;
  if (places->whole_ != nullptr) {
    of_whole = take(places->whole_);
    if (of_whole == nullptr) return nullptr;
  }
  MutexLock lock(places->mutex_);
  if (places->free_ == 0) return nullptr;
  --places->free_;
  return {places.get(), [places, of_whole = std::move(of_whole)](void*) {
            MutexLock relock(places->mutex_);
            ++places->free_;
          }};
}

}  // namespace mcprouter::detail
