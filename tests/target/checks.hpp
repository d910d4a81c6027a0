#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include <Eigen/Core>
#include <gtest/gtest.h>

#include "gmmvi/target.hpp"

#include "core/random.hpp"
#include "support/golden.hpp"

namespace gmmvi::test {

inline Evaluation evaluate(Target& target, const Eigen::MatrixXd& samples, bool gradients = true) {
  return target.evaluate(samples, std::vector<SampleId>(static_cast<std::size_t>(samples.cols())), gradients);
}

/// `scale` times standard normal numbers [D x n], for n a whole group unless said otherwise.
inline Eigen::MatrixXd normal_samples(const Target& target, double scale, Eigen::Index n = -1) {
  Eigen::MatrixXd samples(target.dimension(), n < 0 ? target.group_size() : n);
  core::Stream(7, core::Purpose::metrics).normal({samples.data(), static_cast<std::size_t>(samples.size())});
  return scale * samples;
}

/// Gradients are those of the log densities, by central differences.
inline void expect_gradients_of_log_density(Target& target, const Eigen::MatrixXd& samples, double step) {
  const Evaluation evaluation = evaluate(target, samples);
  for (Eigen::Index d = 0; d < target.dimension(); ++d) {
    Eigen::MatrixXd above = samples;
    Eigen::MatrixXd below = samples;
    above.row(d).array() += step;
    below.row(d).array() -= step;
    const Eigen::VectorXd difference =
        (evaluate(target, above, false).log_densities - evaluate(target, below, false).log_densities) / (2.0 * step);
    expect_near_relative(evaluation.gradients.row(d).transpose(), difference, 1e-6);
  }
}

/// The first n samples of a group, alone or at an odd address, have the bits that they have within it; without
/// gradients the log densities do too, and there are none.
inline void expect_same_bits_in_any_group(Target& target, const Eigen::MatrixXd& samples) {
  const Evaluation whole = evaluate(target, samples);
  EXPECT_EQ(evaluate(target, samples, false).log_densities, whole.log_densities);
  EXPECT_EQ(evaluate(target, samples, false).gradients.size(), 0);
  const Eigen::Index dimension = target.dimension();
  for (Eigen::Index n = 1; n <= samples.cols(); n += std::max<Eigen::Index>(1, n / 2)) {
    std::vector<double> shifted(static_cast<std::size_t>(dimension * n) + 1);
    Eigen::Map<Eigen::MatrixXd> columns(shifted.data() + 1, dimension, n);
    columns = samples.leftCols(n);
    const Evaluation part = target.evaluate(columns, std::vector<SampleId>(static_cast<std::size_t>(n)), true);
    EXPECT_EQ(part.log_densities, whole.log_densities.head(n)) << n << " samples";
    EXPECT_EQ(part.gradients, whole.gradients.leftCols(n)) << n << " samples";
    if (target.outputs() > 0) {
      EXPECT_EQ(part.outputs, whole.outputs.leftCols(n)) << n << " samples";
    }
  }
}

/// A sample with a NaN has log density NaN, one with an infinity −∞, and their neighbours keep their bits.
inline void expect_bad_samples_stay_alone(Target& target, const Eigen::MatrixXd& samples) {
  const Evaluation clean = evaluate(target, samples);
  Eigen::MatrixXd dirty = samples;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  dirty(target.dimension() - 1, 1) = std::numeric_limits<double>::quiet_NaN();
  dirty(0, 2) = infinity;
  dirty(0, 3) = -infinity;
  dirty(0, 4) = 1e200;
  const Evaluation evaluation = evaluate(target, dirty);
  EXPECT_TRUE(std::isnan(evaluation.log_densities[1]));
  for (const Eigen::Index n : {2, 3, 4}) EXPECT_EQ(evaluation.log_densities[n], -infinity) << "sample " << n;
  if (target.outputs() > 0) {
    EXPECT_TRUE(evaluation.outputs.middleCols(1, 4).array().isNaN().all());
  }
  for (Eigen::Index n = 0; n < samples.cols(); ++n) {
    if (n >= 1 && n <= 4) continue;
    EXPECT_EQ(evaluation.log_densities[n], clean.log_densities[n]) << "sample " << n;
    EXPECT_EQ(evaluation.gradients.col(n), clean.gradients.col(n)) << "sample " << n;
    if (target.outputs() > 0) {
      EXPECT_EQ(evaluation.outputs.col(n), clean.outputs.col(n)) << "sample " << n;
    }
  }
}

/// The case of targets.json whose target is `name`.
inline nlohmann::json golden_target(const std::string& name, double& tolerance) {
  const nlohmann::json file = golden("targets");
  tolerance = file.at("tolerance");
  for (const nlohmann::json& each : file.at("cases")) {
    if (each.at("inputs").at("target") == name) return each;
  }
  throw std::runtime_error("targets.json has no case " + name);
}

}  // namespace gmmvi::test
