// SPDX-License-Identifier: BSD-3-Clause
// Verbs of all libraries with named objects.
#include <rte_errno.h>

#include <algorithm>
#include <array>

#include "targets/line/join.hpp"
#include "targets/peer/answer.hpp"
#include "targets/peer/families.hpp"
#include "targets/peer/library/deaths.hpp"
#include "targets/peer/library/library.hpp"
#include "targets/peer/stepping/code_address.hpp"
#include "targets/peer/stepping/deaths_answer.hpp"

namespace gauntlet {
namespace {

const auto kLibraries = std::to_array<const Library*>({&kAcl, &kFib, &kLpm, &kMember, &kRib});

const Library* library_of(const Json& command) {
  const auto* const found =
      std::find_if(kLibraries.begin(), kLibraries.end(),
                   [&command](const Library* each) { return command["library"] == each->name; });
  return found == kLibraries.end() ? nullptr : *found;
}

const char* name_of(const Json& command) {
  return command["name"].get_ref<const std::string&>().c_str();
}

void* object_of(const Json& command) {
  return library_of(command)->find_existing(name_of(command));
}

std::optional<std::string> library_refusal(const Json& command) {
  if (library_of(command) != nullptr) return std::nullopt;
  return "library is " + command["library"].dump() + "; there are: " +
         join(kLibraries, [](const Library* each) { return std::string(each->name); });
}

std::optional<std::string> object_refusal(const Json& command) {
  if (auto why = library_refusal(command)) return why;
  if (object_of(command) != nullptr) return std::nullopt;
  return "there is no object " + command["name"].dump() + " of rte_" + library_of(command)->name;
}

Json told(const void* object) {
  return {{"object", text_of(object)}, {"rte_errno", errno_name(rte_errno)}};
}

Json library_create(const Call& call) {
  rte_errno = 0;
  return told(library_of(call.command)->create(name_of(call.command)));
}

Json library_find_existing(const Call& call) {
  rte_errno = 0;
  return told(object_of(call.command));
}

Json library_free(const Call& call) {
  library_of(call.command)->free(object_of(call.command));
  return Json::object();
}

Json library_add(const Call& call) {
  return with_errno(library_of(call.command)
                        ->add(object_of(call.command), call.command["number"].get<std::uint8_t>()));
}

Json library_lookup(const Call& call) {
  return with_errno(
      library_of(call.command)
          ->lookup(object_of(call.command), call.command["number"].get<std::uint8_t>()));
}

std::optional<std::string> deaths_refusal(const Json& command) {
  const auto why = library_refusal(command);
  return why ? why : every_refusal(command);
}

Json told_of(const LibraryDeath& death) {
  return {{"executed", death.executed},
          {"at", code_address(death.at)},
          {"readers_hang", code_addresses(death.readers_hang)},
          {"writers_hang", code_addresses(death.writers_hang)},
          {"lost", death.lost},
          {"wrong", death.wrong},
          {"mended", death.mended}};
}

Json library_deaths(const Call& call) {
  const auto die = [&call] {
    return die_inside_library(*library_of(call.command), name_of(call.command),
                              call.command["every"].get<unsigned>());
  };
  return deaths_answer(die, told_of);
}

}  // namespace

void add_library_verbs(Verbs& verbs) {
  const Key library = {"library", Type::kString, Need::kRequired};
  const Key name = {"name", Type::kString, Need::kRequired};
  const Key number = {"number", Type::kUint8, Need::kRequired};
  verbs.add("library_create", {{library, name}, library_create, library_refusal});
  verbs.add("library_find_existing", {{library, name}, library_find_existing, library_refusal});
  verbs.add("library_free", {{library, name}, library_free, object_refusal});
  verbs.add("library_add", {{library, name, number}, library_add, object_refusal});
  verbs.add("library_lookup", {{library, name, number}, library_lookup, object_refusal});
  verbs.add("library_deaths", {{library, name, {"every", Type::kUnsigned, Need::kRequired}},
                               library_deaths,
                               deaths_refusal});
}

}  // namespace gauntlet
