#include "gmmvi/gmmvi.hpp"

#include <Eigen/Core>
#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "solver/initial_mixture.hpp"
#include "solver/loop.hpp"

namespace gmmvi {
namespace {

// Eigen cuts products to the caches that it finds, and a cut changes a sum: every rank has to cut alike.
void fix_blocking() {
  Eigen::setCpuCacheSizes(32 << 10, 512 << 10, 4 << 20);
}

void require(bool condition, const char* sentence) {
  if (!condition) throw Error(sentence, ExitCode::configuration);
}

void check(const ImprovementBasedStepsizeOptions& o) {
  require(o.min_stepsize > 0.0 && o.min_stepsize <= o.max_stepsize,
          "stepsizes have to obey 0 < min_stepsize <= max_stepsize");
}
void check(const AdaptiveComponentsOptions& o) {
  require(o.add_iters >= 1 && o.del_iters >= 3, "add_iters has to be at least 1, and del_iters at least 3");
  require(!o.thresholds_for_add_heuristic.empty(), "thresholds_for_add_heuristic needs at least one number");
}
template <class Other>
void check(const Other&) {}

// What a program that fills the options itself could get wrong in a way that would not end well.
void check_options(const Options& options) {
  require(options.temperature > 0.0, "temperature has to be greater than 0");
  require(options.model_initialization.num_initial_components >= 1, "num_initial_components has to be at least 1");
  const auto check_option = [](const auto& option) { check(option); };
  std::visit(check_option, options.component_adapter);
  std::visit(check_option, options.component_stepsize);
  std::visit(check_option, options.weight_stepsize);
}

void check_target(const Options& options, const Target& target) {
  if (target.dimension() < 1)
    throw Error(fmt::format("the target says that it has {} dimensions; it needs at least one", target.dimension()),
                ExitCode::configuration);
  if (target.group_size() < 1)
    throw Error(fmt::format("the target's group size is {}; it has to be at least 1", target.group_size()),
                ExitCode::configuration);
  if (std::holds_alternative<SteinOptions>(options.natural_gradient) && !target.has_gradients())
    throw Error(
        "the natural-gradient estimator Stein needs gradients of the log density, and this target has none: "
        "give it gradients",
        ExitCode::configuration);
  if (options.model_initialization.use_diagonal_covs)
    throw Error("model_initialization.use_diagonal_covs: true is not offered by this version; covariances are full",
                ExitCode::configuration);
}

}  // namespace

double IterationReport::Seconds::total() const {
  return selection + evaluation + gather + expectation + components + weights + adaptation;
}

Gmmvi Gmmvi::build_from_config(const Options& options, Target& target, AnyMixture mixture, Communicator communicator) {
  fix_blocking();
  check_options(options);
  check_target(options, target);
  return std::visit(
      [&]<class Covariance>(Mixture<Covariance>&& given) {
        if (given.dimension() != target.dimension())
          throw Error(fmt::format("the mixture has {} dimensions and the target {}: they have to agree",
                                  given.dimension(), target.dimension()),
                      ExitCode::configuration);
        return Gmmvi(
            std::make_unique<solver::Loop<Covariance>>(options, target, std::move(given), std::move(communicator)));
      },
      std::move(mixture));
}

Gmmvi Gmmvi::build_from_config(const Options& options, Target& target, Communicator communicator) {
  fix_blocking();
  check_options(options);
  check_target(options, target);
  AnyMixture mixture =
      solver::initial_mixture<FullCovariance>(options.model_initialization, target.dimension(), options.seed);
  return build_from_config(options, target, std::move(mixture), std::move(communicator));
}

Gmmvi::Gmmvi(std::unique_ptr<Solver> solver) : solver_(std::move(solver)) {}
Gmmvi::Gmmvi(Gmmvi&&) noexcept = default;
Gmmvi& Gmmvi::operator=(Gmmvi&&) noexcept = default;
Gmmvi::~Gmmvi() = default;

IterationReport Gmmvi::train_iter() {
  return solver_->train_iter();
}
const AnyMixture& Gmmvi::mixture() const {
  return solver_->mixture();
}
ElboEstimate Gmmvi::estimate_elbo(std::int64_t samples) {
  return solver_->estimate_elbo(samples);
}
std::int64_t Gmmvi::iterations() const {
  return solver_->iterations();
}
std::int64_t Gmmvi::evaluations() const {
  return solver_->evaluations();
}

}  // namespace gmmvi
