#pragma once

#include <mutex>

/// Clang checks with -Wthread-safety that a guarded member is touched only under its mutex. Other compilers see
/// nothing.
#if defined(__clang__)
#define MCPROUTER_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define MCPROUTER_THREAD_ANNOTATION(x)
#endif

#define MCPROUTER_CAPABILITY(name) MCPROUTER_THREAD_ANNOTATION(capability(name))
#define MCPROUTER_SCOPED_CAPABILITY MCPROUTER_THREAD_ANNOTATION(scoped_lockable)
/// On a member: only under this mutex.
#define MCPROUTER_GUARDED_BY(mutex) MCPROUTER_THREAD_ANNOTATION(guarded_by(mutex))
/// On a pointer: what it points at, only under this mutex.
#define MCPROUTER_PT_GUARDED_BY(mutex) MCPROUTER_THREAD_ANNOTATION(pt_guarded_by(mutex))
/// On a function: the caller holds these mutexes.
#define MCPROUTER_REQUIRES(...) MCPROUTER_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
/// On a function: the caller does not hold these mutexes.
#define MCPROUTER_EXCLUDES(...) MCPROUTER_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))
#define MCPROUTER_ACQUIRE(...) MCPROUTER_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define MCPROUTER_RELEASE(...) MCPROUTER_THREAD_ANNOTATION(release_capability(__VA_ARGS__))
#define MCPROUTER_TRY_ACQUIRE(...) MCPROUTER_THREAD_ANNOTATION(try_acquire_capability(__VA_ARGS__))

namespace mcprouter::detail {

/// std::mutex with annotations, which libstdc++'s own has not. Meets Lockable, so std::condition_variable_any waits on
/// a MutexLock.
class MCPROUTER_CAPABILITY("mutex") Mutex {
 public:
  void lock() MCPROUTER_ACQUIRE() { mutex_.lock(); }
  bool try_lock() MCPROUTER_TRY_ACQUIRE(true) { return mutex_.try_lock(); }
  void unlock() MCPROUTER_RELEASE() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

/// Holds a Mutex to the end of the scope. `unlock` early (to call out) and `lock` again are allowed.
class MCPROUTER_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) MCPROUTER_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() MCPROUTER_RELEASE() {
    if (held_) mutex_.unlock();
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void lock() MCPROUTER_ACQUIRE() {
    mutex_.lock();
    held_ = true;
  }
  void unlock() MCPROUTER_RELEASE() {
    held_ = false;
    mutex_.unlock();
  }

 private:
  Mutex& mutex_;
  bool held_ = true;
};

}  // namespace mcprouter::detail
