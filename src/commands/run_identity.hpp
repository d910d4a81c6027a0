#pragma once

#include <optional>
#include <string>

#include "commands/config_arguments.hpp"
#include "commands/setup.hpp"
#include "config/configuration.hpp"
#include "runner/observer.hpp"
#include "runner/options.hpp"
#include "runner/run_files.hpp"
#include "runner/run_folder.hpp"

// What the files of a run say of it. Rank 0's.

namespace gmmvi::commands {

/// Of a run that is called `name`, with a preset or none ("").
runner::RunIdentity identity_of(const std::string& name, const std::string& preset, const Setup& setup);

/// The preset that options name, without the folder and the extension of a file's; empty if they name none.
std::string preset_of(const config::Overrides& overrides);
/// That of the run in `folder`, as the first lines of its config.yml tell.
std::string preset_in(const std::string& folder);

/// A new run's config.yml, whose first line says what it was made of.
std::string new_config(const ConfigArguments& arguments, const config::Configuration& configuration);
/// That of a run that goes on in `folder`: what it said of its origin stays, and how it went on is added.
std::string resumed_config(const std::string& folder, const config::Overrides& overrides,
                           const config::Configuration& configuration);
/// Adds to what the config.yml in `folder` says of its origin. Throws Error (data, cannot_create).
void add_origin(const std::string& folder, const std::string& sentence);

/// Whether it is a mixture for a Stan model.
bool is_of_stan(const runner::RunFiles& files);
/// Throws Error (data) unless there is a run in `folder`.
void require_run(const std::string& folder);
/// Which limit of `options` the finished run in `folder` has reached, as far as its status.json and its config.yml
/// tell.
std::optional<runner::StopReason> end_of(const std::string& folder, const runner::RunOptions& options);
/// The command that goes on with it, as the end of a message.
std::string how_to_resume(const std::string& folder);

}  // namespace gmmvi::commands
