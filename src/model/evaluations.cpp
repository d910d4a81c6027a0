#include "gmmvi/evaluations.hpp"

#include <cmath>
#include <limits>

namespace gmmvi {
namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

}  // namespace

Evaluations Evaluations::of_size(Eigen::Index dimension, Eigen::Index count, bool with_gradients,
                                 Eigen::Index outputs) {
  return {.samples = Eigen::MatrixXd(dimension, count),
          .log_densities = Eigen::VectorXd(count),
          .gradients = Eigen::MatrixXd(dimension, with_gradients ? count : 0),
          .outputs = Eigen::MatrixXd::Constant(outputs, outputs > 0 ? count : 0, unknown)};
}

EvaluationStatus Evaluations::status(Eigen::Index n) const {
  const double value = log_densities[n];
  if (std::isfinite(value)) return EvaluationStatus::value;
  return value < 0.0 ? EvaluationStatus::outside_support : EvaluationStatus::failure;
}

bool Evaluations::is_consistent() const {
  return log_densities.size() == size() && gradients.rows() == dimension() &&
         (gradients.cols() == size() || gradients.cols() == 0) && (outputs.cols() == size() || !has_outputs());
}

Evaluations Evaluations::select(const std::vector<Eigen::Index>& columns) const {
  Evaluations selected{.samples = samples(Eigen::all, columns),
                       .log_densities = log_densities(columns),
                       .gradients = Eigen::MatrixXd(dimension(), 0)};
  if (has_gradients()) selected.gradients = gradients(Eigen::all, columns);
  if (has_outputs()) selected.outputs = outputs(Eigen::all, columns);
  return selected;
}

Evaluations Evaluations::slice(Eigen::Index first, Eigen::Index count) const {
  return {.samples = samples.middleCols(first, count),
          .log_densities = log_densities.segment(first, count),
          .gradients = gradients.middleCols(has_gradients() ? first : 0, has_gradients() ? count : 0),
          .outputs = outputs.middleCols(has_outputs() ? first : 0, has_outputs() ? count : 0)};
}

void Evaluations::put(Eigen::Index first, const Evaluations& part) {
  samples.middleCols(first, part.size()) = part.samples;
  log_densities.segment(first, part.size()) = part.log_densities;
  if (part.has_gradients()) gradients.middleCols(first, part.size()) = part.gradients;
  if (has_outputs() && part.outputs.rows() == outputs.rows()) outputs.middleCols(first, part.size()) = part.outputs;
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
  if (!has_outputs() && more.has_outputs()) outputs = Eigen::MatrixXd::Constant(more.outputs.rows(), before, unknown);
  if (has_outputs()) {
    outputs.conservativeResize(Eigen::NoChange, both);
    outputs.rightCols(more.size()).setConstant(unknown);
  }
  put(before, more);
}

}  // namespace gmmvi
