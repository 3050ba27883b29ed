// SPDX-License-Identifier: BSD-3-Clause
// Sets a staged ordered ring up, lets a process die in it, and counts what the others still get
// through it.
#include "targets/peer/ring/soring_deaths.hpp"

#if GAUNTLET_SORING
#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <map>
#include <string>

#include "targets/peer/ring/dumped.hpp"

namespace gauntlet {
namespace {

// An object says who put it in, and is greater than those that were put in before: tag << 32 |
// number.
constexpr unsigned kTagShift = 32;
enum Tag : std::uint64_t { kStale = 1, kHeld, kVictim, kSurvivor };
using Object = std::uint64_t;

constexpr unsigned kSurvivorBurst = 4;

Object object(Tag tag, unsigned number) { return tag << kTagShift | number; }

std::vector<Object> objects(Tag tag, unsigned n) {
  std::vector<Object> made;
  made.reserve(n);
  for (unsigned i = 0; i < n; ++i) made.push_back(object(tag, i));
  return made;
}

// How a stage stands, as a dump of the soring tells everybody.
struct StageState {
  std::uint32_t head;
  std::uint32_t tail;
  bool marked;
};

std::uint32_t number_behind(const std::string& text, const std::string& key) {
  return static_cast<std::uint32_t>(std::stoul(text.substr(text.find(key) + key.size())));
}

StageState stage_state(const rte_soring* soring, unsigned stage) {
  const Json told = dumped([soring](FILE* file) { rte_soring_dump(file, soring); });
  const auto text = told["text"].get<std::string>();
  const std::string prefix = "stage[" + std::to_string(stage) + "].";
  return {number_behind(text, prefix + "head="), number_behind(text, prefix + "tail.pos="),
          number_behind(text, prefix + "tail.sync=") != 0};
}

struct Acquired {
  std::uint32_t n = 0;
  std::uint32_t ftoken = 0;
};

Acquired acquire(rte_soring* soring, unsigned stage, unsigned n, Object* space) {
  Acquired got;
  got.n = rte_soring_acquire_burst(soring, space, stage, n, &got.ftoken, nullptr);
  return got;
}

// Takes up to n objects through a stage.
void pass(rte_soring* soring, unsigned stage, unsigned n, Object* space) {
  const Acquired got = acquire(soring, stage, n, space);
  if (got.n != 0) rte_soring_release(soring, nullptr, stage, got.n, got.ftoken);
}

// -- the one that dies ----------------------------------------------------------------------------

struct Victim {
  rte_soring* soring;
  const SoringWalk* walk;
  std::vector<Object> objs;
  Acquired got;      // of a release
  Acquired earlier;  // of another process, which releases it later
};

// What is stepped through: it begins in here, and goes on in librte_ring.
[[gnu::noinline]] void operate(const Victim& victim, Object* objs) {
  const unsigned n = victim.walk->n;
  const unsigned stage = victim.walk->stage;
  std::uint32_t ftoken = 0;
  switch (victim.walk->operation) {
    case SoringOperation::kEnqueue:
      rte_soring_enqueue_bulk(victim.soring, objs, n, nullptr);
      break;
    case SoringOperation::kDequeue:
      rte_soring_dequeue_bulk(victim.soring, objs, n, nullptr);
      break;
    case SoringOperation::kAcquire:
      rte_soring_acquire_bulk(victim.soring, objs, stage, n, &ftoken, nullptr);
      break;
    case SoringOperation::kRelease:
      rte_soring_release(victim.soring, nullptr, stage, n, victim.got.ftoken);
  }
}

// The soring as the walk says, every slot that is not in use with a stale object in it. All
// functions have been called once then: nothing is left to the dynamic linker.
void set_up(Victim& victim, const rte_soring_param& prm) {
  rte_soring* soring = victim.soring;
  rte_soring_init(soring, &prm);
  auto stale = objects(kStale, prm.elems);
  std::vector<Object> space(prm.elems);
  for (unsigned lap = 0; lap < 2; ++lap) {
    rte_soring_enqueue_bulk(soring, stale.data(), prm.elems, nullptr);
    for (unsigned stage = 0; stage < prm.stages; ++stage) {
      std::uint32_t ftoken = 0;
      rte_soring_acquire_bulk(soring, space.data(), stage, prm.elems, &ftoken, nullptr);
      rte_soring_release(soring, nullptr, stage, prm.elems, ftoken);
    }
    rte_soring_dequeue_bulk(soring, space.data(), prm.elems, nullptr);
  }
  const SoringWalk& walk = *victim.walk;
  const auto held = objects(kHeld, walk.put);
  rte_soring_enqueue_bulk(soring, held.data(), walk.put, nullptr);
  for (unsigned stage = 0; stage < walk.passed.size(); ++stage) {
    pass(soring, stage, walk.passed[stage], space.data());
  }
  if (walk.operation != SoringOperation::kRelease) return;
  victim.earlier = acquire(soring, walk.stage, walk.earlier, space.data());
  victim.got = acquire(soring, walk.stage, walk.n, space.data());
}

// -- those who are left ---------------------------------------------------------------------------

// A producer, a worker for all stages, and a consumer. They may be abandoned anywhere inside an
// operation, so nothing else in here allocates or locks.
class Survivors {
 public:
  Survivors(rte_soring* soring, const rte_soring_param& prm, const HangLimit& limit)
      : soring_(soring),
        stages_(prm.stages),
        limit_(limit),
        rounds_(4 * (prm.elems + 1) / kSurvivorBurst),
        space_(prm.elems + 1),
        taken_(6 * rounds_ * space_.size()) {}

