// SPDX-License-Identifier: BSD-3-Clause
// What is stepped through instruction by instruction is inlined whole here.
#include "targets/peer/stack/operations.hpp"

#include <rte_memzone.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <map>

#include "targets/peer/stepping/die_at_each.hpp"

namespace gauntlet {

[[gnu::noinline]] unsigned stack_push(rte_stack* stack, void** objs, unsigned n) {
  return rte_stack_push(stack, objs, n);
}

[[gnu::noinline]] unsigned stack_pop(rte_stack* stack, void** objs, unsigned n) {
  return rte_stack_pop(stack, objs, n);
}

namespace {

// A stack is one memzone.
class Snapshot {
 public:
  explicit Snapshot(rte_stack* stack) : stack_(stack), bytes_(stack->memzone->len) {
    std::memcpy(bytes_.data(), static_cast<const void*>(stack_), bytes_.size());
  }
  void restore() const { std::memcpy(static_cast<void*>(stack_), bytes_.data(), bytes_.size()); }

 private:
  rte_stack* stack_;
  std::vector<std::byte> bytes_;
};

// Objects 1 ... n, which nobody follows.
std::vector<void*> numbered(unsigned first, unsigned n) {
  std::vector<void*> objs(n);
  for (unsigned i = 0; i < n; ++i) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): a number.
    objs[i] = reinterpret_cast<void*>(std::uintptr_t{first} + i);
  }
  return objs;
}

// Takes one object after another until there is none, and then puts in as many as there is room
// for. Nothing in here allocates while somebody may hang.
void look(rte_stack* stack, std::size_t all, StackDeath& death, const HangLimit& limit) {
  std::vector<void*> popped(2 * std::size_t{stack->capacity});
  std::atomic<unsigned> n{0};
  death.poppers_hang = run_or_give_up(limit, n, [&] {
    while (n < popped.size() && stack_pop(stack, &popped[n], 1) == 1) ++n;
  });
  std::map<const void*, unsigned> times;
  for (unsigned i = 0; i < n; ++i) ++times[popped[i]];
  death.gone = static_cast<unsigned>(all - std::min(all, times.size()));
  death.doubled = static_cast<unsigned>(
      std::count_if(times.begin(), times.end(), [](const auto& each) { return each.second > 1; }));
  void* object = numbered(1, 1)[0];
  std::atomic<unsigned> pushed{0};
  death.pushers_hang = run_or_give_up(limit, pushed, [&] {
    while (pushed <= stack->capacity && stack_push(stack, &object, 1) == 1) ++pushed;
  });
  death.room = pushed;
}

bool hangs_alike(const StackDeath& one, const StackDeath& other) {
  return one.poppers_hang.empty() == other.poppers_hang.empty() &&
         one.pushers_hang.empty() == other.pushers_hang.empty();
}

}  // namespace

std::optional<std::vector<StackDeath>> die_inside_stack(rte_stack* stack, bool pushes, unsigned n,
                                                        unsigned before, bool kill) {
  const Snapshot empty(stack);
  auto there = numbered(1, before);
  stack_push(stack, there.data(), before);
  const Snapshot at_first(stack);
  auto objs = pushes ? numbered(before + 1, n) : std::vector<void*>(n);
  const auto operation = pushes ? stack_push : stack_pop;
  const std::size_t all = before + (pushes ? n : 0);
  auto deaths = die_at_each<StackDeath>(
      {0, 1, kill},
      {reinterpret_cast<std::uintptr_t>(operation), [&] { operation(stack, objs.data(), n); }},
      [&] { at_first.restore(); }, [&] { return Snapshot(stack); },
      [&](StackDeath& death, const HangLimit& limit) { look(stack, all, death, limit); },
      hangs_alike);
  empty.restore();
  return deaths;
}

}  // namespace gauntlet
