#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/options.hpp"

#include "external/options.hpp"
#include "problem/options.hpp"

namespace gmmvi::target {

/// Bayesian logistic regression with a normal prior on intercept and coefficients.
struct LogisticRegressionOptions {
  std::string data;                             ///< a file that read_table() understands
  double prior_std = 10.0;                      ///< > 0
  bool center = false;                          ///< whether features are taken less their mean
  std::optional<Eigen::Index> batch_size = {};  ///< >= 1; observations in a minibatch; absent: all
  Eigen::Index size_test_set = 0;               ///< >= 0; so many of the last observations are left out
  bool use_own_batch_per_sample = true;         ///< a minibatch for each sample, or one for all of a batch
};

/// The reference's random mixtures: 10 components of equal weight (drawn from the seed of the run).
struct RandomGaussianMixtureOptions {
  Eigen::Index dimension = 20;  ///< >= 1
  bool diagonal = false;        ///< covariances
};

/// Rows of numbers.
using Rows = std::vector<std::vector<double>>;

/// A mixture that is given: by a model file, or by its parameters.
struct GaussianMixtureOptions {
  std::string model = {};              ///< path of a model.nc; empty: the parameters below
  std::vector<double> weights = {};    ///< [K] > 0; empty: equal ones
  Rows means = {};                     ///< K times [D]
  std::vector<Rows> covariances = {};  ///< K times [D x D]; empty: `variances`
  Rows variances = {};                 ///< K times [D] > 0
};

/// The reference's random instance (drawn from the seed of the run).
struct RandomStudentTMixtureOptions {
  Eigen::Index dimension = 20;  ///< >= 1
  bool harder_setting = false;  ///< 20 components in ±25 instead of 10 in ±20
};

struct StudentTMixtureOptions {
  double degrees_of_freedom = 2.0;   ///< > 0
  std::vector<double> weights = {};  ///< [K] > 0; empty: equal ones
  Rows means = {};                   ///< K times [D]
  std::vector<Rows> scales = {};     ///< K times [D x D]
};

struct PlanarRobotOptions {
  int goals = 4;  ///< 1 or 4
};

struct NeuralNetworkOptions {
  std::string data;                                 ///< a file that read_table() understands
  bool classification = false;                      ///< labels are classes, else numbers
  std::vector<std::int64_t> hidden_units = {8, 8};  ///< >= 1, a number a layer
  double prior_std = 1.0;                           ///< > 0; of all weights and biases
  double likelihood_scaling = 1.0;                  ///< > 0; multiplies likelihood and prior
  std::optional<Eigen::Index> batch_size = {};      ///< >= 1; observations in a minibatch; absent: all
};

struct FunnelOptions {
  Eigen::Index dimension = 10;  ///< >= 2
};

struct RosenbrockOptions {
  Eigen::Index dimension = 2;  ///< >= 1
  double a = 0.05, b = 5.0;    ///< > 0
};

struct LogGaussianCoxOptions {
  std::string data;         ///< a file with a count a cell; empty: counts are drawn from the seed
  Eigen::Index cells = 10;  ///< >= 1; along each side of the grid, where counts are drawn
};

struct BrownianMotionOptions {
  Eigen::Index steps = 30;  ///< >= 3
};

struct SirEpidemicOptions {
  std::string data;           ///< a file whose last column are the counts of the days
  double population = 763.0;  ///< >= 1
};

/// Observations are drawn from the seed of the run.
struct LinearRegressionOptions {
  Eigen::Index features = 26;        ///< >= 1; beside the intercept
  Eigen::Index observations = 1000;  ///< >= 1
  double correlation = 0.9;          ///< −0.999 … 0.999; of each feature with the next
  double noise_std = 0.01;           ///< > 0; known
  double prior_std = 1.0;            ///< > 0; of intercept and coefficients
};

/// Effects measured in groups, and the distribution that they come from.
struct HierarchicalOptions {
  std::string data = {};      ///< a file with an effect and its standard error a row; empty: the eight schools
  bool centred = true;        ///< parameters are the groups' effects; false: standardized ones
  double mean_std = 5.0;      ///< > 0; of the prior of the mean
  double spread_scale = 5.0;  ///< > 0; of the half-Cauchy prior of the standard deviation
};

/// One problem for every dimension, the same for every seed.
struct EllipticOptions {
  Eigen::Index dimension = 10;  ///< 1 … 200
  bool gradients = true;        ///< whether it offers them
};

/// Independent normal distributions, each truncated to an interval. Lists have a number for every dimension, or one for
/// all of them.
struct TruncatedGaussianOptions {
  Eigen::Index dimension = 1;               ///< >= 1
  PerDimension mean = {0.0};                ///< before they are truncated
  PerDimension standard_deviation = {1.0};  ///< > 0; before they are truncated
  std::optional<PerDimension> lower = {};   ///< absent: −∞
  std::optional<PerDimension> upper = {};   ///< > lower; absent: ∞
};

struct UniformDiscOptions {
  std::vector<double> center = {0.0, 0.0};  ///< [2]
  double radius = 1.0;                      ///< > 0
};

/// Targets with nothing around them.
using BareTargetOptions =
    std::variant<LogisticRegressionOptions, RandomGaussianMixtureOptions, GaussianMixtureOptions,
                 RandomStudentTMixtureOptions, StudentTMixtureOptions, PlanarRobotOptions, NeuralNetworkOptions,
                 FunnelOptions, RosenbrockOptions, LogGaussianCoxOptions, BrownianMotionOptions, SirEpidemicOptions,
                 LinearRegressionOptions, HierarchicalOptions, EllipticOptions, TruncatedGaussianOptions,
                 UniformDiscOptions>;

/// How evaluations fail, each the probability of a group; >= 0, together <= 1.
struct SleepingFailures {
  double exception = 0.0;     ///< throws
  double not_a_number = 0.0;  ///< returns NaN
  double wrong_shape = 0.0;   ///< returns a log density too few
  double hang = 0.0;          ///< sleeps until it is interrupted
  double transient = 0.0;     ///< in [0, 1]; of the failing groups, the share that fail at the first attempt only
};

/// Another target as if it were an expensive simulator: each evaluation sleeps, and may fail.
struct SleepingOptions {
  BareTargetOptions around = {};
  double seconds = 0.02;        ///< > 0; mean of a group's evaluation
  double spread = 0.0;          ///< in [0, 1]; seconds are uniform within this fraction of their mean
  double sigma = 0.0;           ///< >= 0; instead, they are log-normal with this standard deviation of the logarithm
  double dependence = 0.0;      ///< d: seconds times exp(d tanh(x1)) / cosh(d), x1 of the group's first sample
  Eigen::Index group_size = 1;  ///< >= 1
  SleepingFailures failures = {};
  std::string log = {};  ///< path of a file that gets a line for every evaluation that begins; empty: none
};

/// A simulator outside, and what is made of the numbers that it returns.
template <class Door>
struct OutsideOptions {
  Door door = {};
  external::Returns returns = external::Returns::log_density;
  FiniteDifferencesOptions finite_differences = {};
};

/// The target that the program itself brings along (gmmvi/main.hpp).
struct OwnOptions {
  std::string name;
};

/// Bare targets, and those around one: that these are around each other cannot even be said. And a program's own, and
/// simulators outside.
template <class... Bare>
std::variant<Bare..., SleepingOptions, OwnOptions> also_wrapped(const std::variant<Bare...>&);
template <class... Inside, class... Doors>
std::variant<Inside..., OutsideOptions<Doors>...> also_outside(const std::variant<Inside...>&,
                                                               const std::variant<Doors...>&);
using TargetOptions =
    decltype(also_outside(also_wrapped(std::declval<BareTargetOptions>()), std::declval<external::SimulatorOptions>()));

}  // namespace gmmvi::target
