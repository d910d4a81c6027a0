#include "solver/exchange.hpp"

#include <gtest/gtest.h>

#include "samples/gather.hpp"
#include "support/ranks.hpp"

namespace gmmvi::solver {
namespace {

using test::world;

/// The entry of a matrix that all ranks know how to fill.
double entry(Eigen::Index row, Eigen::Index column) {
  return static_cast<double>(1000 * row + column);
}
Eigen::MatrixXd filled(Eigen::Index rows, Eigen::Index columns) {
  return Eigen::MatrixXd::NullaryExpr(rows, columns, [](Eigen::Index r, Eigen::Index c) { return entry(r, c); });
}

/// N samples in turn to the ranks, which share K components.
class Exchange : public testing::TestWithParam<std::pair<Eigen::Index, Eigen::Index>> {
 protected:
  std::vector<Eigen::Index> own_positions() const {
    std::vector<Eigen::Index> positions;
    for (Eigen::Index n = world().size() - 1 - world().rank(); n < samples; n += world().size()) positions.push_back(n);
    return positions;
  }
  Eigen::Index samples = GetParam().first, components = GetParam().second;
  std::vector<Eigen::Index> owned = owned_components(components, world().rank(), world().size());
};

TEST_P(Exchange, EveryComponentHasOneOwner) {
  std::vector<int> owners(static_cast<std::size_t>(components), 0);
  for (int rank = 0; rank < world().size(); ++rank)
    for (const Eigen::Index k : owned_components(components, rank, world().size()))
      ++owners[static_cast<std::size_t>(k)];
  EXPECT_EQ(owners, std::vector<int>(owners.size(), 1));
}

TEST_P(Exchange, GatherRestoresTheCanonicalOrder) {
  const auto positions = own_positions();
  const samples::CanonicalGather gather(world(), positions);
  ASSERT_EQ(gather.size(), samples);
  Eigen::MatrixXd own(3, static_cast<Eigen::Index>(positions.size()));
  for (Eigen::Index i = 0; i < own.cols(); ++i)
    for (Eigen::Index r = 0; r < 3; ++r) own(r, i) = entry(r, positions[static_cast<std::size_t>(i)]);
  const Eigen::MatrixXd all = gather(own);
  EXPECT_EQ(all, filled(3, samples));
}

TEST_P(Exchange, OwnersGetAllSamplesOfTheirComponents) {
  const auto positions = own_positions();
  const samples::CanonicalGather gather(world(), positions);
  Eigen::MatrixXd own(static_cast<Eigen::Index>(positions.size()), components);
  for (Eigen::Index i = 0; i < own.rows(); ++i)
    for (Eigen::Index k = 0; k < components; ++k) own(i, k) = entry(positions[static_cast<std::size_t>(i)], k);
  const Eigen::MatrixXd all = to_component_owners(gather, own);
  ASSERT_EQ(all.rows(), samples);
  ASSERT_EQ(all.cols(), static_cast<Eigen::Index>(owned.size()));
  for (Eigen::Index n = 0; n < samples; ++n)
    for (std::size_t i = 0; i < owned.size(); ++i) EXPECT_EQ(all(n, static_cast<Eigen::Index>(i)), entry(n, owned[i]));
}

TEST_P(Exchange, AllGetWhatTheOwnersKnow) {
  Eigen::MatrixXd own(5, static_cast<Eigen::Index>(owned.size()));
  for (Eigen::Index i = 0; i < own.cols(); ++i)
    for (Eigen::Index r = 0; r < 5; ++r) own(r, i) = entry(r, owned[static_cast<std::size_t>(i)]);
  EXPECT_EQ(columns_from_component_owners(world(), own, components), filled(5, components));
  EXPECT_EQ(from_component_owners(world(), own.row(2).transpose(), components),
            Eigen::VectorXd(filled(5, components).row(2).transpose()));
}

INSTANTIATE_TEST_SUITE_P(SamplesAndComponents, Exchange,
                         testing::Values(std::pair(1, 1), std::pair(3, 10), std::pair(40, 1), std::pair(40, 3),
                                         std::pair(101, 17)));

}  // namespace
}  // namespace gmmvi::solver
