#include "gmmvi/target.hpp"

#include <limits>

#include <fmt/format.h>

namespace gmmvi {

Evaluation Evaluation::of_size(Eigen::Index dimension, Eigen::Index samples, bool gradients, Eigen::Index outputs) {
  return {.log_densities = Eigen::VectorXd(samples),
          .gradients = Eigen::MatrixXd(dimension, gradients ? samples : 0),
          .status = {},
          .outputs =
              Eigen::MatrixXd::Constant(outputs, outputs > 0 ? samples : 0, std::numeric_limits<double>::quiet_NaN())};
}

std::vector<TargetMetric> Target::metrics(const Eigen::MatrixXd& /*means*/, const Eigen::MatrixXd& /*samples*/) {
  return {};
}

std::vector<std::string> Target::parameter_names() const {
  std::vector<std::string> names;
  for (Eigen::Index d = 1; d <= dimension(); ++d) names.push_back(fmt::format("x{}", d));
  return names;
}

}  // namespace gmmvi
