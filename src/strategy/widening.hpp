#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/strategy/sample_selector.hpp"

namespace gmmvi::strategy {

/// A request for `least` samples at least. What is missing goes, one after the other, to the component that has fewest
/// for its share [K] > 0 (empty: equal ones): new ones, and the effective sample size of those that are reused; or to
/// the mixture where the request is for that. `resting` components (ascending), which are not all, get none.
SampleRequest widened(SampleRequest request, const std::optional<EffectiveSampleSizes>& reused, std::int64_t least,
                      const std::vector<double>& shares = {}, const std::vector<Eigen::Index>& resting = {});

/// [K] weights to a power, but none below a thousandth: the ELBO is decided where the weight is.
std::vector<double> shares_by_weight(const Eigen::VectorXd& weights, double exponent);

/// A request for at most so many samples of every component without weight, which is less than a fiftieth of an equal
/// share: such a component has time to find its place, and others have none to lose.
SampleRequest lightened(SampleRequest request, const Eigen::VectorXd& weights, std::int64_t most);

/// A request in which many first components share the samples of one, but get two each at least, as long as all have
/// received only their first updates [K]: few samples tell which of them are where the target is.
SampleRequest shared_at_start(SampleRequest request, const std::vector<std::int64_t>& updates, double desired);

/// A request in which components whose effective sample size is at least twice the `desired` one, and that have
/// received some updates [K], get new samples in every `interval`th iteration only, each in its turn. If that leaves no
/// sample at all, one of those that would have got some gets one.
SampleRequest spaced(SampleRequest request, const std::optional<EffectiveSampleSizes>& reused, double desired,
                     const std::vector<std::int64_t>& updates, std::int64_t interval, std::int64_t iteration);

/// [K] how many times the desired effective sample size every component has with these new samples, but at least 1.
/// Empty where the request is for the mixture, or no size is desired of a component.
std::vector<double> headroom(const SampleRequest& request, const std::optional<EffectiveSampleSizes>& reused,
                             std::optional<double> desired);

}  // namespace gmmvi::strategy
