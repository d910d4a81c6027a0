#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/component_record.hpp"

namespace gmmvi::strategy {

/// How many outcomes the records have to hold for it.
inline constexpr std::size_t outcomes_for_resting = 7;

/// Ascending indices of the components that rest: their weight is below `negligible`, and more of it would not pay, as
/// their expected log ratio E is less than the mixture's (that is Σ_k w_k E_k), and at the pace of the last updates
/// would still be after twenty more. For their first updates they need samples of their own, and the heaviest never
/// rests.
std::vector<Eigen::Index> resting(std::span<const ComponentRecord> records, double negligible, double temperature);

}  // namespace gmmvi::strategy
