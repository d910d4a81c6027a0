#include "gmmvi/gaussian.hpp"

#include <algorithm>
#include <cmath>

#include "core/contract.hpp"

namespace gmmvi {
namespace {

constexpr double log_two_pi = 1.8378770664093454836;

}  // namespace

template <class Covariance>
Gaussian<Covariance>::Gaussian(Eigen::VectorXd mean, Covariance covariance)
    : mean_(std::move(mean)), covariance_(std::move(covariance)) {
  GMMVI_GUARD(mean_.size() == covariance_.dimension(), "mean and covariance have one dimension");
  log_normalizer_ = -0.5 * (static_cast<double>(dimension()) * log_two_pi + covariance_.log_determinant());
}

template <class Covariance>
double Gaussian<Covariance>::entropy() const {
  return 0.5 * static_cast<double>(dimension()) - log_normalizer_;
}

template <class Covariance>
void Gaussian<Covariance>::whiten_block(const Block& x, Block& scratch, Block& residuals, Eigen::Index samples) const {
  for (Eigen::Index d = 0; d < dimension(); ++d) scratch.col(d) = x.col(d) - mean_[d];
  covariance_.whiten(scratch, residuals, samples);
}

template <class Covariance>
Eigen::MatrixXd Gaussian<Covariance>::whiten(const Eigen::Ref<const Eigen::MatrixXd>& samples) const {
  Eigen::MatrixXd whitened(samples.rows(), samples.cols());
  Block x, scratch(lanes, dimension()), residuals(lanes, dimension());
  for (Eigen::Index first = 0; first < samples.cols(); first += lanes) {
    const Eigen::Index count = std::min(lanes, samples.cols() - first);
    load_block(samples, first, x);
    whiten_block(x, scratch, residuals, count);
    store_block(residuals, first, count, whitened);
  }
  return whitened;
}

template <class Covariance>
LaneArray Gaussian<Covariance>::log_density(const Block& x, Block& scratch, Block& residuals,
                                            Eigen::Index samples) const {
  whiten_block(x, scratch, residuals, samples);
  return log_density_of(residuals);
}

template <class Covariance>
LaneArray Gaussian<Covariance>::log_density_of(const Block& residuals) const {
  LaneArray squared_norm = LaneArray::Zero();
  for (Eigen::Index d = 0; d < dimension(); ++d) squared_norm += residuals.col(d).square();
  return log_normalizer_ - 0.5 * squared_norm;
}

template <class Covariance>
LaneArray Gaussian<Covariance>::log_density_bound(Eigen::Index rows, const Block& x, Block& scratch, Block& residuals,
                                                  Eigen::Index samples) const {
  constexpr double half = 0.5 * (1.0 - 1e-12);  // the sum over all is rounded otherwise
  for (Eigen::Index d = 0; d < dimension(); ++d) scratch.col(d) = x.col(d) - mean_[d];
  covariance_.whiten(scratch, residuals, dimension() - rows, dimension(), samples);
  LaneArray squared_norm = LaneArray::Zero();
  for (Eigen::Index d = dimension() - rows; d < dimension(); ++d) squared_norm += residuals.col(d).square();
  return log_normalizer_ - half * squared_norm;
}

template <class Covariance>
LaneArray Gaussian<Covariance>::log_density_within_bound(Eigen::Index rows, const Block& scratch, Block& residuals,
                                                         Eigen::Index samples) const {
  covariance_.whiten(scratch, residuals, 0, dimension() - rows, samples);
  return log_density_of(residuals);
}

template <class Covariance>
void Gaussian<Covariance>::sample(const Block& z, Block& x) const {
  covariance_.color(z, x);
  for (Eigen::Index d = 0; d < dimension(); ++d) x.col(d) += mean_[d];
}

template <class Covariance>
Eigen::VectorXd Gaussian<Covariance>::marginal_log_density(Eigen::Index d, const Eigen::VectorXd& values) const {
  GMMVI_GUARD(d >= 0 && d < dimension(), "a dimension that is there");
  const double variance = covariance_.variance(d);
  return -0.5 * (log_two_pi + std::log(variance) + (values.array() - mean_[d]).square() / variance);
}

template class Gaussian<FullCovariance>;
template class Gaussian<DiagonalCovariance>;

}  // namespace gmmvi
