#include "math/mixture_density.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>

#include "core/contract.hpp"

namespace gmmvi::math {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double negligible = 1e-20;         // of a gradient
constexpr double surely_negligible = -47.0;  // less than its logarithm by more than rounding

// A term of a mixture that is less than e⁻⁸⁰ (below 2⁻¹¹⁵) of the largest is lost in the sum's rounding twice over.
constexpr double lost = -80.0;

// Whether all are below; not where one is NaN.
template <class Values>
bool all_below(const Eigen::ArrayBase<Values>& values, double limit) {
  return values.template maxCoeff<Eigen::PropagateNaN>() < limit;
}

// lse over the first `count` components; see mix_block.
LaneArray mix_first(const Block& components, const Eigen::VectorXd& log_weights, Eigen::Index count) {
  LaneArray largest = LaneArray::Constant(-infinity);
  for (Eigen::Index k = 0; k < count; ++k) largest = largest.max(components.col(k) + log_weights[k]);
  const LaneArray shift = (largest == -infinity).select(0.0, largest);
  LaneArray sum = LaneArray::Zero();
  for (Eigen::Index k = 0; k < count; ++k) {
    const LaneArray log_term = components.col(k) + (log_weights[k] - shift);
    if (all_below(log_term, lost)) continue;
    const LaneArray term = log_term.exp();
    for (Eigen::Index n = 0; n < lanes; ++n) sum[n] += log_term[n] < lost ? 0.0 : term[n];
  }
  // A sum with a finite term is about 1 or more.
  return (sum < 0.5).select(-infinity, shift + sum.log());
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
        residuals_(keep_residuals ? gaussians.size() : 1, Block::Zero(lanes, dimension)),
        bounding_rows_(std::clamp<Eigen::Index>(dimension / 5, 1, 8)),
        kept_weights_(size()),
        kept_components_(gaussians.size()) {
    for (const auto& gaussian : gaussians) GMMVI_GUARD(gaussian->dimension() == dimension, "samples are [D x N]");
  }

  // log densities of the components at the first `count` samples of the block x
  void evaluate_components(Eigen::Index count) {
    for (Eigen::Index k = 0; k < size(); ++k)
      components.col(k) = gaussian(k).log_density(x, scratch_, residuals(k), count);
  }

  // The log density of the mixture at the first `count` samples of the block x. A component is left as soon as its
  // upper bound says that its term is lost at all of these (see mix_block), which the bits of the sum do not show:
  // neither that it was left nor when depends on anything but what would be lost anyway.
  LaneArray mixture_log_density(const Eigen::VectorXd& log_weights, Eigen::Index count) {
    kept_ = 0;
    if (size() == 0) return mix_first(components, log_weights, 0);
    const LaneArray of_leader = gaussian(leader_).log_density(x, scratch_, residuals_[0], count);
    LaneArray largest = of_leader + log_weights[leader_], log_density;
    for (Eigen::Index k = 0; k < size(); ++k) {
      if (k == leader_)
        log_density = of_leader;
      else if (!evaluate_unless_lost(k, log_weights[k], largest, count, log_density))
        continue;
      largest = largest.max(log_density + log_weights[k]);
      components.col(kept_) = log_density;
      kept_weights_[kept_] = log_weights[k];
      kept_components_[static_cast<std::size_t>(kept_++)] = k;
    }
    find_leader();
    return mix_first(components, kept_weights_, kept_);
  }

  // The components that have the largest terms at the first nearest.size() samples, of which mixture_log_density has
  // just been asked: one that it has left is none.
  void nearest_components(std::span<Eigen::Index> nearest) const {
    LaneArray largest = LaneArray::Constant(-infinity);
    std::ranges::fill(nearest, -1);
    for (Eigen::Index i = 0; i < kept_; ++i) {
      const LaneArray term = components.col(i) + kept_weights_[i];
      if (!(term > largest).any()) continue;
      for (std::size_t n = 0; n < nearest.size(); ++n)
        if (term[static_cast<Eigen::Index>(n)] > largest[static_cast<Eigen::Index>(n)])
          nearest[n] = kept_components_[static_cast<std::size_t>(i)];
      largest = (term > largest).select(term, largest);
    }
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
  // False where its term is lost beside `largest` everywhere.
  bool evaluate_unless_lost(Eigen::Index k, double log_weight, const LaneArray& largest, Eigen::Index count,
                            LaneArray& log_density) {
    const double limit = lost - 1.0 - log_weight;  // by more than rounding
    const bool bounded = bounds_pay();
    if (bounded) {
      ++bounds_;
      log_density = gaussian(k).log_density_bound(bounding_rows_, x, scratch_, residuals_[0], count);
      if (all_below(log_density - largest, limit)) return false;
      ++vain_bounds_;
      log_density = gaussian(k).log_density_within_bound(bounding_rows_, scratch_, residuals_[0], count);
    } else {
      log_density = gaussian(k).log_density(x, scratch_, residuals_[0], count);
    }
    return !all_below(log_density - largest, limit);
  }

  // Bounds are not for mixtures of components that are near each other; whether this is one, a few of them tell.
  bool bounds_pay() const {
    constexpr std::int64_t few = 500;
    return bounds_ < few || vain_bounds_ < bounds_ / 4 * 3;
  }

  // The component that the next block begins with, which as a rule is of the same region: the greatest at one sample.
  void find_leader() {
    double largest = -infinity;
    for (Eigen::Index i = 0; i < kept_; ++i) {
      const double term = components(0, i) + kept_weights_[i];
      if (!(term > largest)) continue;
      largest = term;
      leader_ = kept_components_[static_cast<std::size_t>(i)];
    }
  }

  Block& residuals(Eigen::Index k) { return residuals_[residuals_.size() == 1 ? 0 : static_cast<std::size_t>(k)]; }

  const Gaussians<Covariance>& gaussians_;

 public:
  Block components;  // [lanes x K]
  Block x;           // [lanes x D]

 private:
  Block scratch_;
  std::vector<Block> residuals_;

  // of a mixture's log density: what bounds are made from and were worth, and the components that count in the block
  Eigen::Index bounding_rows_;
  std::int64_t bounds_ = 0, vain_bounds_ = 0;
  Eigen::Index leader_ = 0;
  Eigen::Index kept_ = 0;
  Eigen::VectorXd kept_weights_;               // [K], of which the first kept_ are used
  std::vector<Eigen::Index> kept_components_;  // as these
};

// Calls body(first, count) for each block of at most `lanes` of `samples` samples.
template <class Body>
void for_each_block(Eigen::Index samples, const Body& body) {
  for (Eigen::Index first = 0; first < samples; first += lanes) body(first, std::min(lanes, samples - first));
}

}  // namespace

LaneArray mix_block(const Block& components, const Eigen::VectorXd& log_weights) {
  return mix_first(components, log_weights, components.cols());
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
    log_density.segment(first, count) = kernel.mixture_log_density(log_weights, count).head(count).matrix();
  });
  return log_density;
}

