// SPDX-License-Identifier: BSD-3-Clause
// Verbs for what EAL shares between processes: its heap, its memory map, its devices.
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_memory.h>
#include <rte_memzone.h>
#include <rte_version.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>

#include "targets/line/guard.hpp"
#include "targets/peer/answer.hpp"
#include "targets/peer/eal/pointer_walk.hpp"
#include "targets/peer/families.hpp"

namespace gauntlet {
namespace {

std::string text(const Call& call, const char* key) { return call.command[key].get<std::string>(); }

std::size_t count(const Call& call, const char* key, std::size_t otherwise = 0) {
  return call.command.value(key, otherwise);
}

void* pointer(const Call& call, const char* key) { return pointer_of(call.command[key]); }

// -- heap -----------------------------------------------------------------------------------------

Json malloc_memory(const Call& call) {
  const auto before = now_ns();
  const void* ret =
      rte_malloc(nullptr, count(call, "size"), static_cast<unsigned>(count(call, "align")));
  return {{"ret", text_of(ret)}, {"took_ns", now_ns() - before}};
}

Json free_memory(const Call& call) {
  rte_free(pointer(call, "ptr"));
  return Json::object();
}

Json malloc_get_socket_stats(const Call& call) {
  rte_malloc_socket_stats stats{};
  const int ret = rte_malloc_get_socket_stats(call.command["socket"].get<int>(), &stats);
  return {{"ret", ret},
          {"heap_totalsz_bytes", stats.heap_totalsz_bytes},
          {"heap_freesz_bytes", stats.heap_freesz_bytes},
          {"greatest_free_size", stats.greatest_free_size}};
}

Json zone(const rte_memzone* found) {
  Json answer = {{"ret", found == nullptr ? -1 : 0}, {"rte_errno", errno_name(rte_errno)}};
  if (found != nullptr) {
    answer["addr"] = text_of(found->addr);
    answer["len"] = found->len;
  }
  return answer;
}

Json memzone_reserve(const Call& call) {
  rte_errno = 0;
  return zone(
      rte_memzone_reserve(text(call, "name").c_str(), count(call, "len"), SOCKET_ID_ANY, 0));
}

Json memzone_lookup(const Call& call) {
  rte_errno = 0;
  return zone(rte_memzone_lookup(text(call, "name").c_str()));
}

Json memzone_free(const Call& call) {
  return with_errno(rte_memzone_free(rte_memzone_lookup(text(call, "name").c_str())));
}

// -- memory, mapped or not ------------------------------------------------------------------------

// The kernel copies, and says EFAULT where this process would have died. Made once: a peer without
// a descriptor left must still be able to look.
class Window {
 public:
  Window() {
    if (pipe2(ends_.data(), O_CLOEXEC) != 0) ends_ = {-1, -1};
  }
  // One look at a time: what one puts in, the same one takes out.
  std::mutex mutex;
  ssize_t put(const void* from, std::size_t n) { return write(ends_[1], from, n); }
  ssize_t take(void* to, std::size_t n) { return read(ends_[0], to, n); }

