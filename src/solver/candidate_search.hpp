#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/communicator.hpp"
#include "gmmvi/mixture.hpp"

namespace gmmvi::solver {

/// The search for the best of many candidates for the mean of a new component, which are spread over the ranks. One
/// term of a mixture is less than all: the component that is near a candidate says how good it can be at best, so that
/// log q is computed for those alone that can still win.
template <class Covariance>
class CandidateSearch {
 public:
  /// The own candidates: `samples` [D x n], which stay where they are, and ascending `positions` [n] among those of all
  /// ranks. `near` [n]: ids of components that they may be near to, which need not be there.
  CandidateSearch(const Mixture<Covariance>& mixture, const Eigen::MatrixXd& samples,
                  std::vector<Eigen::Index> positions, const std::vector<std::uint32_t>& near,
                  Communicator communicator);

  /// The position of the first candidate with the largest finite log p̃ − max(max log q − τ, log q), from log p̃ [n] of
  /// the own ones; none if no one has such a number. The same as from log q of all, bit for bit. Collective.
  std::optional<Eigen::Index> best(const Eigen::VectorXd& target_log_densities, double threshold);
  /// [n] log q of the own ones.
  const Eigen::VectorXd& log_densities();
  /// [n] ids of components that they are near to, as far as is known.
  std::vector<std::uint32_t> near() const;
  /// Of how many own ones log q was computed.
  std::int64_t evaluated() const { return std::ranges::count(known_, 1); }

 private:
  struct Floor {
    double low, high;
  };
  void begin();
  void evaluate(std::span<const Eigen::Index> candidates);
  double upper_bound_of_all() const;
  double most(double own) const;
  double evaluate_promising(const Eigen::VectorXd& target_log_densities, Floor floor, double sure, bool once);
  std::optional<Eigen::Index> best_of_all(const Eigen::VectorXd& target_log_densities, double threshold);

  const Eigen::MatrixXd& samples_;
  std::vector<Eigen::Index> positions_;
  std::vector<std::uint32_t> ids_;  // [K]
  std::vector<GaussianPointer<Covariance>> gaussians_;
  Eigen::VectorXd log_weights_;
  Communicator communicator_;

  // of the own candidates
  std::vector<Eigen::Index> near_;  // components, or −1
  Eigen::VectorXd log_densities_;   // log q where it is known, else no more than that
  std::vector<char> known_;
  bool begun_ = false;
};

extern template class CandidateSearch<FullCovariance>;
extern template class CandidateSearch<DiagonalCovariance>;

}  // namespace gmmvi::solver
