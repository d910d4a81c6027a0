#pragma once

#include <vector>

#include <Eigen/Core>

#include "samples/gather.hpp"

namespace gmmvi::solver {

/// The components of K that belong to a rank: `rank`, `rank` + P, `rank` + 2P, …
std::vector<Eigen::Index> owned_components(Eigen::Index components, int rank, int ranks);

/// From [n x K], all components at the own samples, to [N x K'], the own components at all samples in canonical order.
/// Collective.
Eigen::MatrixXd to_component_owners(const samples::CanonicalGather& samples, const Eigen::MatrixXd& own);

/// From [rows x K'] of the own components to [rows x K] of all, on every rank. Collective.
Eigen::MatrixXd columns_from_component_owners(const Communicator& communicator, const Eigen::MatrixXd& own,
                                              Eigen::Index components);
/// From a number for each own component to one for each of K, on every rank. Collective.
Eigen::VectorXd from_component_owners(const Communicator& communicator, const Eigen::VectorXd& own,
                                      Eigen::Index components);

}  // namespace gmmvi::solver
