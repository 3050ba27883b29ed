// SPDX-License-Identifier: BSD-3-Clause
// Checks a command against the keys of its verb.
#include "targets/line/schema.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <sstream>

#include "targets/line/join.hpp"

namespace gauntlet {
namespace {

// The integers of one C type.
struct Range {
  const char* name;
  std::int64_t least;
  std::uint64_t most;
};

template <typename T>
constexpr Range range_of(const char* name) {
  return {name, std::int64_t{std::numeric_limits<T>::min()},
          std::uint64_t{std::numeric_limits<T>::max()}};
}

constexpr Range kInt = range_of<int>("int");
constexpr Range kLong = range_of<long>("long");

std::optional<Range> range_of(Type type) {
  switch (type) {
    case Type::kInt:
      return kInt;
    case Type::kLong:
      return kLong;
    case Type::kUnsigned:
      return range_of<unsigned>("unsigned");
    case Type::kUint8:
      return range_of<std::uint8_t>("uint8_t");
    case Type::kUint16:
      return range_of<std::uint16_t>("uint16_t");
    case Type::kUint32:
      return range_of<std::uint32_t>("uint32_t");
    case Type::kUint64:
      return range_of<std::uint64_t>("uint64_t");
    case Type::kSize:
      return range_of<std::size_t>("size_t");
    default:
      return std::nullopt;
  }
}

bool is_within(const Range& range, const Json& v) {
  if (!v.is_number_integer()) return false;
  if (v.is_number_unsigned()) return v.get<std::uint64_t>() <= range.most;
  const auto value = v.get<std::int64_t>();
  return value >= range.least && (value < 0 || static_cast<std::uint64_t>(value) <= range.most);
}

bool is_int(const Json& v) { return is_within(kInt, v); }
bool is_long(const Json& v) { return is_within(kLong, v); }

bool is_string(const Json& v) {
  return v.is_string() && v.get_ref<const std::string&>().find('\0') == std::string::npos;
}

bool is_hex(const Json& v) {
  if (!v.is_string()) return false;
  const auto& s = v.get_ref<const std::string&>();
  return s.size() % 2 == 0 && s.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

bool is_pointer(const Json& v) {
  if (!v.is_string()) return false;
  const auto& s = v.get_ref<const std::string&>();
  return s.size() > 2 && s.size() <= 18 && s.compare(0, 2, "0x") == 0 &&
         s.find_first_not_of("0123456789abcdef", 2) == std::string::npos;
}

bool is_timespec(const Json& v) {
  return v.is_object() && v.size() == 2 && v.contains("sec") && v.contains("nsec") &&
         is_long(v["sec"]) && is_long(v["nsec"]);
}

template <typename Predicate>
bool is_list(const Json& v, Predicate each) {
  return v.is_array() && std::all_of(v.begin(), v.end(), each);
}

}  // namespace

bool fits(Type type, const Json& v) {
  if (const auto range = range_of(type)) return is_within(*range, v);
  switch (type) {
    case Type::kBool:
      return v.is_boolean();
    case Type::kCount:
      return is_long(v) && v >= 0;
    case Type::kString:
      return is_string(v);
    case Type::kHex:
      return is_hex(v);
    case Type::kInts:
      return is_list(v, is_int);
    case Type::kObjects:
      return is_list(v, [](const Json& e) { return e.is_number_unsigned(); });
    case Type::kStrings:
      return is_list(v, is_string);
    case Type::kPointer:
      return is_pointer(v);
    case Type::kTimespec:
      return is_timespec(v);
    case Type::kCommand:
      return v.is_object() && v.contains("verb") && v["verb"].is_string();
    case Type::kNull:
      return v.is_null();
    default:
      return false;
  }
}

std::string in_words(Type type) {
  if (const auto range = range_of(type)) {
    return std::string("an integer that fits a C ") + range->name + ": " +
           std::to_string(range->least) + " to " + std::to_string(range->most);
  }
  switch (type) {
    case Type::kBool:
      return "true or false";
    case Type::kCount:
      return "a count of 0 or more";
    case Type::kString:
      return "a string without NUL";
    case Type::kHex:
      return "bytes as hexadecimal digits, two a byte";
    case Type::kInts:
      return "a list of integers that fit a C int";
    case Type::kObjects:
      return "a list of integers of 0 or more";
    case Type::kStrings:
      return "a list of strings";
    case Type::kPointer:
      return "a pointer as an answer gave it, like \"0x7f12\"";
    case Type::kTimespec:
      return R"({"sec": integer, "nsec": integer})";
    case Type::kCommand:
      return R"(a command, {"verb": ...})";
    case Type::kNull:
      return "null";
    default:
      return "?";
  }
}

std::optional<std::string> refusal(const std::string& verb, const Keys& keys, const Json& command) {
  for (const auto& [name, value] : command.items()) {
    if (name == "id" || name == "verb") continue;
    const std::string key_name = name;
    const auto key =
        std::find_if(keys.begin(), keys.end(), [&](const Key& k) { return key_name == k.name; });
    if (key == keys.end()) {
      return "unknown key \"" + key_name + "\" for " + verb +
             "; its keys are: " + join(keys, [](const Key& k) { return std::string(k.name); });
    }
    const bool null_too = key->null == Null::kAllowed;
    if (!fits(key->type, value) && !(null_too && value.is_null())) {
      return "key \"" + key_name + "\" of " + verb + " is " + value.dump() + "; it must be " +
             in_words(key->type) + (null_too ? " or null" : "");
    }
  }
  for (const auto& key : keys) {
    if (key.need == Need::kRequired && !command.contains(key.name)) {
      return verb + " needs the key \"" + key.name + "\": " + in_words(key.type);
    }
  }
  return std::nullopt;
}

std::vector<unsigned char> bytes_of(const std::string& hex) {
  std::vector<unsigned char> bytes(hex.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<unsigned char>(std::stoul(hex.substr(2 * i, 2), nullptr, 16));
  }
  return bytes;
}

std::string hex_of(const void* data, std::size_t size) {
  static const char digits[] = "0123456789abcdef";
  const auto* bytes = static_cast<const unsigned char*>(data);
  std::string text;
  text.reserve(2 * size);
  for (std::size_t i = 0; i < size; ++i) {
    text += digits[bytes[i] >> 4U];
    text += digits[bytes[i] & 0xfU];
  }
  return text;
}

Json text_of(const void* address) {
  if (address == nullptr) return nullptr;
  std::ostringstream out;
  out << "0x" << std::hex << reinterpret_cast<std::uintptr_t>(address);
  return out.str();
}

void* pointer_of(const Json& text) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the handle is the address, as C has it.
  return reinterpret_cast<void*>(std::stoull(text.get<std::string>(), nullptr, 16));
}

}  // namespace gauntlet
