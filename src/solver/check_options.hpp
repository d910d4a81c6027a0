#pragma once

#include "gmmvi/options.hpp"

namespace gmmvi::solver {

/// Throws Error for what a program that fills the options itself could get wrong in a way that would not end well.
void check_options(const Options& options);

}  // namespace gmmvi::solver
