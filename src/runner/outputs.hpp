#pragma once

#include <string>

#include "gmmvi/communicator.hpp"
#include "gmmvi/gmmvi.hpp"

#include "io/outputs_file.hpp"

namespace gmmvi::runner {

/// Writes the newest samples of a solver's database whose Gaussians are known, all of them unless their weights would
/// take more than `most_operations` (of all ranks together; those given are minutes of one), with the outputs that it
/// keeps; nothing where it keeps none. A sample's weight is its density under the target by that under the mixture of
/// all Gaussians that these samples came from (deterministic mixture weights). The same content on any number of ranks.
/// What the file says of the solver's state and of samples that are left out is filled in in `title`. Throws Error
/// (cannot_create) on every rank. Collective.
void write_outputs(const std::string& path, const Gmmvi& gmmvi, io::OutputsTitle title, const Communicator& ranks,
                   double most_operations = 2e11);

}  // namespace gmmvi::runner
