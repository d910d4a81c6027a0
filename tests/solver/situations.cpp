#include "solver/situations.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>

#include <Eigen/Dense>

namespace gmmvi::test {

Evaluation PointwiseTarget::evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId>,
                                     bool want_gradients) {
  Evaluation result = Evaluation::of_size(dimension_, samples.cols(), want_gradients);
  Eigen::VectorXd gradient(dimension_);
  for (Eigen::Index n = 0; n < samples.cols(); ++n) {
    result.log_densities[n] = value(samples.col(n), gradient);
    if (want_gradients) result.gradients.col(n) = gradient;
  }
  return result;
}

GaussianTarget::GaussianTarget(Eigen::VectorXd mean, Eigen::MatrixXd covariance, double log_z, Eigen::Index group_size)
    : PointwiseTarget(mean.size(), group_size),
      mean_(std::move(mean)),
      covariance_(std::move(covariance)),
      precision_(covariance_.inverse()),
      log_normalizer_(log_z - 0.5 * static_cast<double>(mean_.size()) * std::log(2.0 * std::numbers::pi) -
                      0.5 * std::log(covariance_.determinant())) {}

double GaussianTarget::value(const Eigen::VectorXd& x, Eigen::VectorXd& gradient) {
  gradient = precision_ * (mean_ - x);
  return log_normalizer_ - 0.5 * (mean_ - x).dot(gradient);
}

GaussianTarget correlated_gaussian(Eigen::Index dimension, double log_z) {
  Eigen::MatrixXd covariance = Eigen::MatrixXd::Identity(dimension, dimension);
  for (Eigen::Index i = 0; i < dimension; ++i)
    for (Eigen::Index j = 0; j < dimension; ++j) covariance(i, j) = std::pow(0.6, std::abs(static_cast<double>(i - j)));
  return {Eigen::VectorXd::LinSpaced(dimension, -1.0, 2.0), 0.7 * covariance, log_z, 16};
}

Evaluation BentOutputs::evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                                 bool want_gradients) {
  Evaluation result = PointwiseTarget::evaluate(samples, ids, want_gradients);
  result.outputs.resize(output_numbers(), samples.cols());
  for (Eigen::Index n = 0; n < samples.cols(); ++n) {
    result.outputs.col(n).head(outputs()) = simulated(samples.col(n));
    if (with_jacobians_) result.outputs.col(n).tail(outputs() * dimension()) = jacobian(samples.col(n)).reshaped();
    if (ids[static_cast<std::size_t>(n)].position % 7 == 6)
      result.outputs.col(n).setConstant(std::numeric_limits<double>::quiet_NaN());
  }
  return result;
}

Eigen::VectorXd BentOutputs::simulated(const Eigen::VectorXd& x) const {
  Eigen::VectorXd y(outputs());
  y << x, 0.5 * x.head(3).sum();
  y[1] += 0.1 * x[0] * x[0];
  return y;
}

Eigen::MatrixXd BentOutputs::jacobian(const Eigen::VectorXd& x) const {
  Eigen::MatrixXd slope = Eigen::MatrixXd::Zero(outputs(), dimension());
  slope.topRows(dimension()).setIdentity();
  slope.row(dimension()).head(3).setConstant(0.5);
  slope(1, 0) = 0.2 * x[0];
  return slope;
}

double BentOutputs::value(const Eigen::VectorXd& x, Eigen::VectorXd& /*gradient*/) {
  return -0.5 * ((data() - simulated(x)).squaredNorm() + x.squaredNorm() / 9.0);
}

std::optional<OutputsExpansion> BentOutputs::expansion(const Eigen::VectorXd& predictors,
                                                       const Eigen::VectorXd& x) const {
  return OutputsExpansion{.by_predictors = data() - predictors,
                          .information = Eigen::VectorXd::Ones(outputs()),
                          .prior_gradient = -x / 9.0,
                          .prior_hessian = Eigen::MatrixXd::Identity(x.size(), x.size()) / -9.0};
}

Evaluation SensitiveTarget::evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                                     bool want_gradients) {
  Evaluation result = target_->evaluate(samples, ids, want_gradients);
  const double of_group = samples.sum();
  for (Eigen::Index n = 0; n < samples.cols(); ++n) {
    const SampleId& id = ids[static_cast<std::size_t>(n)];
    result.log_densities[n] += 1e-3 * std::sin(of_group + static_cast<double>(id.batch % 1000 + id.position));
  }
  return result;
}

