#include "problem/simulator_target.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "core/contract.hpp"
#include "core/random.hpp"

namespace gmmvi::problem {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Eigen::Index outputs_of(const Posterior& posterior) {
  return posterior.likelihood ? posterior.likelihood->outputs() : 1;
}

/// A simulator that counts its outputs at its first evaluation only says 0 before.
void check_outputs(Eigen::Index outputs, const Posterior& posterior) {
  const Eigen::Index wanted = outputs_of(posterior);
  if (outputs == 0 || outputs == wanted) return;
  throw Error(
      posterior.likelihood
          ? fmt::format("The simulator returns {} outputs, but the data they are compared with have {} rows. Each "
                        "output needs one, those without a value, too: write NA there, since an empty line is "
                        "no row.",
                        outputs, wanted)
          : fmt::format("The simulator returns {} numbers, where a log density is one. If they are outputs that "
                        "data are compared with, say `returns: outputs`.",
                        outputs),
      ExitCode::configuration);
}

[[noreturn]] void fail(const std::string& complaint) {
  throw Error(complaint, ExitCode::unavailable);
}

}  // namespace

std::vector<Eigen::Index> all_but_noise(std::size_t parameters, const Likelihood& likelihood) {
  std::vector<Eigen::Index> rest;
  const auto& noise = likelihood.noise_parameters();
  for (Eigen::Index d = 0; d < static_cast<Eigen::Index>(parameters); ++d)
    if (std::ranges::find(noise, d) == noise.end()) rest.push_back(d);
  return rest;
}

std::int64_t simulation_seed(std::uint64_t run_seed, const SampleId& id) {
  constexpr std::uint64_t seeds = (std::uint64_t{1} << 31) - 1;
  core::Stream stream(run_seed, core::Purpose::simulation, {.iteration = id.batch, .index = id.position});
  return 1 + static_cast<std::int64_t>(stream.below(seeds));
}

SimulatorTarget::SimulatorTarget(std::unique_ptr<external::Simulator> simulator, Posterior posterior,
                                 std::uint64_t run_seed)
    : simulator_(std::move(simulator)), posterior_(std::move(posterior)), run_seed_(run_seed) {
  GMMVI_GUARD(posterior_.priors.none() || posterior_.priors.dimension() == std::ssize(posterior_.names),
              "a prior for each");
  if (simulator_->dimension() != static_cast<Eigen::Index>(posterior_.sent.size()))
    throw Error(fmt::format("The simulator takes {} parameters, but `parameters` has {} for it.",
                            simulator_->dimension(), posterior_.sent.size()),
                ExitCode::configuration);
  check_outputs(simulator_->outputs(), posterior_);
  posterior_.keep_jacobians =
      posterior_.keep_jacobians && posterior_.keep_outputs && posterior_.likelihood && simulator_->gives_jacobians();
}

Eigen::Index SimulatorTarget::outputs() const {
  return posterior_.keep_outputs && posterior_.likelihood ? posterior_.likelihood->outputs() : 0;
}

Evaluation SimulatorTarget::evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                                     bool want_gradients) {
  GMMVI_GUARD(static_cast<Eigen::Index>(ids.size()) == samples.cols(), "a number for every sample");
  Evaluation evaluation = Evaluation::of_size(dimension(), samples.cols(), want_gradients, output_numbers());
  evaluation.log_densities.setConstant(-infinity);
  evaluation.gradients.setZero();
  evaluation.status.assign(ids.size(), EvaluationStatus::outside_support);
  const std::vector<Eigen::Index> inside = supported(samples);
  if (inside.empty()) return evaluation;

  std::vector<SampleId> inside_ids;
  inside_ids.reserve(inside.size());
  for (const Eigen::Index n : inside) inside_ids.push_back(ids[static_cast<std::size_t>(n)]);
  const external::Answer answer = ask(samples(Eigen::all, inside), inside_ids, want_gradients);
  for (std::size_t k = 0; k < inside.size(); ++k) {
    const Eigen::Index n = inside[k], column = static_cast<Eigen::Index>(k);
    EvaluationStatus& status = evaluation.status[static_cast<std::size_t>(n)];
    status = answer.status.empty() ? EvaluationStatus::value : answer.status[k];
    if (status != EvaluationStatus::value) continue;
    if (outputs() > 0) evaluation.outputs.col(n).head(outputs()) = answer.outputs.col(column);
    if (has_slopes()) evaluation.outputs.col(n).tail(dimension() * outputs()) = jacobian(answer, column).reshaped();
    const Contribution ours = contribution(samples.col(n), answer.outputs.col(column), want_gradients);
    evaluation.log_densities[n] = ours.log_density;
    if (!want_gradients) continue;
    evaluation.gradients.col(n) = ours.gradient;
    evaluation.gradients(posterior_.sent, n) += answer.gradients.col(column);
  }
  if (samples.cols() == 1 && answers_) explain(answer, evaluation.log_densities[0]);
  return evaluation;
}

