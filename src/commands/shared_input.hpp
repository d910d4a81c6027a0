#pragma once

#include <string>
#include <vector>

#include "gmmvi/communicator.hpp"

#include "comm/guard.hpp"
#include "commands/config_arguments.hpp"
#include "config/configuration.hpp"
#include "io/fingerprint.hpp"
#include "io/model_file.hpp"
#include "problem/priors.hpp"
#include "target/make_target.hpp"

namespace gmmvi::commands {

/// The configuration as rank 0 reads it, on every rank; the places of settings are rank 0's only. Collective.
config::Configuration shared_configuration(const ConfigArguments& arguments, const Communicator& world);
/// The same of a file that names others, which need not be there.
config::Configuration shared_configuration_on_trust(const std::string& path, const Communicator& world);

/// What rank 0 finds in a file, on every rank. Collective.
std::string shared_contents(const Communicator& world, const std::string& path);
using DataFiles = std::vector<io::Fingerprint::DataFile>;
/// Reads files so, and notes them in `read`, which has to live as long. Collective calls.
target::Sources shared_sources(const Communicator& world, DataFiles& read);
/// What a target needs of a model file.
problem::FittedModel fitted(io::Model model);
/// The priors of a config, whose model is read here, if it has one. Not collective.
problem::Priors priors_of(const problem::ProblemOptions& problem);

/// What `body` returns. All ranks do the same with the same input, so an Error of one is an error of all. Collective.
auto alike_on_all_ranks(auto body) {
  try {
    return body();
  } catch (const comm::CollectiveError&) {
    throw;
  } catch (const Error& error) {
    throw comm::CollectiveError(error.what(), error.code());
  }
}

}  // namespace gmmvi::commands
