#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/target.hpp"

namespace gmmvi::evaluation {

/// A group of samples whose evaluation has ended.
struct FinishedGroup {
  std::uint64_t batch = 0;               ///< SampleId::batch
  std::int64_t first = 0;                ///< position of its first sample in the batch
  Eigen::MatrixXd samples;               ///< [D x n]
  Eigen::VectorXd log_densities;         ///< [n]; −∞ outside the support, NaN for failures
  Eigen::MatrixXd gradients;             ///< [D x n], 0 where there is none; [D x 0] if they were not asked for
  std::vector<EvaluationStatus> status;  ///< [n]
  double seconds = 0.0;                  ///< that its evaluation took
  std::string failure;                   ///< what the first failure said, or empty
};

}  // namespace gmmvi::evaluation
