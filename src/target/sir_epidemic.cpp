#include "target/sir_epidemic.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/numeric/odeint.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/contract.hpp"

namespace gmmvi::target {
namespace {

constexpr int steps_per_day = 16;
constexpr double greatest_rate = 16.0;  // per day; the method is stable up to 2.78 times the steps per day
constexpr double fewest_ill = 1e-10;    // added: the mean of a count stays positive

constexpr int infection = 0, recovery = 1, initially_ill = 2, overdispersion = 3, parameters = 4;
const Eigen::Array4d prior_means = {0.0, -1.0, 0.0, 1.5};

/// S and I, and their derivatives by β, γ and I₀, for a block of samples.
constexpr int susceptible = 0, ill = 1, susceptible_by = 2, ill_by = susceptible_by + 3, quantities = ill_by + 3;
using State = Eigen::Array<double, lanes, quantities>;

/// The right side of the differential equations.
struct Dynamics {
  LaneArray beta_per_head, gamma;
  double population;

  void operator()(const State& state, State& change, double /*t*/) const {
    const LaneArray contacts = state.col(susceptible) * state.col(ill);
    change.col(susceptible) = -beta_per_head * contacts;
    change.col(ill) = beta_per_head * contacts - gamma * state.col(ill);
    for (int p = infection; p <= initially_ill; ++p) {
      LaneArray infections = beta_per_head * (state.col(susceptible_by + p) * state.col(ill) +
                                              state.col(susceptible) * state.col(ill_by + p));
      if (p == infection) infections += contacts / population;
      change.col(susceptible_by + p) = -infections;
      change.col(ill_by + p) = infections - gamma * state.col(ill_by + p);
      if (p == recovery) change.col(ill_by + p) -= state.col(ill);
    }
  }
};

State start_with(const LaneArray& initially, double population) {
  State state = State::Zero();
  state.col(susceptible) = population - initially;
  state.col(ill) = initially;
  state.col(susceptible_by + initially_ill) = -1.0;
  state.col(ill_by + initially_ill) = 1.0;
  return state;
}

/// log Γ(y + φ) − log Γ(φ) and its derivative by φ.
struct LogRisingFactorial {
  LaneArray value, derivative;
};
LogRisingFactorial log_rising_factorial(const LaneArray& phi, double count) {
  LogRisingFactorial result{LaneArray::Zero(), LaneArray::Zero()};
  if (count == 0.0) return result;
  for (Eigen::Index lane = 0; lane < lanes; ++lane) {
    result.value[lane] = boost::math::lgamma(count + phi[lane]) - boost::math::lgamma(phi[lane]);
    result.derivative[lane] = boost::math::digamma(count + phi[lane]) - boost::math::digamma(phi[lane]);
  }
  return result;
}

/// log of the negative binomial probability of a count, without the factorial of the count, and its derivatives.
struct CountLikelihood {
  LaneArray value, by_mean, by_phi;
};
CountLikelihood count_likelihood(double count, const LaneArray& mean, const LaneArray& phi) {
  const LogRisingFactorial rising = log_rising_factorial(phi, count);
  const LaneArray log_sum = (mean + phi).log(), weight = (count + phi) / (mean + phi);
  return {rising.value + phi * (phi.log() - log_sum) + count * (mean.log() - log_sum), count / mean - weight,
          rising.derivative + phi.log() - log_sum + 1.0 - weight};
}

/// Parameters that the integrator cannot serve are outside; so are φ that make a likelihood of no use.
Eigen::Array<bool, lanes, 1> outside_support(const Block& rates, double population) {
  return rates.col(infection) > greatest_rate || rates.col(recovery) > greatest_rate ||
         rates.col(initially_ill) > population || rates.col(overdispersion) < 1e-12 || rates.col(overdispersion) > 1e12;
}

/// Of the counts, with the overdispersion as its parameter.
problem::Likelihood likelihood_of(const Eigen::VectorXd& counts) {
  const problem::LikelihoodOptions options{
      .data = "the counts", .column = "ill", .family = "negative_binomial", .arguments = {"overdispersion"}};
  const auto data = problem::read_data(options.data, fmt::format("ill\n{:.17g}\n", fmt::join(counts, "\n")));
  return {options, data, std::vector<std::string>{"overdispersion"}};
}

}  // namespace

SirEpidemic::SirEpidemic(Eigen::VectorXd counts, double population, bool with_outputs)
    : counts_(std::move(counts)),
      population_(population),
      with_outputs_(with_outputs),
      likelihood_(likelihood_of(counts_)) {
  log_constant_ = -0.5 * parameters * std::log(2.0 * std::numbers::pi);
  for (const double count : counts_) log_constant_ -= std::lgamma(count + 1.0);
  GMMVI_EXPECT(counts_.size() > 0 && counts_.minCoeff() >= 0.0 && counts_.maxCoeff() <= population, "see the header");
}

std::vector<std::string> SirEpidemic::parameter_names() const {
  return {"log_infection_rate", "log_recovery_rate", "log_initially_ill", "log_overdispersion"};
}

LaneArray SirEpidemic::simulate(const Block& x, Block* gradient, Block* outputs) const {
  Block rates = x.exp();
  const auto outside = outside_support(rates, population_);
  for (int p = 0; p < parameters; ++p) rates.col(p) = outside.select(1.0, rates.col(p));

  const Dynamics dynamics{rates.col(infection) / population_, rates.col(recovery), population_};
  State state = start_with(rates.col(initially_ill), population_);
  boost::numeric::odeint::runge_kutta4<State, double, State, double, boost::numeric::odeint::vector_space_algebra>
      method;
  LaneArray density = LaneArray::Zero();
  Block by_rates = Block::Zero(lanes, parameters);
  for (Eigen::Index day = 0; day < counts_.size(); ++day) {
    for (int step = 0; step < steps_per_day; ++step) method.do_step(dynamics, state, 0.0, 1.0 / steps_per_day);
    const LaneArray mean = state.col(ill) + fewest_ill;
    if (outputs != nullptr) outputs->col(day) = mean;
    const CountLikelihood likelihood = count_likelihood(counts_[day], mean, rates.col(overdispersion));
    density += likelihood.value;
    for (int p = infection; p <= initially_ill; ++p) by_rates.col(p) += likelihood.by_mean * state.col(ill_by + p);
    by_rates.col(overdispersion) += likelihood.by_phi;
  }
  for (int p = 0; p < parameters; ++p) {
    const LaneArray deviation = x.col(p) - prior_means[p];
    density -= 0.5 * deviation.square();
    if (gradient != nullptr) gradient->col(p) = by_rates.col(p) * rates.col(p) - deviation;
  }
  return outside.select(-std::numeric_limits<double>::infinity(), density + log_constant_);
}

Eigen::MatrixXd SirEpidemic::predictors(const Eigen::Ref<const Eigen::MatrixXd>& outputs) const {
  Eigen::MatrixXd all(outputs.rows(), outputs.cols());
  for (Eigen::Index n = 0; n < outputs.cols(); ++n) all.col(n) = likelihood_.predictors(outputs.col(n));
  return all;
}

std::optional<OutputsExpansion> SirEpidemic::expansion(const Eigen::VectorXd& predictors,
                                                       const Eigen::VectorXd& x) const {
  Block rates(lanes, parameters);
  rates.rowwise() = x.transpose().array().exp();
  if (outside_support(rates, population_).any()) return std::nullopt;
  const double phi = rates(0, overdispersion);
  const auto of_noise = likelihood_.expansion(predictors, Eigen::VectorXd::Constant(1, phi));
  OutputsExpansion expansion{.by_predictors = of_noise.by_predictors,
                             .information = of_noise.information,
                             .by_noise = Eigen::VectorXd::Zero(parameters),
                             .noise_information = Eigen::MatrixXd::Zero(parameters, parameters),
                             .mixed_information = Eigen::MatrixXd::Zero(predictors.size(), parameters),
                             .prior_gradient = prior_means.matrix() - x,
                             .prior_hessian = -Eigen::MatrixXd::Identity(parameters, parameters)};
  expansion.by_noise[overdispersion] = phi * of_noise.parameters[0];
  expansion.noise_information(overdispersion, overdispersion) = phi * phi * of_noise.parameter_information(0, 0);
  return expansion;
}

}  // namespace gmmvi::target
