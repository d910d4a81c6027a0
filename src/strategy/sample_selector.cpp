#include "strategy/sample_selector.hpp"

#include <algorithm>
#include <cmath>

#include "core/overloaded.hpp"

namespace gmmvi::strategy {
namespace {

std::int64_t lacking(std::int64_t desired, double effective) {
  return std::max<std::int64_t>(1, desired - static_cast<std::int64_t>(std::floor(effective)));
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
  std::vector<std::int64_t> new_samples(const std::optional<EffectiveSampleSizes>& sizes,
                                        const Eigen::VectorXd& weights, core::Stream&) const override {
    const std::int64_t desired = options_.desired_samples_per_component;
    std::vector<std::int64_t> counts(static_cast<std::size_t>(weights.size()), desired);
    if (sizes)
      std::ranges::transform(sizes->components, counts.begin(), [&](double size) { return lacking(desired, size); });
    return counts;
  }

 private:
  ComponentBasedSelectionOptions options_;
};

class MixtureBasedSelector final : public SampleSelector {
 public:
  explicit MixtureBasedSelector(const MixtureBasedSelectionOptions& options) : options_(options) {}
  std::int64_t reused_samples(Eigen::Index components) const override { return reused(options_, components); }
  std::vector<std::int64_t> new_samples(const std::optional<EffectiveSampleSizes>& sizes,
                                        const Eigen::VectorXd& weights, core::Stream& stream) const override {
    const std::int64_t desired = options_.desired_samples_per_component;
    const std::int64_t count = sizes ? lacking(desired, sizes->mixture) : desired;
    return stream.multinomial(count, {weights.data(), static_cast<std::size_t>(weights.size())});
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
