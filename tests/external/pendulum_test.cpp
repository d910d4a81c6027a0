// The examples of plugins: one simulator in several languages.
#include <cmath>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "external/plugin.hpp"

namespace gmmvi::external {
namespace {

const std::vector<std::string> names = {"amplitude", "damping", "friction", "frequency", "sigma"};

std::map<std::string, std::unique_ptr<Plugin>> all() {
  std::map<std::string, std::string> libraries = {{"C", GMMVI_PENDULUM_C}, {"C++", GMMVI_PENDULUM_CPP}};
#ifdef GMMVI_PENDULUM_FORTRAN
  libraries["Fortran"] = GMMVI_PENDULUM_FORTRAN;
#endif
  std::map<std::string, std::unique_ptr<Plugin>> plugins;
  for (const auto& [language, library] : libraries)
    plugins[language] = std::make_unique<Plugin>(PluginOptions{library}, Start{names, 0, 0, true});
  return plugins;
}

/// Gradients are those of the sum of squares, half of it.
Answer answer(Plugin& plugin, const Eigen::VectorXd& x, bool gradients = false) {
  const std::vector<SampleId> ids(1);
  const std::vector<std::int64_t> seeds(1, 1);
  return plugin.evaluate({x, ids, seeds, gradients, [](Eigen::Index, const Eigen::VectorXd& y) { return y; }});
}

Eigen::VectorXd truth() {
  return (Eigen::VectorXd(5) << 1.2, 0.12, 0.15, 2.5, 0.05).finished();
}

TEST(Pendulum, IsTheSameInEveryLanguage) {
  auto plugins = all();
  for (const double amplitude : {0.1, 1.2, 3.0, -40.0}) {
    Eigen::VectorXd x = truth();
    x[0] = amplitude;
    const Answer in_c = answer(*plugins.at("C"), x, true);
    ASSERT_EQ(in_c.outputs.rows(), 40);
    EXPECT_TRUE(in_c.outputs.allFinite());
    for (auto& [language, plugin] : plugins) EXPECT_EQ(answer(*plugin, x).outputs, in_c.outputs) << language;
    EXPECT_EQ(answer(*plugins.at("C"), x).outputs, in_c.outputs);  // without derivatives, too
  }
}

TEST(Pendulum, WithoutFrictionKeepsItsEnergyAndWithItStops) {
  Plugin plugin({GMMVI_PENDULUM_C}, {names, 0, 0, true});
  Eigen::VectorXd x = truth();
  x.segment(1, 2).setZero();
  x[0] = 0.01;  // small: a harmonic oscillation
  const Eigen::VectorXd free = answer(plugin, x).outputs;
  for (Eigen::Index m = 0; m < 40; ++m)
    EXPECT_NEAR(free[m], 0.01 * std::cos(2.5 * 0.25 * static_cast<double>(m + 1)), 1e-5);
  x << 1.2, 0.0, 1.0, 2.5, 0.05;
  const Eigen::VectorXd stopped = answer(plugin, x).outputs;
  EXPECT_LT(std::abs(stopped[39]), 1.0 / (2.5 * 2.5));  // where friction holds it
  EXPECT_LT(std::abs(stopped[39] - stopped[38]), 0.01);
}

TEST(Pendulum, GradientsAreThoseOfDifferences) {
  Plugin plugin({GMMVI_PENDULUM_C}, {names, 0, 0, true});
  const Eigen::VectorXd x = truth();
  const Eigen::VectorXd gradient = answer(plugin, x, true).gradients;
  const auto half_square = [&plugin](const Eigen::VectorXd& at) {
    return 0.5 * answer(plugin, at).outputs.squaredNorm();
  };
  for (Eigen::Index p = 0; p < 5; ++p) {
    const Eigen::VectorXd step = 1e-6 * Eigen::VectorXd::Unit(5, p);
    const double difference = (half_square(x + step) - half_square(x - step)) / 2e-6;
    EXPECT_NEAR(gradient[p], difference, 1e-6 * (1.0 + std::abs(difference))) << names[static_cast<std::size_t>(p)];
  }
}

TEST(Pendulum, FitsItsData) {
  std::ifstream file(GMMVI_PENDULUM_DATA);
  std::string line;
  std::getline(file, line);
  ASSERT_EQ(line, "time,value");
  Eigen::VectorXd data(40);
  for (double& value : data) {
    ASSERT_TRUE(std::getline(file, line));
    value = std::stod(line.substr(line.find(',') + 1));
  }
  Plugin plugin({GMMVI_PENDULUM_C}, {names, 0, 0, true});
  const Eigen::VectorXd errors = answer(plugin, truth()).outputs.col(0) - data;
  EXPECT_NEAR(std::sqrt(errors.squaredNorm() / 40.0), 0.05, 0.02);
}

TEST(Pendulum, SaysWhichParameterItLacks) {
  for (const char* library : {GMMVI_PENDULUM_C, GMMVI_PENDULUM_CPP}) try {
      Plugin({library}, {{"amplitude", "damping", "frequency"}, 0, 0, true});
      FAIL() << "nothing was thrown";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("a parameter that is called friction"), std::string::npos)
          << error.what();
    }
#ifdef GMMVI_PENDULUM_FORTRAN
  EXPECT_THROW(Plugin({GMMVI_PENDULUM_FORTRAN}, {{"amplitude"}, 0, 0, true}), Error);
#endif
}

}  // namespace
}  // namespace gmmvi::external
