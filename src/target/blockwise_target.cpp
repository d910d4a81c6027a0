#include "target/blockwise_target.hpp"

#include <algorithm>
#include <limits>

#include "core/contract.hpp"
#include "target/usable.hpp"

namespace gmmvi::target {
namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// The verdicts on the samples; puts zeros in the place of those that are not usable.
LaneArray set_aside_unusable(Block& x) {
  LaneArray verdicts;
  for (Eigen::Index lane = 0; lane < lanes; ++lane) {
    verdicts[lane] = verdict_on(x.row(lane).matrix().transpose());
    if (verdicts[lane] != 0.0) x.row(lane).setZero();
  }
  return verdicts;
}

}  // namespace

Evaluation BlockwiseTarget::evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId>,
                                     bool want_gradients) {
  GMMVI_GUARD(samples.rows() == dimension(), "samples are [D x n]");
  Evaluation result = Evaluation::of_size(dimension(), samples.cols(), want_gradients, outputs());
  Block x;
  Block gradient(lanes, want_gradients ? dimension() : 0), given(lanes, outputs());
  for (Eigen::Index first = 0; first < samples.cols(); first += lanes) {
    const Eigen::Index count = std::min(lanes, samples.cols() - first);
    load_block(samples, first, x);
    const LaneArray verdicts = set_aside_unusable(x);
    Block* const wanted = want_gradients ? &gradient : nullptr;
    const LaneArray density =
        verdicts + (outputs() > 0 ? log_density_and_outputs(x, wanted, given) : log_density(x, wanted));
    result.log_densities.segment(first, count) = density.head(count).matrix();
    if (want_gradients) store_block(gradient, first, count, result.gradients);
    if (outputs() > 0) {
      store_block(given, first, count, result.outputs);
      for (Eigen::Index lane = 0; lane < count; ++lane)
        if (verdicts[lane] != 0.0) result.outputs.col(first + lane).setConstant(unknown);
    }
  }
  return result;
}

}  // namespace gmmvi::target
