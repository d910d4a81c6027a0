#pragma once

#include <functional>
#include <memory>
#include <string>

#include "gmmvi/target.hpp"

namespace gmmvi {

/// Makes the target of a program. Called on every rank; may be called more than once. What it throws ends the program
/// with the exception's text: an Error with its own exit code, others with that of a target that cannot be evaluated.
using TargetFactory = std::function<std::unique_ptr<Target>()>;

/// The program `gmmvi`: does what the command line says, on all ranks, and returns the exit code, after one message for
/// the user if something is wrong. Starts and ends MPI. Collective.
int main(int argc, char** argv);

/// The same for a target of one's own: every command works with it, and configs have no section `target`. `name` is
/// what files and messages call it, by default as the program's file.
int main(int argc, char** argv, TargetFactory make_target, std::string name = {});

}  // namespace gmmvi
