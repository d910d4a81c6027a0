#pragma once

#include <optional>
#include <string>

#include <Eigen/Core>

#include "gmmvi/target.hpp"

namespace gmmvi::runner {

/// What one evaluation of a target gave.
struct Probe {
  double log_density = 0;                    ///< finite, or −∞ outside the support
  std::optional<double> gradient_norm = {};  ///< where gradients were asked for and the log density is finite
  double seconds = 0;
};

/// Evaluates the target once, at `point` [D]. Throws Error (unavailable) where it gives no value, with the reason.
Probe probe(Target& target, const Eigen::VectorXd& point, bool want_gradient);
/// In a sentence.
std::string to_text(const Probe& probe);

}  // namespace gmmvi::runner
