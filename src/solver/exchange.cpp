#include "solver/exchange.hpp"

#include "solver/at.hpp"

namespace gmmvi::solver {

std::vector<Eigen::Index> owned_components(Eigen::Index components, int rank, int ranks) {
  std::vector<Eigen::Index> owned;
  for (Eigen::Index k = rank; k < components; k += ranks) owned.push_back(k);
  return owned;
}

// What stays on a rank is copied once, and goes by no message.
Eigen::MatrixXd to_component_owners(const samples::CanonicalGather& samples, const Eigen::MatrixXd& own) {
  const Communicator& communicator = samples.communicator();
  const int ranks = communicator.size(), self = communicator.rank();
  if (ranks == 1) return own;
  const auto mine = owned_components(own.cols(), self, ranks);
  const auto columns = static_cast<Eigen::Index>(mine.size());

  Eigen::MatrixXd sent(own.rows(), own.cols() - columns);
  Eigen::Index column = 0;
  std::vector<std::size_t> send_counts(at(ranks), 0), receive_counts(at(ranks), 0);
  for (int rank = 0; rank < ranks; ++rank) {
    if (rank == self) continue;
    const auto owned = owned_components(own.cols(), rank, ranks);
    for (const Eigen::Index k : owned) sent.col(column++) = own.col(k);
    send_counts[at(rank)] = owned.size() * at(own.rows());
    receive_counts[at(rank)] = samples.counts()[at(rank)] * mine.size();
  }
  Eigen::VectorXd received((samples.size() - own.rows()) * columns);
  communicator.all_to_all(std::span<const double>(sent.data(), at(sent.size())), send_counts, receive_counts,
                          std::span<double>(received.data(), at(received.size())));

  Eigen::MatrixXd all(samples.size(), columns);
  const double* next = received.data();
  const Eigen::Index* position = samples.positions().data();
  for (int rank = 0; rank < ranks; ++rank) {
    const auto count = static_cast<Eigen::Index>(samples.counts()[at(rank)]);
    for (Eigen::Index i = 0; i < columns; ++i) {
      const double* values = rank == self ? own.col(mine[at(i)]).data() : next;
      for (Eigen::Index n = 0; n < count; ++n) all(position[n], i) = values[n];
      if (rank != self) next += count;
    }
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
