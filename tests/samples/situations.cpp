#include "samples/situations.hpp"

#include <cstring>
#include <memory>

namespace gmmvi::test {

std::vector<Split> splits() {
  return {
      [](Eigen::Index, Eigen::Index, int) { return 0; },
      [](Eigen::Index, Eigen::Index, int ranks) { return ranks - 1; },
      [](Eigen::Index position, Eigen::Index size, int ranks) { return static_cast<int>(position * ranks / size); },
      [](Eigen::Index position, Eigen::Index, int ranks) { return static_cast<int>(position % ranks); },
  };
}

template <class Covariance>
typename SampleDB<Covariance>::NewSamples part(const WholeBatchOf<Covariance>& batch, const Split& split,
                                               const Communicator& ranks) {
  std::vector<Eigen::Index> own;
  const Eigen::Index size = batch.samples.cols();
  for (Eigen::Index n = 0; n < size; ++n)
    if (split(n, size, ranks.size()) == ranks.rank()) own.push_back(n);
  const Evaluations all{batch.samples, batch.log_densities, batch.gradients, batch.outputs};
  return {all.select(own), batch.gaussians, batch.mapping, {}, own, batch.reusable, batch.number};
}

template Database::NewSamples part(const WholeBatch&, const Split&, const Communicator&);
template SampleDB<DiagonalCovariance>::NewSamples part(const WholeBatchOf<DiagonalCovariance>&, const Split&,
                                                       const Communicator&);

Full random_gaussian(Eigen::Index dimension, core::Stream& stream) {
  Eigen::VectorXd mean(dimension);
  Eigen::MatrixXd factor(dimension, dimension);
  stream.normal({mean.data(), static_cast<std::size_t>(mean.size())});
  stream.normal({factor.data(), static_cast<std::size_t>(factor.size())});
  const Eigen::MatrixXd covariance = factor * factor.transpose() + Eigen::MatrixXd::Identity(dimension, dimension);
  return std::make_shared<const Gaussian<FullCovariance>>(2.0 * mean, *FullCovariance::from_matrix(covariance));
}

WholeBatch random_batch(std::vector<Full> gaussians, Eigen::Index size, core::Stream& stream) {
  const Eigen::Index dimension = gaussians.front()->dimension();
  WholeBatch batch{.gaussians = std::move(gaussians),
                   .mapping = {},
                   .samples = Eigen::MatrixXd(dimension, size),
                   .log_densities = Eigen::VectorXd(size),
                   .gradients = Eigen::MatrixXd(dimension, size)};
  stream.normal({batch.samples.data(), static_cast<std::size_t>(batch.samples.size())});
  stream.normal({batch.log_densities.data(), static_cast<std::size_t>(size)});
  stream.normal({batch.gradients.data(), static_cast<std::size_t>(batch.gradients.size())});
  for (Eigen::Index n = 0; n < size; ++n) {
    batch.mapping.push_back(static_cast<std::int32_t>(stream.below(batch.gaussians.size())));
    batch.samples.col(n) += batch.gaussians[static_cast<std::size_t>(batch.mapping.back())]->mean();
  }
  return batch;
}

bool same_bits(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  return a.rows() == b.rows() && a.cols() == b.cols() &&
         (a.size() == 0 || std::memcmp(a.data(), b.data(), sizeof(double) * static_cast<std::size_t>(a.size())) == 0);
}

}  // namespace gmmvi::test
