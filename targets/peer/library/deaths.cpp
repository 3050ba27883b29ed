// SPDX-License-Identifier: BSD-3-Clause
// An object for each death: what it consists of is DPDK's own, and cannot be put back from outside.
#include "targets/peer/library/deaths.hpp"

#include <rte_lcore.h>

#include <atomic>
#include <cerrno>
#include <memory>

#include "targets/peer/as_lcore.hpp"
#include "targets/peer/stepping/die_at_each.hpp"

namespace gauntlet {
namespace {

// Numbers 0 ... kOld - 1 are there before; the victim adds kNew; afterwards somebody adds kLater.
constexpr std::uint8_t kOld = 4;
constexpr std::uint8_t kNew = kOld;
constexpr std::uint8_t kLater = kOld + 1;

[[gnu::noinline]] int add(const Library& library, void* object, std::uint8_t number) {
  return library.add(object, number);
}

struct Free {
  const Library* library;
  void operator()(void* object) const { library->free(object); }
};
using Object = std::unique_ptr<void, Free>;

Object filled(const Library& library, const std::string& name) {
  Object object(library.create(name.c_str()), Free{&library});
  for (std::uint8_t number = 0; object && number < kOld; ++number) {
    add(library, object.get(), number);
  }
  return object;
}

// What an addition of two parts has left between them is no other number's value.
bool is_wrong(std::uint8_t number, std::int64_t value) {
  return value != value_of(number) && value != -ENOENT && !(number == kNew && value < 0);
}

void look(const Library& library, void* object, LibraryDeath& death) {
  std::atomic<unsigned> looked{0};
  std::atomic<unsigned> lost{0};
  std::atomic<unsigned> wrong{0};
  death.readers_hang = run_or_give_up(kLong, looked, [&] {
    for (; looked <= kNew; ++looked) {
      const auto number = static_cast<std::uint8_t>(looked);
      const auto value = library.lookup(object, number);
      lost += static_cast<unsigned>(number < kOld && value < 0);
      wrong += static_cast<unsigned>(is_wrong(number, value));
    }
  });
  death.lost = lost;
  death.wrong = wrong;
  std::atomic<unsigned> added{0};
  std::atomic<bool> mended{false};
  death.writers_hang = run_or_give_up(kLong, added, [&] {
    add(library, object, kLater);
    ++added;
    add(library, object, kNew);
    ++added;
    mended = library.lookup(object, kNew) == value_of(kNew) &&
             library.lookup(object, kLater) == value_of(kLater);
  });
  death.mended = mended;
}

}  // namespace

std::optional<std::vector<LibraryDeath>> die_inside_library(const Library& library,
                                                            const std::string& name,
                                                            unsigned every) {
  const AsLcore lcore(rte_get_main_lcore());
  return die_at_each_anew<LibraryDeath>(
      every, reinterpret_cast<std::uintptr_t>(add),
      [&](std::size_t number) { return filled(library, name + std::to_string(number)); },
      [&](const Object& object) { add(library, object.get(), kNew); },
      [&](Object& object, LibraryDeath& death) {
        look(library, object.get(), death);
        // Whoever frees an object on which writers hang may hang there, too.
        if (!death.writers_hang.empty()) static_cast<void>(object.release());
      });
}

}  // namespace gauntlet
