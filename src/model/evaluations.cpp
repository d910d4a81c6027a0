#include "gmmvi/evaluations.hpp"

#include <cmath>

namespace gmmvi {

Evaluations Evaluations::of_size(Eigen::Index dimension, Eigen::Index count, bool with_gradients) {
  return {.samples = Eigen::MatrixXd(dimension, count),
          .log_densities = Eigen::VectorXd(count),
          .gradients = Eigen::MatrixXd(dimension, with_gradients ? count : 0)};
}

EvaluationStatus Evaluations::status(Eigen::Index n) const {
  const double value = log_densities[n];
  if (std::isfinite(value)) return EvaluationStatus::value;
  return value < 0.0 ? EvaluationStatus::outside_support : EvaluationStatus::failure;
}

bool Evaluations::is_consistent() const {
  return log_densities.size() == size() && gradients.rows() == dimension() &&
         (gradients.cols() == size() || gradients.cols() == 0);
}

Evaluations Evaluations::select(const std::vector<Eigen::Index>& columns) const {
  Evaluations selected{.samples = samples(Eigen::all, columns),
                       .log_densities = log_densities(columns),
                       .gradients = Eigen::MatrixXd(dimension(), 0)};
  if (has_gradients()) selected.gradients = gradients(Eigen::all, columns);
  return selected;
}

Evaluations Evaluations::slice(Eigen::Index first, Eigen::Index count) const {
  return {.samples = samples.middleCols(first, count),
          .log_densities = log_densities.segment(first, count),
          .gradients = gradients.middleCols(has_gradients() ? first : 0, has_gradients() ? count : 0)};
}

void Evaluations::put(Eigen::Index first, const Evaluations& part) {
  samples.middleCols(first, part.size()) = part.samples;
  log_densities.segment(first, part.size()) = part.log_densities;
  if (part.has_gradients()) gradients.middleCols(first, part.size()) = part.gradients;
}

void Evaluations::append(const Evaluations& more) {
  if (size() == 0) {
    *this = more;
    return;
  }
  const Eigen::Index before = size(), known = gradients.cols(), both = before + more.size();
  samples.conservativeResize(Eigen::NoChange, both);
  log_densities.conservativeResize(both);
  if (has_gradients() || more.has_gradients()) {
    gradients.conservativeResize(Eigen::NoChange, both);
    gradients.rightCols(both - known).setZero();
  }
  put(before, more);
}

}  // namespace gmmvi
