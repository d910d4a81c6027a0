#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "gmmvi/strategy/sample_selector.hpp"

namespace gmmvi::strategy {

/// A request for `least` samples at least. What is missing goes, one after the other, to the component that has fewest:
/// new ones, and the effective sample size of those that are reused; or to the mixture where the request is for that.
/// `resting` components (ascending) get none.
SampleRequest widened(SampleRequest request, const std::optional<EffectiveSampleSizes>& reused, std::int64_t least,
                      const std::vector<Eigen::Index>& resting = {});

/// [K] how many times the desired effective sample size every component has with these new samples, but at least 1.
/// Empty where the request is for the mixture, or no size is desired of a component.
std::vector<double> headroom(const SampleRequest& request, const std::optional<EffectiveSampleSizes>& reused,
                             std::optional<double> desired);

}  // namespace gmmvi::strategy
