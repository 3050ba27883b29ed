// SPDX-License-Identifier: BSD-3-Clause
// Who made a system call: libdw walks the stack, .eh_frame_hdr says where functions begin, the
// dynamic symbol table what they are called.
#include "faults/steps/caller.hpp"

#include <dwarf.h>
#include <gelf.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace gauntlet {
namespace {

const Dwfl_Callbacks kCallbacks = {dwfl_linux_proc_find_elf, dwfl_standard_find_debuginfo, nullptr,
                                   nullptr};

// Enough for the deepest path from main() through the loader; DPDK is nearer.
constexpr std::size_t kMostFrames = 48;

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// Only the usual form is read: a sorted table of signed 32-bit offsets from the header itself.
std::vector<std::uint64_t> function_starts(Elf* elf) {
  std::vector<std::uint64_t> starts;
  std::size_t count = 0;
  if (elf_getphdrnum(elf, &count) != 0) return starts;
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Phdr header;
    if (gelf_getphdr(elf, static_cast<int>(i), &header) == nullptr) continue;
    if (header.p_type != PT_GNU_EH_FRAME) continue;
    Elf_Data* data = elf_getdata_rawchunk(elf, static_cast<std::int64_t>(header.p_offset),
                                          header.p_filesz, ELF_T_BYTE);
    if (data == nullptr || data->d_size < 12) return starts;
    const auto* bytes = static_cast<const unsigned char*>(data->d_buf);
    if (bytes[0] != 1 || bytes[2] != DW_EH_PE_udata4 ||
        bytes[3] != (DW_EH_PE_datarel | DW_EH_PE_sdata4)) {
      return starts;
    }
    std::uint32_t entries = 0;
    std::memcpy(&entries, bytes + 8, sizeof(entries));
    for (std::size_t n = 0; n < entries && 12 + 8 * n + 8 <= data->d_size; ++n) {
      std::int32_t offset = 0;
      std::memcpy(&offset, bytes + 12 + 8 * n, sizeof(offset));
      starts.push_back(header.p_vaddr + static_cast<std::uint64_t>(std::int64_t{offset}));
    }
  }
  return starts;
}

std::map<std::uint64_t, std::string> functions(Elf* elf) {
  std::map<std::uint64_t, std::string> found;
  Elf_Scn* section = nullptr;
  while ((section = elf_nextscn(elf, section)) != nullptr) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_type != SHT_DYNSYM) continue;
    Elf_Data* data = elf_getdata(section, nullptr);
    for (std::size_t i = 0; data != nullptr && i < header.sh_size / header.sh_entsize; ++i) {
      GElf_Sym symbol;
      if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) continue;
      if (GELF_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_shndx == SHN_UNDEF) continue;
      const char* name = elf_strptr(elf, header.sh_link, symbol.st_name);
      if (name == nullptr) continue;
      std::string& known = found[symbol.st_value];
      // Of several names for one function, the same one every time.
      if (known.empty() || name < known) known = name;
    }
  }
  return found;
}

}  // namespace

struct Callers::Object {
  std::string name;  // "librte_eal", without what differs by release
  bool dpdk = false;
  bool program = false;
  std::vector<std::uint64_t> starts;
  std::map<std::uint64_t, std::string> names;
};

Callers::Callers(pid_t pid) : pid_(pid), dwfl_(dwfl_begin(&kCallbacks), dwfl_end) {
  look_again();
  // The process is traced, by us: libdw need not stop it.
  if (dwfl_ != nullptr) dwfl_linux_proc_attach(dwfl_.get(), pid_, /*assume_ptrace_stopped=*/true);
}

// What has been loaded since. Modules that are known already stay as they are.
void Callers::look_again() {
  if (dwfl_ == nullptr) return;
  dwfl_report_begin(dwfl_.get());
  dwfl_linux_proc_report(dwfl_.get(), pid_);
  dwfl_report_end(dwfl_.get(), nullptr, nullptr);
}

const Callers::Object* Callers::object_of(Dwfl_Module* module) {
  const char* path = nullptr;
  dwfl_module_info(module, nullptr, nullptr, nullptr, nullptr, nullptr, &path, nullptr);
  GElf_Addr bias = 0;
  Elf* elf = dwfl_module_getelf(module, &bias);
  const std::string name = path != nullptr ? path : "?";
  auto& object = objects_[name];
  if (object == nullptr && elf != nullptr) {
    object = std::make_shared<Object>();
    const std::string file = base_name(name);
    object->program =
        file.find(".so") == std::string::npos && file.find("vdso") == std::string::npos;
    object->name = file.substr(0, file.find(".so"));
    object->dpdk = file.rfind("librte_", 0) == 0;
    object->starts = function_starts(elf);
    object->names = functions(elf);
  }
  return object.get();
}

Callers::Place Callers::place_of(std::uint64_t pc) {
  Dwfl_Module* module = dwfl_addrmodule(dwfl_.get(), pc);
  if (module == nullptr) return {};
  const Object* object = object_of(module);
  if (object == nullptr) return {};
  GElf_Addr bias = 0;
  dwfl_module_getelf(module, &bias);
  const std::uint64_t address = pc - bias;
  auto start = std::upper_bound(object->starts.begin(), object->starts.end(), address);
  if (start == object->starts.begin()) return {object, ""};
  const auto name = object->names.find(*--start);
  return {object, name != object->names.end() ? name->second : ""};
}

std::vector<std::uint64_t> Callers::frames(pid_t tid) {
  std::vector<std::uint64_t> found;
  if (dwfl_ == nullptr) return found;
  dwfl_getthread_frames(
      dwfl_.get(), tid,
      [](Dwfl_Frame* frame, void* arg) {
        auto* into = static_cast<std::vector<std::uint64_t>*>(arg);
        Dwarf_Addr pc = 0;
        bool is_activation = false;
        if (!dwfl_frame_pc(frame, &pc, &is_activation)) return static_cast<int>(DWARF_CB_ABORT);
        // A return address may already belong to the next function.
        into->push_back(is_activation ? pc : pc - 1);
        return static_cast<int>(into->size() < kMostFrames ? DWARF_CB_OK : DWARF_CB_ABORT);
      },
      &found);
  return found;
}

std::string Callers::of(pid_t tid) {
  for (int turn = 0; turn < 2; ++turn) {
    bool unknown = false;
    const Object* nearest = nullptr;
    for (const std::uint64_t pc : frames(tid)) {
      const Place place = place_of(pc);
      if (place.object == nullptr) {
        unknown = true;
        continue;
      }
      if (place.object->dpdk && !place.function.empty()) return place.function;
      if (nearest == nullptr || (!nearest->dpdk && place.object->dpdk)) nearest = place.object;
      // What the program does on its own behalf: DPDK has only called it, if anything.
      if (place.object->program) return nearest->dpdk ? nearest->name : place.object->name;
    }
    if (!unknown && nearest != nullptr) return nearest->name;
    look_again();
  }
  return "?";
}

std::vector<std::string> Callers::stack(pid_t tid) {
  look_again();
  std::vector<std::string> lines;
  for (const std::uint64_t pc : frames(tid)) {
    const Place place = place_of(pc);
    if (place.object == nullptr) continue;
    lines.push_back(place.object->name + ": " +
                    (place.function.empty() ? "(not exported)" : place.function));
  }
  return lines;
}

}  // namespace gauntlet
