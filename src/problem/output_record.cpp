#include "problem/output_record.hpp"

#include <limits>

#include "core/contract.hpp"

namespace gmmvi::problem {

void OutputRecord::keep(const SampleId& id, const Eigen::VectorXd& outputs) {
  const std::scoped_lock lock(mutex_);
  by_sample_.insert_or_assign({id.batch, id.position}, outputs);
}

Eigen::MatrixXd OutputRecord::of(std::uint64_t batch, std::span<const Eigen::Index> positions,
                                 Eigen::Index outputs) const {
  const std::scoped_lock lock(mutex_);
  Eigen::MatrixXd all =
      Eigen::MatrixXd::Constant(outputs, std::ssize(positions), std::numeric_limits<double>::quiet_NaN());
  for (Eigen::Index n = 0; n < all.cols(); ++n) {
    const auto found = by_sample_.find({batch, static_cast<std::uint64_t>(positions[static_cast<std::size_t>(n)])});
    if (found == by_sample_.end()) continue;
    GMMVI_EXPECT(found->second.size() == outputs, "as many outputs as there are data");
    all.col(n) = found->second;
  }
  return all;
}

}  // namespace gmmvi::problem
