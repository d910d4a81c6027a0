#pragma once

#include "config/codename.hpp"
#include "config/reader.hpp"

namespace gmmvi::config {

/// Sets the seven options that `choices` names, each with the defaults that it has in its family.
void choose(Options& options, const Choices& choices);

/// Reads `<prefix>_type` and `<prefix>_config` of all families. Families without a type are reported as missing, unless
/// all are: false then, and the options are those of SAMTRON until somebody chooses others.
bool read_families(Section& root, Options& options);

}  // namespace gmmvi::config
