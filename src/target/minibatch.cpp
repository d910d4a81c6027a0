#include "target/minibatch.hpp"

#include <numeric>
#include <utility>

#include "core/contract.hpp"
#include "core/random.hpp"

namespace gmmvi::target {

Minibatches::Minibatches(Eigen::Index rows, Eigen::Index size, bool own, std::uint64_t seed)
    : size_(size), own_(own), seed_(seed), rows_(static_cast<std::size_t>(rows)) {
  GMMVI_GUARD(size >= 1 && size <= rows, "a minibatch is a part of the data");
}

std::span<const Eigen::Index> Minibatches::of(const SampleId& id) {
  core::Stream stream(seed_, core::Purpose::minibatch, {.iteration = id.batch, .index = own_ ? id.position : 0});
  std::iota(rows_.begin(), rows_.end(), 0);
  const auto count = static_cast<std::size_t>(size_);
  for (std::size_t i = 0; i < count; ++i) std::swap(rows_[i], rows_[i + stream.below(rows_.size() - i)]);
  return {rows_.data(), count};
}

}  // namespace gmmvi::target
