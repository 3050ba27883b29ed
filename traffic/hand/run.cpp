// SPDX-License-Identifier: BSD-3-Clause
// One thread: it sends, receives, and sleeps when there is nothing to do.
#include "traffic/hand/run.hpp"

#include <linux/if_ether.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "targets/line/failure.hpp"

namespace gauntlet {
namespace {

// A tag, or what else damage may add to a frame.
constexpr std::uint32_t kSpareBytes = 64;
constexpr std::uint32_t kTakenAtOnce = 256;
constexpr std::int64_t kLookNs = 50'000'000;
constexpr std::int64_t kProgressNs = 1'000'000'000;
constexpr std::int64_t kMsNs = 1'000'000;

std::uint32_t longest(const Order& order) {
  std::size_t most = 0;
  for (const Template& built : order.flows) most = std::max(most, built.size());
  return static_cast<std::uint32_t>(most);
}

}  // namespace

Run::Run(const Interface& interface, const Order& order, Control& control, int control_fd)
    : order_(order),
      control_(control),
      control_fd_(control_fd),
      books_(order.flows, order.count, order.window, order.keep),
      receiver_(interface, order.rx_frames,
                std::max<std::uint32_t>(longest(order), ETH_FRAME_LEN) + kSpareBytes),
      sender_(interface, order.window, longest(order)) {}

Json Run::carry() {
  const std::int64_t began_ns = now_ns();
  next_progress_ns_ = began_ns + kProgressNs;
  std::int64_t deadline_ns = began_ns + order_.silence_ns;
  std::int64_t ended_ns = began_ns;
  while (!books_.complete()) {
    const std::int64_t turn_ns = now_ns();
    look_up(turn_ns);
    const std::uint64_t back = books_.back();
    const bool sent = send();
    const bool came = receive(kTakenAtOnce) != 0;
    if (sent || books_.back() > back) {
      ended_ns = now_ns();
      deadline_ns = ended_ns + order_.silence_ns;
    } else if (turn_ns >= deadline_ns) {
      break;
    } else if (!came && room() == 0) {
      wait(deadline_ns);
    }
    idle_ = !came;
  }
  linger();
  Json told = books_.told();
  told["dropped"] = receiver_.dropped();
  told["ran_ns"] = ended_ns - began_ns;
  return told;
}

std::uint64_t Run::room() const {
  const std::uint64_t under_way = put_ - books_.back();
  const std::uint64_t window = order_.window;
  return std::min(window - std::min(window, under_way), books_.total() - put_);
}

bool Run::send() {
  // A call for few frames costs more than it gains, while others come back.
  const bool worth = idle_ || room() >= order_.window / 4;
  for (std::uint64_t more = worth ? room() : 0; more > 0; --more) {
    std::uint8_t* to = sender_.room();
    if (to == nullptr) break;
    const Template& built = books_.built(put_);
    built.write(to, books_.seq(put_));
    sender_.put(built.size());
    ++put_;
  }
  if (sender_.waiting() == 0) return false;
  const std::int64_t at_ns = now_ns();
  const std::uint64_t taken = sender_.hand_over();
  for (std::uint64_t i = 0; i < taken; ++i) books_.note_sent(static_cast<std::uint64_t>(at_ns));
  return taken != 0;
}

std::uint32_t Run::receive(std::uint32_t most) {
  const auto at_ns = static_cast<std::uint64_t>(now_ns());
  return receiver_.take(most, [&](Bytes frame) { books_.note(frame, at_ns); });
}

void Run::wait(std::int64_t until_ns) const {
  std::array<pollfd, 2> until = {{{receiver_.fd(), POLLIN, 0}, {control_fd_, POLLRDHUP, 0}}};
  // A frame that the kernel has not taken is offered again soon.
  const std::int64_t most_ns = sender_.waiting() != 0 ? kMsNs : kLookNs;
  const auto ms = std::clamp<std::int64_t>(until_ns - now_ns(), 0, most_ns) / kMsNs;
  if (poll(until.data(), until.size(), static_cast<int>(ms)) < 0 && errno != EINTR) {
    throw Failure("poll", errno);
  }
  if ((until[0].revents & POLLERR) != 0) throw Failure("receiving", ENETDOWN);
}

void Run::linger() {
  const std::int64_t deadline_ns = now_ns() + order_.linger_ns;
  for (std::int64_t turn_ns = now_ns(); turn_ns < deadline_ns; turn_ns = now_ns()) {
    look_up(turn_ns);
    if (receive(kTakenAtOnce) == 0) wait(deadline_ns);
  }
  receive(order_.rx_frames);
}

void Run::look_up(std::int64_t now_ns) {
  if (now_ns < next_look_ns_) return;
  next_look_ns_ = now_ns + kLookNs;
  pollfd owner = {control_fd_, POLLRDHUP, 0};
  if (poll(&owner, 1, 0) > 0) throw OwnerGone();
  if (now_ns < next_progress_ns_) return;
  next_progress_ns_ = now_ns + kProgressNs;
  control_.event("progress", {{"sent", books_.sent()}, {"back", books_.back()}});
}

}  // namespace gauntlet
