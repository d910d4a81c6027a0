#pragma once

#include <vector>

#include "gmmvi/eigen.hpp"
#include "gmmvi/target.hpp"

namespace gmmvi {

/// n samples, and what the target said of them.
struct Evaluations {
  Eigen::MatrixXd samples;        ///< [D x n]
  Eigen::VectorXd log_densities;  ///< [n] log p̃(x); −∞ outside the support, NaN where there is no value
  Eigen::MatrixXd gradients;      ///< [D x n] ∇log p̃(x), 0 where it is not known; [D x 0] if none were asked for
  Eigen::MatrixXd outputs = {};   ///< [M x n] of a simulator, NaN where they are not known; empty if none are kept

  /// n samples to be filled in; outputs are not known.
  static Evaluations of_size(Eigen::Index dimension, Eigen::Index count, bool with_gradients, Eigen::Index outputs = 0);

  Eigen::Index size() const { return samples.cols(); }
  Eigen::Index dimension() const { return samples.rows(); }
  bool has_gradients() const { return gradients.cols() > 0; }
  bool has_outputs() const { return outputs.rows() > 0; }
  /// How the evaluation of sample n ended, which its log density says.
  EvaluationStatus status(Eigen::Index n) const;
  /// Whether there are as many log densities as samples, and as many gradients and outputs or none, the gradients of
  /// the samples' dimension.
  bool is_consistent() const;

  /// The samples at `columns`.
  Evaluations select(const std::vector<Eigen::Index>& columns) const;
  /// `count` samples from `first` on.
  Evaluations slice(Eigen::Index first, Eigen::Index count) const;
  /// Puts `part` in the place of the samples from `first` on. Where it has no gradients, or not as many outputs each,
  /// they are left as they are.
  void put(Eigen::Index first, const Evaluations& part);
  /// Adds `more` behind the others. With gradients and outputs if either has them, then 0 and NaN where they are not
  /// known.
  void append(const Evaluations& more);
};

}  // namespace gmmvi
