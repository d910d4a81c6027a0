#include "report/target_json.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <variant>

#include "model/parameter_summary.hpp"
#include "report/contours.hpp"
#include "report/posterior.hpp"

namespace gmmvi::report {
namespace {

constexpr Eigen::Index most_parameters = 1000;   // that marginals are drawn of
constexpr Eigen::Index curve_points = 150000;    // of a target's marginals together
constexpr Eigen::Index scatter_samples = 10000;  // of a target's runs together
constexpr std::size_t pairs_shown = 6;
constexpr int in_table = 6;  // digits

/// Runs of the same target with the same parameters. All that is shown is in the user's space.
struct Group {
  std::string target;
  std::vector<std::string> parameters;  // those that are shown
  Transforms transforms;
  std::vector<std::size_t> runs;
};

std::vector<Group> groups_of(const std::vector<RunData>& runs) {
  std::vector<Group> groups;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const auto& model = runs[r].model;
    Group group{model ? model->attributes.target : "",
                model ? model->parameter_names : std::vector<std::string>(),
                model ? model->transforms : Transforms(),
                {r}};
    const auto same = std::ranges::find_if(groups, [&](const Group& g) {
      return g.target == group.target && g.parameters == group.parameters && g.transforms == group.transforms;
    });
    if (same == groups.end()) {
      groups.push_back(std::move(group));
    } else {
      same->runs.push_back(r);
    }
  }
  return groups;
}

class GroupJson {
 public:
  GroupJson(const std::vector<RunData>& runs, const Group& group)
      : runs_(runs),
        group_(group),
        parameters_(std::min(static_cast<Eigen::Index>(group.parameters.size()), most_parameters)) {
    find_true_samples();
  }

  Json operator()() const {
    return {{"target", group_.target},  {"runs", group_.runs},      {"parameters", group_.parameters},
            {"summaries", summaries()}, {"marginals", marginals()}, {"histograms", histograms()},
            {"pairs", pairs()},         {"bounds", bounds()}};
  }

 private:
  const AnyMixture& mixture(std::size_t run) const { return runs_[run].model->mixture; }

  void find_true_samples() {
    for (const std::size_t r : group_.runs) {
      const auto& samples = runs_[r].true_samples;
      if (samples && samples->rows() == static_cast<Eigen::Index>(group_.parameters.size())) true_samples_ = &*samples;
    }
  }

  /// By run, then by parameter: mean, standard deviation and quantiles.
  Json summaries() const {
    return column(group_.runs, [&](std::size_t r) {
      if (parameters_ == 0) return Json::array();
      return column(
          model::parameter_summaries(mixture(r), parameters_, group_.transforms),
          [](const model::ParameterSummary& summary) {
            Json row = numbers(summary.quantiles, in_table);
            row.insert(row.begin(), {rounded(summary.mean, in_table), rounded(summary.standard_deviation, in_table)});
            return row;
          });
    });
  }

  /// By run, then by parameter.
  Json marginals() const {
    const Eigen::Index curves = std::max<Eigen::Index>(1, parameters_ * static_cast<Eigen::Index>(group_.runs.size()));
    const Eigen::Index points = std::clamp<Eigen::Index>(curve_points / curves, 40, 240);
    return column(group_.runs, [&](std::size_t r) {
      Json json = Json::array();
      if (parameters_ == 0) return json;
      const Marginals of_run(mixture(r), group_.transforms);
      for (Eigen::Index d = 0; d < parameters_; ++d) {
        const Curve curve = of_run.user_curve(d, points);
        json.push_back({{"x", numbers(curve.x)}, {"density", numbers(curve.density, 4)}});
        if (const PriorDensity prior = prior_of(r, d))
          json.back()["prior"] = column(curve.x, [&](double x) { return rounded(prior(x), 4); });
      }
      return json;
    });
  }

  /// Empty where it is not known.
  PriorDensity prior_of(std::size_t run, Eigen::Index d) const {
    const std::vector<PriorDensity>& priors = runs_[run].priors;
    return priors.empty() ? PriorDensity() : priors[static_cast<std::size_t>(d)];
  }

