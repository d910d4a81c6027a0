#include "samples/gather.hpp"

#include <algorithm>
#include <numeric>

#include "core/contract.hpp"

namespace gmmvi::samples {
namespace {

using Run = Communicator::Run;

std::vector<std::vector<Run>> runs_of(const std::vector<std::size_t>& counts,
                                      const std::vector<Eigen::Index>& positions) {
  std::vector<std::vector<Run>> runs(counts.size());
  auto next = positions.begin();
  for (std::size_t rank = 0; rank < counts.size(); ++rank)
    for (const auto end = next + static_cast<std::ptrdiff_t>(counts[rank]); next != end; ++next) {
      const auto position = static_cast<std::size_t>(*next);
      std::vector<Run>& own = runs[rank];
      if (own.empty() || own.back().first + own.back().count != position) own.push_back({position, 0});
      ++own.back().count;
    }
  return runs;
}

}  // namespace

std::vector<std::int32_t> holders_of(const std::vector<Eigen::Index>& own_positions, std::int64_t count,
                                     const Communicator& ranks) {
  const auto counts = ranks.all_gather(own_positions.size());
  const auto positions = ranks.all_gather(std::span<const Eigen::Index>(own_positions), counts);
  GMMVI_GUARD(positions.size() == static_cast<std::size_t>(count), "one rank for each sample");
  GMMVI_GUARD(std::ranges::all_of(positions, [count](Eigen::Index p) { return p >= 0 && p < count; }),
              "positions of the batch");
  std::vector<std::int32_t> holders(positions.size());
  auto next = positions.begin();
  for (std::size_t rank = 0; rank < counts.size(); ++rank)
    for (std::size_t i = 0; i < counts[rank]; ++i)
      holders[static_cast<std::size_t>(*next++)] = static_cast<std::int32_t>(rank);
  return holders;
}

CanonicalGather::CanonicalGather(Communicator communicator, const std::vector<Eigen::Index>& own_positions)
    : communicator_(std::move(communicator)),
      counts_(communicator_.all_gather(own_positions.size())),
      positions_(communicator_.all_gather(std::span<const Eigen::Index>(own_positions), counts_)),
      runs_(runs_of(counts_, positions_)) {}

CanonicalGather::CanonicalGather(Communicator communicator, std::span<const std::int32_t> holders)
    : communicator_(std::move(communicator)),
      counts_(static_cast<std::size_t>(communicator_.size()), 0),
      positions_(holders.size()) {
  for (const std::int32_t holder : holders) ++counts_[static_cast<std::size_t>(holder)];
  std::vector<std::size_t> next(counts_.size());  // in the order of the ranks
  std::exclusive_scan(counts_.begin(), counts_.end(), next.begin(), std::size_t{0});
  for (std::size_t n = 0; n < holders.size(); ++n)
    positions_[next[static_cast<std::size_t>(holders[n])]++] = static_cast<Eigen::Index>(n);
  runs_ = runs_of(counts_, positions_);
}

Eigen::MatrixXd CanonicalGather::operator()(const Eigen::MatrixXd& own) const {
  Eigen::MatrixXd all(own.rows(), size());
  communicator_.all_gather_to(runs_, static_cast<std::size_t>(own.rows()),
                              std::span<const double>(own.data(), static_cast<std::size_t>(own.size())),
                              std::span<double>(all.data(), static_cast<std::size_t>(all.size())));
  return all;
}

}  // namespace gmmvi::samples
