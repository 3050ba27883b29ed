// SPDX-License-Identifier: BSD-3-Clause
// glibc cancels a thread by an exception of its own, which must not be kept.
#include "targets/line/guard.hpp"

#include <cxxabi.h>

#include <exception>

namespace gauntlet {

std::optional<std::string> thrown_by(const std::function<void()>& work) {
  try {
    work();
    return std::nullopt;
  } catch (const std::exception& error) {
    return error.what();
  } catch (const abi::__forced_unwind&) {
    throw;
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

Json answer_of(const std::function<Json()>& run) {
  Json answer;
  const auto thrown = thrown_by([&] { answer = run(); });
  return thrown ? Json{{"failed", *thrown}} : answer;
}

void guarded(Control& control, const std::function<void()>& work) {
  if (const auto thrown = thrown_by(work)) control.event("failed", {{"failed", *thrown}});
}

}  // namespace gauntlet
