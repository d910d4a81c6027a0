#include "runner/evidence.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "evaluation/evaluator.hpp"
#include "evaluation/journal_archive.hpp"
#include "model/draw.hpp"
#include "runner/checkpoints.hpp"
#include "runner/draws.hpp"
#include "solver/elbo.hpp"

namespace gmmvi::runner {
namespace {

using evaluation::JournalArchive;

/// What journals call the sequence.
constexpr std::uint64_t sequence = SampleId::metrics_batch | SampleBatch::imported;

/// An evaluated sample of the sequence.
struct Valued {
  std::int64_t number;
  double log_target, log_mixture;
};
using Known = std::map<std::int64_t, Valued>;

/// Writes a batch, whose samples are those of some numbers of the sequence, as parts of the sequence.
class SequenceArchive final : public Archive {
 public:
  SequenceArchive(std::shared_ptr<JournalArchive> journal, std::vector<std::int64_t> numbers)
      : journal_(std::move(journal)), numbers_(std::move(numbers)) {}

  void keep(const FinishedGroup& group) override {
    for (Eigen::Index begin = 0, end = 0; begin < group.size(); begin = end) {
      for (end = begin + 1; end < group.size(); ++end)
        if (number(group, end) != number(group, end - 1) + 1) break;
      journal_->keep(part_of(group, begin, end - begin));
    }
  }
  std::vector<FinishedGroup> take(std::uint64_t /*batch*/) override { return {}; }
  bool has_earlier_groups() const override { return false; }

 private:
  std::int64_t number(const FinishedGroup& group, Eigen::Index n) const {
    return numbers_[static_cast<std::size_t>(group.first + n)];
  }
  FinishedGroup part_of(const FinishedGroup& group, Eigen::Index begin, Eigen::Index count) const {
    return {group.slice(begin, count), sequence, number(group, begin), group.seconds, group.failure};
  }

  std::shared_ptr<JournalArchive> journal_;
  std::vector<std::int64_t> numbers_;
};

Eigen::VectorXd log_density(const AnyMixture& mixture, const Eigen::MatrixXd& samples) {
  return std::visit([&](const auto& m) { return m.log_density(samples); }, mixture);
}

/// All ranks' `own`, on every rank.
void add_all(Known& known, const std::vector<Valued>& own, const Communicator& ranks) {
  const auto counts = ranks.all_gather(own.size());
  for (const Valued& valued : ranks.all_gather(std::span<const Valued>(own), counts))
    known.try_emplace(valued.number, valued);
}

/// What is in the journals.
Known read(Checkpoints& journals, JournalArchive& archive, const AnyMixture& mixture, const Communicator& ranks) {
  journals.read_journals();
  std::vector<Valued> own;
  for (const FinishedGroup& group : archive.take(sequence)) {
    const Eigen::VectorXd densities = log_density(mixture, group.samples);
    for (Eigen::Index n = 0; n < densities.size(); ++n)
      own.push_back({group.first + n, group.log_densities[n], densities[n]});
  }
  Known known;
  add_all(known, own, ranks);
  return known;
}

/// The lowest numbers that are not known.
std::vector<std::int64_t> missing_in(const Known& known, std::int64_t count) {
  std::vector<std::int64_t> missing;
  for (std::int64_t number = 0; static_cast<std::int64_t>(missing.size()) < count; ++number)
    if (!known.contains(number)) missing.push_back(number);
  return missing;
}

void draw(const AnyMixture& mixture, std::uint64_t seed, std::span<const std::int64_t> numbers,
          Eigen::Ref<Eigen::MatrixXd> out) {
  for (Eigen::Index n = 0; n < out.cols(); ++n)
    out.col(n) = std::visit(
        [&](const auto& m) {
          return model::sample_of_sequence(m, seed, static_cast<std::uint64_t>(numbers[static_cast<std::size_t>(n)]));
        },
        mixture);
}

std::vector<Valued> evaluate(Target& target, const AnyMixture& mixture, const EvidenceSettings& settings,
                             const std::shared_ptr<JournalArchive>& archive, const std::vector<std::int64_t>& numbers,
                             const Communicator& ranks) {
  const auto take = [mixture, seed = settings.seed, numbers](Eigen::Index first, Eigen::Ref<Eigen::MatrixXd> out) {
    draw(mixture, seed, std::span(numbers).subspan(static_cast<std::size_t>(first)), out);
  };
  // The target's own random numbers differ from one call to the next.
  const auto own = evaluation::Evaluator(target, settings.options, ranks,
                                         {.make_target = settings.make_target,
                                          .teams = settings.teams,
                                          .archive = std::make_shared<SequenceArchive>(archive, numbers)})
                       .evaluate({.batch = sequence | static_cast<std::uint64_t>(numbers.front()),
                                  .size = static_cast<Eigen::Index>(numbers.size()),
                                  .want_gradients = false,
                                  .beside = true,
                                  .draw = take});
  warn_of_failures(own);
  const Eigen::VectorXd densities = log_density(mixture, own.samples);
  std::vector<Valued> valued;
  for (Eigen::Index n = 0; n < densities.size(); ++n)
    valued.push_back({numbers[static_cast<std::size_t>(own.positions[static_cast<std::size_t>(n)])],
                      own.log_densities[n], densities[n]});
  return valued;
}

/// Those that ended while others before them did not, ended early perhaps because of what they are.
EvidenceResult estimate(const Known& known, const AnyMixture& mixture, const EvidenceSettings& settings) {
  Eigen::MatrixX2d densities(static_cast<Eigen::Index>(known.size()), 2);
  Eigen::Index count = 0;
  for (const auto& [number, valued] : known)
    if (number == count) densities.row(count++) << valued.log_target, valued.log_mixture;
  EvidenceResult result{.elbo = {}, .evaluations = 0, .waiting = densities.rows() - count};
  if (count == 0) return result;
  const Eigen::VectorXd of_target = densities.col(0).head(count), of_mixture = densities.col(1).head(count);
  result.elbo = solver::monte_carlo_elbo(of_target, of_mixture, settings.temperature);
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  Eigen::MatrixXd samples(std::visit([](const auto& m) { return m.dimension(); }, mixture), count);
  draw(mixture, settings.seed, numbers, samples);
  solver::add_moments(result.elbo, samples, of_target, of_mixture);
  return result;
}

}  // namespace

EvidenceResult spend_on_evidence(Target& target, const AnyMixture& mixture, const EvidenceSettings& settings,
                                 std::int64_t count, const Communicator& ranks) {
  const auto archive = std::make_shared<JournalArchive>(target.dimension(), io::to_text(settings.fingerprint));
  Checkpoints journals(settings.folder, {.journal = KeepOptions::Journal::on}, target.cheap(), archive, ranks,
                       settings.fingerprint);
  Known known = read(journals, *archive, mixture, ranks);
  if (count > 0) {
    journals.begin_job();
    add_all(known, evaluate(target, mixture, settings, archive, missing_in(known, count), ranks), ranks);
  }
  EvidenceResult result = estimate(known, mixture, settings);
  result.evaluations = count;
  return result;
}

}  // namespace gmmvi::runner