Eigen::MatrixXd SimulatorTarget::predictors(const Eigen::Ref<const Eigen::MatrixXd>& outputs) const {
  Eigen::MatrixXd all(predictor_count(), outputs.cols());
  for (Eigen::Index n = 0; n < outputs.cols(); ++n)
    all.col(n) = posterior_.likelihood->predictors(outputs.col(n).head(this->outputs()));
  return all;
}

Eigen::MatrixXd SimulatorTarget::slopes(const Eigen::Ref<const Eigen::MatrixXd>& outputs) const {
  const Eigen::Index m = this->outputs();
  Eigen::MatrixXd all(predictor_count() * dimension(), outputs.cols());
  for (Eigen::Index n = 0; n < outputs.cols(); ++n) {
    const Eigen::VectorXd column = outputs.col(n);
    all.col(n) =
        posterior_.likelihood->slopes(column.head(m), column.tail(m * dimension()).reshaped(m, dimension())).reshaped();
  }
  return all;
}

// [M x D]; parameters that the simulator is not sent do not change its outputs.
Eigen::MatrixXd SimulatorTarget::jacobian(const external::Answer& answer, Eigen::Index column) const {
  Eigen::MatrixXd all = Eigen::MatrixXd::Zero(outputs(), dimension());
  all(Eigen::all, posterior_.sent) =
      answer.jacobians.col(column).reshaped(outputs(), static_cast<Eigen::Index>(posterior_.sent.size()));
  return all;
}

std::optional<OutputsExpansion> SimulatorTarget::expansion(const Eigen::VectorXd& predictors,
                                                           const Eigen::VectorXd& x) const {
  if (supported(x).empty()) return std::nullopt;
  const auto& noise = posterior_.likelihood->noise_parameters();
  Likelihood::Expansion of_noise = posterior_.likelihood->expansion(predictors, x);
  const Eigen::Index d = x.size();
  OutputsExpansion expansion{.by_predictors = std::move(of_noise.by_predictors),
                             .information = std::move(of_noise.information),
                             .prior_gradient = Eigen::VectorXd::Zero(d),
                             .prior_hessian = Eigen::MatrixXd::Zero(d, d)};
  if (!posterior_.priors.none()) {
    expansion.prior_gradient = posterior_.priors.gradient(x);
    expansion.prior_hessian = posterior_.priors.hessian(x);
  }
  if (noise.empty()) return expansion;
  expansion.by_noise = Eigen::VectorXd::Zero(d);
  expansion.noise_information = Eigen::MatrixXd::Zero(d, d);
  expansion.mixed_information = Eigen::MatrixXd::Zero(predictors.size(), d);
  expansion.by_noise(noise) = of_noise.parameters;
  expansion.noise_information(noise, noise) = of_noise.parameter_information;
  expansion.mixed_information(Eigen::all, noise) = of_noise.mixed;
  return expansion;
}

std::vector<Eigen::Index> SimulatorTarget::supported(const Eigen::Ref<const Eigen::MatrixXd>& samples) const {
  std::vector<Eigen::Index> inside;
  for (Eigen::Index n = 0; n < samples.cols(); ++n) {
    const bool noise = !posterior_.likelihood || posterior_.likelihood->supports(samples.col(n));
    if (noise && posterior_.priors.log_density(samples.col(n)) > -infinity) inside.push_back(n);
  }
  return inside;
}

