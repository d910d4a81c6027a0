#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "gmmvi/archive.hpp"
#include "gmmvi/error.hpp"

#include "comm/on_root.hpp"
#include "core/contract.hpp"
#include "core/fnv1a.hpp"
#include "core/log.hpp"
#include "math/moments.hpp"
#include "solver/at.hpp"
#include "solver/check_options.hpp"
#include "solver/loop.hpp"

// Evaluations that were made elsewhere, and become samples of the database.

namespace gmmvi::solver {
namespace {

[[noreturn]] void refuse(const std::string& reason) {
  throw Error("evaluations cannot be imported: " + reason, ExitCode::data);
}

void check(const Evaluations& earlier, Eigen::Index dimension) {
  const Eigen::Index n = earlier.size();
  if (n == 0) refuse("there are none");
  if (earlier.samples.rows() != dimension)
    refuse(fmt::format("they have {} parameters, and the target has {}", earlier.samples.rows(), dimension));
  if (earlier.log_densities.size() != n)
    refuse(fmt::format("there are {} samples, and {} log densities", n, earlier.log_densities.size()));
  if (earlier.has_gradients() && !earlier.is_consistent())
    refuse("gradients have to be as many as samples, and as long, or none");
  const auto is_value = [](double value) { return value < std::numeric_limits<double>::infinity(); };
  if (!earlier.samples.allFinite() || !earlier.gradients.allFinite() ||
      !std::all_of(earlier.log_densities.begin(), earlier.log_densities.end(), is_value))
    refuse("samples and gradients have to be finite, and log densities finite or −∞");
}

/// A column each: the sample, its log density, and its gradient where the database has them.
Eigen::MatrixXd columns_of(const Evaluations& earlier, bool with_gradients) {
  const Eigen::Index d = earlier.dimension();
  Eigen::MatrixXd columns = Eigen::MatrixXd::Zero(with_gradients ? 2 * d + 1 : d + 1, earlier.size());
  columns.topRows(d) = earlier.samples;
  columns.row(d) = earlier.log_densities.transpose();
  if (with_gradients && earlier.has_gradients()) columns.bottomRows(d) = earlier.gradients;
  return columns;
}

Evaluations evaluations_of(const Eigen::MatrixXd& columns, Eigen::Index dimension) {
  return {.samples = columns.topRows(dimension),
          .log_densities = columns.row(dimension).transpose(),
          .gradients = columns.rows() > dimension + 1 ? Eigen::MatrixXd(columns.bottomRows(dimension))
                                                      : Eigen::MatrixXd(dimension, 0)};
}

std::uint64_t number_of(const Eigen::MatrixXd& columns) {
  core::Fnv1a hash;
  hash.add(std::span<const double>(columns.data(), at(columns.size())));
  return SampleBatch::imported | (hash.value() & (SampleBatch::imported - 1));
}

/// Of `count` things in a row the first that is a rank's.
Eigen::Index first_of(int rank, Eigen::Index count, const Communicator& ranks) {
  return count * rank / ranks.size();
}

/// This rank's share of rank 0's columns. Collective.
Eigen::MatrixXd share_of(const Eigen::MatrixXd& columns, Eigen::Index rows, Eigen::Index count,
                         const Communicator& ranks) {
  const auto size = [&](int rank) { return first_of(rank + 1, count, ranks) - first_of(rank, count, ranks); };
  std::vector<std::size_t> sent(at(ranks.size()), 0), received(at(ranks.size()), 0);
  for (int rank = 0; ranks.is_root() && rank < ranks.size(); ++rank) sent[at(rank)] = at(rows * size(rank));
  received[0] = at(rows * size(ranks.rank()));
  const auto own = ranks.all_to_all(std::span(columns.data(), at(columns.size())), sent, received);
  return Eigen::Map<const Eigen::MatrixXd>(own.data(), rows, size(ranks.rank()));
}

}  // namespace

template <class Covariance>
void Loop<Covariance>::add_evaluations(const Evaluations& earlier) {
  const Eigen::Index d = target_.dimension(), rows = with_gradients_ ? 2 * d + 1 : d + 1;
  Eigen::MatrixXd columns;         // rank 0's
  Eigen::MatrixX2d moments(d, 2);  // of the Gaussian that is said to be their origin
  std::uint64_t number = 0;
  Eigen::Index count = 0;
  comm::attempt_on_root(communicator_, [&] {
    check(earlier, d);
    check_import(database().keeps_only_newest(), database().settings().max_samples, earlier.size());
    columns = columns_of(earlier, with_gradients_);
    number = number_of(columns);
    if (std::ranges::find(database().batches(), number, &SampleBatch::number) != database().batches().end())
      refuse("the very same ones were imported before");
    moments = math::moments_of(earlier.samples);
    count = columns.cols();
  });
  communicator_.broadcast(number);
  communicator_.broadcast(count);
  communicator_.broadcast(std::span(moments.data(), at(moments.size())));
  const Evaluations own = evaluations_of(share_of(columns, rows, count, communicator_), d);
  columns.resize(0, 0);
  const Eigen::Index first = first_of(communicator_.rank(), count, communicator_);
  comm::attempt_on_all(communicator_, [&] { keep_imported(number, first, own); });

  typename SampleDB<Covariance>::NewSamples added{
      own,
      {std::make_shared<const Gaussian<Covariance>>(moments.col(0), Covariance::from_variances(moments.col(1)))},
      std::vector<std::int32_t>(at(count), 0),
      {},
      {},
      false,
      number};
  for (Eigen::Index n = 0; n < own.size(); ++n) added.own_positions.push_back(first + n);
  database().add_samples(added);
}

// In the journal, so that they are there when the run goes on; the first of them is at position `first` of the batch.
template <class Covariance>
void Loop<Covariance>::keep_imported(std::uint64_t number, Eigen::Index first, const Evaluations& own) const {
  constexpr Eigen::Index size = 1000;  // of a group: a record is read whole
  if (!archive_) return;
  for (Eigen::Index begin = 0; begin < own.size(); begin += size)
    archive_->keep({own.slice(begin, std::min(size, own.size() - begin)), number, first + begin, 0.0, {}});
}

template void Loop<FullCovariance>::add_evaluations(const Evaluations& earlier);
template void Loop<DiagonalCovariance>::add_evaluations(const Evaluations& earlier);

}  // namespace gmmvi::solver
