// SPDX-License-Identifier: BSD-3-Clause
// Errors by their names: a test says "ETIMEDOUT", whatever its number is.
#include "targets/peer/answer.hpp"

#include <rte_errno.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <utility>

namespace gauntlet {

Json errno_name(int error) {
  static const auto names = std::to_array<std::pair<int, const char*>>({
      {EPERM, "EPERM"},
      {ENOENT, "ENOENT"},
      {ESRCH, "ESRCH"},
      {EINTR, "EINTR"},
      {EIO, "EIO"},
      {ENXIO, "ENXIO"},
      {E2BIG, "E2BIG"},
      {EBADF, "EBADF"},
      {EAGAIN, "EAGAIN"},
      {ENOMEM, "ENOMEM"},
      {EACCES, "EACCES"},
      {EFAULT, "EFAULT"},
      {EBUSY, "EBUSY"},
      {EEXIST, "EEXIST"},
      {ENODEV, "ENODEV"},
      {ENOTDIR, "ENOTDIR"},
      {EISDIR, "EISDIR"},
      {EINVAL, "EINVAL"},
      {ENFILE, "ENFILE"},
      {EMFILE, "EMFILE"},
      {ENOTTY, "ENOTTY"},
      {ETXTBSY, "ETXTBSY"},
      {EFBIG, "EFBIG"},
      {ENOSPC, "ENOSPC"},
      {EROFS, "EROFS"},
      {EPIPE, "EPIPE"},
      {ERANGE, "ERANGE"},
      {EDEADLK, "EDEADLK"},
      {ENOLCK, "ENOLCK"},
      {ENAMETOOLONG, "ENAMETOOLONG"},
      {ENOSYS, "ENOSYS"},
      {ENOMSG, "ENOMSG"},
      {ELOOP, "ELOOP"},
      {EPROTO, "EPROTO"},
      {ENOTSOCK, "ENOTSOCK"},
      {EDESTADDRREQ, "EDESTADDRREQ"},
      {EMSGSIZE, "EMSGSIZE"},
      {EPROTOTYPE, "EPROTOTYPE"},
      {ENOTSUP, "ENOTSUP"},
      {EAFNOSUPPORT, "EAFNOSUPPORT"},
      {EADDRINUSE, "EADDRINUSE"},
      {EADDRNOTAVAIL, "EADDRNOTAVAIL"},
      {ENOBUFS, "ENOBUFS"},
      {EISCONN, "EISCONN"},
      {ENOTCONN, "ENOTCONN"},
      {ETOOMANYREFS, "ETOOMANYREFS"},
      {ETIMEDOUT, "ETIMEDOUT"},
      {ECONNREFUSED, "ECONNREFUSED"},
      {ECONNRESET, "ECONNRESET"},
      {EALREADY, "EALREADY"},
      {EINPROGRESS, "EINPROGRESS"},
      {EDQUOT, "EDQUOT"},
      {ECANCELED, "ECANCELED"},
      {EOVERFLOW, "EOVERFLOW"},
      {E_RTE_SECONDARY, "E_RTE_SECONDARY"},
      {E_RTE_NO_CONFIG, "E_RTE_NO_CONFIG"},
  });
  if (error == 0) return nullptr;
  const auto* const found = std::find_if(names.begin(), names.end(),
                                         [&](const auto& entry) { return entry.first == error; });
  return found != names.end() ? Json(found->second) : Json("errno " + std::to_string(error));
}

Json with_errno(std::int64_t ret) {
  return {{"ret", ret}, {"errno", ret < 0 ? errno_name(static_cast<int>(-ret)) : Json()}};
}

Json with_rte_errno(int ret) { return {{"ret", ret}, {"rte_errno", errno_name(rte_errno)}}; }

Json with_c_errno(std::int64_t ret) {
  return {{"ret", ret}, {"errno", ret < 0 ? errno_name(errno) : Json()}};
}

}  // namespace gauntlet