  // They go on in turn, or until one spins; the others go on without it.
  void go_on(SoringDeath& death) {
    std::array<std::vector<std::uintptr_t>, 3> hang;
    for (unsigned without = 0; without < 2; ++without) {
      const auto where = run();
      if (where.empty()) break;
      hang.at(turn_) = where;
      hung_.at(turn_) = true;
    }
    death.producers_hang = hang.at(kPut);
    death.workers_hang = hang.at(kWork);
    death.consumers_hang = hang.at(kTake);
  }

  [[nodiscard]] unsigned accepted() const { return accepted_; }
  // What came out, in order.
  [[nodiscard]] std::vector<Object> came() const {
    return {taken_.begin(), taken_.begin() + static_cast<std::ptrdiff_t>(count_)};
  }

 private:
  enum Turn : unsigned { kPut, kWork, kTake };

  std::vector<std::uintptr_t> run() {
    return run_or_give_up(limit_, operations_, [this] {
      for (unsigned round = 0; round < 2 * rounds_; ++round) {
        for (const Turn turn : {kPut, kWork, kTake}) {
          // In the second half nobody puts in: what is left comes out.
          if (hung_.at(turn) || (turn == kPut && round >= rounds_)) continue;
          turn_ = turn;
          if (turn == kPut) put();
          if (turn == kWork) work();
          if (turn == kTake) take();
          ++operations_;
        }
      }
    });
  }

  void put() {
    std::array<Object, kSurvivorBurst> objs{};
    for (unsigned i = 0; i < kSurvivorBurst; ++i) objs.at(i) = object(kSurvivor, accepted_ + i);
    accepted_ += rte_soring_enqueue_burst(soring_, objs.data(), kSurvivorBurst, nullptr);
  }

  void work() {
    for (unsigned stage = 0; stage < stages_; ++stage) {
      pass(soring_, stage, kSurvivorBurst, space_.data());
    }
  }

  void take() {
    const auto room = static_cast<unsigned>(space_.size());
    const unsigned n = rte_soring_dequeue_burst(soring_, space_.data(), room, nullptr);
    for (unsigned i = 0; i < n && count_ < taken_.size(); ++i) taken_[count_++] = space_[i];
  }