 private:
  std::array<int, 2> ends_{-1, -1};
};

Window& window() {
  static Window only;
  return only;
}

constexpr std::size_t kMostBytes = 4096;

std::optional<std::string> size_refusal(std::size_t bytes) {
  if (bytes > 0 && bytes <= kMostBytes) return std::nullopt;
  return "1 ... " + std::to_string(kMostBytes) + " bytes at a time";
}

Json read_memory(const Call& call) {
  const std::lock_guard<std::mutex> lock(window().mutex);
  std::array<char, kMostBytes> bytes{};
  Json answer = with_c_errno(window().put(pointer(call, "ptr"), count(call, "count")));
  const ssize_t n = window().take(bytes.data(), answer["ret"] > 0 ? bytes.size() : 0);
  answer["data"] = hex_of(bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  return answer;
}

Json write_memory(const Call& call) {
  const std::lock_guard<std::mutex> lock(window().mutex);
  auto bytes = bytes_of(text(call, "data"));
  window().put(bytes.data(), bytes.size());
  Json answer = with_c_errno(window().take(pointer(call, "ptr"), bytes.size()));
  if (answer["ret"] < 0) window().take(bytes.data(), bytes.size());  // It still waits.
  return answer;
}

// The addresses of this process alone that are in an object of the heap.
Json private_pointers(const Call& call) {
  const auto walked = walk_pointers(pointer_of(call.command["ptr"]));
  Json found = Json::array();
  for (const auto& each : walked.found) {
    found.push_back({{"offset", each.offset},
                     {"code", each.code},
                     {"object", each.object},
                     {"function", each.function}});
  }
  return {{"blocks", walked.blocks}, {"bytes", walked.bytes}, {"found", found}};
}

// -- memory events --------------------------------------------------------------------------------

void report_memory(rte_mem_event event_type, const void* addr, std::size_t len, void* arg) {
  auto& control = *static_cast<Control*>(arg);
  guarded(control, [&] {
    control.event("mem_event",
                  {{"event_type", event_type == RTE_MEM_EVENT_ALLOC ? "ALLOC" : "FREE"},
                   {"addr", text_of(addr)},
                   {"len", len}});
  });
}

Json mem_event_callback_register(const Call& call) {
  rte_errno = 0;
  return with_rte_errno(
      rte_mem_event_callback_register(text(call, "name").c_str(), report_memory, &call.control));
}

Json mem_event_callback_unregister(const Call& call) {
  rte_errno = 0;
  return with_rte_errno(
      rte_mem_event_callback_unregister(text(call, "name").c_str(), &call.control));
}

// -- devices --------------------------------------------------------------------------------------

const char* name_of(const rte_device* dev) {
#if RTE_VERSION >= RTE_VERSION_NUM(22, 11, 0, 0)
  return rte_dev_name(dev);
#else
  return dev->name;
#endif
}

template <typename Each>
void for_each_device(const std::string& dev_str, Each each) {
  rte_dev_iterator iterator{};
  rte_device* dev = nullptr;
  RTE_DEV_FOREACH(dev, dev_str.c_str(), &iterator) each(dev);
}

Json dev_foreach(const Call& call) {
  Json devices = Json::array();
  for_each_device(text(call, "dev_str"), [&devices](const rte_device* dev) {
    devices.push_back({{"name", name_of(dev)}, {"is_probed", rte_dev_is_probed(dev) != 0}});
  });
  return {{"ret", devices}};
}

Json dev_probe(const Call& call) {
  const auto before = now_ns();
  Json answer = with_errno(rte_dev_probe(text(call, "devargs").c_str()));
  answer["took_ns"] = now_ns() - before;
  return answer;
}

rte_device* device_of(const std::string& bus, const std::string& wanted) {
  rte_device* found = nullptr;
  for_each_device("bus=" + bus, [&](rte_device* dev) {
    if (wanted == name_of(dev)) found = dev;
  });
  return found;
}

// "dev" is the name of a virtual device that this process has, or the address of a PCI device.
Json dev_remove(const Call& call) {
  const auto wanted = text(call, "dev");
  rte_device* found = device_of("vdev", wanted);
  if (found == nullptr) found = device_of("pci", wanted);
  if (found == nullptr) return {{"refused", "this peer has no device " + wanted}};
  return with_errno(rte_dev_remove(found));
}

Json eal_hotplug_add(const Call& call) {
  return with_errno(rte_eal_hotplug_add(
      text(call, "busname").c_str(), text(call, "devname").c_str(), text(call, "drvargs").c_str()));
}

Json eal_hotplug_remove(const Call& call) {
  return with_errno(
      rte_eal_hotplug_remove(text(call, "busname").c_str(), text(call, "devname").c_str()));
}

// A function of the vdev bus, from the copy that EAL has loaded: to be linked with another one
// would make two buses where LD_LIBRARY_PATH names other libraries than EAL's folder of drivers.
void* of_vdev_bus(const char* symbol) {
  if (void* linked = dlsym(RTLD_DEFAULT, symbol)) return linked;
  std::string path;
  dl_iterate_phdr(
      [](dl_phdr_info* object, std::size_t /*size*/, void* arg) {
        const bool found = std::strstr(object->dlpi_name, "bus_vdev.so") != nullptr;
        if (found) *static_cast<std::string*>(arg) = object->dlpi_name;
        return static_cast<int>(found);
      },
      &path);
  void* bus = path.empty() ? nullptr : dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  return bus == nullptr ? nullptr : dlsym(bus, symbol);
}

// Takes a virtual device from this process alone.
Json vdev_uninit(const Call& call) {
  void* function = of_vdev_bus("rte_vdev_uninit");
  if (function == nullptr) return {{"refused", "this peer has no vdev bus"}};
  const auto uninit = reinterpret_cast<int (*)(const char*)>(function);
  return with_errno(uninit(text(call, "name").c_str()));
}

// -- threads --------------------------------------------------------------------------------------

// Registers the thread of this verb, and unregisters it again: the thread ends with its verb.
Json thread_register(const Call& /*call*/) {
  rte_errno = 0;
  Json answer = with_rte_errno(rte_thread_register());
  rte_thread_unregister();
  return answer;
}

// -- itself ---------------------------------------------------------------------------------------

Json eal_primary_proc_alive(const Call& call) {
  const Json& path = call.command["config_file_path"];
  const char* c_path = path.is_null() ? nullptr : path.get_ref<const std::string&>().c_str();
  return {{"ret", rte_eal_primary_proc_alive(c_path)}};
}

Json eal_cleanup(const Call& /*call*/) {
  rte_errno = 0;
  const int ret = rte_eal_cleanup();
  return with_rte_errno(ret);
}

}  // namespace

void add_eal_verbs(Verbs& verbs) {
  window();
  const Key name = {"name", Type::kString, Need::kRequired};
  const Key ptr = {"ptr", Type::kPointer, Need::kRequired};
  const Key bus_name = {"busname", Type::kString, Need::kRequired};
  const Key dev_name = {"devname", Type::kString, Need::kRequired};
  verbs.add("malloc",
            {{{"size", Type::kSize, Need::kRequired}, {"align", Type::kUnsigned}}, malloc_memory});
  verbs.add("free", {{ptr}, free_memory});
  verbs.add("malloc_get_socket_stats",
            {{{"socket", Type::kInt, Need::kRequired}}, malloc_get_socket_stats});
  verbs.add("memzone_reserve", {{name, {"len", Type::kSize, Need::kRequired}}, memzone_reserve});
  verbs.add("memzone_lookup", {{name}, memzone_lookup});
  verbs.add("memzone_free", {{name}, memzone_free});
  verbs.add("read_memory", {{ptr, {"count", Type::kSize, Need::kRequired}},
                            read_memory,
                            [](const Json& command) { return size_refusal(command["count"]); }});
  verbs.add("write_memory",
            {{ptr, {"data", Type::kHex, Need::kRequired}}, write_memory, [](const Json& command) {
               return size_refusal(command["data"].get_ref<const std::string&>().size() / 2);
             }});
  verbs.add("private_pointers", {{ptr}, private_pointers});
  verbs.add("mem_event_callback_register", {{name}, mem_event_callback_register});
  verbs.add("mem_event_callback_unregister", {{name}, mem_event_callback_unregister});
  verbs.add("dev_foreach", {{{"dev_str", Type::kString, Need::kRequired}}, dev_foreach});
  verbs.add("dev_probe", {{{"devargs", Type::kString, Need::kRequired}}, dev_probe});
  verbs.add("dev_remove", {{{"dev", Type::kString, Need::kRequired}}, dev_remove});
  verbs.add("eal_hotplug_add",
            {{bus_name, dev_name, {"drvargs", Type::kString, Need::kRequired}}, eal_hotplug_add});
  verbs.add("eal_hotplug_remove", {{bus_name, dev_name}, eal_hotplug_remove});
  verbs.add("vdev_uninit", {{name}, vdev_uninit});
  verbs.add("eal_cleanup", {{}, eal_cleanup});
  verbs.add("eal_primary_proc_alive",
            {{{"config_file_path", Type::kString, Need::kRequired, Null::kAllowed}},
             eal_primary_proc_alive});
  verbs.add("thread_register", {{}, thread_register});
}

}  // namespace gauntlet
