#include "gmmvi/gmmvi.hpp"

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "solver/initial_mixture.hpp"
#include "solver/loop.hpp"

namespace gmmvi {
namespace {

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
