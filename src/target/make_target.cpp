#include "target/make_target.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/error.hpp"

#include "core/overloaded.hpp"
#include "core/own_target.hpp"
#include "external/make_simulator.hpp"
#include "external/own_files.hpp"
#include "external/server_pool.hpp"
#include "problem/parameters.hpp"
#include "problem/simulator_target.hpp"
#include "target/brownian_motion.hpp"
#include "target/elliptic.hpp"
#include "target/funnel.hpp"
#include "target/gaussian_mixture.hpp"
#include "target/given_mixture.hpp"
#include "target/hierarchical.hpp"
#include "target/labelled_table.hpp"
#include "target/linear_regression.hpp"
#include "target/log_gaussian_cox.hpp"
#include "target/logistic_regression.hpp"
#include "target/minibatch_logistic_regression.hpp"
#include "target/neural_network.hpp"
#include "target/planar_robot.hpp"
#include "target/rosenbrock.hpp"
#include "target/sir_epidemic.hpp"
#include "target/sleeping_target.hpp"
#include "target/student_t_mixture.hpp"
#include "target/table.hpp"
#include "target/truncated_gaussian.hpp"

namespace gmmvi::target {
namespace {

using Made = std::unique_ptr<Target>;

std::string file_name(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

/// A target of one type: made of its options, and said what it is.
struct Maker {
  std::uint64_t seed;
  const Sources& sources;
  const problem::ProblemOptions& problem;
  const std::optional<problem::JointPrior>& joint;
  const Place& place;

  Made operator()(const LogisticRegressionOptions& o) const {
    const LabelledTable labelled = with_binary_labels(table(o.data));
    const auto far = o.center ? std::nullopt : far_from_zero(labelled);
    if (far) say({true, fmt::format("{}: {}", o.data, *far)});
    if (!o.batch_size && o.size_test_set == 0)
      return std::make_unique<LogisticRegression>(labelled, o.prior_std, o.center);
    return std::make_unique<MinibatchLogisticRegression>(labelled, o, seed);
  }
  Made operator()(const RandomGaussianMixtureOptions& o) const {
    if (o.diagonal) return made(random_gaussian_mixture<DiagonalCovariance>(o.dimension, seed));
    return made(random_gaussian_mixture<FullCovariance>(o.dimension, seed));
  }
  Made operator()(const GaussianMixtureOptions& o) const {
    if (!o.model.empty()) return std::visit([](const auto& m) { return copy_of(m); }, sources.model(o.model).mixture);
    const Eigen::MatrixXd means = given_means(o.means);
    const Eigen::VectorXd weights = given_weights(o.weights, means.cols());
    if (o.covariances.empty()) return mixture(weights, means, given_variances(o.variances, means));
    return mixture(weights, means, given_covariances(o.covariances, means, "covariances"));
  }
  Made operator()(const RandomStudentTMixtureOptions& o) const { return made(random_student_t_mixture(o, seed)); }
  Made operator()(const StudentTMixtureOptions& o) const {
    const Eigen::MatrixXd means = given_means(o.means);
    return made(StudentTMixture(given_weights(o.weights, means.cols()), means,
                                given_covariances(o.scales, means, "scales"), o.degrees_of_freedom));
  }
  Made operator()(const PlanarRobotOptions& o) const { return made(planar_robot(o)); }
  Made operator()(const NeuralNetworkOptions& o) const {
    const Table data = table(o.data);
    const LabelledTable labelled = o.classification ? with_class_labels(data) : with_number_labels(data);
    if (o.classification)
      say({false, fmt::format("{}: the classes in {} are, in this order, {}.", data.path,
                              data.column_text(data.values.cols() - 1), listed(labelled.classes))});
    return std::make_unique<NeuralNetwork>(standardized_split(labelled, o.data, seed), o, seed);
  }
  Made operator()(const FunnelOptions& o) const { return std::make_unique<Funnel>(o); }
  Made operator()(const RosenbrockOptions& o) const { return std::make_unique<Rosenbrock>(o); }
  Made operator()(const LogGaussianCoxOptions& o) const {
    if (o.data.empty()) return made(simulated_log_gaussian_cox(o, seed));
    const Table grid = table(o.data);
    require_counts(grid, 0);
    if (grid.values.rows() != grid.values.cols())
      fail(grid.path, fmt::format("there are {} rows and {} columns, but the grid has to be a square",
                                  grid.values.rows(), grid.values.cols()));
    return std::make_unique<LogGaussianCox>(grid.values);
  }
  Made operator()(const BrownianMotionOptions& o) const { return made(simulated_brownian_motion(o, seed)); }
  Made operator()(const SirEpidemicOptions& o) const {
    const Table days = table(o.data);
    const Eigen::Index last = days.values.cols() - 1;
    require_counts(days, last);
    if (days.values.col(last).maxCoeff() > o.population)
      fail(days.path, fmt::format("more people are ill than the population of {} has", o.population));
    return std::make_unique<SirEpidemic>(days.values.col(last), o.population,
                                         days.values.rows() <= place.kept.most_outputs);
  }
  Made operator()(const LinearRegressionOptions& o) const { return made(simulated_linear_regression(o, seed)); }
  Made operator()(const HierarchicalOptions& o) const {
    if (o.data.empty()) {
      const Eigen::MatrixX2d schools = eight_schools();
      return std::make_unique<Hierarchical>(schools.col(0), schools.col(1), o);
    }
    const Table groups = table(o.data);
    const Eigen::Index last = groups.values.cols() - 1;
    if (last < 1) fail(groups.path, "there is one column, but effects and their standard errors are two");
    for (Eigen::Index n = 0; n < groups.values.rows(); ++n)
      if (!(groups.values(n, last) > 0.0))
        fail(groups.place(n), fmt::format("'{}' in {} is not a standard error, which is positive",
                                          groups.values(n, last), groups.column_text(last)));
    return std::make_unique<Hierarchical>(groups.values.col(last - 1), groups.values.col(last), o);
  }
  Made operator()(const EllipticOptions& o) const { return std::make_unique<Elliptic>(o); }
  Made operator()(const TruncatedGaussianOptions& o) const {
    auto target = std::make_unique<TruncatedGaussian>(o);
    if (!std::isfinite(target->log_normalizer()))
      fail("target",
           "between lower and upper there is nothing left of a normal distribution with this mean and "
           "standard_deviation; move the bounds towards the mean");
    return target;
  }
  Made operator()(const UniformDiscOptions& o) const { return std::make_unique<UniformDisc>(o); }
  Made operator()(const SleepingOptions& o) const {
    return std::make_unique<SleepingTarget>(std::visit(*this, o.around), o, seed);
  }
  Made operator()(const OwnOptions&) const { return core::make_own_target(); }
  template <class Door>
  Made operator()(const OutsideOptions<Door>& o) const {
    std::vector<std::string> names = problem::names_of(problem.parameters);
    problem::Posterior posterior{.names = names, .sent = {}};
    if (o.returns != external::Returns::log_density) {
      posterior.priors = problem::Priors(problem.parameters, joint);
      for (const Eigen::Index d : posterior.priors.improper())
        say({false, fmt::format("The prior of {} is flat, without bounds on both sides: the evidence is known up to a "
                                "constant only.",
                                names[static_cast<std::size_t>(d)])});
    }
    if (o.returns == external::Returns::outputs) posterior.likelihood = likelihood(names);
    posterior.keep_outputs = posterior.likelihood && posterior.likelihood->outputs() <= place.kept.most_outputs;
    posterior.keep_jacobians = place.kept.jacobians;
    posterior.sent = sent(posterior);
    external::Start start{.parameters = {}, .rank = place.rank, .slot = place.slot};
    start.ranks = place.ranks;
    start.returns_outputs = posterior.likelihood.has_value();
    if (posterior.likelihood) start.counted = {posterior.likelihood->outputs(), posterior.likelihood->rows()};
    for (const Eigen::Index d : posterior.sent) start.parameters.push_back(names[static_cast<std::size_t>(d)]);
    Door door = o.door;
    if constexpr (requires { door.outputs; })
      if (posterior.likelihood && door.outputs == 0) door.outputs = posterior.likelihood->outputs();
    Made target;
    attempt([&] {
      std::unique_ptr<external::Simulator> simulator = external::make_simulator(door, start);
      for (const std::string& text : simulator->remarks()) say({true, text});
      if (names.empty()) name_after(*simulator, posterior);
      target = std::make_unique<problem::SimulatorTarget>(std::move(simulator), std::move(posterior), seed);
    });
    return target;
  }

 private:
  /// Of what may fail on some ranks only; files that cannot be had are the user's errors, too.
  void attempt(const std::function<void()>& body) const {
    const auto with_reason = [&] {
      try {
        body();
      } catch (const std::filesystem::filesystem_error& error) {
        throw Error(error.what(), ExitCode::unavailable);
      }
    };
    sources.attempt ? sources.attempt(with_reason) : with_reason();
  }
  problem::Likelihood likelihood(const std::vector<std::string>& names) const {
    const problem::LikelihoodOptions& options = *problem.likelihood;
    return {options, problem::data_of(options, sources.contents), names};
  }
  static std::vector<Eigen::Index> sent(const problem::Posterior& posterior) {
    if (posterior.likelihood) return problem::all_but_noise(posterior.names.size(), *posterior.likelihood);
    std::vector<Eigen::Index> all(posterior.names.size());
    std::iota(all.begin(), all.end(), 0);
    return all;
  }
  /// Nobody has named the parameters.
  static void name_after(const external::Simulator& simulator, problem::Posterior& posterior) {
    posterior.names = simulator.parameter_names();
    for (Eigen::Index d = 0; d < simulator.dimension(); ++d) {
      if (std::ssize(posterior.names) <= d) posterior.names.push_back(fmt::format("x{}", d + 1));
      posterior.sent.push_back(d);
    }
  }
  Table table(const std::string& path) const {
    Table table = parse_table(path, sources.contents(path));
    for (const Remark& remark : table.remarks) say(remark);
    return table;
  }
  void say(const Remark& remark) const {
    if (sources.remark) sources.remark(remark);
  }
  /// All of them, or as many as people read.
  static std::string listed(const std::vector<double>& classes) {
    constexpr std::size_t most = 20;
    if (classes.size() <= most) return fmt::format("{}", fmt::join(classes, ", "));
    return fmt::format("{}, …, {} ({} of them)", fmt::join(classes.begin(), classes.begin() + most - 1, ", "),
                       classes.back(), classes.size());
  }
  [[noreturn]] static void fail(const std::string& place, const std::string& complaint) {
    throw Error(place + ": " + complaint, ExitCode::data);
  }
  template <class Built>
  static Made made(Built target) {
    return std::make_unique<Built>(std::move(target));
  }
  template <class Covariance>
  static Made mixture(const Eigen::VectorXd& weights, const Eigen::MatrixXd& means,
                      const std::vector<Covariance>& covariances) {
    math::Gaussians<Covariance> gaussians;
    for (std::size_t k = 0; k < covariances.size(); ++k)
      gaussians.push_back(
          std::make_shared<const Gaussian<Covariance>>(means.col(static_cast<Eigen::Index>(k)), covariances[k]));
    return made(GaussianMixture(weights, std::move(gaussians)));
  }
  template <class Covariance>
  static Made copy_of(const Mixture<Covariance>& mixture) {
    math::Gaussians<Covariance> gaussians;
    for (const auto& component : mixture.components()) gaussians.push_back(component.gaussian);
    return made(GaussianMixture(mixture.weights(), std::move(gaussians)));
  }
  /// From `column` on all numbers have to be counts.
  static void require_counts(const Table& table, Eigen::Index column) {
    for (Eigen::Index n = 0; n < table.values.rows(); ++n)
      for (Eigen::Index c = column; c < table.values.cols(); ++c)
        if (table.values(n, c) < 0.0 || table.values(n, c) != std::floor(table.values(n, c)))
          fail(table.place(n), fmt::format("'{}' in {} is not a count", table.values(n, c), table.column_text(c)));
  }
};

/// Those that it is the prior of.
std::string names_in(const problem::ProblemOptions& problem, const problem::JointPrior& joint) {
  std::vector<std::string> names;
  for (const Eigen::Index d : joint.parameters()) names.push_back(problem.parameters[static_cast<std::size_t>(d)].name);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::optional<problem::JointPrior> joint_prior(const problem::ProblemOptions& problem, const Sources& sources) {
  const std::string& path = problem.prior_model;
  if (path.empty()) return std::nullopt;
  problem::JointPrior joint = problem::joint_prior_of(problem.parameters, sources.model(path), path);
  if (sources.remark && !joint.left_out().empty())
    sources.remark({false, fmt::format("{}: the prior is of {} only; what else the earlier run had is integrated out.",
                                       path, names_in(problem, joint))});
  return joint;
}

}  // namespace

Made make_target(const TargetOptions& options, std::uint64_t seed, const Sources& sources,
                 const problem::ProblemOptions& problem, const Place& place) {
  const std::optional<problem::JointPrior> joint = joint_prior(problem, sources);
  Made target = std::visit(Maker{seed, sources, problem, joint, place}, options);
  return problem::in_solver_space(std::move(target), problem.parameters, joint);
}

FiniteDifferencesOptions finite_differences(const TargetOptions& options) {
  return std::visit(core::Overloaded{[]<class Door>(const OutsideOptions<Door>& o) { return o.finite_differences; },
                                     [](const auto&) { return FiniteDifferencesOptions(); }},
                    options);
}

bool is_outside(const TargetOptions& options) {
  return std::visit(
      core::Overloaded{[]<class Door>(const OutsideOptions<Door>&) { return true; }, [](const auto&) { return false; }},
      options);
}

bool gives_own_gradients(const TargetOptions& options, const Target& made) {
  return is_outside(options) && made.has_gradients();
}

std::vector<std::string> simulator_files(const TargetOptions& options) {
  return std::visit(
      core::Overloaded{[]<class Door>(const OutsideOptions<Door>& o) { return external::own_files(o.door); },
                       [](const auto&) { return std::vector<std::string>(); }},
      options);
}

bool adds_priors(const TargetOptions& options) {
  return std::visit(core::Overloaded{[]<class Door>(const OutsideOptions<Door>& o) {
                                       return o.returns != external::Returns::log_density;
                                     },
                                     [](const auto&) { return false; }},
                    options);
}

bool may_be_unavailable(const TargetOptions& options) {
  return std::holds_alternative<OutsideOptions<external::UmbridgeOptions>>(options);
}

int slots_worth_having(const TargetOptions& options, int cores, int ranks) {
  return std::visit(core::Overloaded{[&](const OutsideOptions<external::PythonOptions>& o) {
                                       return ranks == 1 ? o.door.program.slots.value_or(cores) : 1;
                                     },
                                     [&](const OutsideOptions<external::ProcessOptions>& o) {
                                       return ranks == 1 ? o.door.program.slots.value_or(cores) : 1;
                                     },
                                     [&](const OutsideOptions<external::UmbridgeOptions>& o) {
                                       if (ranks == 1 && o.door.slots) return *o.door.slots;
                                       const auto servers =
                                           std::ssize(external::listed_servers(o.door.urls, o.door.urls_file));
                                       return static_cast<int>((servers + ranks - 1) / ranks);
                                     },
                                     [](const auto&) { return 1; }},
                    options);
}

std::string describe(const TargetOptions& options) {
  return std::visit(
      core::Overloaded{
          [](const LogisticRegressionOptions& o) {
            return fmt::format("Bayesian logistic regression on {}{}", file_name(o.data),
                               o.batch_size ? fmt::format(", minibatches of {}", *o.batch_size) : "");
          },
          [](const RandomGaussianMixtureOptions& o) {
            return std::string(o.diagonal ? "random diagonal Gaussian mixture" : "random Gaussian mixture");
          },
          [](const GaussianMixtureOptions&) { return std::string("Gaussian mixture"); },
          [](const RandomStudentTMixtureOptions&) { return std::string("random Student-t mixture"); },
          [](const StudentTMixtureOptions&) { return std::string("Student-t mixture"); },
          [](const PlanarRobotOptions& o) {
            return fmt::format("planar robot with {} goal{}", o.goals, o.goals == 1 ? "" : "s");
          },
          [](const NeuralNetworkOptions& o) { return fmt::format("Bayesian neural network on {}", file_name(o.data)); },
          [](const FunnelOptions&) { return std::string("Neal's funnel"); },
          [](const RosenbrockOptions&) { return std::string("Rosenbrock density"); },
          [](const LogGaussianCoxOptions&) { return std::string("log-Gaussian Cox process"); },
          [](const BrownianMotionOptions&) { return std::string("Brownian motion"); },
          [](const SirEpidemicOptions& o) { return fmt::format("SIR epidemic on {}", file_name(o.data)); },
          [](const LinearRegressionOptions& o) {
            return fmt::format("linear regression on {} simulated observations", o.observations);
          },
          [](const HierarchicalOptions& o) {
            return fmt::format("hierarchical model of {}{}", o.data.empty() ? "eight schools" : file_name(o.data),
                               o.centred ? "" : ", not centred");
          },
          [](const EllipticOptions& o) { return fmt::format("elliptic inverse problem with {} terms", o.dimension); },
          [](const TruncatedGaussianOptions&) { return std::string("truncated Gaussian"); },
          [](const UniformDiscOptions&) { return std::string("uniform distribution in a disc"); },
          [](const SleepingOptions& o) {
            const auto around = std::visit([](const auto& bare) { return describe(bare); }, o.around);
            return fmt::format("{}, sleeping for {} s", around, o.seconds);
          },
          []<class Door>(const OutsideOptions<Door>& o) { return external::describe(o.door); },
          [](const OwnOptions& o) { return o.name; }},
      options);
}

}  // namespace gmmvi::target