template <class Covariance>
Eigen::VectorXd mixture_log_density(const Gaussians<Covariance>& gaussians, const Eigen::VectorXd& log_weights,
                                    const Eigen::Ref<const Eigen::MatrixXd>& samples,
                                    std::vector<Eigen::Index>& nearest) {
  Eigen::VectorXd log_density(samples.cols());
  nearest.resize(static_cast<std::size_t>(samples.cols()));
  BlockKernel<Covariance> kernel(gaussians, samples.rows(), false);
  for_each_block(samples.cols(), [&](Eigen::Index first, Eigen::Index count) {
    load_block(samples, first, kernel.x);
    log_density.segment(first, count) = kernel.mixture_log_density(log_weights, count).head(count).matrix();
    kernel.nearest_components(
        std::span(nearest).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)));
  });
  return log_density;
}

std::vector<Eigen::Index> by_component(std::span<const Eigen::Index> components, Eigen::Index size) {
  std::vector<std::size_t> next(static_cast<std::size_t>(size) + 2, 0);  // place, from component −1 on
  for (const Eigen::Index k : components) ++next[static_cast<std::size_t>(k + 2)];
  std::partial_sum(next.begin(), next.end(), next.begin());
  std::vector<Eigen::Index> order(components.size());
  for (std::size_t n = 0; n < components.size(); ++n)
    order[next[static_cast<std::size_t>(components[n] + 1)]++] = static_cast<Eigen::Index>(n);
  return order;
}

