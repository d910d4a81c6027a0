#include "runner/probe.hpp"

#include <cmath>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "evaluation/group.hpp"

namespace gmmvi::runner {

Probe probe(Target& target, const Eigen::VectorXd& point, bool want_gradient) {
  const FinishedGroup result = evaluation::evaluate_point(target, point, {}, want_gradient);
  if (result.status(0) == EvaluationStatus::failure) {
    throw Error(fmt::format("the evaluation of the target at the first mean gave no value: {}", result.failure),
                ExitCode::unavailable);
  }
  Probe probe{.log_density = result.log_densities[0], .seconds = result.seconds};
  if (want_gradient && std::isfinite(probe.log_density)) probe.gradient_norm = result.gradients.col(0).norm();
  return probe;
}

std::string to_text(const Probe& probe) {
  const std::string gradient =
      probe.gradient_norm ? fmt::format(", gradient of norm {:.6g} (finite)", *probe.gradient_norm) : "";
  const char* outside = std::isfinite(probe.log_density) ? "" : " (outside the support)";
  return fmt::format("One evaluation, at the mean of the first component: log density {:.10g}{}{}, {:.3g} seconds.",
                     probe.log_density, outside, gradient, probe.seconds);
}

}  // namespace gmmvi::runner
