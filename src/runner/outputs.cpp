#include "runner/outputs.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "comm/on_root.hpp"
#include "core/log.hpp"
#include "io/model_hash.hpp"
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

/// Log importance weights of this rank's samples, in canonical order.
template <class Covariance>
Eigen::VectorXd own_log_weights(const SampleDB<Covariance>& database, const Window& all) {
  const auto own = database.own_samples(all);
  return own.log_densities - database.background_of(all, own.samples);
}

/// This rank's samples of a part, each with log density, log weight [n] and outputs below it.
template <class Covariance>
Eigen::MatrixXd packed(const SampleDB<Covariance>& database, const Window& part, const Eigen::VectorXd& log_weights) {
  const auto own = database.own_samples(part, true);
  Eigen::MatrixXd packed(database.dimension() + 2 + database.outputs(), own.size());
  packed << own.samples, own.log_densities.transpose(), log_weights.transpose(),
      own.outputs.topRows(database.outputs());
  return packed;
}

io::SamplesWithOutputs unpacked(const Eigen::MatrixXd& packed, Eigen::Index dimension) {
  return {.samples = packed.topRows(dimension),
          .log_densities = packed.row(dimension).transpose(),
          .log_weights = packed.row(dimension + 1).transpose(),
          .outputs = packed.bottomRows(packed.rows() - dimension - 2)};
}

/// Those of imported batches, whose Gaussians nobody knows.
std::int64_t imported_samples(const std::vector<SampleBatch>& batches) {
  std::int64_t samples = 0;
  for (const SampleBatch& batch : batches)
    if ((batch.number & SampleBatch::imported) != 0) samples += batch.count;
  return samples;
}

}  // namespace

void write_outputs(const std::string& path, const Gmmvi& gmmvi, io::OutputsTitle title, const Communicator& ranks,
                   double most_operations) {
  constexpr Eigen::Index at_once = 1'000'000;  // numbers
  // There may not be enough memory at the end of a long run, which is no bug.
  const auto with_memory = [&](const std::function<void()>& body) {
    return [&path, body] {
      try {
        body();
      } catch (const std::bad_alloc&) {
        throw Error(fmt::format("Cannot write {}: there is not enough memory.", path), ExitCode::cannot_create);
      }
    };
  };
  std::visit(
      [&](const auto& database) {
        const Window all = database.newest_known(most_operations);
        if (database.outputs() == 0 || all.size() == 0) return;
        Eigen::VectorXd log_weights;
        comm::attempt_on_all(ranks, with_memory([&] { log_weights = own_log_weights(database, all); }));
        std::unique_ptr<io::OutputsWriter> file;  // rank 0's
        comm::attempt_on_root(ranks, with_memory([&] {
                                title.iterations = gmmvi.iterations();
                                title.evaluations = gmmvi.evaluations();
                                title.model_hash = io::to_hex(io::model_hash(gmmvi.mixture()));
                                title.samples_left_out = database.size() - all.size();
                                file = std::make_unique<io::OutputsWriter>(path, title, all.size(), database.outputs());
                              }));
        const Eigen::Index each = database.dimension() + 2 + database.outputs();
        Eigen::Index first = 0;  // of the own samples
        for (const Window& part : parts_of(all, std::max<std::int64_t>(1, at_once / each))) {
          const std::vector<std::int32_t> holders = database.holders(part);
          const Eigen::Index count = std::ranges::count(holders, database.communicator().rank());
          Eigen::MatrixXd samples;
          comm::attempt_on_all(
              ranks, with_memory([&] { samples = packed(database, part, log_weights.segment(first, count)); }));
          first += count;
          samples = samples::CanonicalGather(database.communicator(), holders)(samples);
          comm::attempt_on_root(ranks, with_memory([&] { file->append(unpacked(samples, database.dimension())); }));
        }
        comm::attempt_on_root(ranks, with_memory([&] { file->write(); }));
        const std::int64_t older = database.size() - all.size() - imported_samples(database.batches());
        if (ranks.is_root() && older > 0)
          core::log().info(
              "{} has the newest {} samples and not the {} before them, since the weights of all would take long", path,
              all.size(), older);
      },
      gmmvi.sample_db());
}

}  // namespace gmmvi::runner
