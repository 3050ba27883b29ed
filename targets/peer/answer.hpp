// SPDX-License-Identifier: BSD-3-Clause
// What a C function returned, and the error beside it.
#pragma once

#include <cstdint>

#include "targets/line/json.hpp"

namespace gauntlet {

// "ETIMEDOUT" for ETIMEDOUT; null for 0, which is what rte_errno is set to before every call:
// null in an answer therefore says that DPDK left it untouched.
Json errno_name(int error);

// "ret", and "errno" by its name: for a function that returns a negative errno.
Json with_errno(std::int64_t ret);

// "ret", and the "rte_errno" that the call has set or left untouched.
Json with_rte_errno(int ret);

// "ret", and "errno" by its name: for a function of POSIX, which returns -1.
Json with_c_errno(std::int64_t ret);

}  // namespace gauntlet
