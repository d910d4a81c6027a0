#include "runner/fit_metrics.hpp"

#include <utility>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "model/parameter_summary.hpp"

namespace gmmvi::runner {
namespace {

template <class Covariance>
Eigen::MatrixXd means_of(const Mixture<Covariance>& mixture) {
  Eigen::MatrixXd means(mixture.dimension(), mixture.size());
  for (Eigen::Index k = 0; k < mixture.size(); ++k) means.col(k) = mixture.gaussian(k).mean();
  return means;
}

/// Those of the user's parameters, which are exact: no samples are needed.
template <class Covariance>
ReferenceMoments moments_of(const Mixture<Covariance>& mixture, const Transforms& transforms) {
  if (transforms.none()) return {mixture.mean(), mixture.marginal_variances().cwiseSqrt()};
  const auto summaries = model::parameter_summaries(mixture, mixture.dimension(), transforms);
  ReferenceMoments moments{Eigen::VectorXd(mixture.dimension()), Eigen::VectorXd(mixture.dimension())};
  for (Eigen::Index d = 0; d < mixture.dimension(); ++d) {
    const model::ParameterSummary& summary = summaries[static_cast<std::size_t>(d)];
    moments.means[d] = summary.mean;
    moments.standard_deviations[d] = summary.standard_deviation;
  }
  return moments;
}

io::MomentErrors errors_of(const ReferenceMoments& moments, const ReferenceMoments& reference) {
  const Eigen::ArrayXd deviations = reference.standard_deviations.array();
  return {.worst_mean = ((moments.means - reference.means).array() / deviations).abs().maxCoeff(),
          .worst_log_sd = (moments.standard_deviations.array() / deviations).log().abs().maxCoeff()};
}

}  // namespace

FitMetrics::FitMetrics(Target& target, std::optional<math::MaximumMeanDiscrepancy> from_ground_truth)
    : target_(target), from_ground_truth_(std::move(from_ground_truth)), reference_(target.reference_moments()) {
  const Eigen::Index dimension = target_.dimension();
  if (reference_ && (reference_->means.size() != dimension || reference_->standard_deviations.size() != dimension ||
                     !reference_->means.allFinite() || !(reference_->standard_deviations.array() > 0.0).all()))
    throw Error(fmt::format("the target's reference moments have to be {} means and standard deviations, finite and "
                            "positive: as many as it has parameters",
                            dimension),
                ExitCode::configuration);
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
        if (reference_) values.moments = errors_of(moments_of(m, target_.transforms()), *reference_);
        if (from_ground_truth_) values.mmd = (*from_ground_truth_)(target_.transforms().to_user(drawn));
        return values;
      },
      mixture);
}

}  // namespace gmmvi::runner