  /// By parameter: the lower and the upper one; null where there is none.
  Json bounds() const {
    Json json = Json::array();
    for (Eigen::Index d = 0; d < parameters_; ++d) {
      const Transform transform = group_.transforms.of(d);
      json.push_back({rounded(transform.lower, measured), rounded(transform.upper, measured)});
    }
    return json;
  }

  Json histograms() const {
    Json json = Json::array();
    if (true_samples_ == nullptr) return json;
    for (Eigen::Index d = 0; d < parameters_; ++d) {
      const Histogram bins = histogram(true_samples_->row(d), 40);
      json.push_back({{"start", rounded(bins.start, measured)},
                      {"width", rounded(bins.width, measured)},
                      {"density", numbers(bins.density, 4)}});
    }
    return json;
  }

  Eigen::MatrixXd samples_of(const AnyMixture& fitted) const {
    const Eigen::Index count = std::min<Eigen::Index>(1000, scatter_samples / std::ssize(group_.runs));
    return std::visit([&](const auto& m) { return m.sample(count, 0).samples; }, fitted);
  }

  /// They hold as much of the mass in the user's space.
  Json contours_json(const std::vector<Contour>& contours, const Pair& pair) const {
    return column(contours, [&](const Contour& contour) {
      const Transforms of_pair = group_.transforms.none()
                                     ? Transforms()
                                     : Transforms({group_.transforms.of(pair.x), group_.transforms.of(pair.y)});
      const auto line_json = [&](const Eigen::Matrix2Xd& line) {
        const Eigen::MatrixXd drawn_line = of_pair.to_user(line);
        return Json{{"x", numbers(drawn_line.row(0))}, {"y", numbers(drawn_line.row(1))}};
      };
      return Json{{"mass", contour.mass}, {"lines", column(contour.lines, line_json)}};
    });
  }

  Json pair_json(const Pair& pair, const std::vector<Marginals>& marginals,
                 const std::vector<Eigen::MatrixXd>& correlations, const std::vector<Eigen::MatrixXd>& samples) const {
    Json lines = Json::array();
    for (std::size_t i = 0; i < group_.runs.size(); ++i)
      lines.push_back(contours_json(contours(mixture(group_.runs[i]), marginals[i], pair, samples[i]), pair));
    const auto correlation_of = [&](const auto& run) { return rounded(run(pair.x, pair.y), 3); };
    const auto points_of = [&](const auto& run) {
      const Eigen::MatrixXd x = group_.transforms.to_user(run);
      return Json{{"x", numbers(x.row(pair.x))}, {"y", numbers(x.row(pair.y))}};
    };
    return {{"x", pair.x},
            {"y", pair.y},
            {"correlations", column(correlations, correlation_of)},
            {"samples", column(samples, points_of)},
            {"contours", std::move(lines)}};
  }

  Json pairs() const {
    Json json = Json::array();
    if (parameters_ < 2) return json;
    std::vector<Marginals> marginals;
    std::vector<Eigen::MatrixXd> correlations, samples;
    Eigen::MatrixXd strength = Eigen::MatrixXd::Zero(parameters_, parameters_);
    for (const std::size_t r : group_.runs) {
      marginals.emplace_back(mixture(r));
      correlations.push_back(correlation(mixture(r), parameters_));
      strength += correlations.back().cwiseAbs();
      samples.push_back(samples_of(mixture(r)));
    }
    for (const Pair& pair : strongest_pairs(strength, pairs_shown))
      json.push_back(pair_json(pair, marginals, correlations, samples));
    return json;
  }

  const std::vector<RunData>& runs_;
  const Group& group_;
  Eigen::Index parameters_;  // that are drawn
  const Eigen::MatrixXd* true_samples_ = nullptr;
};

}  // namespace

Json targets_json(const std::vector<RunData>& runs) {
  return column(groups_of(runs), [&](const Group& group) { return GroupJson(runs, group)(); });
}

}  // namespace gmmvi::report