template <class Covariance>
Eigen::VectorXd mixture_terms(const Gaussians<Covariance>& gaussians, const Eigen::VectorXd& log_weights,
                              const Eigen::Ref<const Eigen::MatrixXd>& samples,
                              std::span<const Eigen::Index> components) {
  GMMVI_GUARD(static_cast<Eigen::Index>(components.size()) == samples.cols(), "one component for every sample");
  const auto size = static_cast<Eigen::Index>(gaussians.size());
  GMMVI_GUARD(std::ranges::all_of(components, [size](Eigen::Index k) { return k >= -1 && k < size; }),
              "components that are there");
  const std::vector<Eigen::Index> order = by_component(components, size);
  const auto component = [&](auto place) { return components[static_cast<std::size_t>(*place)]; };
  Eigen::VectorXd terms = Eigen::VectorXd::Constant(samples.cols(), -infinity);
  Block x = Block::Zero(lanes, samples.rows()), scratch = x, residuals = x;
  auto begin =
      std::ranges::find_if(order, [&](Eigen::Index n) { return components[static_cast<std::size_t>(n)] >= 0; });
  while (begin != order.end()) {
    const Eigen::Index k = component(begin);
    auto end = begin;
    for (Eigen::Index lane = 0; lane < lanes && end != order.end() && component(end) == k; ++lane, ++end)
      x.row(lane) = samples.col(*end).transpose().array();
    const LaneArray log_density =
        gaussians[static_cast<std::size_t>(k)]->log_density(x, scratch, residuals, end - begin);
    for (Eigen::Index lane = 0; begin != end; ++lane, ++begin) terms[*begin] = log_density[lane] + log_weights[k];
  }
  return terms;
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
template Eigen::VectorXd mixture_log_density(const Gaussians<FullCovariance>&, const Eigen::VectorXd&,
                                             const Eigen::Ref<const Eigen::MatrixXd>&, std::vector<Eigen::Index>&);
template Eigen::VectorXd mixture_log_density(const Gaussians<DiagonalCovariance>&, const Eigen::VectorXd&,
                                             const Eigen::Ref<const Eigen::MatrixXd>&, std::vector<Eigen::Index>&);
template Eigen::VectorXd mixture_terms(const Gaussians<FullCovariance>&, const Eigen::VectorXd&,
                                       const Eigen::Ref<const Eigen::MatrixXd>&, std::span<const Eigen::Index>);
template Eigen::VectorXd mixture_terms(const Gaussians<DiagonalCovariance>&, const Eigen::VectorXd&,
                                       const Eigen::Ref<const Eigen::MatrixXd>&, std::span<const Eigen::Index>);
template MixtureDensity mixture_density(const Gaussians<FullCovariance>&, const Eigen::VectorXd&,
                                        const Eigen::Ref<const Eigen::MatrixXd>&, Gradient);
template MixtureDensity mixture_density(const Gaussians<DiagonalCovariance>&, const Eigen::VectorXd&,
                                        const Eigen::Ref<const Eigen::MatrixXd>&, Gradient);
template Eigen::MatrixXd component_log_densities(const Gaussians<FullCovariance>&,
                                                 const Eigen::Ref<const Eigen::MatrixXd>&);
template Eigen::MatrixXd component_log_densities(const Gaussians<DiagonalCovariance>&,
                                                 const Eigen::Ref<const Eigen::MatrixXd>&);

}  // namespace gmmvi::math
