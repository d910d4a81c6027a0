#include "external/plugin.hpp"

#include <chrono>
#include <cmath>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

namespace gmmvi::external {
namespace {

using Status = EvaluationStatus;

constexpr double infinity = std::numeric_limits<double>::infinity();

PluginOptions library(const std::string& name, const std::string& options = "{}") {
  return {std::string(GMMVI_LIBRARIES) + "/external_" + name + ".so", options};
}

Start named(std::vector<std::string> names, bool returns_outputs = false) {
  return {std::move(names), 0, 0, returns_outputs};
}

Answer answer(Simulator& simulator, const Eigen::MatrixXd& samples, bool gradients = false,
              Call::Sensitivity sensitivity = nullptr, bool jacobians = false) {
  std::vector<SampleId> ids;
  std::vector<std::int64_t> seeds;
  for (Eigen::Index i = 0; i < samples.cols(); ++i) {
    ids.push_back({3, static_cast<std::uint64_t>(i)});
    seeds.push_back(100 + i);
  }
  if (!sensitivity) sensitivity = [](Eigen::Index, const Eigen::VectorXd&) { return Eigen::VectorXd::Ones(1); };
  return simulator.evaluate({samples, ids, seeds, gradients, sensitivity, jacobians});
}

/// What the Error says that `function` throws.
template <class Function>
std::string complaint(Function function, ExitCode code = ExitCode::unavailable) {
  try {
    function();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

#define EXPECT_SAYS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST(Plugin, SaysWhatItCanDo) {
  const Plugin plugin(library("plugin"), named({}));
  EXPECT_EQ(plugin.dimension(), 2);
  EXPECT_EQ(plugin.outputs(), 1);
  EXPECT_EQ(plugin.group_size(), 4);
  EXPECT_TRUE(plugin.has_gradients() && plugin.cheap() && plugin.works_in_teams() && plugin.interruptible());
  EXPECT_FALSE(plugin.runs_outside());
  EXPECT_EQ(Plugin(library("plugin"), named({"a", "b"}, true)).outputs(), 3);
}

TEST(Plugin, WhatIsNotSaidFollowsFromTheConfig) {
  const Plugin plugin(library("plugin_with_exceptions"), named({"a", "b", "c"}));
  EXPECT_EQ(plugin.dimension(), 3);
  EXPECT_EQ(plugin.outputs(), 1);
  EXPECT_EQ(plugin.group_size(), 1);
  EXPECT_FALSE(plugin.has_gradients() || plugin.cheap() || plugin.works_in_teams() || plugin.interruptible());
}

TEST(Plugin, LogDensitiesAndGradients) {
  Plugin plugin(library("plugin"), named({"a", "b"}));
  // A block of a larger matrix, whose columns have gaps between them.
  Eigen::MatrixXd larger = Eigen::MatrixXd::Random(5, 3);
  const auto samples = larger.middleRows(2, 2);
  const std::vector<SampleId> ids(3);
  const std::vector<std::int64_t> seeds(3, 1);
  const auto one = [](Eigen::Index, const Eigen::VectorXd&) { return Eigen::VectorXd::Ones(1); };
  const Answer is = plugin.evaluate({samples, ids, seeds, true, one});
  EXPECT_TRUE(is.outputs.isApprox(-0.5 * samples.colwise().squaredNorm()));
  EXPECT_EQ(is.gradients, -samples);
  EXPECT_EQ(answer(plugin, samples).gradients.size(), 0);
}

TEST(Plugin, GradientsOfOutputsFollowFromTheirJacobian) {
  Plugin plugin(library("plugin"), named({"a", "b"}, true));
  const Eigen::MatrixXd samples = Eigen::MatrixXd::Random(2, 4);
  // Of Σ y², so that the sensitivity depends on the outputs.
  const auto twice = [](Eigen::Index, const Eigen::VectorXd& y) { return Eigen::VectorXd(2.0 * y); };
  const Answer is = answer(plugin, samples, true, twice);
  ASSERT_EQ(is.outputs.rows(), 3);
  for (Eigen::Index i = 0; i < 4; ++i) {
    const double x = samples(0, i), y = samples(1, i);
    EXPECT_EQ(is.outputs.col(i), Eigen::Vector3d(x + 2.0 * y, x * y, 2.0));
    const Eigen::Vector2d gradient(2.0 * (x + 2.0 * y) + 2.0 * x * y * y, 4.0 * (x + 2.0 * y) + 2.0 * x * x * y);
    EXPECT_TRUE(is.gradients.col(i).isApprox(gradient));
  }
  EXPECT_EQ(is.jacobians.size(), 0);
  EXPECT_TRUE(plugin.gives_jacobians());
  const Eigen::MatrixXd jacobians = answer(plugin, samples, true, twice, true).jacobians;
  ASSERT_EQ(jacobians.rows(), 6);
  for (Eigen::Index i = 0; i < 4; ++i) {
    const Eigen::MatrixXd expected{{1.0, 2.0}, {samples(1, i), samples(0, i)}, {0.0, 0.0}};
    EXPECT_EQ(jacobians.col(i).reshaped(3, 2), expected);
  }
}

TEST(Plugin, EverySampleHasItsOwnEnd) {
  Plugin plugin(library("plugin"), named({"a", "b"}));
  Eigen::MatrixXd samples = Eigen::MatrixXd::Ones(2, 4);
  samples.row(0) << 1.0, 1002.0, 1003.0, 1004.0;
  const Answer is = answer(plugin, samples, true);
  EXPECT_EQ(is.status, std::vector({Status::value, Status::value, Status::outside_support, Status::failure}));
  EXPECT_EQ(is.outputs(0, 0), -1.0);
  EXPECT_TRUE(std::isnan(is.outputs(0, 1)));  // what nobody has filled in is no number
  EXPECT_TRUE(is.gradients.col(0).allFinite());
  EXPECT_TRUE(is.gradients.col(1).array().isNaN().all());
  EXPECT_EQ(answer(plugin, Eigen::Vector2d(1006.0, 0.0)).outputs(0, 0), -infinity);
}

TEST(Plugin, HasTheSeedsOfItsSamples) {
  Plugin plugin(library("plugin"), named({"a", "b"}));
  const Answer is = answer(plugin, Eigen::MatrixXd::Constant(2, 3, 1007.0));
  EXPECT_EQ(is.outputs, Eigen::RowVector3d(100.0, 101.0, 102.0));
}

TEST(Plugin, FailuresHaveItsOwnWords) {
  Plugin plugin(library("plugin"), named({"a", "b"}));
  const auto evaluate = [&plugin](double first) { answer(plugin, Eigen::Vector2d(first, 0.0)); };
  EXPECT_EQ(complaint([&] { evaluate(1001.0); }), "the matrix is singular");
  EXPECT_SAYS(complaint([&] { evaluate(1005.0); }), "the status 17");
  EXPECT_NO_THROW(evaluate(0.0));
}

TEST(Plugin, ExceptionsAreCaughtAnyway) {
  Plugin plugin(library("plugin_with_exceptions"), named({"a"}));
  const auto evaluate = [&plugin](double x) { answer(plugin, Eigen::MatrixXd::Constant(1, 1, x)); };
  EXPECT_SAYS(complaint([&] { evaluate(1.0); }), "x is too high");
  EXPECT_SAYS(complaint([&] { evaluate(-1.0); }), "gmmvi_plugin_evaluate of plugin");
  EXPECT_SAYS(complaint([&] { evaluate(0.0); }), "does not say why");
  EXPECT_SAYS(complaint([] { Plugin(library("plugin_with_exceptions", "{\"throw\": true}"), named({"a"})); }),
              "no licence");
  EXPECT_SAYS(complaint([] { Plugin(library("plugin_with_exceptions", "{\"silent\": true}"), named({"a"})); }),
              "does not say why");
  EXPECT_SAYS(complaint([] { Plugin(library("plugin_with_exceptions"), named({})); }), "names are needed");
}

TEST(Plugin, ThatDoesNotFitIsRefused) {
  EXPECT_SAYS(complaint([] { Plugin(library("nowhere"), named({})); }), "cannot be loaded");
  EXPECT_SAYS(complaint([] { Plugin(library("plugin_of_version_2"), named({})); }), "is of version 2");
  EXPECT_SAYS(complaint([] { Plugin(library("plugin_without_evaluate"), named({})); }),
              "has no symbol gmmvi_plugin_evaluate");
  EXPECT_SAYS(complaint([] { Plugin(library("plugin", "{\"refuse\": true}"), named({})); }), "the mesh has a hole");
  EXPECT_SAYS(complaint([] { Plugin(library("plugin", "{\"negative\": true}"), named({})); }), "-1 parameters");
  EXPECT_SAYS(complaint(
                  [] {
                    Plugin(library("plugin", "{\"seven\": true}"), named({"a", "b"}));
                  },
                  ExitCode::configuration),
              "takes 7 parameters, but `parameters` of the config names 2: a, b");
  EXPECT_SAYS(complaint([] { Plugin(library("plugin", "\"many outputs\""), named({})); }, ExitCode::configuration),
              "returns 3 numbers");
  EXPECT_SAYS(complaint([] {
                Plugin(library("plugin_with_exceptions"), named({"a", "b", "c", "d", "e"}));
              }),
              "gmmvi_plugin_join");
}

TEST(Plugin, IsInterrupted) {
  Plugin plugin(library("plugin"), named({"a", "b"}));
  plugin.interrupt();  // before an evaluation: of no effect on the next
  EXPECT_NO_THROW(answer(plugin, Eigen::Vector2d(1.0, 2.0)));
  std::jthread timer([&plugin](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      plugin.interrupt();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  EXPECT_EQ(complaint([&] { answer(plugin, Eigen::Vector2d(1000.0, 0.0)); }), "interrupted");
}

TEST(Plugin, JoinsATeam) {
  Plugin plugin(library("plugin"), named({"a", "b"}));
  plugin.join({2, 3, 17});
  EXPECT_EQ(answer(plugin, Eigen::Vector2d(1008.0, 0.0)).outputs(0, 0), 2.0);
  EXPECT_SAYS(complaint([&] { plugin.join({0, 2, -1}); }), "that is no communicator");
}

}  // namespace
}  // namespace gmmvi::external
