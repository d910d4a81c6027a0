#include "runner/memory_need.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/error.hpp"
#include "gmmvi/lanes.hpp"
#include "gmmvi/regression.hpp"

namespace gmmvi::runner {
namespace {

using solver::Extent;
using solver::Memory;

struct MemoryPart {
  double Memory::*bytes;
  const char* name;
};
constexpr std::array<MemoryPart, 7> parts = {{{&Memory::mixture, "mixture"},
                                              {&Memory::gaussians, "Gaussians of the database"},
                                              {&Memory::samples, "samples of the database"},
                                              {&Memory::batch, "active batch"},
                                              {&Memory::densities, "densities"},
                                              {&Memory::estimation, "natural gradient"},
                                              {&Memory::candidates, "candidates"}}};
constexpr const char* row = "{:<26}{:>12}{:>12}{:>16}{:>12}\n";

/// How to do with less of the part that needs most; the user takes one of these.
std::vector<std::string> advice(const MemoryNeed& need, const MemoryPart& largest) {
  std::vector<std::string> ways;
  const bool samples =
      largest.bytes == &Memory::batch || largest.bytes == &Memory::densities || largest.bytes == &Memory::samples;
  if (samples) ways.emplace_back("set a smaller sample_selector_config.desired_samples_per_component");
  if (!samples && !need.options.model_initialization.use_diagonal_covs)
    ways.emplace_back("set model_initialization.use_diagonal_covs: true");
  if (need.first.components > 1)
    ways.emplace_back("use fewer components (model_initialization.num_initial_components)");
  if (need.node.ranks > 1) ways.emplace_back("put fewer ranks on a machine");
  ways.emplace_back("take a machine with more memory");
  return ways;
}

std::string room_text(const MemoryNeed& need) {
  return fmt::format("{} on {} for {}", bytes_text(need.node.available_memory), need.node.name,
                     need.node.ranks == 1 ? "1 rank" : fmt::format("{} ranks", need.node.ranks));
}

std::string database_text(const MemoryNeed& need) {
  if (!need.options.use_sample_database) return "";
  if (!need.options.max_database_size) return "The sample database has no limit (max_database_size: null).\n";
  Extent full = need.last;
  full.stored_samples = *need.options.max_database_size;
  return fmt::format("The samples of a full database (max_database_size: {}) take {} a rank, {} on this machine.\n",
                     *need.options.max_database_size, bytes_text(need.per_rank(full).samples),
                     bytes_text(need.on_node(full).samples));
}

}  // namespace

Memory MemoryNeed::per_rank(const Extent& extent) const {
  return solver::memory_per_rank(options, dimension, ranks, extent);
}

Memory MemoryNeed::on_node(const Extent& extent) const {
  return solver::memory_of_ranks(per_rank(extent), node.ranks, extent);
}

MemoryNeed memory_need(const Options& options, Eigen::Index dimension, const RunOptions& run, int ranks, Node node,
                       Eigen::Index outputs) {
  MemoryNeed need{.options = options,
                  .dimension = dimension,
                  .ranks = ranks,
                  .node = std::move(node),
                  .first = solver::first_extent(options, dimension),
                  .last = solver::last_extent(options, dimension, run.iterations, run.max_evaluations)};
  need.first.outputs = need.last.outputs = outputs;
  return need;
}

void require_memory(const MemoryNeed& need) {
  const Memory memory = need.on_node(need.first);
  if (memory.total() <= need.node.available_memory) return;
  const MemoryPart& largest =
      *std::ranges::max_element(parts, {}, [&](const MemoryPart& part) { return memory.*part.bytes; });
  throw Error(fmt::format("the first iteration needs {} of memory, and there are {}; {} of it are for the {}. What "
                          "helps: {}",
                          bytes_text(memory.total()), room_text(need), bytes_text(memory.*largest.bytes), largest.name,
                          fmt::join(advice(need, largest), ", or ")),
              ExitCode::configuration);
}

std::optional<std::string> memory_warning(const MemoryNeed& need) {
  const double bytes = need.on_node(need.last).total();
  if (bytes <= need.node.available_memory) return std::nullopt;
  return fmt::format(
      "warning: the run may need about {} of memory before it ends, and there are {}; `gmmvi check` shows what for "
      "(max_database_size, max_components and the limits of the run bound it)",
      bytes_text(bytes), room_text(need));
}

std::string memory_table(const MemoryNeed& need) {
  const std::array<Memory, 4> columns = {need.per_rank(need.first), need.per_rank(need.last), need.on_node(need.first),
                                         need.on_node(need.last)};
  std::string table = fmt::format("{:<26}{:>24}{:>28}\n", "Memory, estimated", "a rank",
                                  fmt::format("{} of {} ranks here", need.node.ranks, need.ranks));
  const auto add = [&](const char* name, auto text_of) {
    table += fmt::format(row, name, text_of(0), text_of(1), text_of(2), text_of(3));
  };
  add("", [](std::size_t column) { return column % 2 == 0 ? "at first" : "at the end"; });
  for (const MemoryPart& part : parts)
    add(part.name, [&](std::size_t column) { return bytes_text(columns[column].*part.bytes); });
  add("together", [&](std::size_t column) { return bytes_text(columns[column].total()); });
  table += fmt::format("There are {}.\n", room_text(need));
  table += fmt::format("From first to last: components {} to {}, active samples {} to {}, stored ones {} to {}.\n",
                       need.first.components, need.last.components, need.first.active_samples, need.last.active_samples,
                       need.first.stored_samples, need.last.stored_samples);
  return table + database_text(need);
}

std::string bytes_text(double bytes) {
  if (!std::isfinite(bytes)) return "unlimited";
  constexpr std::array<const char*, 6> units = {"B", "kB", "MB", "GB", "TB", "PB"};
  std::size_t unit = 0;
  for (; bytes >= 999.5 && unit + 1 < units.size(); ++unit) bytes /= 1000.0;
  return fmt::format("{:.3g} {}", bytes, units[unit]);
}

}  // namespace gmmvi::runner
