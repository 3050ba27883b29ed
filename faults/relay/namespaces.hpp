// SPDX-License-Identifier: BSD-3-Clause
// Where the engine is: in the namespaces of a deployment, in its runtime directory, with an empty
// tree aside in which any address can be taken without touching what the deployment has there.
#pragma once

#include <string>
#include <vector>

#include "targets/line/handle.hpp"

namespace gauntlet {

class Namespaces {
 public:
  // Enters the namespaces and the root (-1: the caller's), then the runtime directory. Throws
  // Failure.
  Namespaces(const std::vector<int>& namespaces, int root, const std::string& runtime);

  // Binds a datagram socket to `address`, which may be in use; 0 or errno.
  int bind_unseen(int socket, const std::string& address);

  [[nodiscard]] const std::string& runtime() const { return runtime_; }

 private:
  int bind_abstract(int socket, const std::string& address);

  std::string runtime_;
  Handle root_;
  Handle folder_;
  Handle unseen_;
  bool apart_ = false;
};

}  // namespace gauntlet
