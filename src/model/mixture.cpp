#include "gmmvi/mixture.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/contract.hpp"
#include "core/random.hpp"
#include "math/log_sum_exp.hpp"
#include "math/mixture_density.hpp"
#include "math/normal_mixture.hpp"
#include "model/draw.hpp"

namespace gmmvi {
namespace {

template <class Covariance>
math::NormalMixture marginal(const Mixture<Covariance>& mixture, Eigen::Index d) {
  GMMVI_GUARD(d >= 0 && d < mixture.dimension(), "a dimension that is there");
  math::NormalMixture marginal{mixture.weights(), Eigen::VectorXd(mixture.size()), Eigen::VectorXd(mixture.size())};
  for (Eigen::Index k = 0; k < mixture.size(); ++k) {
    marginal.means[k] = mixture.gaussian(k).mean()[d];
    marginal.standard_deviations[k] = std::sqrt(mixture.gaussian(k).covariance().variance(d));
  }
  return marginal;
}

}  // namespace

template <class Covariance>
Mixture<Covariance>::Mixture(std::vector<GaussianPointer<Covariance>> gaussians, const Eigen::VectorXd& weights) {
  GMMVI_GUARD(!gaussians.empty() && static_cast<Eigen::Index>(gaussians.size()) == weights.size(),
              "one weight for every component, and at least one component");
  for (GaussianPointer<Covariance>& gaussian : gaussians) components_.push_back({next_id_++, std::move(gaussian)});
  set_log_weights(weights.array().log());
}

template <class Covariance>
Mixture<Covariance>::Mixture(std::vector<Component> components, Eigen::VectorXd log_weights, std::uint64_t next_id)
    : components_(std::move(components)), log_weights_(std::move(log_weights)), next_id_(next_id) {
  GMMVI_GUARD(!components_.empty() && size() == log_weights_.size(),
              "one weight for every component, and at least one component");
  for (const Component& component : components_) next_id_ = std::max(next_id_, component.id + 1);
}

template <class Covariance>
const Gaussian<Covariance>& Mixture<Covariance>::gaussian(Eigen::Index k) const {
  GMMVI_GUARD(k >= 0 && k < size(), "a component that is there");
  return *components_[static_cast<std::size_t>(k)].gaussian;
}

template <class Covariance>
std::vector<GaussianPointer<Covariance>> Mixture<Covariance>::gaussians() const {
  std::vector<GaussianPointer<Covariance>> gaussians;
  gaussians.reserve(components_.size());
  for (const Component& component : components_) gaussians.push_back(component.gaussian);
  return gaussians;
}

template <class Covariance>
void Mixture<Covariance>::set_log_weights(const Eigen::VectorXd& log_weights) {
  GMMVI_GUARD(log_weights.size() == size(), "one weight for every component");
  log_weights_ = math::normalized_log_weights(log_weights);
}

template <class Covariance>
void Mixture<Covariance>::replace(Eigen::Index k, GaussianPointer<Covariance> gaussian) {
  GMMVI_GUARD(k >= 0 && k < size() && gaussian->dimension() == dimension(), "a component that is there");
  components_[static_cast<std::size_t>(k)].gaussian = std::move(gaussian);
}

template <class Covariance>
std::uint64_t Mixture<Covariance>::add(GaussianPointer<Covariance> gaussian, double weight) {
  components_.push_back({next_id_++, std::move(gaussian)});
  Eigen::VectorXd extended(size());
  extended << log_weights_, std::log(weight);
  set_log_weights(extended);
  return components_.back().id;
}

template <class Covariance>
void Mixture<Covariance>::remove(const std::vector<Eigen::Index>& indices) {
  GMMVI_GUARD(indices.size() < components_.size(), "a mixture keeps a component");
  GMMVI_GUARD(std::ranges::is_sorted(indices, std::less_equal<>()), "ascending indices");
  GMMVI_GUARD(indices.empty() || (indices.front() >= 0 && indices.back() < size()), "components that are there");
  std::vector<double> kept(log_weights_.begin(), log_weights_.end());
  for (auto index = indices.rbegin(); index != indices.rend(); ++index) {
    components_.erase(components_.begin() + *index);
    kept.erase(kept.begin() + *index);
  }
  set_log_weights(Eigen::Map<const Eigen::VectorXd>(kept.data(), size()));
}

template <class Covariance>
Eigen::MatrixXd Mixture<Covariance>::component_log_densities(const Eigen::Ref<const Eigen::MatrixXd>& samples) const {
  return math::component_log_densities(gaussians(), samples);
}

template <class Covariance>
Eigen::VectorXd Mixture<Covariance>::log_density(const Eigen::Ref<const Eigen::MatrixXd>& samples) const {
  return math::mixture_log_density(gaussians(), log_weights_, samples);
}

template <class Covariance>
typename Mixture<Covariance>::DensityAndGradient Mixture<Covariance>::log_density_and_gradient(
    const Eigen::Ref<const Eigen::MatrixXd>& samples) const {
  math::MixtureDensity density = math::mixture_density(gaussians(), log_weights_, samples, math::Gradient::compute);
  return {std::move(density.log_density), std::move(density.gradient)};
}

template <class Covariance>
Eigen::MatrixXd Mixture<Covariance>::log_responsibilities(const Eigen::Ref<const Eigen::MatrixXd>& samples) const {
  math::MixtureDensity density = math::mixture_density(gaussians(), log_weights_, samples, math::Gradient::skip);
  density.components.rowwise() += log_weights_.transpose();
  return density.components.colwise() - density.log_density;
}

template <class Covariance>
typename Mixture<Covariance>::Samples Mixture<Covariance>::sample(Eigen::Index count, std::uint64_t seed) const {
  const Eigen::VectorXd w = weights();
  core::Stream lots(seed, core::Purpose::mixture_samples_counts);
  const auto counts = lots.multinomial(count, {w.data(), static_cast<std::size_t>(w.size())});
  const model::Draw<Covariance> draw(seed, core::Purpose::mixture_samples, 0, model::sources(*this, counts));
  Samples drawn{Eigen::MatrixXd(dimension(), count), draw.mapping()};
  draw.samples(0, drawn.samples);
  return drawn;
}

template <class Covariance>
Eigen::MatrixXd Mixture<Covariance>::sample_component(Eigen::Index k, Eigen::Index count, std::uint64_t seed) const {
  const Component& component = components_[static_cast<std::size_t>(k)];
  Eigen::MatrixXd samples(dimension(), count);
  model::Draw<Covariance>(seed, core::Purpose::component_samples, 0, {{component.gaussian, component.id, count}})
      .samples(0, samples);
  return samples;
}

template <class Covariance>
Eigen::VectorXd Mixture<Covariance>::marginal_log_density(Eigen::Index d, const Eigen::VectorXd& values) const {
  Eigen::MatrixXd components(values.size(), size());
  for (Eigen::Index k = 0; k < size(); ++k) components.col(k) = gaussian(k).marginal_log_density(d, values);
  return math::mix(components, log_weights_);
}

template <class Covariance>
double Mixture<Covariance>::marginal_cdf(Eigen::Index d, double value) const {
  return math::cdf(marginal(*this, d), value);
}

template <class Covariance>
double Mixture<Covariance>::marginal_quantile(Eigen::Index d, double p) const {
  return math::quantile(marginal(*this, d), p);
}

template <class Covariance>
Eigen::VectorXd Mixture<Covariance>::mean() const {
  const Eigen::VectorXd w = weights();
  Eigen::VectorXd mean = Eigen::VectorXd::Zero(dimension());
  for (Eigen::Index k = 0; k < size(); ++k) mean += w[k] * gaussian(k).mean();
  return mean;
}

template <class Covariance>
Eigen::VectorXd Mixture<Covariance>::marginal_variances() const {
  const Eigen::VectorXd w = weights();
  const Eigen::VectorXd centre = mean();
  Eigen::VectorXd variances = Eigen::VectorXd::Zero(dimension());
  for (Eigen::Index k = 0; k < size(); ++k)
    variances += w[k] * (gaussian(k).covariance().variances() + (gaussian(k).mean() - centre).cwiseAbs2());
  return variances;
}

template <class Covariance>
Eigen::VectorXd Mixture<Covariance>::component_entropies() const {
  Eigen::VectorXd entropies(size());
  for (Eigen::Index k = 0; k < size(); ++k) entropies[k] = gaussian(k).entropy();
  return entropies;
}

template <class Covariance>
double Mixture<Covariance>::average_entropy() const {
  return weights().dot(component_entropies());
}

template class Mixture<FullCovariance>;
template class Mixture<DiagonalCovariance>;

}  // namespace gmmvi
