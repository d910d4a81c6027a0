#include <algorithm>

#include "core/random.hpp"
#include "solver/at.hpp"
#include "solver/elbo.hpp"
#include "solver/loop.hpp"

// What is measured of the mixture: it changes nothing in the run.

namespace gmmvi::solver {

template <class Covariance>
ElboEstimate Loop<Covariance>::estimate_elbo(std::int64_t samples) {
  time_.book(&RankSeconds::output);
  const auto iteration = static_cast<std::uint64_t>(iteration_);
  core::Stream stream(seed_, core::Purpose::metrics_counts, {.iteration = iteration});
  const Eigen::VectorXd weights = model().weights();
  const auto counts = stream.multinomial(samples, {weights.data(), at(weights.size())});
  const Draw draw(seed_, core::Purpose::metrics, iteration, model::sources(model(), counts));
  const auto own = batches_.evaluate_for_metrics(SampleId::metrics_batch | iteration, draw);
  Eigen::MatrixXd densities(2, own.log_densities.size());
  densities << own.log_densities.transpose(), model().log_density(own.samples).transpose();
  const samples::CanonicalGather gather(communicator_, own.positions);
  const Eigen::MatrixXd all = gather(densities);
  const Eigen::VectorXd of_target = all.row(0).transpose(), of_model = all.row(1).transpose();
  ElboEstimate estimate = monte_carlo_elbo(of_target, of_model, temperature_);
  constexpr Eigen::Index at_once = 32;  // coordinates: all of them may be more than there is memory for
  for (Eigen::Index d = 0; d < own.samples.rows(); d += at_once)
    add_moments(estimate, gather(own.samples.middleRows(d, std::min(at_once, own.samples.rows() - d))), of_target,
                of_model);
  time_.book_metrics();
  return estimate;
}

template <class Covariance>
ElboEstimate Loop<Covariance>::recycled_elbo() {
  constexpr double most_operations = 2e10;  // of all ranks together: seconds
  time_.book(&RankSeconds::output);
  const Window window = database().newest_known(most_operations);
  const auto own = database().own_samples(window);
  Eigen::MatrixXd densities(3, own.log_densities.size());
  densities << own.log_densities.transpose(), model().log_density(own.samples).transpose(),
      database().background_of(window, own.samples).transpose();
  const Eigen::MatrixXd all = samples::CanonicalGather(communicator_, database().holders(window))(densities);
  const ElboEstimate estimate =
      solver::recycled_elbo(all.row(0).transpose(), all.row(1).transpose(), all.row(2).transpose(), temperature_);
  time_.book_metrics();
  return estimate;
}

template ElboEstimate Loop<FullCovariance>::estimate_elbo(std::int64_t);
template ElboEstimate Loop<DiagonalCovariance>::estimate_elbo(std::int64_t);
template ElboEstimate Loop<FullCovariance>::recycled_elbo();
template ElboEstimate Loop<DiagonalCovariance>::recycled_elbo();

}  // namespace gmmvi::solver
