// SPDX-License-Identifier: BSD-3-Clause
// As the dynamic linker knows them.
#include "targets/peer/stepping/code_address.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <iterator>

namespace gauntlet {

Json code_address(std::uintptr_t address) {
  if (address == 0) return nullptr;
  Dl_info info{};
  const void* at = reinterpret_cast<const void*>(address);  // NOLINT(performance-no-int-to-ptr)
  if (dladdr(at, &info) == 0) return {{"file", nullptr}, {"offset", address}};
  return {{"file", info.dli_fname},
          {"offset", address - reinterpret_cast<std::uintptr_t>(info.dli_fbase)}};
}

Json code_addresses(const std::vector<std::uintptr_t>& addresses) {
  Json all = Json::array();
  std::transform(addresses.begin(), addresses.end(), std::back_inserter(all), code_address);
  return all;
}

}  // namespace gauntlet
