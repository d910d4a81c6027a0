#pragma once

#include <functional>
#include <optional>

namespace gmmvi::math {

/// The smallest x >= lower with divergence(x) <= bound, to about 1e-13 relative and never on the wrong side.
/// `divergence` decreases; it may be +∞ at and near `lower` > 0. None where no finite x will do (bound 0, NaN).
std::optional<double> smallest_within(const std::function<double(double)>& divergence, double lower, double bound);

}  // namespace gmmvi::math
