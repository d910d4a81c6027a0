#pragma once

#include <cstdint>
#include <vector>

#include <Eigen/Core>

#include "external/simulator.hpp"

namespace gmmvi::test {

/// A call with seeds 100, 101, … in batch 3.
struct OwnCall {
  Eigen::MatrixXd samples;
  std::vector<SampleId> ids = {};
  std::vector<std::int64_t> seeds = {};

  explicit OwnCall(Eigen::MatrixXd of) : samples(std::move(of)) {
    for (Eigen::Index n = 0; n < samples.cols(); ++n) {
      ids.push_back({3, static_cast<std::uint64_t>(n)});
      seeds.push_back(100 + n);
    }
  }
  /// The sensitivity of the outputs is `sensitivity` [M].
  external::Call call(bool gradients = false, Eigen::VectorXd sensitivity = {}, bool jacobians = false) const {
    return {.samples = samples,
            .ids = ids,
            .seeds = seeds,
            .want_gradients = gradients,
            .sensitivity = [sensitivity](Eigen::Index, const Eigen::VectorXd&) { return sensitivity; },
            .want_jacobians = jacobians};
  }
};

inline external::Answer evaluate(external::Simulator& simulator, const Eigen::MatrixXd& samples, bool gradients = false,
                                 const Eigen::VectorXd& sensitivity = {}, bool jacobians = false) {
  const OwnCall own(samples);
  return simulator.evaluate(own.call(gradients, sensitivity, jacobians));
}

}  // namespace gmmvi::test
