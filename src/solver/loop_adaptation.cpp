#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "core/log.hpp"
#include "core/random.hpp"
#include "evaluation/stopped.hpp"
#include "solver/at.hpp"
#include "solver/loop.hpp"
#include "strategy/candidates.hpp"
#include "strategy/new_component.hpp"
#include "strategy/prospects.hpp"

// The number of components: which go, and at which of many candidates a new one is put.

namespace gmmvi::solver {

// A stop while the target is asked about candidates leaves all as it was before the search, which is then made again.
// (The database may have made room for the candidates. That it has is found then, and nothing more is deleted.)
template <class Covariance>
void Loop<Covariance>::adapt_components() {
  if (!adaptation_) {
    adaptation_ = decisions_.adaptation(model(), updates_);
    if (!adaptation_->deletions.empty()) {
      model().remove(adaptation_->deletions);
      decisions_.note_deletions(adaptation_->deletions);
    }
  }
  for (; adaptation_->additions > 0; --adaptation_->additions) {
    const EvaluationCounts before = batches_.counts();
    const std::uint64_t number = database().batches_written();
    Findings findings;
    std::optional<NewComponent> added;
    try {
      added = new_component(findings);
    } catch (const evaluation::Stopped&) {
      batches_.set_counts(before);
      database().give_back_numbers(number);
      throw;
    }
    if (added) decisions_.note_addition(model().add(added->gaussian, added->weight));
    for (const NewSamples& samples : findings.samples) database().add_samples(samples);
    asked_imports_.insert(asked_imports_.end(), findings.asked.begin(), findings.asked.end());
    if (!added) break;
  }
  adaptation_.reset();
}

template <class Covariance>
std::optional<typename Loop<Covariance>::NewComponent> Loop<Covariance>::new_component(Findings& findings) {
  Candidates candidates = find_candidates(findings);
  std::vector<Eigen::Index> own_positions;
  for (std::size_t i = 0; i < candidates.holders.size(); ++i)
    if (candidates.holders[i] == communicator_.rank()) own_positions.push_back(static_cast<Eigen::Index>(i));
  const Mixture<Covariance> judging = decisions_.judging(model());
  CandidateSearch<Covariance> search(judging, candidates.own.samples, std::move(own_positions), candidates.near,
                                     communicator_);
  auto chosen = choose(candidates, search, judging);
  while (chosen && !can_rely_on(*chosen, candidates, findings)) chosen = choose(candidates, search, judging);
  std::vector<std::uint32_t> near = search.near();
  near.resize(candidates.of_database);
  database().note_nearest(candidates.indices, near);
  return chosen ? std::optional(component_at(point_of(candidates, *chosen))) : std::nullopt;
}

// From the database and the prior.
template <class Covariance>
typename Loop<Covariance>::Candidates Loop<Covariance>::find_candidates(Findings& findings) {
  NewSamples from_prior;
  if (adaptation_->prior_candidates > 0 && prior_)
    from_prior = batches_.evaluate_beside(database().take_number(),
                                          {seed_,
                                           core::Purpose::prior_candidates,
                                           static_cast<std::uint64_t>(current()),
                                           {{prior_, 0, adaptation_->prior_candidates}}},
                                          current());
  const auto added = static_cast<std::int64_t>(from_prior.mapping.size());
  database().make_room(added);  // at once: indices of before would mean other samples afterwards
  core::Stream stream(seed_, core::Purpose::database_candidates, {.iteration = static_cast<std::uint64_t>(current())});
  std::vector<std::int64_t> indices =
      core::different_numbers(adaptation_->database_candidates, database().size() + added, stream);
  std::erase_if(indices, [&](std::int64_t index) { return index >= database().size(); });
  Candidates candidates{.own = {}, .near = {}, .claims = claims_of(indices), .holders = {}, .indices = {}};
  candidates.own = database().own_samples(indices, adaptation_->elsewhere);
  candidates.near = database().nearest(indices);
  candidates.of_database = candidates.near.size();
  candidates.holders = database().holders(indices);
  candidates.indices = std::move(indices);
  if (added == 0) return candidates;
  candidates.own.append({from_prior.samples, from_prior.log_densities, Eigen::MatrixXd(target_.dimension(), 0)});
  candidates.near.resize(at(candidates.own.size()), SampleDB<Covariance>::no_component);
  const auto holders = samples::holders_of(from_prior.own_positions, added, communicator_);
  candidates.holders.insert(candidates.holders.end(), holders.begin(), holders.end());
  candidates.claims.resize(candidates.holders.size());
  findings.samples.push_back(std::move(from_prior));
  return candidates;
}

template <class Covariance>
std::optional<Eigen::Index> Loop<Covariance>::choose(const Candidates& candidates, CandidateSearch<Covariance>& search,
                                                     const Mixture<Covariance>& judging) {
  if (const auto threshold = decisions_.threshold()) return search.best(candidates.own.log_densities, *threshold);
  Eigen::MatrixXd densities(2, candidates.own.size());
  densities.row(0) = candidates.own.log_densities.transpose();
  densities.row(1) = search.log_densities().transpose();
  const Eigen::MatrixXd all = samples::CanonicalGather(communicator_, candidates.holders)(densities);
  const Eigen::VectorXd target = all.row(0).transpose() / decisions_.scale(), model = all.row(1).transpose();
  return adaptation_->elsewhere ? choose_elsewhere(candidates, target, model, judging)
                                : decisions_.choose(target, model);
}

// Those that do not stand out are not looked at: they are most.
template <class Covariance>
std::optional<Eigen::Index> Loop<Covariance>::choose_elsewhere(const Candidates& candidates,
                                                               const Eigen::VectorXd& target,
                                                               const Eigen::VectorXd& model,
                                                               const Mixture<Covariance>& judging) {
  if (!database().has_gradients()) return decisions_.choose_elsewhere(target, model, {});
  const double least = strategy::typical_log_ratio(target, model, target_.dimension()) + strategy::stands_out;
  std::vector<Eigen::Index> promising;
  for (Eigen::Index n = 0, own = 0; n < target.size(); ++n) {
    if (candidates.holders[at(n)] != communicator_.rank()) continue;
    if (target[n] - model[n] > least) promising.push_back(own);
    ++own;
  }
  const Eigen::VectorXd explained =
      strategy::explained(judging, candidates.own.samples, candidates.own.gradients / decisions_.scale(), promising);
  const samples::CanonicalGather gather(communicator_, candidates.holders);
  return decisions_.choose_elsewhere(target, model, gather(explained.transpose()).transpose());
}

// All know a candidate: its sample, and then its log density.
template <class Covariance>
Eigen::VectorXd Loop<Covariance>::point_of(const Candidates& candidates, Eigen::Index candidate) const {
  const auto it = candidates.holders.begin() + candidate;
  const auto own = std::count(candidates.holders.begin(), it, *it);
  Eigen::VectorXd point(target_.dimension() + 1);
  if (*it == communicator_.rank()) point << candidates.own.samples.col(own), candidates.own.log_densities[own];
  communicator_.broadcast(std::span<double>(point.data(), at(point.size())), *it);
  return point;
}

// With the covariance of its neighbourhood, if it has one, it may be of use at once; others have to find their shape
// before they get a weight.
template <class Covariance>
typename Loop<Covariance>::NewComponent Loop<Covariance>::component_at(const Eigen::VectorXd& point) const {
  const strategy::Beginning beginning = strategies_.component_adapter->beginning();
  const Eigen::VectorXd mean = point.head(target_.dimension());
  if (beginning.in_neighbourhood)
    if (auto covariance = strategy::neighbourhood_covariance(model(), mean))
      return {std::make_shared<const Gaussian<Covariance>>(mean, *std::move(covariance)),
              beginning.weight / (1.0 - beginning.weight)};
  return {round_gaussian_at(point), strategy::new_component_weight};
}

// A round one whose entropy is between that of the mixture's components and that of the prior.
template <class Covariance>
GaussianPointer<Covariance> Loop<Covariance>::round_gaussian_at(const Eigen::VectorXd& point) const {
  const Eigen::Index d = target_.dimension();
  core::Stream stream(seed_, core::Purpose::new_component,
                      {.iteration = static_cast<std::uint64_t>(current()),
                       .index = adaptation_->elsewhere ? model().next_id() : 0});  // there may be several
  const auto prior_entropy = prior_ ? std::optional(prior_->entropy()) : std::nullopt;
  const double variance =
      strategy::new_component_variance(d, model().average_entropy(), prior_entropy, stream.uniform());
  return std::make_shared<const Gaussian<Covariance>>(
      point.head(d), Covariance::from_variances(Eigen::VectorXd::Constant(d, variance)));
}

// ------------------------------------------------------------------------------- imports as means of new components

// Which of the samples with these canonical indices (ascending) are imported. Those that the target was asked about
// are dropped from among them: its own answer is a sample, too.
template <class Covariance>
std::vector<std::optional<typename Loop<Covariance>::ImportedSample>> Loop<Covariance>::claims_of(
    std::vector<std::int64_t>& indices) const {
  const auto is_imported = [](const SampleBatch& b) { return (b.number & SampleBatch::imported) != 0; };
  std::vector<std::optional<ImportedSample>> claims;
  if (std::ranges::none_of(database().batches(), is_imported)) {
    claims.resize(indices.size());
    return claims;
  }
  const auto positions = database().evaluated_as(indices);
  std::vector<std::int64_t> kept;
  auto batch = database().batches().begin();
  for (std::size_t i = 0; i < indices.size(); ++i) {
    while (indices[i] >= batch->first + batch->count) ++batch;
    std::optional<ImportedSample> claim;
    if (is_imported(*batch)) claim.emplace(batch->number, positions[i]);
    if (claim && std::ranges::find(asked_imports_, *claim) != asked_imports_.end()) continue;
    claims.push_back(claim);
    kept.push_back(indices[i]);
  }
  indices = std::move(kept);
  return claims;
}

// Where an import would have a component put, the target itself is asked first: one wrong value would draw component
// after component to its place. What it says stands from then on in place of the import. False where that is much
// less, so that another candidate may be better.
template <class Covariance>
bool Loop<Covariance>::can_rely_on(Eigen::Index chosen, Candidates& candidates, Findings& findings) {
  constexpr int most = 10;  // refuted ones, after which no import is believed this time
  constexpr double absolute = 1.0, relative = 1e-3;
  const std::optional<ImportedSample> claim = std::exchange(candidates.claims[at(chosen)], std::nullopt);
  if (!claim) return true;
  const Eigen::VectorXd point = point_of(candidates, chosen);
  const double said = point[target_.dimension()];
  const double found = ask_target(round_gaussian_at(point), findings);
  findings.asked.push_back(*claim);
  if (found >= said - absolute - relative * std::abs(said)) return true;
  warn_of_refuted(*claim, said, found, asked_imports_.size() + findings.asked.size());
  const bool none_is_believed = ++candidates.refuted == most;
  for (std::size_t i = 0, own = 0; i < candidates.holders.size(); ++i) {
    const bool unbelieved = none_is_believed && std::exchange(candidates.claims[i], std::nullopt);
    if (candidates.holders[i] != communicator_.rank()) continue;
    double& log_density = candidates.own.log_densities[static_cast<Eigen::Index>(own++)];
    if (unbelieved) log_density = -std::numeric_limits<double>::infinity();
    if (static_cast<Eigen::Index>(i) == chosen) log_density = found;
  }
  return false;
}

// log p̃ at its mean, which becomes a sample; −∞ where the evaluation fails.
template <class Covariance>
double Loop<Covariance>::ask_target(const GaussianPointer<Covariance>& at_its_mean, Findings& findings) {
  NewSamples sample = batches_.evaluate_mean(database().take_number(), at_its_mean, current());
  constexpr double nothing = -std::numeric_limits<double>::infinity();
  const std::vector<double> found = communicator_.all_gather(sample.size() > 0 ? sample.log_densities[0] : nothing);
  findings.samples.push_back(std::move(sample));
  return std::ranges::max(found);
}

// All of them at first, then now and then: a file of them would fill the screen.
template <class Covariance>
void Loop<Covariance>::warn_of_refuted(const ImportedSample& import, double said, double found,
                                       std::size_t asked) const {
  constexpr std::size_t few = 10;
  if (!communicator_.is_root() || (asked > few && asked % 100 != 0)) return;
  core::log().warn(
      "warning: evaluation {} of those imported has the log density {:.6g}, but the target gives {:.6g} there. It is "
      "left out, "
      "and no component is put there for it ({} imported evaluations were made again so far).",
      import.second + 1, said, found, asked);
}

template void Loop<FullCovariance>::adapt_components();
template void Loop<DiagonalCovariance>::adapt_components();

}  // namespace gmmvi::solver
