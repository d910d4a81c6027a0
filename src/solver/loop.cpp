#include "solver/loop.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "comm/guard.hpp"
#include "core/random.hpp"
#include "math/importance_weights.hpp"
#include "math/log_sum_exp.hpp"
#include "math/mixture_density.hpp"
#include "solver/at.hpp"
#include "solver/exchange.hpp"
#include "solver/strategy_failure.hpp"
#include "strategy/boundary.hpp"
#include "strategy/expected_log_ratio.hpp"

namespace gmmvi::solver {
namespace {

constexpr double refused = 0.0, accepted = 1.0, untouched = 2.0, thrown = 3.0;  // a component's step, on the wire

std::vector<Eigen::Index> all_of(Eigen::Index count) {
  std::vector<Eigen::Index> indices(at(count));
  std::iota(indices.begin(), indices.end(), 0);
  return indices;
}

}  // namespace

// What an iteration knows of its samples under the components before the step.
template <class Covariance>
struct Loop<Covariance>::Expectation {
  Eigen::MatrixXd gathered;        // [D + 2 x N] G, if there are gradients, log q and b
  Eigen::VectorXd log_ratios;      // [N] R
  Eigen::MatrixXd own_components;  // [N x K'] ℓ of the own components
  auto log_ratio_gradients() const { return gathered.topRows(gathered.rows() - 2); }
};

// How a component's step ended, and the new Gaussian if it was accepted.
template <class Covariance>
struct Loop<Covariance>::Step {
  double outcome = untouched;
  GaussianPointer<Covariance> gaussian = nullptr;
  strategy::Standing before = {};  // where a stepsize goes by what steps promise
};

template <class Covariance>
Loop<Covariance>::Loop(Parts<Covariance> parts, Target& target, Communicator communicator)
    : seed_(parts.seed),
      temperature_(parts.temperature),
      target_(target),
      communicator_(std::move(communicator)),
      archive_(parts.host.archive),
      most_in_flight_(static_cast<std::size_t>(parts.evaluation.batches_in_flight)),
      strategies_(std::move(parts.strategies)),
      with_gradients_(strategies_.natural_gradient->needs_gradients()),
      outputs_model_(strategies_.natural_gradient->needs_outputs() ? target.outputs_model() : nullptr),
      prior_(std::move(parts.prior)),
      batches_(target, parts.evaluation, std::move(parts.host), communicator_, with_gradients_),
      decisions_(strategies_, temperature_, seed_, parts.evaluation, communicator_),
      mixture_(std::move(parts.mixture)),
      whole_(mixture_),
      database_(std::move(parts.sample_db)) {
  std::vector<std::uint64_t> ids;
  for (const auto& component : model().components()) ids.push_back(component.id);
  decisions_.begin(ids);
  database().keep_outputs(target_.outputs(), target_.output_numbers());
}

// A stop leaves an iteration where it may go on: before its batch is complete nothing has changed, and while a new
// component is searched for it is known what was learnt.
template <class Covariance>
IterationReport Loop<Covariance>::train_iter() {
  time_.book(&RankSeconds::output);
  if (!learnt_) learnt_ = learn();
  if (learnt_->batch_was_usable) adapt_components();
  time_.book(&RankSeconds::adaptation);
  ++iteration_;
  whole_ = mixture_;

  IterationReport report = *std::exchange(learnt_, std::nullopt);
  TimeSheet::Page page = time_.turn(communicator_);
  report.seconds = page.seconds;
  report.evaluation_seconds = std::move(page.evaluations);
  report.iteration = iteration_;
  report.evaluations = batches_.counts().evaluations;
  report.begun = report.evaluations + batches_.begun();
  report.failures = batches_.counts().failures;
  report.components = model().size();
  return report;
}

template <class Covariance>
IterationReport Loop<Covariance>::learn() {
  ask_for_batches();
  begin_batches();
  time_.book(&RankSeconds::selection);
  NewSamples added = batches_.collect(current());
  const std::int64_t again = database().newest(wanted_for_reuse()).size();
  database().add_samples(added);
  Active active = gather_active(again, batches_.pop(), std::move(added.mapping));
  time_.book(&RankSeconds::gather);

  IterationReport report;
  report.batch_was_usable = !active.inside.empty();
  if (report.batch_was_usable) {
    if (active.batch.narrowed && updates_ == 0)
      adopt(active.batch.draw);  // the narrower mixture is the one that reaches the support
    ++updates_;
    update_components(active, report);
    update_weights(active, report);
  }
  report.reused_samples = active.reused;
  report.new_samples = batch_.size() - active.reused;
  const Eigen::Index outside = batch_.size() - static_cast<Eigen::Index>(active.inside.size());
  report.fraction_outside =
      static_cast<double>(outside) / static_cast<double>(std::max<Eigen::Index>(1, batch_.size()));
  return report;
}

template <class Covariance>
void Loop<Covariance>::adopt(const Draw& draw) {
  for (std::size_t k = 0; k < draw.sources().size(); ++k)
    model().replace(static_cast<Eigen::Index>(k), draw.sources()[k].gaussian);
}

// --------------------------------------------------------------------------------------------- the active samples

template <class Covariance>
typename Loop<Covariance>::Active Loop<Covariance>::gather_active(std::int64_t reused, InFlight batch,
                                                                  std::vector<std::int32_t> new_mapping) {
  const auto added = static_cast<std::int64_t>(new_mapping.size());
  const Window window = database().newest(reused + added);
  std::vector<BatchSlice> slices = window.slices;  // and those that the next batch will be planned with
  for (const InFlight& later : batches_.in_flight())
    if (later.draw.size() > 0) slices.push_back({later.number, -later.draw.size(), later.draw.size()});
  table_.move_to(database().generation(), slices, database().own_samples(window));
  // Those that are used again are the newest of the last iteration, which all ranks have.
  const auto again = static_cast<Eigen::Index>(window.size() - added);
  const Eigen::Index kept = again <= batch_.size() && database().generation() == batch_generation_ ? again : 0;
  batch_generation_ = database().generation();
  const std::vector<std::int32_t> holders = database().holders(window);
  const auto fresh = std::span(holders).subspan(at(kept));
  const Eigen::Index d = target_.dimension(), m = outputs_model_ ? outputs_model_->predictor_count() : 0;
  const Eigen::Index slopes = outputs_model_ && outputs_model_->has_slopes() ? m * d : 0;
  Eigen::MatrixXd own(d + 1 + m + slopes, std::ranges::count(fresh, communicator_.rank()));
  own.topRows(d) = table_.own().samples.rightCols(own.cols());
  own.row(d) = table_.own().log_densities.tail(own.cols()).transpose();
  if (m > 0) {
    const Window newest = database().newest(static_cast<std::int64_t>(fresh.size()));
    const Eigen::MatrixXd outputs = database().own_samples(newest, true).outputs;
    own.middleRows(d + 1, m) = outputs_model_->predictors(outputs);
    if (slopes > 0) own.bottomRows(slopes) = outputs_model_->slopes(outputs);
  }
  const Eigen::MatrixXd all = samples::CanonicalGather(communicator_, fresh)(own);
  batch_.slide(kept, all.topRows(d), all.row(d).transpose(), all.bottomRows(m + slopes));
  std::vector<Eigen::Index> inside = model::inside_support(batch_.log_densities());
  const double jump = strategy::jump_at_rim(batch_.size() - static_cast<Eigen::Index>(inside.size()), batch_.size(),
                                            target_.dimension());
  std::vector<Eigen::Index> awake = awake_with(batch);
  return {.gather = samples::CanonicalGather(communicator_, holders),
          .background = {},
          .inside = std::move(inside),
          .jump = jump,
          .window = window.slices,
          .reused = again,
          .batch = std::move(batch),
          .new_mapping = std::move(new_mapping),
          .awake = std::move(awake)};
}

template <class Covariance>
std::vector<Eigen::Index> Loop<Covariance>::awake_with(const InFlight& batch) const {
  std::vector<Eigen::Index> awake;
  for (Eigen::Index k = 0; k < model().size(); ++k)
    if (std::ranges::any_of(batch.draw.sources(),
                            [id = model().components()[at(k)].id](const auto& source) { return source.id == id; }))
      awake.push_back(k);
  return awake;
}

// ------------------------------------------------------------------------------------------------- the components

template <class Covariance>
void Loop<Covariance>::update_components(Active& active, IterationReport& report) {
  const Expectation expected = expectation(active);
  time_.book(&RankSeconds::expectation);
  const auto outputs = outputs_batch();
  const strategy::EstimationBatch batch{batch_.samples(), expected.log_ratios, expected.log_ratio_gradients(),
                                        active.inside,    active.jump,         outputs ? &*outputs : nullptr};
  if (outputs)
    report.without_outputs =
        std::ranges::count_if(active.inside, [&](Eigen::Index n) { return !batch_.predictors().col(n).allFinite(); });
  const Seats seats = seats_of(active, expected);
  const auto owned = owned_components(model().size(), communicator_.rank(), communicator_.size());
  std::vector<Step> own(at(model().size()));  // those of components that other ranks own stay empty
  std::string reason;
  for (std::size_t i = 0; i < owned.size(); ++i) {
    if (!std::ranges::binary_search(active.awake, owned[i])) continue;
    try {
      own[at(owned[i])] =
          seats[at(owned[i])]
              ? Step{accepted, std::make_shared<const Gaussian<Covariance>>(*seats[at(owned[i])])}
              : step(owned[i], active, batch, expected.own_components.col(static_cast<Eigen::Index>(i)));
      if (strategies_.component_stepsize->goes_by_promises())
        own[at(owned[i])].before =
            standing(owned[i], active, expected, expected.own_components.col(static_cast<Eigen::Index>(i)));
    } catch (const std::exception& error) {
      own[at(owned[i])].outcome = thrown;
      reason = strategy_failure(error);
    }
    batches_.evaluator().look_after();  // steps may take long
  }
  const Eigen::MatrixXd steps = columns_from_component_owners(communicator_, packed(own, owned), model().size());
  throw_where_a_step_did(steps, reason);
  accept(steps, own, active, report);
  time_.book(&RankSeconds::components);
}

// What estimators of outputs know of the active samples, and of the mixture before the step.
template <class Covariance>
std::optional<strategy::OutputsBatch> Loop<Covariance>::outputs_batch() const {
  if (!outputs_model_) return std::nullopt;
  constexpr Eigen::Index pairs = 500;
  const Eigen::Index m = outputs_model_->predictor_count();
  strategy::OutputsBatch outputs{.model = *outputs_model_,
                                 .predictors = batch_.predictors().topRows(m),
                                 .slopes = batch_.predictors().bottomRows(batch_.predictors().rows() - m),
                                 .log_densities = batch_.log_densities(),
                                 .temperature = temperature_};
  outputs.normals.resize(target_.dimension(), pairs);
  core::Stream(seed_, core::Purpose::mixture_expectations, {.iteration = static_cast<std::uint64_t>(current())})
      .normal({outputs.normals.data(), at(outputs.normals.size())});
  if (model().size() == 1) return outputs;
  outputs.mixture_gradients = [gaussians = model().gaussians(),
                               log_weights = model().log_weights()](const Eigen::MatrixXd& samples) {
    return math::mixture_density<Covariance>(gaussians, log_weights, samples, math::Gradient::compute).gradient;
  };
  return outputs;
}

// Where components go that lie outside the support; empty for all others, and for those that the batch does not know.
// Collective where samples are outside.
template <class Covariance>
typename Loop<Covariance>::Seats Loop<Covariance>::seats_of(const Active& active, const Expectation& expected) const {
  Seats seats(at(model().size()));
  if (active.jump == 0.0) return seats;
  const Eigen::Index owned = expected.own_components.cols();
  Eigen::VectorXd own_shares(owned), own_sizes(owned);
  for (Eigen::Index i = 0; i < owned; ++i) {
    const Eigen::VectorXd log_weights = expected.own_components.col(i) - active.background;
    own_shares[i] = strategy::share_inside(log_weights, active.inside);
    own_sizes[i] = math::effective_sample_size(log_weights);
  }
  const Eigen::VectorXd shares = from_component_owners(communicator_, own_shares, model().size());
  const Eigen::VectorXd sizes = from_component_owners(communicator_, own_sizes, model().size());
  std::vector<strategy::Footing> footings;
  for (Eigen::Index k = 0; k < model().size(); ++k)
    footings.push_back(std::ranges::binary_search(active.awake, k) ? strategy::Footing{shares[k], sizes[k]}
                                                                   : strategy::Footing{});
  const auto samples = strategy::seats(footings, active.inside, expected.log_ratios);
  for (std::size_t k = 0; k < seats.size(); ++k)
    if (samples[k])
      seats[k] = strategy::seated(model().gaussian(static_cast<Eigen::Index>(k)), footings[k],
                                  batch_.samples().col(*samples[k]));
  return seats;
}

template <class Covariance>
Eigen::VectorXd Loop<Covariance>::log_ratios(const Active& active, const Eigen::VectorXd& model_log_densities) const {
  return model::bounded_log_ratios(batch_.log_densities(), model_log_densities, temperature_, active.inside,
                                   active.jump);
}

// E: each rank its own samples under all components; then every owner all samples under its components.
template <class Covariance>
typename Loop<Covariance>::Expectation Loop<Covariance>::expectation(Active& active) {
  const auto gaussians = model().gaussians();
  const auto& own = table_.own();
  const Eigen::Index d = with_gradients_ ? target_.dimension() : 0;
  Eigen::MatrixXd packed(d + 2, own.samples.cols());  // G, log q, b
  if (with_gradients_) {
    auto density =
        math::mixture_density<Covariance>(gaussians, model().log_weights(), own.samples, math::Gradient::compute);
    packed.topRows(d) = own.gradients - temperature_ * density.gradient;
    packed.row(d) = density.log_density.transpose();
    table_.adopt(gaussians, std::move(density.components));
  } else {
    packed.row(0) = math::mix(table_.components(gaussians), model().log_weights()).transpose();
  }
  packed.row(d + 1) =
      table_.background(active.window, [this](const BatchSlice& slice) { return background_of(slice); }).transpose();
  Eigen::MatrixXd all = active.gather(packed);
  active.background = all.row(d + 1).transpose();
  Eigen::VectorXd ratios = log_ratios(active, all.row(d).transpose());
  return {.gathered = std::move(all),
          .log_ratios = std::move(ratios),
          .own_components = to_component_owners(active.gather, table_.components(gaussians))};
}

// M: one component's step.
template <class Covariance>
typename Loop<Covariance>::Step Loop<Covariance>::step(Eigen::Index k, const Active& active,
                                                       const strategy::EstimationBatch& batch,
                                                       const Eigen::VectorXd& log_densities) const {
  std::vector<Eigen::Index> positions;
  Eigen::VectorXd log_weights;
  if (strategies_.natural_gradient->only_own_samples()) {
    positions = own_samples_of(k, active);
    log_weights = weights_of_own_samples(k, active, positions, log_densities);
  } else {
    positions = all_of(batch_.size());
    log_weights = log_densities - active.background;
  }
  const bool any_inside =
      std::ranges::any_of(positions, [&](Eigen::Index n) { return std::ranges::binary_search(active.inside, n); });
  if (!any_inside) return {untouched};

  const Gaussian<Covariance>& gaussian = model().gaussian(k);
  const ComponentPlan& plan = plan_[at(k)];
  const auto natural_gradient =
      strategies_.natural_gradient->estimate(gaussian, batch, log_weights, positions, plan.ridge);
  auto done = strategies_.component_updater->update(gaussian, natural_gradient,
                                                    {plan.stepsize, temperature_, plan.first_update});
  if (!done.gaussian) return {refused};
  return {accepted, std::make_shared<const Gaussian<Covariance>>(*std::move(done.gaussian))};
}

// Of an own component, before its step. Its last reward is compared with this, so that both have the same jump: of a
// batch that had no sample outside, as if there were none in this one.
template <class Covariance>
strategy::Standing Loop<Covariance>::standing(Eigen::Index k, const Active& active, const Expectation& expected,
                                              const Eigen::VectorXd& log_densities) const {
  const Eigen::VectorXd log_weights = log_densities - active.background;
  const bool self_normalized = strategies_.weight_updater->use_self_normalized_importance_weights();
  const double jump = plan_[at(k)].jump;
  const double expected_log_ratio =
      jump == 0.0 && active.jump > 0.0
          ? strategy::expected_log_ratio(log_weights(active.inside), expected.log_ratios(active.inside),
                                         self_normalized)
          : strategy::expected_log_ratio(log_weights, expected.log_ratios, self_normalized, active.inside, jump);
  return {temperature_ * model().log_weights()[k] + expected_log_ratio,
          strategy::share_from(log_weights, active.reused)};
}

template <class Covariance>
std::vector<Eigen::Index> Loop<Covariance>::own_samples_of(Eigen::Index k, const Active& active) const {
  const auto& sources = active.batch.draw.sources();
  const std::uint64_t id = model().components()[at(k)].id;
  std::vector<Eigen::Index> positions;
  for (std::size_t n = 0; n < active.new_mapping.size(); ++n)
    if (sources[static_cast<std::size_t>(active.new_mapping[n])].id == id)
      positions.push_back(active.reused + static_cast<Eigen::Index>(n));
  return positions;
}

// [N] 0 at samples of the component as it is, whose origin is the component itself; those that were drawn from it
// before it moved are weighted.
template <class Covariance>
Eigen::VectorXd Loop<Covariance>::weights_of_own_samples(Eigen::Index k, const Active& active,
                                                         const std::vector<Eigen::Index>& positions,
                                                         const Eigen::VectorXd& log_densities) const {
  Eigen::VectorXd log_weights = Eigen::VectorXd::Zero(batch_.size());
  if (positions.empty()) return log_weights;
  const auto first = active.new_mapping[at(positions.front() - active.reused)];  // all have the same origin
  const auto& origin = active.batch.draw.sources()[static_cast<std::size_t>(first)].gaussian;
  if (origin == model().components()[at(k)].gaussian) return log_weights;
  const Eigen::MatrixXd samples = batch_.samples()(Eigen::all, positions);
  log_weights(positions) =
      log_densities(positions) - math::component_log_densities<Covariance>({origin}, samples).col(0);
  return log_weights;
}

// For the wire, a column for each of the components: how the step ended, where it stood before, mean, covariance.
template <class Covariance>
Eigen::MatrixXd Loop<Covariance>::packed(const std::vector<Step>& steps,
                                         const std::vector<Eigen::Index>& components) const {
  const Eigen::Index d = target_.dimension();
  Eigen::MatrixXd columns =
      Eigen::MatrixXd::Zero(3 + d + Covariance::packed_size(d), static_cast<Eigen::Index>(components.size()));
  for (std::size_t i = 0; i < components.size(); ++i) {
    const Step& step = steps[at(components[i])];
    auto column = columns.col(static_cast<Eigen::Index>(i));
    column.head(3) << step.outcome, step.before.reward, step.before.fresh;
    if (!step.gaussian) continue;
    column.segment(3, d) = step.gaussian->mean();
    step.gaussian->covariance().pack({column.data() + 3 + d, at(Covariance::packed_size(d))});
  }
  return columns;
}

template <class Covariance>
GaussianPointer<Covariance> Loop<Covariance>::unpacked(const Eigen::VectorXd& step) const {
  const Eigen::Index d = target_.dimension();
  return std::make_shared<const Gaussian<Covariance>>(
      step.segment(3, d), Covariance::unpack(d, {step.data() + 3 + d, at(Covariance::packed_size(d))}));
}

// All know that an owner's strategy threw, for the price of looking.
template <class Covariance>
void Loop<Covariance>::throw_where_a_step_did(const Eigen::MatrixXd& steps, const std::string& own_reason) const {
  for (Eigen::Index k = 0; k < steps.cols(); ++k) {
    if (steps(0, k) != thrown) continue;
    std::string reason = own_reason;
    communicator_.broadcast(reason, static_cast<int>(k % communicator_.size()));
    throw comm::CollectiveError(reason);
  }
}

// All take the owners' Gaussians (an owner has its own already, with the same bits); rank 0 takes note.
template <class Covariance>
void Loop<Covariance>::accept(const Eigen::MatrixXd& steps, const std::vector<Step>& own, const Active& active,
                              IterationReport& report) {
  const bool by_promises = strategies_.component_stepsize->goes_by_promises();
  for (Eigen::Index k = 0; k < model().size(); ++k) {
    const double outcome = steps(0, k);
    report.refused_updates += outcome == refused ? 1 : 0;
    if (outcome == accepted) model().replace(k, own[at(k)].gaussian ? own[at(k)].gaussian : unpacked(steps.col(k)));
    // A component gets a reward even where no step was made, and what comes next is compared with that.
    if (by_promises && std::ranges::binary_search(active.awake, k))
      decisions_.note_standing(k, {steps(1, k), steps(2, k)});
    if (outcome != untouched) decisions_.note_step(k, plan_[at(k)], outcome == accepted);
  }
}

// ---------------------------------------------------------------------------------------------------- the weights

// Components that the batch does not know, or that sleep, keep their weights; the others share what these leave.
template <class Covariance>
void Loop<Covariance>::update_weights(const Active& active, IterationReport& report) {
  const Eigen::VectorXd expected = expected_log_ratios(active);
  time_.book(&RankSeconds::expectation);
  report.elbo_estimate = model().weights().dot(expected);
  const Eigen::VectorXd rewards = temperature_ * model().log_weights() + expected;
  const std::vector<Eigen::Index>& awake = active.awake;
  Eigen::VectorXd log_weights = model().log_weights();
  if (static_cast<Eigen::Index>(awake.size()) == model().size()) {
    log_weights = decisions_.weights(awake, log_weights, expected);
  } else {
    const Eigen::VectorXd of_awake = log_weights(awake);
    const double share = math::log_sum_exp(of_awake);
    log_weights(awake) = decisions_.weights(awake, of_awake.array() - share, expected(awake)).array() + share;
  }
  model().set_log_weights(log_weights);
  decisions_.note_outcomes(awake, rewards, expected, model().weights(), active.jump);
  time_.book(&RankSeconds::weights);
}

// E under the new components and the old weights, on the same samples and background.
template <class Covariance>
Eigen::VectorXd Loop<Covariance>::expected_log_ratios(const Active& active) {
  const Eigen::MatrixXd& components = table_.components(model().gaussians());
  const Eigen::VectorXd own_densities = math::mix(components, model().log_weights());
  const Eigen::VectorXd densities = active.gather(own_densities.transpose()).transpose();
  const Eigen::VectorXd ratios = log_ratios(active, densities);
  const Eigen::MatrixXd own_components = to_component_owners(active.gather, components);
  const bool self_normalized = strategies_.weight_updater->use_self_normalized_importance_weights();
  Eigen::VectorXd own(own_components.cols());
  for (Eigen::Index k = 0; k < own.size(); ++k)
    own[k] = strategy::expected_log_ratio(own_components.col(k) - active.background, ratios, self_normalized,
                                          active.inside, active.jump);
  return from_component_owners(communicator_, own, model().size());
}

template class Loop<FullCovariance>;
template class Loop<DiagonalCovariance>;

}  // namespace gmmvi::solver
