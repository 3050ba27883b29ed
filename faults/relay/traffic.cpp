// SPDX-License-Identifier: BSD-3-Clause
// One datagram after another.
#include "faults/relay/traffic.hpp"

#include <cerrno>
#include <utility>

#include "targets/line/failure.hpp"

namespace gauntlet {

Traffic::Traffic(Namespaces& namespaces, Fronts& fronts, Reports& reports)
    : namespaces_(namespaces),
      fronts_(fronts),
      reports_(reports),
      scheduler_(namespaces.runtime()) {}

bool Traffic::await(Front& front) {
  receiver_.await(front.socket.get(), incoming_);
  if (is_bell(incoming_)) return false;
  arrive(front);
  return true;
}

// Whether there was a datagram.
bool Traffic::next(Front& front) {
  while (receiver_.receive(front.socket.get(), incoming_)) {
    if (!is_bell(incoming_)) return true;
  }
  return false;
}

void Traffic::drain(Front& front, int most) {
  for (int n = 0; n < most && !front.sender.blocked() && next(front); ++n) arrive(front);
}

void Traffic::drain(Front& front) {
  while (next(front)) arrive(front);
}

void Traffic::pass_all(Front& front) {
  for (; next(front); ++seen_) {
    front.sender.settle(incoming_, front.sender.attempt(incoming_));
  }
}

void Traffic::arrive(Front& front) {
  ++seen_;
  const auto at = reporting_ ? now_ns() : 0;
  const Decision decision = scheduler_.decide(incoming_, front.name);
  if (scheduler_.passes(decision)) {
    // Whoever waits for the datagram does not wait for the report.
    const int error = front.sender.attempt(incoming_);
    if (reporting_) reports_.add(at, incoming_, front.name, decision);
    front.sender.settle(incoming_, error);
    return;
  }
  if (reporting_) reports_.add(at, incoming_, front.name, decision);
  scheduler_.take(decision, std::exchange(incoming_, {}), front.name, now_ns());
  send_leaving();
}

void Traffic::tick(std::int64_t now_ns) {
  scheduler_.tick(now_ns);
  send_leaving();
}

void Traffic::release() {
  scheduler_.release();
  send_leaving();
}

void Traffic::leave_all() {
  scheduler_.leave_all();
  send_leaving();
}

void Traffic::send_leaving() {
  for (auto& leaving : scheduler_.leaving()) {
    if (leaving.answer) {
      asker(leaving.to).send(std::move(leaving.datagram));
    } else if (Front* const front = fronts_.find(leaving.to); front != nullptr) {
      front->sender.send(std::move(leaving.datagram));
    } else {
      lose(*leaving.datagram, leaving.to, ECONNREFUSED);
    }
  }
}

Sender& Traffic::asker(const std::string& address) {
  auto& sender = askers_[address];
  if (!sender) {
    // A name in the runtime directory is short enough, whatever that is called.
    const std::string folder = namespaces_.runtime() + "/";
    const bool here = address.compare(0, folder.size(), folder) == 0;
    sender = std::make_unique<Sender>(
        namespaces_, here ? address.substr(folder.size()) : address,
        [this, address](const Datagram& datagram, int error) { lose(datagram, address, error); });
  }
  return *sender;
}

std::vector<Sender*> Traffic::blocked() const {
  std::vector<Sender*> all;
  for (const auto& [address, sender] : askers_) {
    if (sender->blocked()) all.push_back(sender.get());
  }
  for (const auto& [name, front] : fronts_.all()) {
    if (front->sender.blocked()) all.push_back(&front->sender);
  }
  return all;
}

void Traffic::lose(const Datagram& datagram, const std::string& to, int error) {
  // These say nothing of the receiver: a datagram that we are too poor to pass on is our fault.
  for (const int ours : {EMFILE, EMSGSIZE, ENFILE, ENOBUFS, ENOMEM, ETOOMANYREFS}) {
    if (error == ours) throw Failure("sendmsg", error);
  }
  ++lost_;
  if (error == ECONNREFUSED) fronts_.suspect();  // Is it dead?
  reports_.add({{"event", "lost"}, {"from", datagram.from}, {"to", to}, {"errno", error}});
}

}  // namespace gauntlet
