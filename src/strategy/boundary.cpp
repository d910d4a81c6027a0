#include "strategy/boundary.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "math/importance_weights.hpp"

namespace gmmvi::strategy {
namespace {

bool lies_outside(const Footing& footing) {
  constexpr double little = 0.02, enough_to_tell = 20.0;
  return footing.effective_sample_size >= enough_to_tell && footing.share_inside < little;
}

}  // namespace

double jump_at_rim(Eigen::Index outside, Eigen::Index samples, Eigen::Index dimension) {
  if (outside == 0) return 0.0;
  constexpr double least = 1.0;  // nats; of the mixture cut off at the rim this is the ELBO
  constexpr double slope = 100.0, steepest = 1000.0;
  const double share = static_cast<double>(outside) / static_cast<double>(samples);
  return least + std::min(steepest, slope * static_cast<double>(dimension)) * share;
}

double share_inside(const Eigen::VectorXd& log_weights, const std::vector<Eigen::Index>& inside) {
  return math::importance_weights(log_weights, true)(inside).sum();
}

double learnable_sample_size(const Eigen::VectorXd& log_weights, const std::vector<Eigen::Index>& inside, double jump) {
  if (static_cast<Eigen::Index>(inside.size()) == log_weights.size()) return math::effective_sample_size(log_weights);
  constexpr double most = 20.0;  // that the variance counts more; samples inside are never worth nothing
  const double share = share_inside(log_weights, inside);
  if (!(share > 0.0)) return 0.0;
  const double variance = std::min(most, jump * jump * (1.0 - share) / share);
  return math::effective_sample_size(log_weights(inside)) / (1.0 + variance);
}

std::vector<std::optional<Eigen::Index>> seats(const std::vector<Footing>& footings,
                                               const std::vector<Eigen::Index>& inside, const Eigen::VectorXd& scores) {
  std::vector<Eigen::Index> best = inside;
  std::ranges::stable_sort(best, [&](Eigen::Index a, Eigen::Index b) { return scores[a] > scores[b]; });
  std::vector<std::optional<Eigen::Index>> seats(footings.size());
  auto next = best.begin();
  for (std::size_t k = 0; k < footings.size() && next != best.end(); ++k)
    if (lies_outside(footings[k])) seats[k] = *next++;
  return seats;
}

template <class Covariance>
Gaussian<Covariance> seated(const Gaussian<Covariance>& gaussian, const Footing& footing,
                            const Eigen::Ref<const Eigen::VectorXd>& sample) {
  const Eigen::Index d = gaussian.dimension();
  const double share = std::max(footing.share_inside, 1.0 / (1.0 + footing.effective_sample_size));
  const double precision = std::pow(share, -2.0 / static_cast<double>(d));
  auto covariance =
      gaussian.covariance().with_whitened_precision(precision * Covariance::identity_plus(0.0, Covariance::zero(d)));
  return {sample, covariance ? *std::move(covariance) : gaussian.covariance()};
}

double search_width(std::int64_t iteration) {
  constexpr std::int64_t widths = 5;  // 1/2 … 1/32
  return iteration % 2 == 1 ? 1.0 : std::ldexp(1.0, -1 - static_cast<int>((iteration / 2 - 1) % widths));
}

template <class Covariance>
Gaussian<Covariance> narrowed(const Gaussian<Covariance>& gaussian, const Eigen::VectorXd& center, double width) {
  const Eigen::Index d = gaussian.dimension();
  auto covariance = gaussian.covariance().with_whitened_precision(Covariance::identity_plus(0.0, Covariance::zero(d)) /
                                                                  (width * width));
  return {center + width * (gaussian.mean() - center), covariance ? *std::move(covariance) : gaussian.covariance()};
}

template Gaussian<FullCovariance> narrowed(const Gaussian<FullCovariance>&, const Eigen::VectorXd&, double);
template Gaussian<DiagonalCovariance> narrowed(const Gaussian<DiagonalCovariance>&, const Eigen::VectorXd&, double);
template Gaussian<FullCovariance> seated(const Gaussian<FullCovariance>&, const Footing&,
                                         const Eigen::Ref<const Eigen::VectorXd>&);
template Gaussian<DiagonalCovariance> seated(const Gaussian<DiagonalCovariance>&, const Footing&,
                                             const Eigen::Ref<const Eigen::VectorXd>&);

}  // namespace gmmvi::strategy
