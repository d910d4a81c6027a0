#pragma once

#include <optional>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/target.hpp"

#include "target/labelled_table.hpp"

namespace gmmvi::target {

/// The rows (1, features / standard deviation) of a table, times 1 for label 0 and −1 for label 1: the likelihood of an
/// observation is σ(row·θ). With `center` features are taken less their mean.
struct SignedRows {
  std::vector<std::string> names;  ///< [D] "intercept" and the features
  Eigen::MatrixXd rows;            ///< [N x D]
};
/// Throws Error (ExitCode::data) where the standard deviation of a feature is 0 or not finite.
SignedRows signed_rows(const LabelledTable& table, bool center = false);

/// Features whose mean is a hundred standard deviations or more from 0, if there are, as a warning: intercept and
/// coefficient are then one and the same parameter but for a hundredth, so that the prior of the former binds the
/// latter.
std::optional<std::string> far_from_zero(const LabelledTable& table);

/// The posterior of Bayesian logistic regression. θ = (intercept, coefficients of the features divided by their
/// standard deviation), prior N(0, prior_std² I), normalised. As in the reference, (1, features)·θ are the log odds of
/// label 0: P(label 1) = 1 / (1 + exp((1, features)·θ)).
class LogisticRegression : public Target {
 public:
  /// `prior_std` > 0. Throws what signed_rows() does.
  LogisticRegression(const LabelledTable& table, double prior_std, bool center = false)
      : LogisticRegression(signed_rows(table, center), prior_std) {}
  LogisticRegression(const SignedRows& data, double prior_std);

  Eigen::Index dimension() const override { return signed_rows_.cols(); }
  bool has_gradients() const override { return true; }
  /// A sample with a NaN gets log density NaN; one that is infinite, or so large that its prior underflows, −∞.
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) override;
  Eigen::Index group_size() const override { return 64; }
  bool cheap() const override { return true; }
  std::vector<std::string> parameter_names() const override { return names_; }

 private:
  // A strip of samples against a chunk of observations: residuals and rows stay in the first cache.
  static constexpr Eigen::Index strip = 16;
  static constexpr Eigen::Index chunk = 48;
  /// [strip x …] a sample a row: vector instructions work across samples, so that a sample's sums run in the same order
  /// wherever it stands.
  using Strip = Eigen::Array<double, strip, Eigen::Dynamic>;
  using PerSample = Eigen::Array<double, strip, 1>;
  using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

  void load(const Eigen::Ref<const Eigen::MatrixXd>& samples);
  void add_log_likelihood(bool want_gradients);

  std::vector<std::string> names_;
  Rows signed_rows_;  // [observations, padded with zeros to whole chunks x D]; see the constructor
  double padding_;    // how many rows of zeros
  double prior_precision_;
  double log_prior_normalizer_;

  // Workspaces; samples that are not usable, and those past the last, are zero in theta_.
  Strip theta_;            // [strip x D]
  PerSample log_density_;  // [strip]
  Strip margins_;          // [strip x chunk] u = rows·θ, then σ(−u)
  Strip gradient_;         // [strip x D]
};

}  // namespace gmmvi::target
