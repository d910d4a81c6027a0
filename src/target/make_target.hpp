#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "gmmvi/target.hpp"

#include "target/labelled_table.hpp"
#include "target/options.hpp"

namespace gmmvi::target {

/// Where data come from: read_labelled_table(), or a function that reads on one rank and sends to the others. It is
/// called as often, and with the same paths, on every rank.
using TableSource = std::function<LabelledTable(const std::string& path)>;

/// The target that `options` describes; random instances are drawn from `seed`. Throws what the source throws, and
/// Error where the data do not fit the target.
std::unique_ptr<Target> make_target(const TargetOptions& options, std::uint64_t seed, const TableSource& table);

}  // namespace gmmvi::target
