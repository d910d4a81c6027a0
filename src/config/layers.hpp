#pragma once

#include <string>

#include "config/configuration.hpp"
#include "config/problems.hpp"
#include "config/tree.hpp"

namespace gmmvi::config {

/// Puts `upper` over `lower`. Where it names another option for a family (or another target), the settings of the one
/// below go: they belong to that one.
void overlay_settings(Node& lower, Node upper);

/// What becomes of files that are pipes.
enum class Pipes { are_read, are_errors };

/// The settings of a file over those of the files that it extends; each file is read once. Problems of files that it
/// extends are collected, those of the file itself thrown.
Node read_layers(const std::string& path, Problems& problems, Pipes pipes);

/// Replaces the key `codename` by the seven `<prefix>_type`s that its letters stand for.
void expand_codename(Node& tree);

/// Puts `--set`, `--seed` and the like over `tree`, and the codename's options into it.
void apply_overrides(Node& tree, const Overrides& overrides, Problems& problems);

}  // namespace gmmvi::config
