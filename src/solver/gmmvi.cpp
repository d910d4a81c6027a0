#include "gmmvi/gmmvi.hpp"

#include <utility>

#include <Eigen/Core>
#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "comm/on_root.hpp"
#include "solver/check_target.hpp"
#include "solver/loop.hpp"

namespace gmmvi {
namespace {

// Eigen cuts products to the caches that it finds, and a cut changes a sum: every rank has to cut alike.
void fix_blocking() {
  Eigen::setCpuCacheSizes(32 << 10, 512 << 10, 4 << 20);
}

template <class Covariance>
bool complete(const Strategies<Covariance>& s) {
  return s.natural_gradient && s.component_adapter && s.sample_selector && s.component_updater &&
         s.component_stepsize && s.weight_updater && s.weight_stepsize;
}

void require_dimension(const char* part, Eigen::Index dimension, const Target& target) {
  if (dimension == target.dimension()) return;
  throw Error(fmt::format("the {} has {} dimensions and the target {}: they have to agree", part, dimension,
                          target.dimension()),
              ExitCode::configuration);
}

// Whether the parts fit each other and the target.
template <class Covariance>
void check_parts(const Parts<Covariance>& parts, const Target& target, const Communicator& communicator) {
  if (!complete(parts.strategies))
    throw Error("a strategy is missing: the solver needs one of each of the seven families", ExitCode::configuration);
  if (!(parts.temperature > 0.0)) throw Error("temperature has to be greater than 0", ExitCode::configuration);
  require_dimension("mixture", parts.mixture.dimension(), target);
  require_dimension("sample database", parts.sample_db.dimension(), target);
  const Communicator& ranks = parts.sample_db.communicator();
  if (ranks.size() != communicator.size() || ranks.rank() != communicator.rank())
    throw Error(fmt::format("the sample database was made for {} ranks and the solver for {}: give both the same "
                            "communicator",
                            ranks.size(), communicator.size()),
                ExitCode::configuration);
  if (parts.prior) require_dimension("prior", parts.prior->dimension(), target);
  const bool gradients = parts.strategies.natural_gradient->needs_gradients();
  const bool by_differences = parts.evaluation.finite_differences.scheme != FiniteDifferencesOptions::Scheme::none;
  if (gradients && !target.has_gradients() && !by_differences)
    throw Error(
        "the natural-gradient estimator (Stein, if it is not your own) needs gradients of the log density, and this "
        "target has none: give it gradients, or use the estimator MORE, which does without them. Of a simulator "
        "outside: "
        "target.gradients says that it returns them, target.finite_differences makes them",
        ExitCode::configuration);
  if (parts.strategies.natural_gradient->needs_outputs() && target.outputs_model() == nullptr)
    throw Error(
        "the natural-gradient estimator (GaussNewton, if it is not your own) learns from outputs of a simulator that "
        "data are compared with, and this target has none that are kept: let it return them (target.returns: outputs, "
        "with a section likelihood, and without output.keep_outputs: false), or use an estimator that takes a log "
        "density: Stein with gradients, MORE without",
        ExitCode::configuration);
  if (gradients != parts.sample_db.has_gradients())
    throw Error(fmt::format("the sample database is one {} gradients, and the natural-gradient estimator {}: make "
                            "one that agrees with it",
                            gradients ? "without" : "with", gradients ? "needs them" : "has no use for them"),
                ExitCode::configuration);
}

}  // namespace

template <class Covariance>
Gmmvi Gmmvi::build_from_parts(Parts<Covariance> parts, Target& target, Communicator communicator) {
  fix_blocking();
  solver::check_target(target, communicator);
  comm::attempt_on_all(communicator, [&] { check_parts(parts, target, communicator); });
  return Gmmvi(std::make_unique<solver::Loop<Covariance>>(std::move(parts), target, std::move(communicator)));
}

namespace {

template <class Covariance>
Parts<Covariance> with_host(Parts<Covariance> parts, EvaluationHost host) {
  parts.host = std::move(host);
  return parts;
}

}  // namespace

Gmmvi Gmmvi::build_from_config(const Options& options, Target& target, AnyMixture mixture, Communicator communicator,
                               EvaluationHost host) {
  solver::check_target(target, communicator);
  return std::visit(
      [&]<class Covariance>(Mixture<Covariance>&& given) {
        comm::attempt_on_all(communicator, [&] { require_dimension("mixture", given.dimension(), target); });
        return build_from_parts(
            with_host(Parts<Covariance>::build_from_config(options, std::move(given), communicator), std::move(host)),
            target, communicator);
      },
      std::move(mixture));
}

Gmmvi Gmmvi::build_from_config(const Options& options, Target& target, Communicator communicator, EvaluationHost host) {
  solver::check_target(target, communicator);
  const Eigen::Index d = target.dimension();
  if (options.model_initialization.use_diagonal_covs)
    return build_from_parts(
        with_host(Parts<DiagonalCovariance>::build_from_config(options, d, communicator), std::move(host)), target,
        communicator);
  return build_from_parts(
      with_host(Parts<FullCovariance>::build_from_config(options, d, communicator), std::move(host)), target,
      communicator);
}

template Gmmvi Gmmvi::build_from_parts(Parts<FullCovariance>, Target&, Communicator);
template Gmmvi Gmmvi::build_from_parts(Parts<DiagonalCovariance>, Target&, Communicator);

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
const AnySampleDB& Gmmvi::sample_db() const {
  return solver_->sample_db();
}
const std::vector<ComponentRecord>& Gmmvi::component_records() const {
  return solver_->component_records();
}
ElboEstimate Gmmvi::estimate_elbo(std::int64_t samples) {
  return solver_->estimate_elbo(samples);
}
ElboEstimate Gmmvi::recycled_elbo() {
  return solver_->recycled_elbo();
}
Eigen::Index Gmmvi::dimension() const {
  return std::visit([](const auto& mixture) { return mixture.dimension(); }, mixture());
}
void Gmmvi::book(double RankSeconds::*part) {
  solver_->book(part);
}
void Gmmvi::book_unfinished() {
  solver_->book_unfinished();
}
RankSeconds Gmmvi::take_seconds() {
  return solver_->take_seconds();
}
bool Gmmvi::left_an_evaluation() const {
  return solver_->left_an_evaluation();
}
SolverState Gmmvi::state() const {
  return solver_->state();
}
std::int64_t Gmmvi::restore(const SolverState& state) {
  return solver_->restore(state);
}
void Gmmvi::each_own_group(const std::function<void(const FinishedGroup&)>& take) const {
  solver_->each_own_group(take);
}
void Gmmvi::add_evaluations(const Evaluations& earlier) {
  solver_->add_evaluations(earlier);
}
void Gmmvi::limit(const Limits& limits) {
  solver_->limit(limits);
}
void Gmmvi::end_evaluations() {
  solver_->end_evaluations();
}
FlightReport Gmmvi::flight() const {
  return solver_->flight();
}
std::int64_t Gmmvi::iterations() const {
  return solver_->iterations();
}
std::int64_t Gmmvi::evaluations() const {
  return solver_->evaluations();
}

}  // namespace gmmvi
