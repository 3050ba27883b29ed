// SPDX-License-Identifier: BSD-3-Clause
// What DPDK writes into a file.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "targets/line/json.hpp"

namespace gauntlet {

// The text that `write` puts into the file that it is given.
template <typename Write>
Json dumped(Write write) {
  char* text = nullptr;
  std::size_t size = 0;
  FILE* file = open_memstream(&text, &size);
  write(file);
  std::fclose(file);
  const std::unique_ptr<char, decltype(&std::free)> owned(text, &std::free);
  return {{"text", std::string(text, size)}};
}

}  // namespace gauntlet
