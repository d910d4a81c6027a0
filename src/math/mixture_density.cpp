#include "math/mixture_density.hpp"

#include <algorithm>
#include <limits>

#include "core/contract.hpp"

namespace gmmvi::math {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double negligible = 1e-20;         // of a gradient
constexpr double surely_negligible = -47.0;  // less than its logarithm by more than rounding

// A term of a mixture that is less than e⁻⁸⁰ (below 2⁻¹¹⁵) of the largest is lost in the sum's rounding twice over.
constexpr double lost = -80.0;

// Whether all are below; not where one is NaN.
bool all_below(const LaneArray& values, double limit) {
  return values.maxCoeff<Eigen::PropagateNaN>() < limit;
}

// Workspaces for one block of samples, allocated once a call.
template <class Covariance>
class BlockKernel {
 public:
  BlockKernel(const Gaussians<Covariance>& gaussians, Eigen::Index dimension, bool keep_residuals)
      : gaussians_(gaussians),
        components(lanes, size()),
        x(lanes, dimension),
        scratch_(lanes, dimension),
        residuals_(keep_residuals ? gaussians.size() : 1, Block::Zero(lanes, dimension)) {
    for (const auto& gaussian : gaussians) GMMVI_GUARD(gaussian->dimension() == dimension, "samples are [D x N]");
  }

  // log densities of the components at the first `count` samples of the block x
  void evaluate_components(Eigen::Index count) {
    for (Eigen::Index k = 0; k < size(); ++k)
      components.col(k) = gaussian(k).log_density(x, scratch_, residuals(k), count);
  }

  // −Σ_k r_k Σ_k⁻¹ (x − μ_k), from the residuals that evaluate_components left
  void gradient(const Eigen::VectorXd& log_weights, const LaneArray& log_density, Block& out) {
    out.setZero();
    for (Eigen::Index k = 0; k < size(); ++k) {
      const LaneArray log_responsibility = components.col(k) + (log_weights[k] - log_density);
      if (all_below(log_responsibility, surely_negligible)) continue;
      const LaneArray responsibility = without_negligible(log_responsibility.exp());
      if ((responsibility == 0.0).all()) continue;
      for (Eigen::Index d = 0; d < x.cols(); ++d) scratch_.col(d) = residuals(k).col(d) * responsibility;
      gaussian(k).covariance().subtract_transposed_whitened(scratch_, out);
    }
  }

 private:
  Eigen::Index size() const { return static_cast<Eigen::Index>(gaussians_.size()); }
  const Gaussian<Covariance>& gaussian(Eigen::Index k) const { return *gaussians_[static_cast<std::size_t>(k)]; }
  Block& residuals(Eigen::Index k) { return residuals_[residuals_.size() == 1 ? 0 : static_cast<std::size_t>(k)]; }

  const Gaussians<Covariance>& gaussians_;

 public:
  Block components;  // [lanes x K]
  Block x;           // [lanes x D]

 private:
  Block scratch_;
  std::vector<Block> residuals_;
};

// Calls body(first, count) for each block of at most `lanes` of `samples` samples.
template <class Body>
void for_each_block(Eigen::Index samples, const Body& body) {
  for (Eigen::Index first = 0; first < samples; first += lanes) body(first, std::min(lanes, samples - first));
}

}  // namespace

LaneArray mix_block(const Block& components, const Eigen::VectorXd& log_weights) {
  LaneArray largest = LaneArray::Constant(-infinity);
  for (Eigen::Index k = 0; k < components.cols(); ++k) largest = largest.max(components.col(k) + log_weights[k]);
  const LaneArray shift = (largest == -infinity).select(0.0, largest);
  LaneArray sum = LaneArray::Zero();
  for (Eigen::Index k = 0; k < components.cols(); ++k) {
    const LaneArray log_term = components.col(k) + (log_weights[k] - shift);
    if (all_below(log_term, lost)) continue;
    const LaneArray term = log_term.exp();
    for (Eigen::Index n = 0; n < lanes; ++n) sum[n] += log_term[n] < lost ? 0.0 : term[n];
  }
  // A sum with a finite term is about 1 or more.
  return (sum < 0.5).select(-infinity, shift + sum.log());
}

LaneArray without_negligible(const LaneArray& responsibility) {
  return (responsibility > negligible).select(responsibility, 0.0);
}

