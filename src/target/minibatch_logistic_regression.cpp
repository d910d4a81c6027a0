#include "target/minibatch_logistic_regression.hpp"

#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "core/contract.hpp"
#include "target/usable.hpp"

namespace gmmvi::target {
namespace {

/// All observations but those of the test set, which are the last.
SignedRows training_set(const LabelledTable& table, const LogisticRegressionOptions& options) {
  SignedRows data = signed_rows(table, options.center);
  const Eigen::Index training = data.rows.rows() - options.size_test_set;
  if (training < 1 || options.batch_size.value_or(1) > training) {
    throw Error(fmt::format("{}: there are {} observations, of which a test set of {} and minibatches of {} cannot be "
                            "taken. Make size_test_set or batch_size smaller.",
                            options.data, data.rows.rows(), options.size_test_set, options.batch_size.value_or(1)),
                ExitCode::data);
  }
  data.rows.conservativeResize(training, Eigen::NoChange);
  return data;
}

}  // namespace

MinibatchLogisticRegression::MinibatchLogisticRegression(const LabelledTable& table,
                                                         const LogisticRegressionOptions& options, std::uint64_t seed)
    : MinibatchLogisticRegression(training_set(table, options), options, seed) {}

MinibatchLogisticRegression::MinibatchLogisticRegression(const SignedRows& training,
                                                         const LogisticRegressionOptions& options, std::uint64_t seed)
    : full_(training, options.prior_std),
      rows_(training.rows.transpose()),
      minibatches_(rows_.cols(), options.batch_size.value_or(rows_.cols()), options.use_own_batch_per_sample, seed),
      prior_precision_(1.0 / (options.prior_std * options.prior_std)),
      log_prior_normalizer_(-static_cast<double>(rows_.rows()) *
                            (std::log(options.prior_std) + 0.5 * std::log(2.0 * std::numbers::pi))),
      batch_(rows_.rows(), minibatches_.size()),
      theta_(rows_.rows()) {}

void MinibatchLogisticRegression::gather(const SampleId& id) {
  if (gathered_ && minibatches_.same(*gathered_, id)) return;
  Eigen::Index n = 0;
  for (const Eigen::Index row : minibatches_.of(id)) batch_.col(n++) = rows_.col(row);
  gathered_ = id;
}

// Σ log σ(u) = Σ min(u, 0) − log(1 + exp(−|u|)), u = rows·θ; its gradient is Σ σ(−u) row.
Evaluation MinibatchLogisticRegression::evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples,
                                                 std::span<const SampleId> ids, bool want_gradients) {
  GMMVI_GUARD(static_cast<Eigen::Index>(ids.size()) == samples.cols(), "a number for every sample");
  if (!ids.empty() && (ids.front().batch & SampleId::metrics_batch) != 0)
    return full_.evaluate(samples, ids, want_gradients);
  const double scale = static_cast<double>(rows_.cols()) / static_cast<double>(minibatches_.size());
  Evaluation result = Evaluation::of_size(dimension(), samples.cols(), want_gradients);
  for (Eigen::Index n = 0; n < samples.cols(); ++n) {
    const double verdict = verdict_on(samples.col(n));
    gather(ids[static_cast<std::size_t>(n)]);
    theta_ = verdict == 0.0 ? Eigen::VectorXd(samples.col(n)) : Eigen::VectorXd::Zero(dimension());
    margins_ = (batch_.transpose() * theta_).array();
    exponentials_ = (-margins_.abs()).exp();
    result.log_densities[n] = verdict + scale * (margins_.min(0.0) - (1.0 + exponentials_).log()).sum() +
                              log_prior_normalizer_ - 0.5 * prior_precision_ * theta_.squaredNorm();
    if (!want_gradients) continue;
    margins_ = (margins_ < 0.0).select(1.0, exponentials_) / (1.0 + exponentials_);
    result.gradients.col(n) = scale * (batch_ * margins_.matrix()) - prior_precision_ * theta_;
  }
  return result;
}

}  // namespace gmmvi::target