  rte_soring* soring_;
  unsigned stages_;
  HangLimit limit_;
  unsigned rounds_;
  std::vector<Object> space_;
  std::vector<Object> taken_;
  std::array<bool, 3> hung_{};
  std::atomic<unsigned> turn_{kPut};
  std::atomic<unsigned> operations_{0};
  std::atomic<std::size_t> count_{0};
  std::atomic<unsigned> accepted_{0};
};

// How many of the objects 0 ... n-1 of this tag came out, each counted once.
unsigned came_out(const std::map<Object, unsigned>& seen, Tag tag, unsigned n) {
  unsigned count = 0;
  for (unsigned i = 0; i < n; ++i) {
    count += static_cast<unsigned>(seen.contains(object(tag, i)));
  }
  return count;
}

void count(SoringDeath& death, const SoringWalk& walk, const Survivors& survivors) {
  const auto came = survivors.came();
  std::map<Object, unsigned> seen;
  death.doubled = death.stale = death.disordered = 0;
  Object before = 0;
  for (const Object each : came) {
    if (++seen[each] > 1) ++death.doubled;
    if (each >> kTagShift == kStale) ++death.stale;
    if (each >> kTagShift == kStale) continue;
    if (each < before) ++death.disordered;
    before = each;
  }
  const unsigned missing = walk.put - came_out(seen, kHeld, walk.put);
  death.lost = missing;
  death.victims = 0;
  if (walk.operation == SoringOperation::kEnqueue) death.victims = came_out(seen, kVictim, walk.n);
  if (walk.operation == SoringOperation::kDequeue) {
    // What a consumer had taken is gone with it; more than that is lost.
    death.victims = std::min(missing, walk.n);
    death.lost = missing - death.victims;
  }
  death.lost += survivors.accepted() - came_out(seen, kSurvivor, survivors.accepted());
}

void mend(rte_soring* soring, const rte_soring_param& prm, const SoringWalk& walk,
          SoringRepair repair) {
  if (repair == SoringRepair::kInit) rte_soring_init(soring, &prm);
  if (repair != SoringRepair::kRelease) return;
  const StageState state = stage_state(soring, walk.stage);
  // A token is the position and the stage: soring.h has it so, and no text promises it.
  if (state.head != state.tail && !state.marked) {
    rte_soring_release(soring, nullptr, walk.stage, state.head - state.tail,
                       state.tail + walk.stage);
  }
}

void look(SoringDeath& death, const Victim& victim, const rte_soring_param& prm,
          const HangLimit& limit, SoringRepair repair) {
  const SoringWalk& walk = *victim.walk;
  mend(victim.soring, prm, walk, repair);
  if (walk.earlier != 0 && repair == SoringRepair::kNone) {
    rte_soring_release(victim.soring, nullptr, walk.stage, victim.earlier.n, victim.earlier.ftoken);
  }
  Survivors survivors(victim.soring, prm, limit);
  survivors.go_on(death);
  count(death, walk, survivors);
  death.standing.clear();
  death.marked.clear();
  for (unsigned stage = 0; stage < prm.stages; ++stage) {
    const StageState state = stage_state(victim.soring, stage);
    death.standing.push_back(state.head - state.tail);
    death.marked.push_back(state.marked);
  }
}

bool hangs_alike(const SoringDeath& one, const SoringDeath& other) {
  return one.producers_hang.empty() == other.producers_hang.empty() &&
         one.workers_hang.empty() == other.workers_hang.empty() &&
         one.consumers_hang.empty() == other.consumers_hang.empty();
}

// A soring's bytes, so that it can be put back.
class Snapshot {
 public:
  Snapshot(rte_soring* soring, std::size_t size) : soring_(soring), bytes_(size) {
    std::memcpy(bytes_.data(), static_cast<const void*>(soring), size);
  }
  void restore() const { std::memcpy(static_cast<void*>(soring_), bytes_.data(), bytes_.size()); }

 private:
  rte_soring* soring_;
  std::vector<std::byte> bytes_;
};

}  // namespace

std::optional<std::vector<SoringDeath>> die_inside_soring(rte_soring* soring,
                                                          const rte_soring_param& prm,
                                                          const SoringWalk& walk,
                                                          const Points& points,
                                                          SoringRepair repair) {
  Victim victim{soring, &walk, objects(kVictim, walk.n), {}, {}};
  const auto size = static_cast<std::size_t>(rte_soring_get_memsize(&prm));
  return die_at_each<SoringDeath>(
      points,
      {reinterpret_cast<std::uintptr_t>(&operate), [&] { operate(victim, victim.objs.data()); }},
      [&] { set_up(victim, prm); }, [&] { return Snapshot(soring, size); },
      [&](SoringDeath& death, const HangLimit& limit) { look(death, victim, prm, limit, repair); },
      hangs_alike);
}

}  // namespace gauntlet
#endif
