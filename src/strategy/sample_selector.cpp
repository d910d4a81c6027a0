#include "gmmvi/strategy/sample_selector.hpp"

#include <algorithm>
#include <cmath>

#include "core/overloaded.hpp"

namespace gmmvi::strategy {
namespace {

// Where importance weights are not numbers, the effective sample size is none either, and counts as 0.
std::int64_t lacking(std::int64_t desired, double effective) {
  const double usable = effective > 0.0 ? std::min(effective, static_cast<double>(desired)) : 0.0;
  return std::max<std::int64_t>(1, desired - static_cast<std::int64_t>(std::floor(usable)));
}

/// What both members are told: n_des, and ⌊ρ·n_des⌋.
struct Wanted {
  std::int64_t samples;
  std::int64_t reused;

  template <class SelectionOptions>
  static Wanted by(const SelectionOptions& options, Eigen::Index dimension) {
    const std::int64_t samples = options.desired_samples_per_component.in(dimension, options.least_desired_samples);
    const double reused = options.ratio_reused_samples_to_desired * static_cast<double>(samples);
    constexpr double all = 1e12;  // more than any database holds
    return {samples, static_cast<std::int64_t>(std::floor(std::min(reused, all)))};
  }
};

class ComponentBasedSelector final : public SampleSelector {
 public:
  ComponentBasedSelector(const ComponentBasedSelectionOptions& options, Eigen::Index dimension)
      : options_(options), wanted_(Wanted::by(options, dimension)) {}
  std::int64_t reused_samples(Eigen::Index components) const override { return wanted_.reused * components; }
  SampleRequest new_samples(const std::optional<EffectiveSampleSizes>& sizes, Eigen::Index components) const override {
    std::vector<std::int64_t> counts(static_cast<std::size_t>(components), wanted_.samples);
    if (sizes)
      std::ranges::transform(sizes->components, counts.begin(),
                             [&](double size) { return lacking(wanted_.samples, size); });
    return {.from_components = std::move(counts)};
  }
  std::optional<double> desired_of_component() const override { return static_cast<double>(wanted_.samples); }
  double negligible_weight() const override { return options_.negligible_weight; }
  double weight_exponent() const override { return options_.weight_exponent; }
  std::int64_t sample_iters() const override { return options_.sample_iters; }
  std::optional<std::int64_t> most_for_light_component() const override {
    if (options_.share_of_light_components == 1.0) return std::nullopt;
    return std::max<std::int64_t>(
        1, std::llround(options_.share_of_light_components * static_cast<double>(wanted_.samples)));
  }

 private:
  ComponentBasedSelectionOptions options_;
  Wanted wanted_;
};

class MixtureBasedSelector final : public SampleSelector {
 public:
  explicit MixtureBasedSelector(const Wanted& wanted) : wanted_(wanted) {}
  std::int64_t reused_samples(Eigen::Index components) const override { return wanted_.reused * components; }
  SampleRequest new_samples(const std::optional<EffectiveSampleSizes>& sizes, Eigen::Index) const override {
    return {.from_mixture = sizes ? lacking(wanted_.samples, sizes->mixture) : wanted_.samples};
  }

 private:
  Wanted wanted_;
};

}  // namespace

std::unique_ptr<SampleSelector> SampleSelector::make(const SampleSelectorOptions& options, Eigen::Index dimension) {
  using Made = std::unique_ptr<SampleSelector>;
  return std::visit(core::Overloaded{
                        [&](const ComponentBasedSelectionOptions& o) -> Made {
                          return std::make_unique<ComponentBasedSelector>(o, dimension);
                        },
                        [&](const MixtureBasedSelectionOptions& o) -> Made {
                          return std::make_unique<MixtureBasedSelector>(Wanted::by(o, dimension));
                        },
                    },
                    options);
}

}  // namespace gmmvi::strategy
