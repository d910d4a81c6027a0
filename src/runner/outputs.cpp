#include "runner/outputs.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "comm/on_root.hpp"
#include "samples/gather.hpp"

namespace gmmvi::runner {
namespace {

/// Consecutive parts of a window, of at most so many samples each.
std::vector<Window> parts_of(const Window& window, std::int64_t most) {
  std::vector<Window> parts;
  std::int64_t room = 0;
  for (BatchSlice slice : window.slices)
    while (slice.count > 0) {
      if (room == 0) {
        parts.emplace_back();
        room = most;
      }
      const std::int64_t count = std::min(room, slice.count);
      parts.back().slices.push_back({slice.batch, slice.first, count});
      slice.first += count;
      slice.count -= count;
      room -= count;
    }
  return parts;
}

/// Samples in canonical order, on every rank.
template <class Covariance>
io::SamplesWithOutputs gathered(const SampleDB<Covariance>& database, const Window& part, const Window& all) {
  const auto own = database.own_samples(part, true);
  const Eigen::Index d = database.dimension(), m = database.outputs();
  Eigen::MatrixXd packed(d + 2 + m, own.size());
  packed << own.samples, own.log_densities.transpose(),
      (own.log_densities - database.background_of(all, own.samples)).transpose(), own.outputs;
  packed = samples::CanonicalGather(database.communicator(), database.holders(part))(packed);
  return {.samples = packed.topRows(d),
          .log_densities = packed.row(d).transpose(),
          .log_weights = packed.row(d + 1).transpose(),
          .outputs = packed.bottomRows(m)};
}

}  // namespace

void write_outputs(const std::string& path, const Gmmvi& gmmvi, const io::OutputsTitle& title,
                   const Communicator& ranks) {
  constexpr double most_operations = 2e11;     // of all ranks together: minutes of one
  constexpr Eigen::Index at_once = 1'000'000;  // numbers
  std::visit(
      [&](const auto& database) {
        const Window all = database.newest_known(most_operations);
        if (database.outputs() == 0 || all.size() == 0) return;
        const auto file = comm::on_root(
            ranks, [&] { return std::make_unique<io::OutputsWriter>(path, title, all.size(), database.outputs()); });
        const Eigen::Index each = database.dimension() + 2 + database.outputs();
        for (const Window& part : parts_of(all, std::max<std::int64_t>(1, at_once / each))) {
          const io::SamplesWithOutputs samples = gathered(database, part, all);
          comm::attempt_on_root(ranks, [&] { file->append(samples); });
        }
        comm::attempt_on_root(ranks, [&] { file->write(); });
      },
      gmmvi.sample_db());
}

}  // namespace gmmvi::runner
