#pragma once

#include <memory>
#include <string>

#include "config/problems.hpp"
#include "config/tree.hpp"

namespace gmmvi::config {

/// The settings that a YAML text holds, each with its line, without what an experiment tracker wraps them in
/// (`key: {desc:, value:}`). Problems: a key twice in one map, a key that is no word. Throws for bad syntax, more than
/// one document, and what aliases make too large.
Node parse_yaml(const std::string& text, const std::shared_ptr<const Source>& source, Problems& problems);

}  // namespace gmmvi::config
