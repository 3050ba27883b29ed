// SPDX-License-Identifier: BSD-3-Clause
// Blocks are told by rte_malloc_dump_heaps: nothing else that is public says where they begin.
#include "targets/peer/eal/pointer_walk.hpp"

#include <dlfcn.h>
#include <rte_malloc.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace gauntlet {
namespace {

using Address = std::uintptr_t;

struct Mapping {
  Address end = 0;
  std::string permissions;
  std::string path;
};

// By where each begins.
std::map<Address, Mapping> mappings() {
  std::map<Address, Mapping> all;
  std::ifstream file("/proc/self/maps");
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    Address begin = 0;
    char dash = 0;
    Mapping mapping;
    std::string skipped;
    fields >> std::hex >> begin >> dash >> mapping.end >> mapping.permissions >> skipped >>
        skipped >> skipped >> mapping.path;
    all[begin] = mapping;
  }
  return all;
}

// The blocks that the shared heap has handed out: where each begins, with its header, and ends.
std::map<Address, Address> heap_blocks() {
  char* text = nullptr;
  std::size_t size = 0;
  FILE* stream = open_memstream(&text, &size);
  if (stream == nullptr) return {};
  rte_malloc_dump_heaps(stream);
  std::fclose(stream);
  std::istringstream lines(std::string(text, size));
  std::free(text);
  std::map<Address, Address> all;
  Address begin = 0;
  for (std::string line; std::getline(lines, line);) {
    unsigned long at = 0;
    unsigned long len = 0;
    if (std::sscanf(line.c_str(), "Malloc element at 0x%lx (BUSY)", &at) == 1) {
      begin = line.find("(BUSY)") != std::string::npos ? at : 0;
    } else if (begin != 0 && std::sscanf(line.c_str(), "  len: 0x%lx", &len) == 1) {
      all[begin] = begin + len;
    }
  }
  return all;
}

// What lies before the data of a block: seen of one of our own.
std::size_t header_size(const std::map<Address, Address>& blocks, Address probe) {
  const auto after = blocks.upper_bound(probe);
  return after == blocks.begin() ? 0 : probe - std::prev(after)->first;
}

class Walk {
 public:
  explicit Walk(const void* root) : maps_(mappings()) {
    void* probe = rte_malloc(nullptr, 1, 0);
    blocks_ = heap_blocks();
    header_ = header_size(blocks_, reinterpret_cast<Address>(probe));
    rte_free(probe);
    enter(reinterpret_cast<Address>(root));
  }

  PointerWalk run() {
    while (!todo_.empty()) {
      const auto [begin, end] = todo_.front();
      todo_.pop_front();
      ++walked_.blocks;
      walked_.bytes += end - begin;
      for (Address at = begin; at + sizeof(Address) <= end; at += sizeof(Address)) {
        Address word = 0;
        // NOLINTNEXTLINE(performance-no-int-to-ptr): inside of a block.
        std::memcpy(&word, reinterpret_cast<const void*>(at), sizeof word);
        if (word != 0) meet(word, at - begin);
      }
    }
    return std::move(walked_);
  }

 private:
  // The data of the block that this address is in, once: not what is before the address, which is a
  // header, or what alignment has left.
  bool enter(Address address) {
    const auto after = blocks_.upper_bound(address);
    if (after == blocks_.begin()) return false;
    const auto& [begin, end] = *std::prev(after);
    if (address < begin + header_ || address >= end) return false;
    if (seen_.insert(begin).second) todo_.emplace_back((address + 7) & ~Address{7}, end);
    return true;
  }

  void meet(Address word, std::size_t offset) {
    if (enter(word)) return;
    const auto after = maps_.upper_bound(word);
    if (after == maps_.begin()) return;
    const Mapping& mapping = std::prev(after)->second;
    const bool is_private = mapping.permissions[0] == 'r' && mapping.permissions[3] == 'p';
    if (word >= mapping.end || !is_private) return;
    PrivatePointer pointer;
    pointer.offset = offset;
    pointer.code = mapping.permissions[2] == 'x';
    pointer.object = std::filesystem::path(mapping.path).filename().string();
    Dl_info info{};
    // NOLINTNEXTLINE(performance-no-int-to-ptr): never followed.
    const auto* there = reinterpret_cast<const void*>(word);
    const bool known = dladdr(there, &info) != 0 && info.dli_saddr == there;
    if (known && info.dli_sname != nullptr) pointer.function = info.dli_sname;
    walked_.found.push_back(pointer);
  }

  std::map<Address, Mapping> maps_;
  std::map<Address, Address> blocks_;
  std::size_t header_ = 0;
  std::set<Address> seen_;
  std::deque<std::pair<Address, Address>> todo_;
  PointerWalk walked_;
};

}  // namespace

PointerWalk walk_pointers(const void* root) { return Walk(root).run(); }

}  // namespace gauntlet
