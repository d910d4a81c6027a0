// A target of one's own in a loop of one's own, on any number of ranks: mpirun -n 2 rosenbrock [INITIAL_COMPONENTS]

#include <cstdlib>

#include <fmt/core.h>

#include "gmmvi/gmmvi.hpp"
#include "gmmvi/with_mpi.hpp"

/// log p̃(x, y) = −(1 − x)²/2 − 10 (y − x²)²/2: a banana, with log Z = log(2π/√10) = 0.6866.
class Rosenbrock : public gmmvi::Target {
 public:
  Eigen::Index dimension() const override { return 2; }
  bool has_gradients() const override { return true; }
  Eigen::Index group_size() const override { return 32; }

  gmmvi::Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const gmmvi::SampleId>,
                             bool want_gradients) override {
    auto result = gmmvi::Evaluation::of_size(dimension(), samples.cols(), want_gradients);
    for (Eigen::Index n = 0; n < samples.cols(); ++n) {
      const double x = samples(0, n), slope = 1 - x, bend = samples(1, n) - x * x;
      result.log_densities[n] = -slope * slope / 2 - 10 * bend * bend / 2;
      if (want_gradients) result.gradients.col(n) << slope + 20 * x * bend, -10 * bend;
    }
    return result;
  }
};

void fit(int initial_components, const gmmvi::Communicator& ranks) {
  gmmvi::Options options;  // SAMTRON, with small steps and a component more every 20 iterations
  options.model_initialization.num_initial_components = initial_components;
  options.component_stepsize = gmmvi::ImprovementBasedStepsizeOptions{.initial_stepsize = 0.1, .max_stepsize = 0.1};
  options.component_adapter = gmmvi::AdaptiveComponentsOptions{.add_iters = 20, .max_components = 20};

  Rosenbrock target;
  auto solver = gmmvi::Gmmvi::build_from_config(options, target, ranks);
  while (solver.iterations() < 300) {
    const gmmvi::IterationReport report = solver.train_iter();
    if (report.iteration % 30 != 0) continue;
    const gmmvi::ElboEstimate elbo = solver.estimate_elbo(10000);
    if (ranks.is_root())
      fmt::print("iteration {:3}: {:2} components, -ELBO = {:.4f} ± {:.4f}\n", report.iteration, report.components,
                 -elbo.value, elbo.standard_error);
  }
}

int main(int argc, char** argv) {
  const gmmvi::MpiScope mpi(argc, argv);
  const gmmvi::Communicator ranks = gmmvi::mpi_communicator(MPI_COMM_WORLD);
  return gmmvi::guarded(ranks, [&] { fit(argc > 1 ? std::atoi(argv[1]) : 10, ranks); });
}
