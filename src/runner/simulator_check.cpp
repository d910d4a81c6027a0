#include "runner/simulator_check.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/error.hpp"

#include "core/fold.hpp"
#include "core/random.hpp"
#include "evaluation/group.hpp"

namespace gmmvi::runner {
namespace {

constexpr double step = 1e-4;           // of the solver's space, where parameters are of size one
constexpr double close_enough = 1e-3;   // relative; differences of doubles are good to 1e-7 or so
constexpr std::size_t most_shown = 20;  // parameters

std::string point_text(const Target& target, const Eigen::VectorXd& sample) {
  const Eigen::VectorXd x = target.transforms().to_user(sample);
  const std::vector<std::string> names = target.parameter_names();
  std::vector<std::string> parts;
  for (std::size_t d = 0; d < names.size() && d < most_shown; ++d)
    parts.push_back(fmt::format("{} = {:.6g}", names[d], x[static_cast<Eigen::Index>(d)]));
  if (names.size() > most_shown) parts.push_back(fmt::format("… ({} in all)", names.size()));
  return fmt::format("{}", fmt::join(parts, ", "));
}

/// What came back, in the user's space.
std::string answer_text(const Target& target, const Eigen::VectorXd& sample, const FinishedGroup& group) {
  const EvaluationStatus status = group.status(0);
  if (status == EvaluationStatus::failure) return "failed: " + group.failure;
  if (status == EvaluationStatus::outside_support) return "outside the support (log density −∞)";
  const Transforms transforms = target.transforms();
  std::string text = fmt::format("log density {:.10g}", group.log_densities[0] - transforms.log_volumes(sample)[0]);
  if (group.gradients.cols() > 0)
    text += fmt::format(", gradient of norm {:.6g}", transforms.gradients_to_user(sample, group.gradients).norm());
  return text;
}

FinishedGroup ask(Target& target, const Eigen::VectorXd& point, std::uint64_t position, bool want_gradient) {
  return evaluation::evaluate_point(target, point, {SampleId::metrics_batch, position}, want_gradient);
}

/// The slope of `log_density` at `point` by central differences.
double slope(const std::function<double(const Eigen::VectorXd&)>& log_density, const Eigen::VectorXd& point,
             const Eigen::VectorXd& direction, double h) {
  return (log_density(point + h * direction) - log_density(point - h * direction)) / (2.0 * h);
}

bool are_close(double a, double b, double uncertainty) {
  return std::abs(a - b) <= close_enough * std::max(std::abs(a), std::abs(b)) + 10.0 * uncertainty + 1e-6;
}

/// But for the parts that are ours, which may be right: of the transform, or of that and the prior.
bool has_swapped_sign(const GradientComparison& c) {
  const auto is_opposite = [&](double ours) {
    return are_close(c.by_target - ours, ours - c.by_differences, c.uncertainty);
  };
  return is_opposite(c.volume) || (c.prior && is_opposite(c.volume + *c.prior));
}

}  // namespace

Trial try_target(Target& target, const std::vector<TrialPoint>& points, bool want_gradients,
                 std::optional<double> time_limit) {
  std::string text, first_failure;
  std::size_t failed = 0;
  std::vector<double> seconds;
  Eigen::MatrixXd outputs(target.outputs(), std::ssize(points));
  for (std::size_t i = 0; i < points.size(); ++i) {
    const FinishedGroup group =
        evaluation::evaluate_point(target, points[i].sample, {SampleId::metrics_batch, i}, want_gradients, time_limit);
    if (group.status(0) != EvaluationStatus::value && failed++ == 0)
      first_failure = answer_text(target, points[i].sample, group);
    if (group.status(0) == EvaluationStatus::value) seconds.push_back(group.seconds);
    if (outputs.rows() > 0) outputs.col(static_cast<Eigen::Index>(i)) = group.outputs.topRows(outputs.rows());
    text +=
        core::folded(fmt::format("{}: {}", points[i].name, point_text(target, points[i].sample)), core::usual_columns) +
        '\n' +
        core::folded(fmt::format("  → {} ({:.3g} s)", answer_text(target, points[i].sample, group), group.seconds),
                     core::usual_columns) +
        '\n';
  }
  if (failed > 0)
    text += fmt::format(
        "{} of {} evaluations gave no value (above). A run leaves such samples out, and ends where more "
        "fail than evaluation.max_failure_fraction.\n",
        failed, points.size());
  if (failed < points.size()) {
    std::ranges::nth_element(seconds, seconds.begin() + std::ssize(seconds) / 2);
    return {text, failed, seconds[seconds.size() / 2], std::move(outputs)};
  }
  throw Error(
      fmt::format("none of {} evaluations of the target gave a value, so that there is nothing to fit. The first, at "
                  "the {} ({}): {}",
                  points.size(), points.front().name, point_text(target, points.front().sample), first_failure),
      ExitCode::unavailable);
}

Eigen::VectorXd random_direction(Eigen::Index dimension, std::uint64_t seed) {
  Eigen::VectorXd direction(dimension);
  core::Stream(seed, core::Purpose::metrics).normal({direction.data(), static_cast<std::size_t>(dimension)});
  return direction.normalized();
}

std::optional<GradientComparison> compare_gradient(Target& target, const Eigen::VectorXd& point,
                                                   const Eigen::VectorXd& direction, const LogDensity& log_prior) {
  const FinishedGroup here = ask(target, point, 0, true);
  if (here.status(0) != EvaluationStatus::value) return std::nullopt;
  const auto log_density = [&](const Eigen::VectorXd& at) { return ask(target, at, 0, false).log_densities[0]; };
  GradientComparison comparison;
  comparison.by_target = here.gradients.col(0).dot(direction);
  comparison.by_differences = slope(log_density, point, direction, step);
  comparison.uncertainty = std::abs(slope(log_density, point, direction, 2.0 * step) - comparison.by_differences);
  if (!std::isfinite(comparison.by_differences) || !std::isfinite(comparison.uncertainty)) return std::nullopt;
  const Transforms transforms = target.transforms();
  for (Eigen::Index d = 0; d < point.size(); ++d)
    comparison.volume += direction[d] * transforms.of(d).log_derivative_slope(point[d]);
  if (log_prior) comparison.prior = slope(log_prior, point, direction, step);
  return comparison;
}

std::string wrong_parts_text(Target& target, const Eigen::VectorXd& point, const LogDensity& log_prior) {
  const std::vector<std::string> names = target.parameter_names();
  std::vector<std::string> wrong;
  for (std::size_t d = 0; d < names.size() && d < most_shown; ++d) {
    const auto row = static_cast<Eigen::Index>(d);
    const auto comparison = compare_gradient(target, point, Eigen::VectorXd::Unit(point.size(), row), log_prior);
    if (!comparison || agrees(*comparison)) continue;
    wrong.push_back(fmt::format("{} ({:.6g}, not {:.6g}{})", names[d], comparison->by_target,
                                comparison->by_differences,
                                has_swapped_sign(*comparison) ? ": the sign is swapped" : ""));
  }
  if (wrong.empty()) return "";
  return fmt::format(" Wrong {} of {}, in the solver's space.", wrong.size() == 1 ? "is the part" : "are the parts",
                     fmt::join(wrong, ", "));
}

bool agrees(const GradientComparison& c) {
  return are_close(c.by_target, c.by_differences, c.uncertainty);
}

std::string to_text(const GradientComparison& c) {
  const std::string numbers =
      fmt::format("In a random direction the gradient says {:.6g}, differences of log densities {:.6g}", c.by_target,
                  c.by_differences);
  if (agrees(c)) {
    const bool rough = c.uncertainty > 0.1 * std::abs(c.by_differences) + 1e-6;
    return numbers + (rough ? ": no contradiction, but the log density is too rough to tell." : ": they agree.");
  }
  const double difference = c.by_differences - c.by_target;
  if (has_swapped_sign(c)) return numbers + ": its sign is swapped.";
  if (c.prior && are_close(difference, *c.prior, c.uncertainty))
    return numbers + ": the gradient lacks the prior's, which the log density has.";
  if (c.prior && are_close(difference, -*c.prior, c.uncertainty))
    return numbers + ": the log density lacks the prior, which the gradient has.";
  return numbers + ": the gradient is wrong.";
}

}  // namespace gmmvi::runner
