#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/tree.hpp"

namespace gmmvi::config {

/// Where a key may stand, whatever options are chosen: "run.iterations". None where `section` has it with another
/// option, or where no section has it.
std::vector<std::string> places_of(std::string_view key, std::string_view section);

/// Where the key may stand that is spelt most like this one; empty if none is.
std::string nearest_place(std::string_view key);

/// For keys that other programs have for the same, and those that belong to none: what to write here, in brackets, with
/// a blank before. Empty for others.
std::string hint_at_other_name(std::string_view key, const Node& value);

}  // namespace gmmvi::config
