#pragma once

#include "config/configuration.hpp"
#include "config/reader.hpp"

namespace gmmvi::config {

enum class ReadTarget { yes, no };

/// The configuration that a merged tree describes; whatever is wrong with it is added to the problems.
Configuration read_configuration(const Node& tree, Problems& problems, Files files,
                                 ReadTarget target = ReadTarget::yes);

/// The target that `environment_name` or the section `target` names.
target::TargetOptions read_target(Section& root);

}  // namespace gmmvi::config
