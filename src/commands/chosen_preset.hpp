#pragma once

#include <string>

#include "gmmvi/communicator.hpp"
#include "gmmvi/evaluation_options.hpp"
#include "gmmvi/target.hpp"

#include "config/configuration.hpp"

namespace gmmvi::commands {

/// The settings of a config that names none.
struct ChosenPreset {
  std::string name;      ///< in configs/modules/presets
  std::string sentence;  ///< that says what was chosen, and why
};

/// By what the target gives (gradients, outputs that data are compared with, neither) and by what an evaluation costs:
/// what the target says of it, else what one takes, which is made for it. On every rank rank 0's choice. Throws Error
/// where the target cannot be evaluated at all. Collective.
ChosenPreset chosen_preset(const config::Configuration& configuration, Target& target,
                           const EvaluationOptions& evaluation, const Communicator& world);

}  // namespace gmmvi::commands
