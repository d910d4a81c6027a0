#pragma once

#include <string>

#include "runner/several_runs.hpp"

namespace gmmvi::runner {

/// What runs make together as the model of a file, whose attributes say what it was made of. Throws Error (data) where
/// a run has neither evidence nor ELBO, so that nobody knows how much it counts.
io::Model combined_model(const SeveralRuns& runs);

/// For people: the modes, from which runs they are, how many components became how many.
std::string combination_text(const SeveralRuns& runs);

}  // namespace gmmvi::runner
