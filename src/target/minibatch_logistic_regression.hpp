#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/target.hpp"

#include "target/logistic_regression.hpp"
#include "target/minibatch.hpp"
#include "target/options.hpp"

namespace gmmvi::target {

/// LogisticRegression whose log likelihood is estimated from minibatches of the observations. Samples for metrics get
/// the whole data set, so their ELBO is the full-batch one.
class MinibatchLogisticRegression : public Target {
 public:
  /// Throws Error (ExitCode::data) where the minibatch and the test set do not fit into the data.
  MinibatchLogisticRegression(const LabelledTable& table, const LogisticRegressionOptions& options, std::uint64_t seed);

  Eigen::Index dimension() const override { return rows_.rows(); }
  bool has_gradients() const override { return true; }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) override;
  Eigen::Index group_size() const override { return 64; }
  bool cheap() const override { return true; }
  std::vector<std::string> parameter_names() const override { return full_.parameter_names(); }

 private:
  MinibatchLogisticRegression(const SignedRows& training, const LogisticRegressionOptions& options, std::uint64_t seed);
  void gather(const SampleId& id);

  LogisticRegression full_;
  Eigen::MatrixXd rows_;  // [D x N] signed observations
  Minibatches minibatches_;
  double prior_precision_, log_prior_normalizer_;

  // Workspaces.
  std::optional<SampleId> gathered_;  // whose minibatch batch_ is
  Eigen::MatrixXd batch_;             // [D x size]
  Eigen::VectorXd theta_;             // [D]
  Eigen::ArrayXd margins_, exponentials_;
};

}  // namespace gmmvi::target