template <class Covariance>
Eigen::VectorXd mixture_log_density(const Gaussians<Covariance>& gaussians, const Eigen::VectorXd& log_weights,
                                    const Eigen::Ref<const Eigen::MatrixXd>& samples) {
  Eigen::VectorXd log_density(samples.cols());
  BlockKernel<Covariance> kernel(gaussians, samples.rows(), false);
  for_each_block(samples.cols(), [&](Eigen::Index first, Eigen::Index count) {
    load_block(samples, first, kernel.x);
    kernel.evaluate_components(count);
    log_density.segment(first, count) = mix_block(kernel.components, log_weights).head(count).matrix();
  });
  return log_density;
}

template <class Covariance>
MixtureDensity mixture_density(const Gaussians<Covariance>& gaussians, const Eigen::VectorXd& log_weights,
                               const Eigen::Ref<const Eigen::MatrixXd>& samples, Gradient gradient) {
  const auto size = static_cast<Eigen::Index>(gaussians.size());
  GMMVI_GUARD(log_weights.size() == size, "one weight for every component");
  const bool with_gradient = gradient == Gradient::compute;
  MixtureDensity result{.components = Eigen::MatrixXd(samples.cols(), size),
                        .log_density = Eigen::VectorXd(samples.cols()),
                        .gradient = Eigen::MatrixXd(samples.rows(), with_gradient ? samples.cols() : 0)};
  BlockKernel<Covariance> kernel(gaussians, samples.rows(), with_gradient);
  Block block_gradient(lanes, samples.rows());
  for_each_block(samples.cols(), [&](Eigen::Index first, Eigen::Index count) {
    load_block(samples, first, kernel.x);
    kernel.evaluate_components(count);
    const LaneArray log_density = mix_block(kernel.components, log_weights);
    result.components.middleRows(first, count) = kernel.components.topRows(count).matrix();
    result.log_density.segment(first, count) = log_density.head(count).matrix();
    if (!with_gradient) return;
    kernel.gradient(log_weights, log_density, block_gradient);
    store_block(block_gradient, first, count, result.gradient);
  });
  return result;
}

template <class Covariance>
Eigen::MatrixXd component_log_densities(const Gaussians<Covariance>& gaussians,
                                        const Eigen::Ref<const Eigen::MatrixXd>& samples) {
  Eigen::MatrixXd components(samples.cols(), static_cast<Eigen::Index>(gaussians.size()));
  BlockKernel<Covariance> kernel(gaussians, samples.rows(), false);
  for_each_block(samples.cols(), [&](Eigen::Index first, Eigen::Index count) {
    load_block(samples, first, kernel.x);
    kernel.evaluate_components(count);
    components.middleRows(first, count) = kernel.components.topRows(count).matrix();
  });
  return components;
}

Eigen::VectorXd mix(const Eigen::Ref<const Eigen::MatrixXd>& components, const Eigen::VectorXd& log_weights) {
  Eigen::VectorXd mixed(components.rows());
  Block block = Block::Zero(lanes, components.cols());
  for_each_block(components.rows(), [&](Eigen::Index first, Eigen::Index count) {
    block.topRows(count) = components.middleRows(first, count).array();
    mixed.segment(first, count) = mix_block(block, log_weights).head(count).matrix();
  });
  return mixed;
}

template Eigen::VectorXd mixture_log_density(const Gaussians<FullCovariance>&, const Eigen::VectorXd&,
                                             const Eigen::Ref<const Eigen::MatrixXd>&);
template Eigen::VectorXd mixture_log_density(const Gaussians<DiagonalCovariance>&, const Eigen::VectorXd&,
                                             const Eigen::Ref<const Eigen::MatrixXd>&);
template MixtureDensity mixture_density(const Gaussians<FullCovariance>&, const Eigen::VectorXd&,
                                        const Eigen::Ref<const Eigen::MatrixXd>&, Gradient);
template MixtureDensity mixture_density(const Gaussians<DiagonalCovariance>&, const Eigen::VectorXd&,
                                        const Eigen::Ref<const Eigen::MatrixXd>&, Gradient);
template Eigen::MatrixXd component_log_densities(const Gaussians<FullCovariance>&,
                                                 const Eigen::Ref<const Eigen::MatrixXd>&);
template Eigen::MatrixXd component_log_densities(const Gaussians<DiagonalCovariance>&,
                                                 const Eigen::Ref<const Eigen::MatrixXd>&);

}  // namespace gmmvi::math
