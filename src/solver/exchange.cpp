#include "solver/exchange.hpp"

namespace gmmvi::solver {

std::vector<Eigen::Index> owned_components(Eigen::Index components, int rank, int ranks) {
  std::vector<Eigen::Index> owned;
  for (Eigen::Index k = rank; k < components; k += ranks) owned.push_back(k);
  return owned;
}

Eigen::MatrixXd to_component_owners(const samples::CanonicalGather& samples, const Eigen::MatrixXd& own) {
  const Communicator& communicator = samples.communicator();
  const int ranks = communicator.size();
  std::vector<double> send;
  std::vector<std::size_t> send_counts;
  send.reserve(static_cast<std::size_t>(own.size()));
  for (int rank = 0; rank < ranks; ++rank) {
    const auto owned = owned_components(own.cols(), rank, ranks);
    for (const Eigen::Index k : owned) send.insert(send.end(), own.col(k).begin(), own.col(k).end());
    send_counts.push_back(owned.size() * static_cast<std::size_t>(own.rows()));
  }
  const std::size_t mine = owned_components(own.cols(), communicator.rank(), ranks).size();
  std::vector<std::size_t> receive_counts = samples.counts();
  for (std::size_t& count : receive_counts) count *= mine;
  const std::vector<double> received =
      communicator.all_to_all(std::span<const double>(send), send_counts, receive_counts);

  Eigen::MatrixXd all(samples.size(), static_cast<Eigen::Index>(mine));
  const double* next = received.data();
  const Eigen::Index* position = samples.positions().data();
  for (const std::size_t count : samples.counts()) {
    for (Eigen::Index k = 0; k < all.cols(); ++k)
      for (std::size_t n = 0; n < count; ++n) all(position[n], k) = *next++;
    position += count;
  }
  return all;
}

Eigen::MatrixXd columns_from_component_owners(const Communicator& communicator, const Eigen::MatrixXd& own,
                                              Eigen::Index components) {
  std::vector<std::size_t> counts;
  std::vector<Eigen::Index> order;
  for (int rank = 0; rank < communicator.size(); ++rank) {
    const auto owned = owned_components(components, rank, communicator.size());
    order.insert(order.end(), owned.begin(), owned.end());
    counts.push_back(owned.size() * static_cast<std::size_t>(own.rows()));
  }
  const std::vector<double> values =
      communicator.all_gather(std::span<const double>(own.data(), static_cast<std::size_t>(own.size())), counts);
  Eigen::MatrixXd all(own.rows(), components);
  const double* next = values.data();
  for (const Eigen::Index k : order) {
    all.col(k) = Eigen::Map<const Eigen::VectorXd>(next, own.rows());
    next += own.rows();
  }
  return all;
}

Eigen::VectorXd from_component_owners(const Communicator& communicator, const Eigen::VectorXd& own,
                                      Eigen::Index components) {
  return columns_from_component_owners(communicator, own.transpose(), components).transpose();
}

}  // namespace gmmvi::solver