external::Answer SimulatorTarget::ask(const Eigen::MatrixXd& samples, std::span<const SampleId> ids,
                                      bool want_gradients) {
  const Eigen::MatrixXd sent = samples(posterior_.sent, Eigen::all);
  std::vector<std::int64_t> seeds;
  for (const SampleId& id : ids) seeds.push_back(simulation_seed(run_seed_, id));
  const auto sensitivity = [&](Eigen::Index column, const Eigen::VectorXd& outputs) -> Eigen::VectorXd {
    check_size(outputs.size());
    if (!posterior_.likelihood) return Eigen::VectorXd::Ones(1);
    return posterior_.likelihood->value(outputs, samples.col(column), true).outputs;
  };
  external::Answer answer = simulator_->evaluate({.samples = sent,
                                                  .ids = ids,
                                                  .seeds = seeds,
                                                  .want_gradients = want_gradients || has_slopes(),
                                                  .sensitivity = sensitivity,
                                                  .want_jacobians = has_slopes()});
  check(answer, sent, want_gradients);
  return answer;
}

void SimulatorTarget::check_size(Eigen::Index outputs) const {
  const Eigen::Index wanted = outputs_of(posterior_);
  if (outputs != wanted) fail(fmt::format("the simulator returned {} numbers instead of {}", outputs, wanted));
}

void SimulatorTarget::check(const external::Answer& answer, const Eigen::MatrixXd& sent, bool want_gradients) const {
  check_size(answer.outputs.rows());
  const Eigen::Index count = sent.cols();
  const bool statuses = answer.status.empty() || static_cast<Eigen::Index>(answer.status.size()) == count;
  if (answer.outputs.cols() != count || !statuses)
    fail(fmt::format("the simulator answered for {} samples instead of {}", answer.outputs.cols(), count));
  if (want_gradients && (answer.gradients.rows() != sent.rows() || answer.gradients.cols() != count))
    fail(fmt::format("the simulator returned gradients of shape [{} x {}] instead of [{} x {}]",
                     answer.gradients.rows(), answer.gradients.cols(), sent.rows(), count));
  const Eigen::Index numbers = answer.outputs.rows() * sent.rows();
  if (has_slopes() && (answer.jacobians.rows() != numbers || answer.jacobians.cols() != count))
    fail(fmt::format("the simulator returned Jacobians of {} numbers for {} samples instead of {} for {}",
                     answer.jacobians.rows(), answer.jacobians.cols(), numbers, count));
}

SimulatorTarget::Contribution SimulatorTarget::contribution(const Eigen::VectorXd& x, const Eigen::VectorXd& outputs,
                                                            bool want_gradients) const {
  Contribution ours{posterior_.priors.log_density(x), Eigen::VectorXd::Zero(want_gradients ? x.size() : 0)};
  if (want_gradients && !posterior_.priors.none()) ours.gradient = posterior_.priors.gradient(x);
  if (!posterior_.likelihood) {
    ours.log_density += outputs[0];
    return ours;
  }
  const Likelihood::Value value = posterior_.likelihood->value(outputs, x, want_gradients);
  ours.log_density += value.log_density;
  if (want_gradients) ours.gradient(posterior_.likelihood->noise_parameters()) += value.parameters;
  return ours;
}

// That the log density is NaN says little of outputs. In a group, a reason would be that of all its samples.
void SimulatorTarget::explain(const external::Answer& answer, double log_density) const {
  if (!std::isnan(log_density) || !posterior_.likelihood) return;
  const Eigen::VectorXd outputs = answer.outputs.col(0);
  const external::Counted counted(outputs.size(), posterior_.likelihood->rows());
  const Eigen::Index bad = counted.first_not_finite(outputs);
  if (bad == outputs.size()) return;
  fail(fmt::format("output {} of the simulator's {} is {}", bad + 1, outputs.size(), outputs[bad]));
}

}  // namespace gmmvi::problem
