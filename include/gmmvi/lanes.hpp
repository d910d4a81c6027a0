#pragma once

#include "gmmvi/eigen.hpp"

namespace gmmvi {

/// How many samples a kernel works on at once: one per row of a Block, so that every vector instruction does the same
/// arithmetic for several samples. A sample's numbers thus depend neither on its place in a block nor on its
/// neighbours.
inline constexpr Eigen::Index lanes = 32;

/// How many samples a product that sums over samples takes at once: fixed, so that sums do not depend on anything else.
inline constexpr Eigen::Index summed_samples = 256;

/// [lanes x D] coordinates of up to 32 samples; columns are contiguous, aligned, and whole vector registers.
using Block = Eigen::Array<double, lanes, Eigen::Dynamic>;
/// [lanes] one number per sample of a block.
using LaneArray = Eigen::Array<double, lanes, 1>;

/// Samples `first` … of the columns of `samples` [D x N] as a block; lanes past the end are zero.
void load_block(const Eigen::Ref<const Eigen::MatrixXd>& samples, Eigen::Index first, Block& block);
/// The first `count` lanes of `block` into the columns `first` … of `samples` [D x N].
void store_block(const Block& block, Eigen::Index first, Eigen::Index count, Eigen::Ref<Eigen::MatrixXd> samples);

}  // namespace gmmvi
