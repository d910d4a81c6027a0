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

template <class SelectionOptions>
std::int64_t reused(const SelectionOptions& options, Eigen::Index components) {
  const double per_component = options.ratio_reused_samples_to_desired * options.desired_samples_per_component;
  constexpr double all = 1e12;  // more than any database holds
  return static_cast<std::int64_t>(std::floor(std::min(per_component, all))) * components;
}

class ComponentBasedSelector final : public SampleSelector {
 public:
  explicit ComponentBasedSelector(const ComponentBasedSelectionOptions& options) : options_(options) {}
  std::int64_t reused_samples(Eigen::Index components) const override { return reused(options_, components); }
  SampleRequest new_samples(const std::optional<EffectiveSampleSizes>& sizes, Eigen::Index components) const override {
    const std::int64_t desired = options_.desired_samples_per_component;
    std::vector<std::int64_t> counts(static_cast<std::size_t>(components), desired);
    if (sizes)
      std::ranges::transform(sizes->components, counts.begin(), [&](double size) { return lacking(desired, size); });
    return {.from_components = std::move(counts)};
  }

 private:
  ComponentBasedSelectionOptions options_;
};

class MixtureBasedSelector final : public SampleSelector {
 public:
  explicit MixtureBasedSelector(const MixtureBasedSelectionOptions& options) : options_(options) {}
  std::int64_t reused_samples(Eigen::Index components) const override { return reused(options_, components); }
  SampleRequest new_samples(const std::optional<EffectiveSampleSizes>& sizes, Eigen::Index) const override {
    const std::int64_t desired = options_.desired_samples_per_component;
    return {.from_mixture = sizes ? lacking(desired, sizes->mixture) : desired};
  }

 private:
  MixtureBasedSelectionOptions options_;
};

}  // namespace

std::unique_ptr<SampleSelector> SampleSelector::make(const SampleSelectorOptions& options) {
  using Made = std::unique_ptr<SampleSelector>;
  return std::visit(
      core::Overloaded{
          [](const ComponentBasedSelectionOptions& o) -> Made { return std::make_unique<ComponentBasedSelector>(o); },
          [](const MixtureBasedSelectionOptions& o) -> Made { return std::make_unique<MixtureBasedSelector>(o); },
      },
      options);
}

}  // namespace gmmvi::strategy
