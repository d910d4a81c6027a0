#pragma once

#include <cstdint>
#include <optional>

#include "gmmvi/options.hpp"

namespace gmmvi::solver {

/// Throws Error for what a program that fills the options itself could get wrong in a way that would not end well.
void check_options(const Options& options);

/// Throws Error (configuration) where a run would make no use of `count` evaluations that were made elsewhere: new
/// components are not chosen among samples of the database, or it would not keep them.
void check_import(const Options& options, std::int64_t count);
/// The same of the database alone.
void check_import(bool keeps_only_newest, const std::optional<std::int64_t>& max_samples, std::int64_t count);

}  // namespace gmmvi::solver
