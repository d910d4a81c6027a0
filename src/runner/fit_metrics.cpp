#include "runner/fit_metrics.hpp"

#include <utility>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

namespace gmmvi::runner {
namespace {

template <class Covariance>
Eigen::MatrixXd means_of(const Mixture<Covariance>& mixture) {
  Eigen::MatrixXd means(mixture.dimension(), mixture.size());
  for (Eigen::Index k = 0; k < mixture.size(); ++k) means.col(k) = mixture.gaussian(k).mean();
  return means;
}

}  // namespace

FitMetrics::FitMetrics(Target& target, std::optional<math::MaximumMeanDiscrepancy> from_ground_truth)
    : target_(target), from_ground_truth_(std::move(from_ground_truth)) {
  if (!from_ground_truth_ || from_ground_truth_->dimension() == target_.dimension()) return;
  throw Error(fmt::format("the ground truth (mmd_evaluation_config.sample_dir) has {} numbers a sample, but the target "
                          "has {} parameters",
                          from_ground_truth_->dimension(), target_.dimension()),
              ExitCode::data);
}

FitMetrics::Values FitMetrics::operator()(const AnyMixture& mixture, std::int64_t samples, std::uint64_t seed) const {
  return std::visit(
      [&](const auto& m) {
        const Eigen::MatrixXd drawn = m.sample(samples, seed).samples;
        Values values{.target = target_.metrics(means_of(m), drawn), .mmd = {}};
        if (from_ground_truth_) values.mmd = (*from_ground_truth_)(target_.transforms().to_user(drawn));
        return values;
      },
      mixture);
}

}  // namespace gmmvi::runner
