#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/component_record.hpp"

namespace gmmvi::strategy {

/// Of how many updates the records have to hold the expected log ratios for it.
inline constexpr std::size_t updates_for_resting = 6;

/// Updates in which a component finds its shape.
inline constexpr std::int64_t first_updates = 5;

/// Ascending indices of the components that rest, which is that they get no new samples: their weight is below
/// `negligible`, and more of it would not pay, as their expected log ratio E is less than the mixture's (that is
/// Σ_k w_k E_k), and at the pace of the last updates would still be after twenty more. Of those where it would pay, the
/// best ones do not rest: an eighth of all components, at least one, and as many as a wide batch has `room` for, which
/// is how many times it has the desired samples of a component. The others rest, too, until it is their turn. For their
/// first updates components need samples of their own, and the heaviest never rests.
std::vector<Eigen::Index> resting(std::span<const ComponentRecord> records, double negligible, double room);

/// Those of the `resting` components that sleep: they have less than a quarter of the `desired` effective samples [K],
/// too few to say anything about them, and so little weight that it does not matter what they are, by their E of when
/// they fell asleep. A component that sleeps stays as it is. None does that has seen the rim of the support: it may
/// have to be moved inside.
std::vector<Eigen::Index> sleeping(std::span<const ComponentRecord> records, const std::vector<Eigen::Index>& resting,
                                   const Eigen::VectorXd& effective_sample_sizes, double desired);

}  // namespace gmmvi::strategy
