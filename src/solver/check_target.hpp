#pragma once

#include "gmmvi/communicator.hpp"
#include "gmmvi/target.hpp"

namespace gmmvi::solver {

/// Throws Error (configuration), the same on every rank, where the target is none that can be fitted, or says other
/// things on one rank than on another: then ranks would wait for each other for ever, or mix answers. Collective.
void check_target(const Target& target, const Communicator& ranks);

}  // namespace gmmvi::solver
