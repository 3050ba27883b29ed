// SPDX-License-Identifier: BSD-3-Clause
// One run: frames go out with few in flight, and what comes back is checked, until all is told.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <vector>

#include "targets/line/control.hpp"
#include "traffic/hand/books.hpp"
#include "traffic/hand/receiver.hpp"
#include "traffic/hand/sender.hpp"

namespace gauntlet {

struct Order {
  std::vector<Template> flows;
  std::uint64_t count;
  std::uint32_t window;
  std::int64_t silence_ns;
  std::int64_t linger_ns;
  std::uint32_t rx_frames;
  std::uint32_t keep;
};

struct OwnerGone : std::runtime_error {
  OwnerGone() : std::runtime_error("the owner is gone") {}
};

class Run {
 public:
  Run(const Interface& interface, const Order& order, Control& control, int control_fd);

  // The account. Ends as Pump.run of traffic/pump.py does. Throws OwnerGone.
  Json carry();

 private:
  // Puts and hands over what there is room for; whether the kernel took any.
  bool send();
  // How many more frames may be put.
  [[nodiscard]] std::uint64_t room() const;
  // Takes what has come, up to `most`; how many.
  std::uint32_t receive(std::uint32_t most);
  // Nothing has come, and there is nothing to send: sleeps until a frame comes or `until_ns`.
  void wait(std::int64_t until_ns) const;
  void linger();
  // Every now and then: is the owner there, and what is it to know?
  void look_up(std::int64_t now_ns);

  Order order_;
  Control& control_;
  int control_fd_;
  Books books_;
  Receiver receiver_;
  Sender sender_;
  std::uint64_t put_ = 0;
  bool idle_ = true;  // Nothing came in the last turn.
  std::int64_t next_look_ns_ = 0;
  std::int64_t next_progress_ns_ = 0;
};

}  // namespace gauntlet
