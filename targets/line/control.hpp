// SPDX-License-Identifier: BSD-3-Clause
// The controller of a program: one JSON object a line, each way, on an inherited socket.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "targets/line/json.hpp"

namespace gauntlet {

// The clock of every time stamp in a scene: CLOCK_MONOTONIC, in nanoseconds.
std::int64_t now_ns();

// Cuts what a socket brings, in whatever chunks, into lines.
class Lines {
 public:
  // Hands on each line that is whole by now.
  void feed(const char* data, std::size_t size,
            const std::function<void(const std::string&)>& on_line);

 private:
  std::string pending_;
};

// One line as it goes over a socket; adds "at".
std::string line_of(Json line);

// Writes whole lines from any thread; reads lines on one.
class Control {
 public:
  explicit Control(int fd) : fd_(fd) {}

  // Sends one line. Adds "at". A closed socket is not an error here: the reader sees the EOF.
  void send(Json line);

  // An unasked fact.
  void event(const char* name, Json facts = Json::object());

  // Hands each line to `on_line` until the owner closes the socket.
  void read_until_eof(const std::function<void(const std::string&)>& on_line) const;

 private:
  int fd_;
  std::mutex writing_;
};

}  // namespace gauntlet
