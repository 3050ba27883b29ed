// SPDX-License-Identifier: BSD-3-Clause
// Waits in the engine's stead for everything else while the engine sleeps in recvmsg() on one
// socket: a datagram then costs two system calls, the one that brings it and the one that sends it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "targets/line/handle.hpp"

namespace gauntlet {

class Lookout {
 public:
  // watched: becomes readable when there is something to be seen; an epoll descriptor does. Throws
  // std::system_error where there is no further thread to be had.
  explicit Lookout(int watched);
  Lookout(const Lookout&) = delete;
  Lookout& operator=(const Lookout&) = delete;
  Lookout(Lookout&&) = delete;
  Lookout& operator=(Lookout&&) = delete;
  ~Lookout();

  // Once there is something to be seen, rung() is true, and an empty datagram is sent on `bell`,
  // which is connected to the socket that the caller is about to sleep on. A bell of an earlier
  // call may still come: it says nothing.
  void watch(std::shared_ptr<const Handle> bell);

  // To be asked before each sleep. Where it becomes true only after that, the bell ends the sleep,
  // or what fills the socket's queue does.
  [[nodiscard]] bool rung() const { return rung_; }

 private:
  void run();

  int watched_;
  Handle end_;
  std::mutex mutex_;
  std::condition_variable told_;
  std::shared_ptr<const Handle> bell_;
  bool watching_ = false;
  bool over_ = false;
  std::atomic<bool> rung_{false};
  std::thread thread_;
};

}  // namespace gauntlet
