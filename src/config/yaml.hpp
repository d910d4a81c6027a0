#pragma once

#include <memory>
#include <string>

#include "config/tree.hpp"

namespace gmmvi::config {

/// The settings that a YAML text holds, each with its line. Errors: bad syntax, a key twice in one map, a key that is
/// no word, more than one document.
Node parse_yaml(const std::string& text, const std::shared_ptr<const Source>& source);

}  // namespace gmmvi::config
