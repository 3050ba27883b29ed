// SPDX-License-Identifier: BSD-3-Clause
// The account is that of traffic/account.py, made frame by frame.
#include "traffic/hand/books.hpp"

#include <algorithm>

#include "targets/line/schema.hpp"

namespace gauntlet {
namespace {

constexpr std::array<const char*, 4> kNames = {"foreign", "corrupt", "invented", "doubled"};

// Adds the spans to a list of [flow, first, last]; how many numbers have no place in them.
std::uint64_t tell(Json& list, const Spans& spans) {
  for (const Span& span : spans.named()) list.push_back({span.flow, span.first, span.last});
  return spans.unnamed();
}

}  // namespace

Books::Books(const std::vector<Template>& flows, std::uint64_t count, std::uint32_t window,
             std::uint32_t keep)
    : total_(count * flows.size()),
      bytes_(Flow::bytes(count, window) * flows.size()),
      most_kept_(keep) {
  for (const Template& built : flows) {
    places_[built.first().flow] = flows_.size();
    flows_.emplace_back(built, count, window);
  }
}

std::uint64_t Books::back() const { return std::min(known_ + nameless_back_, sent_); }

const Template& Books::built(std::uint64_t index) const {
  return flows_[index % flows_.size()].built();
}

std::uint64_t Books::seq(std::uint64_t index) const {
  return built(index).first().seq + index / flows_.size();
}

void Books::note_sent(std::uint64_t at_ns) {
  flows_[sent_ % flows_.size()].note_sent(at_ns);
  ++sent_;
}

void Books::note(Bytes frame, std::uint64_t at_ns) {
  Checked found = check(frame);
  if (found.kind == Kind::kForeign) {
    keep(kForeign, frame, at_ns);
    return;
  }
  ++received_;
  const Flow* flow = found.kind == Kind::kWhole ? find(found.number.flow) : nullptr;
  if (flow != nullptr && !flow->built().has_built(frame)) found.kind = Kind::kCorrupt;
  if (found.kind == Kind::kWhole) {
    ++worked_[frame[kWorkedOffset]];
    note_whole(frame, found.number, at_ns);
  } else {
    note_corrupt(frame, found, at_ns);
  }
}

void Books::note_whole(Bytes frame, Number number, std::uint64_t at_ns) {
  Flow* flow = find(number.flow);
  if (flow == nullptr || !flow->knows(number.seq)) {
    invented_.add(number);
    keep(kInvented, frame, at_ns);
    return;
  }
  const Flow::Came came = flow->note_came(number.seq);
  if (came.is_new) ++known_;
  if (came.is_double) keep(kDoubled, frame, at_ns);
  if (came.sent_ns != 0) times_.add(at_ns - came.sent_ns);
}

void Books::note_corrupt(Bytes frame, const Checked& found, std::uint64_t at_ns) {
  const bool claims = found.kind == Kind::kCorrupt;
  Flow* flow = claims ? find(found.number.flow) : nullptr;
  if (flow == nullptr || !flow->knows(found.number.seq)) {
    ++nameless_back_;
  } else if (flow->note_claimed(found.number.seq)) {
    ++known_;
  }
  if (keep(kCorrupt, frame, at_ns)) return;
  if (claims) {
    claims_.add(found.number);
  } else {
    ++nameless_;
  }
}

bool Books::keep(Strange kind, Bytes frame, std::uint64_t at_ns) {
  if (strange_[kind]++ >= most_kept_) return false;
  kept_.push_back({kind, at_ns, {frame.begin(), frame.end()}});
  return true;
}

Flow* Books::find(std::uint32_t flow) {
  if (flows_[last_].built().first().flow != flow) {
    const auto place = places_.find(flow);
    if (place == places_.end()) return nullptr;
    last_ = place->second;
  }
  return &flows_[last_];
}

Json Books::told() const {
  Json lost = Json::array();
  Json doubled = Json::array();
  Json disordered = Json::array();
  Json invented = Json::array();
  Json claims = Json::array();
  std::uint64_t unnamed = tell(invented, invented_) + tell(claims, claims_);
  for (const Flow& flow : flows_) {
    unnamed += tell(lost, flow.lost()) + tell(doubled, flow.doubled()) +
               tell(disordered, flow.disordered());
  }
  return {
      {"sent", sent_},
      {"received", received_},
      {"unsent", total_ - sent_},
      {"lost", lost},
      {"doubled", doubled},
      {"disordered", disordered},
      {"invented", invented},
      {"claims", claims},
      {"nameless", nameless_},
      {"unnamed", unnamed},
      {"foreign", strange_[kForeign]},
      {"kept", kept()},
      {"worked", worked()},
      {"took_ns",
       {{"count", times_.count()},
        {"min", times_.least()},
        {"p50", times_.percentile(50)},
        {"p99", times_.percentile(99)},
        {"max", times_.most()}}},
      {"books_bytes", bytes_},
  };
}

Json Books::kept() const {
  Json list = Json::array();
  for (const Kept& each : kept_) {
    list.push_back({{"kind", kNames[each.kind]},
                    {"at", each.at_ns},
                    {"frame", hex_of(each.bytes.data(), each.bytes.size())}});
  }
  return list;
}

Json Books::worked() const {
  Json list = Json::array();
  for (std::size_t value = 0; value < worked_.size(); ++value) {
    if (worked_[value] != 0) list.push_back({value, worked_[value]});
  }
  return list;
}

}  // namespace gauntlet
