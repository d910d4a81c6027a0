#include "solver/check_answers.hpp"

#include <algorithm>
#include <functional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/error.hpp"

namespace gmmvi::solver {
namespace {

void require(bool condition, const std::string& complaint) {
  if (!condition) throw Error(complaint, ExitCode::configuration);
}

}  // namespace

void check_answer(const strategy::SampleRequest& request, Eigen::Index components) {
  const auto& counts = request.from_components;
  require(counts.empty() || static_cast<Eigen::Index>(counts.size()) == components,
          fmt::format("the sample selector asked for samples of {} components, but there are {}", counts.size(),
                      components));
  const bool negative = request.from_mixture < 0 || std::ranges::any_of(counts, [](auto count) { return count < 0; });
  require(!negative, "the sample selector asked for a negative number of samples");
}

void check_deletions(const std::vector<Eigen::Index>& deletions, Eigen::Index components) {
  const bool ascending = std::ranges::adjacent_find(deletions, std::greater_equal<>()) == deletions.end();
  const bool present = deletions.empty() || (deletions.front() >= 0 && deletions.back() < components);
  require(ascending && present && static_cast<Eigen::Index>(deletions.size()) < components,
          fmt::format("the component adapter wants to delete the components [{}] of {}: it has to name them by "
                      "ascending indices, and to leave at least one",
                      fmt::join(deletions, ", "), components));
}

void check_answer(const strategy::CandidateRequest& request) {
  require(
      request.from_database >= 0 && request.from_prior >= 0 && request.components >= 1,
      fmt::format("the component adapter asks for {} candidates of the database and {} of the prior, for {} components",
                  request.from_database, request.from_prior, request.components));
  require(request.from_prior == 0 || (!request.elsewhere && request.components == 1),
          "the component adapter asks for candidates of the prior: then only for one component, and not elsewhere");
}

void check_choice(const std::optional<Eigen::Index>& choice, Eigen::Index candidates) {
  require(!choice || (*choice >= 0 && *choice < candidates),
          fmt::format("the component adapter chose candidate {} of {}", choice.value_or(0), candidates));
}

void check_log_weights(const Eigen::VectorXd& log_weights, Eigen::Index components) {
  require(log_weights.size() == components && !log_weights.hasNaN(),
          fmt::format("the weight updater returned {} log weights for {} components, or one that is no number",
                      log_weights.size(), components));
}

}  // namespace gmmvi::solver