Options sepyfux(int desired_samples, double component_stepsize, double weight_stepsize) {
  Options options;
  options.component_adapter = FixedComponentsOptions{};
  options.sample_selector = MixtureBasedSelectionOptions{.desired_samples_per_component = desired_samples};
  options.component_updater = IblrUpdateOptions{};
  options.component_stepsize = FixedStepsizeOptions{component_stepsize};
  options.weight_updater = DirectWeightOptions{};
  options.weight_stepsize = FixedStepsizeOptions{weight_stepsize};
  return options;
}

const Mixture<FullCovariance>& full(const Gmmvi& solver) {
  return std::get<Mixture<FullCovariance>>(solver.mixture());
}

template <class Covariance>
std::uint64_t hash(const Mixture<Covariance>& mixture) {
  std::uint64_t hash = 14695981039346656037U;
  const auto take = [&hash](std::uint64_t bits) {
    for (int byte = 0; byte < 8; ++byte, bits >>= 8) hash = (hash ^ (bits & 0xFF)) * 1099511628211U;
  };
  std::vector<double> packed(static_cast<std::size_t>(Covariance::packed_size(mixture.dimension())));
  for (Eigen::Index k = 0; k < mixture.size(); ++k) {
    take(mixture.components()[static_cast<std::size_t>(k)].id);
    take(std::bit_cast<std::uint64_t>(mixture.log_weights()[k]));
    for (const double entry : mixture.gaussian(k).mean()) take(std::bit_cast<std::uint64_t>(entry));
    mixture.gaussian(k).covariance().pack(packed);
    for (const double entry : packed) take(std::bit_cast<std::uint64_t>(entry));
  }
  return hash;
}

template <class Covariance>
bool all_finite(const Mixture<Covariance>& mixture) {
  bool finite = mixture.log_weights().allFinite();
  for (Eigen::Index k = 0; k < mixture.size(); ++k)
    finite =
        finite && mixture.gaussian(k).mean().allFinite() && mixture.gaussian(k).covariance().cholesky().allFinite();
  return finite;
}

template std::uint64_t hash(const Mixture<FullCovariance>&);
template std::uint64_t hash(const Mixture<DiagonalCovariance>&);
template bool all_finite(const Mixture<FullCovariance>&);
template bool all_finite(const Mixture<DiagonalCovariance>&);

std::uint64_t hash(const AnyMixture& mixture) {
  return std::visit([](const auto& of_shape) { return hash(of_shape); }, mixture);
}

bool all_finite(const AnyMixture& mixture) {
  return std::visit([](const auto& of_shape) { return all_finite(of_shape); }, mixture);
}

std::vector<std::uint64_t> ids(const AnyMixture& mixture) {
  std::vector<std::uint64_t> all;
  std::visit(
      [&](const auto& m) {
        for (const auto& component : m.components()) all.push_back(component.id);
      },
      mixture);
  return all;
}

Mixture<FullCovariance> single(const Eigen::VectorXd& mean, const Eigen::MatrixXd& covariance) {
  return {{std::make_shared<const Gaussian<FullCovariance>>(mean, *FullCovariance::from_matrix(covariance))},
          Eigen::VectorXd::Ones(1)};
}

double kl(const Eigen::VectorXd& mean, const Eigen::MatrixXd& covariance, const Eigen::VectorXd& mean0,
          const Eigen::MatrixXd& covariance0) {
  const Eigen::MatrixXd precision0 = covariance0.inverse();
  return 0.5 * ((precision0 * covariance).trace() - static_cast<double>(mean.size()) +
                (mean - mean0).dot(precision0 * (mean - mean0)) +
                std::log(covariance0.determinant() / covariance.determinant()));
}

void append(Trace& trace, const IterationReport& report, const Gmmvi& solver) {
  trace.hashes.push_back(hash(solver.mixture()));
  const std::array<double, 10> numbers{static_cast<double>(report.iteration),
                                       static_cast<double>(report.evaluations),
                                       static_cast<double>(report.failures),
                                       static_cast<double>(report.components),
                                       static_cast<double>(report.new_samples),
                                       static_cast<double>(report.reused_samples),
                                       static_cast<double>(report.refused_updates),
                                       report.fraction_outside,
                                       report.batch_was_usable ? 1.0 : 0.0,
                                       report.elbo_estimate.value_or(std::numeric_limits<double>::lowest())};
  trace.numbers.insert(trace.numbers.end(), numbers.begin(), numbers.end());
}

Trace run(const std::function<Gmmvi(const Communicator&)>& build, const Communicator& ranks, int iterations) {
  Trace trace;
  Gmmvi solver = build(ranks);
  for (int i = 0; i < iterations; ++i) append(trace, solver.train_iter(), solver);
  return trace;
}

}  // namespace gmmvi::test
