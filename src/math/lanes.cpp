#include "gmmvi/lanes.hpp"

#include <algorithm>

namespace gmmvi {

void load_block(const Eigen::Ref<const Eigen::MatrixXd>& samples, Eigen::Index first, Block& block) {
  const Eigen::Index count = std::min(lanes, samples.cols() - first);
  block.resize(lanes, samples.rows());
  if (count < lanes) block.setZero();
  block.topRows(count) = samples.middleCols(first, count).transpose().array();
}

void store_block(const Block& block, Eigen::Index first, Eigen::Index count, Eigen::Ref<Eigen::MatrixXd> samples) {
  samples.middleCols(first, count) = block.topRows(count).matrix().transpose();
}

}  // namespace gmmvi
