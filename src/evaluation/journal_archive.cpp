#include "evaluation/journal_archive.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "gmmvi/solver_state.hpp"

namespace gmmvi::evaluation {

void JournalArchive::keep_in(const std::string& path) {
  journal_ = std::make_unique<Journal>(path, dimension_, fingerprint_);
}

std::vector<std::string> JournalArchive::read(const std::vector<std::string>& paths, bool anywhere, const Check& check,
                                              const std::function<bool(std::uint64_t batch)>& needs_outputs) {
  earlier_.clear();
  anywhere_ = anywhere;
  std::vector<std::string> damages;
  for (const std::string& path : paths) {
    const JournalEnd end = read_journal(path, dimension_, [&](FinishedGroup&& group) {
      if (needs_outputs && !needs_outputs(group.batch)) group.outputs.resize(0, 0);
      earlier_[group.batch].push_back(std::move(group));
    });
    if (check && end.good_bytes > 0) check(path, end.fingerprint);
    if (!end.damage.empty())
      damages.push_back(fmt::format("{}: {}; the {} groups before it are used", path, end.damage, end.groups));
  }
  return damages;
}

bool JournalArchive::keep_only(const std::function<bool(std::uint64_t batch)>& awaited, std::uint64_t iteration) {
  const bool any_imported =
      std::erase_if(earlier_, [](const auto& entry) {
        return (entry.first & SampleId::metrics_batch) == 0 && (entry.first & SampleBatch::imported) != 0;
      }) > 0;
  std::erase_if(earlier_, [&](const auto& entry) {
    const bool of_metrics = (entry.first & SampleId::metrics_batch) != 0;
    return of_metrics ? (entry.first & ~SampleId::metrics_batch) < iteration : !awaited(entry.first);
  });
  return any_imported;
}

std::int64_t JournalArchive::earlier_samples() const {
  std::int64_t samples = 0;
  for (const auto& [batch, groups] : earlier_) {
    const bool has_points = !std::ranges::all_of(groups, &FinishedGroup::has_gradients);
    for (const FinishedGroup& group : groups)
      if (!has_points || !group.has_gradients()) samples += group.size();
  }
  return samples;
}

void JournalArchive::sync() {
  if (journal_) journal_->sync();
}

void JournalArchive::keep(const FinishedGroup& group) {
  if (journal_) journal_->append(group);
}

std::vector<FinishedGroup> JournalArchive::take(std::uint64_t batch) {
  auto node = earlier_.extract(batch);
  return node ? std::move(node.mapped()) : std::vector<FinishedGroup>();
}

}  // namespace gmmvi::evaluation
