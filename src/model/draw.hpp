#pragma once

#include <cstdint>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/mixture.hpp"

#include "core/random.hpp"

namespace gmmvi::model {

/// A batch of samples to be drawn: `count` from each Gaussian, in order. Any rank draws any of them alike.
template <class Covariance>
class Draw {
 public:
  struct Source {
    GaussianPointer<Covariance> gaussian;
    std::uint64_t id;  ///< of the component: keys its random numbers
    std::int64_t count;
  };

  Draw(std::uint64_t seed, core::Purpose purpose, std::uint64_t iteration, std::vector<Source> sources);

  /// N.
  Eigen::Index size() const { return offsets_.back(); }
  const std::vector<Source>& sources() const { return sources_; }
  /// That keys the random numbers.
  std::uint64_t iteration() const { return iteration_; }
  /// [N] which source every sample is drawn from.
  std::vector<std::int32_t> mapping() const;
  /// The samples `first`, `first` + 1, … into the columns of `out` [D x n].
  void samples(Eigen::Index first, Eigen::Ref<Eigen::MatrixXd> out) const;

 private:
  void block(std::size_t source, Eigen::Index index, Eigen::Ref<Eigen::MatrixXd> out) const;

  std::uint64_t seed_;
  core::Purpose purpose_;
  std::uint64_t iteration_;
  std::vector<Source> sources_;
  std::vector<Eigen::Index> offsets_;  // position of every source's first sample, and N
};

/// `counts[k]` samples from every component of `mixture`.
template <class Covariance>
std::vector<typename Draw<Covariance>::Source> sources(const Mixture<Covariance>& mixture,
                                                       const std::vector<std::int64_t>& counts) {
  std::vector<typename Draw<Covariance>::Source> all;
  for (std::size_t k = 0; k < counts.size(); ++k)
    all.push_back({mixture.components()[k].gaussian, mixture.components()[k].id, counts[k]});
  return all;
}

/// [D] the sample of this number in an endless sequence of independent ones of `mixture`.
template <class Covariance>
Eigen::VectorXd sample_of_sequence(const Mixture<Covariance>& mixture, std::uint64_t seed, std::uint64_t number);

extern template class Draw<FullCovariance>;
extern template class Draw<DiagonalCovariance>;

}  // namespace gmmvi::model
