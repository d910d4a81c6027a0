// All 864 variants with both covariance shapes: numbers stay finite, three ranks give the bits of one, and 30
// iterations bring the mixture nearer to the target.

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "config/codename.hpp"
#include "config/families.hpp"
#include "solver/situations.hpp"
#include "support/ranks.hpp"
#include "target/gaussian_mixture.hpp"

namespace gmmvi::test {
namespace {

constexpr int iterations = 30;

/// A mixture of three Gaussians; gradients are refused to whom should not ask for them.
class ThreeGaussians : public target::GaussianMixture<FullCovariance> {
 public:
  explicit ThreeGaussians(bool may_want_gradients)
      : GaussianMixture(Eigen::Vector3d(0.5, 0.3, 0.2), gaussians()), may_want_gradients_(may_want_gradients) {}
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) override {
    EXPECT_TRUE(may_want_gradients_ || !want_gradients) << "MORE asked for gradients";
    return GaussianMixture::evaluate(samples, ids, want_gradients);
  }

 private:
  static math::Gaussians<FullCovariance> gaussians() {
    const Eigen::Matrix3d correlated = (Eigen::Matrix3d() << 1.0, 0.5, 0.0, 0.5, 1.0, 0.3, 0.0, 0.3, 0.5).finished();
    const auto gaussian = [](const Eigen::Vector3d& mean, const Eigen::Matrix3d& covariance) {
      return std::make_shared<const Gaussian<FullCovariance>>(mean, *FullCovariance::from_matrix(covariance));
    };
    return {gaussian({-2.0, 0.0, 1.0}, correlated), gaussian({2.0, 1.0, 0.0}, Eigen::Matrix3d::Identity()),
            gaussian({0.0, -2.0, 0.0}, 0.7 * correlated)};
  }

  bool may_want_gradients_;
};

/// The options of a variant, with stepsizes that suit the target; adding, deleting, reuse and thinning switched on.
/// Mixture-based selection gets more samples, and MORE a ridge to speak of: a component of little weight then has less
/// than one sample a feature, of which steps without a trust region make anything.
Options options_of(const config::Choices& choices, bool diagonal) {
  Options options;
  config::choose(options, choices);
  options.seed = 11;
  options.max_database_size = 700;
  options.model_initialization = {.use_diagonal_covs = diagonal,
                                  .num_initial_components = 3,
                                  .prior_mean = {0.0},
                                  .prior_scale = {2.0},
                                  .initial_cov = PerDimension{4.0}};
  std::visit([](auto& selection) { selection.desired_samples_per_component = 40; }, options.sample_selector);
  if (auto* mixture = std::get_if<MixtureBasedSelectionOptions>(&options.sample_selector)) {
    mixture->desired_samples_per_component = 160;
    mixture->ratio_reused_samples_to_desired = 0.5;
  }
  if (auto* more = std::get_if<MoreOptions>(&options.natural_gradient)) more->initial_l2_regularizer = 0.03;
  if (auto* adaptive = std::get_if<AdaptiveComponentsOptions>(&options.component_adapter)) {
    adaptive->add_iters = 5;
    adaptive->del_iters = 6;
    adaptive->max_components = 5;
    adaptive->num_database_samples = 200;
    adaptive->min_weight_for_del_heuristic = 1e-3;
  }
  const double component_stepsize =
      std::holds_alternative<TrustRegionUpdateOptions>(options.component_updater) ? 0.3 : 0.1;
  std::visit([=](auto& stepsize) { stepsize.initial_stepsize = component_stepsize; }, options.component_stepsize);
  if (auto* improving = std::get_if<ImprovementBasedStepsizeOptions>(&options.component_stepsize))
    improving->max_stepsize = component_stepsize;
  if (auto* predicted = std::get_if<PredictedImprovementStepsizeOptions>(&options.component_stepsize))
    predicted->max_stepsize = 2.0 * component_stepsize;
  std::visit([](auto& stepsize) { stepsize.initial_stepsize = 0.1; }, options.weight_stepsize);
  return options;
}

std::vector<config::Choices> all_choices() {
  std::vector<config::Choices> all = {{}};
  for (std::size_t f = 0; f < config::families().size(); ++f) {
    std::vector<config::Choices> extended;
    for (const config::Choices& choices : all)
      for (std::size_t option = 0; option < config::families()[f].options.size(); ++option) {
        extended.push_back(choices);
        extended.back()[f] = option;
      }
    all = std::move(extended);
  }
  return all;
}

struct Variant {
  std::string name;
  Options options;
  bool needs_outputs() const { return std::holds_alternative<GaussNewtonOptions>(options.natural_gradient); }
  bool needs_gradients() const { return std::holds_alternative<SteinOptions>(options.natural_gradient); }
};

std::vector<Variant> variants() {
  std::vector<Variant> all;
  for (const bool diagonal : {false, true})
    for (const config::Choices& choices : all_choices()) {
      const Options options = options_of(choices, diagonal);
      all.push_back({config::codename_of(options) + (diagonal ? " diagonal" : ""), options});
    }
  return all;
}

struct Outcome {
  std::uint64_t hash = 0;                         // of the mixture after all iterations
  double before = 0.0, after = 0.0, error = 0.0;  // ELBO, and its standard error
};

Outcome run(const Variant& variant, const Communicator& ranks) {
  ThreeGaussians gaussians(variant.needs_gradients());
  BentOutputs outputs(3, 32);
  Target& target = variant.needs_outputs() ? static_cast<Target&>(outputs) : gaussians;
  Gmmvi solver = Gmmvi::build_from_config(variant.options, target, ranks);
  const ElboEstimate before = solver.estimate_elbo(500);
  for (int i = 0; i < iterations; ++i) solver.train_iter();
  EXPECT_TRUE(all_finite(solver.mixture())) << variant.name;
  const ElboEstimate after = solver.estimate_elbo(500);
  return {hash(solver.mixture()), before.value, after.value, after.standard_error + before.standard_error};
}

// Every rank runs its share of the variants alone.
std::vector<Outcome> outcomes_on_one_rank(const std::vector<Variant>& variants) {
  const std::size_t ranks = static_cast<std::size_t>(world().size()), size = variants.size();
  std::vector<std::size_t> counts;
  for (std::size_t rank = 0; rank < ranks; ++rank) counts.push_back((rank + 1) * size / ranks - rank * size / ranks);
  const auto first = static_cast<std::size_t>(world().rank()) * size / ranks;
  std::vector<Outcome> own;
  for (std::size_t v = first; own.size() < counts[static_cast<std::size_t>(world().rank())]; ++v)
    own.push_back(run(variants[v], Communicator()));
  return world().all_gather(std::span<const Outcome>(own), counts);
}

TEST(Variants, AreAll1728) {
  std::set<std::string> names;
  for (const Variant& variant : variants()) names.insert(variant.name);
  EXPECT_EQ(names.size(), 1728U);
}

TEST(Variants, GiveTheSameBitsOnOneRankAndOnAllAndImprove) {
  const std::vector<Variant> all = variants();
  const std::vector<Outcome> alone = outcomes_on_one_rank(all);
  for (std::size_t v = 0; v < all.size(); ++v) {
    EXPECT_EQ(run(all[v], world()).hash, alone[v].hash) << all[v].name;
    EXPECT_GT(alone[v].after, alone[v].before + 3.0 * alone[v].error) << all[v].name;
  }
}

}  // namespace
}  // namespace gmmvi::test
