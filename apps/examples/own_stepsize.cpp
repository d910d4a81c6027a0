// A solver assembled from parts, one of them of one's own, with a look inside between iterations:
// mpirun -n 2 own_stepsize [INITIAL_COMPONENTS]

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <numbers>

#include <fmt/core.h>

#include "gmmvi/gmmvi.hpp"
#include "gmmvi/with_mpi.hpp"

/// log p̃(x, y) = x/2 − (x² − 4)²/4 − y²/2: two modes near x = −2 and x = 2, the right one e² times as high.
class DoubleWell : public gmmvi::Target {
 public:
  Eigen::Index dimension() const override { return 2; }
  bool has_gradients() const override { return true; }
  Eigen::Index group_size() const override { return 32; }

  gmmvi::Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const gmmvi::SampleId>,
                             bool want_gradients) override {
    auto result = gmmvi::Evaluation::of_size(dimension(), samples.cols(), want_gradients);
    for (Eigen::Index n = 0; n < samples.cols(); ++n) {
      const double x = samples(0, n), y = samples(1, n), well = x * x - 4;
      result.log_densities[n] = x / 2 - well * well / 4 - y * y / 2;
      if (want_gradients) result.gradients.col(n) << 0.5 - x * well, -y;
    }
    return result;
  }
};

/// Weights move by less and less: cosine annealing from `largest` to 0 over `length` iterations. `evidence` also says
/// whether the estimated ELBO grew since the last one; a rule is free to ignore it.
class CosineStepsize : public gmmvi::strategy::StepsizeRule {
 public:
  CosineStepsize(double largest, double length) : largest_(largest), length_(length) {}
  double initial() const override { return largest_; }
  double next(double /*stepsize*/, const gmmvi::strategy::StepsizeEvidence& evidence) const override {
    const double done = std::min(1.0, static_cast<double>(evidence.updates) / length_);
    return largest_ * (1 + std::cos(std::numbers::pi * done)) / 2;
  }

 private:
  double largest_, length_;
};

void fit(int initial_components, const gmmvi::Communicator& ranks) {
  using Covariance = gmmvi::DiagonalCovariance;

  gmmvi::Options options;  // what is not replaced below: SAMTRON
  options.model_initialization.num_initial_components = initial_components;
  options.model_initialization.prior_scale = {2.0};
  options.component_adapter = gmmvi::FixedComponentsOptions{};

  DoubleWell target;
  auto parts = gmmvi::Parts<Covariance>::build_from_config(options, target.dimension(), ranks);
  parts.strategies.weight_stepsize = std::make_unique<CosineStepsize>(0.5, 100);
  auto solver = gmmvi::Gmmvi::build_from_parts(std::move(parts), target, ranks);

  while (solver.iterations() < 100) {
    const gmmvi::IterationReport report = solver.train_iter();
    if (report.iteration % 20 != 0) continue;
    const auto& mixture = std::get<gmmvi::Mixture<Covariance>>(solver.mixture());
    const auto& database = std::get<gmmvi::SampleDB<Covariance>>(solver.sample_db());
    const gmmvi::ElboEstimate elbo = solver.estimate_elbo(10000);  // on all ranks
    double right = 0.0;
    for (Eigen::Index k = 0; k < mixture.size(); ++k)
      if (mixture.gaussian(k).mean()[0] > 0) right += mixture.weights()[k];
    if (ranks.is_root())
      fmt::print("iteration {:3}: -ELBO = {:.4f} ± {:.4f}, weight of the right mode {:.3f}, {} samples stored\n",
                 report.iteration, -elbo.value, elbo.standard_error, right, database.size());
  }
  for (const gmmvi::ComponentRecord& record : solver.component_records())  // none but on rank 0
    fmt::print("component {}: stepsize {:.3f}, reward {:.3f} after {} updates\n", record.id, record.stepsize,
               record.last_reward(), record.updates_received);
}

int main(int argc, char** argv) {
  const gmmvi::MpiScope mpi(argc, argv);
  const gmmvi::Communicator ranks = gmmvi::mpi_communicator(MPI_COMM_WORLD);
  return gmmvi::guarded(ranks, [&] { fit(argc > 1 ? std::atoi(argv[1]) : 8, ranks); });
}
