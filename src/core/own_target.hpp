#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gmmvi/target.hpp"

namespace gmmvi::core {

/// The target that a program brings along, in place of all that are built in.
struct OwnTarget {
  std::string name;
  std::function<std::unique_ptr<Target>()> make;
};

/// What this process is: the program of that name, with a target of its own or without. Said once, before anything is
/// read. Unless it is said, the program is `gmmvi`.
void set_program(const std::string& name, std::optional<OwnTarget> own_target);

/// How the program is called in advice to its user.
const std::string& program_name();
/// The path by which it was started, if it was by one.
void set_started_as(const std::string& path);
/// What the user can type to start it again: `build/release/apps/gmmvi summary runs/first`.
std::string call_with(const std::string& arguments);
/// The same as the end of a message: on a line of its own, which a terminal does not break.
std::string call_line(const std::string& arguments);
/// Null where the program has no target of its own.
const OwnTarget* own_target();
/// Throws Error where the program's own target cannot be made. Only where there is one.
std::unique_ptr<Target> make_own_target();

}  // namespace gmmvi::core
