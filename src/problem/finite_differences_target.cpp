#include "problem/finite_differences_target.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "core/contract.hpp"

namespace gmmvi::problem {
namespace {

constexpr double outside = -std::numeric_limits<double>::infinity();
constexpr double failed = std::numeric_limits<double>::quiet_NaN();

/// The log density of sample n, or one of the two above.
double number_of(const Evaluation& evaluation, Eigen::Index n) {
  const EvaluationStatus said =
      evaluation.status.empty() ? EvaluationStatus::value : evaluation.status[static_cast<std::size_t>(n)];
  if (said == EvaluationStatus::failure) return failed;
  if (said == EvaluationStatus::outside_support) return outside;
  const double value = evaluation.log_densities[n];
  return std::isfinite(value) || value == outside ? value : failed;
}

/// A point on a line, and the log density there.
struct Point {
  double x, log_density;
};

/// NaN where a point failed, and where there are no two points.
double slope(const Point& below, const Point& at, const Point& above) {
  const Point& left = below.log_density == outside ? at : below;
  const Point& right = above.log_density == outside ? at : above;
  return (right.log_density - left.log_density) / (right.x - left.x);
}

}  // namespace

FiniteDifferencesTarget::FiniteDifferencesTarget(std::unique_ptr<Target> inner, const FiniteDifferencesOptions& options)
    : inner_(std::move(inner)), options_(options) {
  GMMVI_EXPECT(options.step > 0.0, "a step");
}

void FiniteDifferencesTarget::join(const Team& team) {
  in_team_ = true;
  inner_->join(team);
}

Evaluation FiniteDifferencesTarget::evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples,
                                             std::span<const SampleId> ids, bool want_gradients) {
  if (!want_gradients) return inner_->evaluate(samples, ids, false);
  Evaluation evaluation{.log_densities = numbers(samples, ids), .gradients = Eigen::MatrixXd(), .status = {}};
  const Wanted usable = evaluation.log_densities.array().isFinite().transpose().replicate(samples.rows(), 1);
  // Ranks of a team evaluate alike, whatever the first of them knows.
  const Wanted wanted = in_team_ ? Wanted::Constant(samples.rows(), samples.cols(), true) : usable;
  const Side above = beside(samples, ids, options_.step, wanted);
  const Side below =
      beside(samples, ids, -options_.step, is_central() ? wanted : wanted && above.log_densities.array() == outside);
  evaluation.gradients = Eigen::MatrixXd::NullaryExpr(samples.rows(), samples.cols(), [&](auto d, auto n) {
    if (!usable(d, n)) return 0.0;
    return slope({below.samples(d, n), below.log_densities(d, n)}, {samples(d, n), evaluation.log_densities[n]},
                 {above.samples(d, n), above.log_densities(d, n)});
  });
  return evaluation;
}

FiniteDifferencesTarget::Side FiniteDifferencesTarget::beside(const Eigen::MatrixXd& samples,
                                                              std::span<const SampleId> ids, double step,
                                                              const Wanted& wanted) {
  Side side{samples.array() + step, Eigen::MatrixXd::Constant(samples.rows(), samples.cols(), outside)};
  Eigen::MatrixXd points(samples.rows(), wanted.count());
  std::vector<SampleId> point_ids;
  std::vector<double*> results;
  for (Eigen::Index n = 0; n < samples.cols(); ++n)
    for (Eigen::Index d = 0; d < samples.rows(); ++d) {
      if (!wanted(d, n)) continue;
      auto point = points.col(static_cast<Eigen::Index>(point_ids.size()));
      point = samples.col(n);
      point[d] = side.samples(d, n);
      point_ids.push_back(ids[static_cast<std::size_t>(n)]);
      results.push_back(&side.log_densities(d, n));
    }
  const Eigen::VectorXd found = numbers(points, point_ids);
  for (Eigen::Index i = 0; i < found.size(); ++i) *results[static_cast<std::size_t>(i)] = found[i];
  return side;
}

Eigen::VectorXd FiniteDifferencesTarget::numbers(const Eigen::MatrixXd& points, std::span<const SampleId> ids) {
  Eigen::VectorXd all(points.cols());
  const Eigen::Index most = inner_->group_size();
  for (Eigen::Index first = 0; first < points.cols(); first += most) {
    const Eigen::Index count = std::min(most, points.cols() - first);
    const Evaluation part =
        inner_->evaluate(points.middleCols(first, count),
                         ids.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)), false);
    if (part.log_densities.size() != count)
      throw Error(fmt::format("the target returned {} log densities for {} samples", part.log_densities.size(), count),
                  ExitCode::unavailable);
    for (Eigen::Index n = 0; n < count; ++n) all[first + n] = number_of(part, n);
  }
  return all;
}

}  // namespace gmmvi::problem
