#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/sample_db.hpp"

#include "core/random.hpp"

namespace gmmvi::test {

using Database = SampleDB<FullCovariance>;
using Full = GaussianPointer<FullCovariance>;

/// A batch as all ranks together see it.
template <class Covariance>
struct WholeBatchOf {
  std::vector<GaussianPointer<Covariance>> gaussians;
  std::vector<std::int32_t> mapping;  ///< [N]
  Eigen::MatrixXd samples;            ///< [D x N]
  Eigen::VectorXd log_densities;      ///< [N]
  Eigen::MatrixXd gradients;          ///< [D x N], or [D x 0]
  bool reusable = true;
  std::optional<std::uint64_t> number = {};  ///< if it is imported
  Eigen::MatrixXd outputs = {};              ///< [M x N], or none
};
using WholeBatch = WholeBatchOf<FullCovariance>;

/// Which rank keeps the sample at a position of a batch of that size.
using Split = std::function<int(Eigen::Index position, Eigen::Index size, int ranks)>;

/// Everything on rank 0, everything on the last rank, consecutive shares, and one sample in turn to each rank.
std::vector<Split> splits();

/// This rank's part of `batch`.
template <class Covariance>
typename SampleDB<Covariance>::NewSamples part(const WholeBatchOf<Covariance>& batch, const Split& split,
                                               const Communicator& ranks);

/// N(μ, Σ) with random μ and Σ.
Full random_gaussian(Eigen::Index dimension, core::Stream& stream);
/// `size` samples somewhere near Gaussians of `gaussians` that are chosen at random.
WholeBatch random_batch(std::vector<Full> gaussians, Eigen::Index size, core::Stream& stream);

/// Whether two matrices have the same shape and the same bits.
bool same_bits(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b);

}  // namespace gmmvi::test
