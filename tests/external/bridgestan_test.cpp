#include "external/bridgestan.hpp"

#include <atomic>
#include <cmath>
#include <fstream>
#include <limits>
#include <numbers>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "support/temporary_folder.hpp"

namespace gmmvi::external {
namespace {

/// The model of programs/stan_model.c with the data shift = 2.
class BridgestanModel : public ::testing::Test {
 protected:
  BridgestanModel() { std::ofstream(folder_ / "data.json") << R"({"shift": 2.0})"; }
  BridgestanOptions options(const std::string& library = "stan_model") const {
    return {std::string(GMMVI_LIBRARIES) + "/external_" + library + ".so", folder_ / "data.json"};
  }
  test::TemporaryFolder folder_;
};

Answer answer(Simulator& simulator, const Eigen::MatrixXd& x, bool gradients) {
  const std::vector<SampleId> ids(1);
  const std::vector<std::int64_t> seeds(1, 1);
  const auto one = [](Eigen::Index, const Eigen::VectorXd&) { return Eigen::VectorXd::Ones(1); };
  return simulator.evaluate({x, ids, seeds, gradients, one});
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

TEST_F(BridgestanModel, IsTheDensityOfItsUnconstrainedParameters) {
  Bridgestan model(options(), {});
  EXPECT_EQ(model.dimension(), 2);
  EXPECT_EQ(model.parameter_names(), std::vector<std::string>({"mu", "sigma"}));
  EXPECT_TRUE(model.has_gradients());
  EXPECT_FALSE(model.runs_outside() || model.interruptible());
  const Eigen::Vector2d x(0.5, -0.3);
  const Answer is = answer(model, x, true);
  // Normalised, and with the Jacobian a standard normal density of log sigma.
  EXPECT_NEAR(is.outputs(0, 0), -0.5 * (1.5 * 1.5 + 0.3 * 0.3) - std::log(2.0 * std::numbers::pi), 1e-14);
  EXPECT_TRUE(is.gradients.isApprox(Eigen::Vector2d(1.5, 0.3)));
  EXPECT_EQ(answer(model, x, false).outputs, is.outputs);  // the same constants
  EXPECT_EQ(answer(model, x, false).gradients.size(), 0);
}

TEST_F(BridgestanModel, DrawsAreConstrained) {
  const Bridgestan model(options(), {});
  const Eigen::Vector2d x(0.5, -0.3);
  EXPECT_EQ(model.constrained_names({}), std::vector<std::string>({"mu", "sigma"}));
  EXPECT_TRUE(model.constrain(x, {}, 1).isApprox(Eigen::Vector2d(0.5, std::exp(-0.3))));
  EXPECT_EQ(model.constrained_names({true, true}), std::vector<std::string>({"mu", "sigma", "product", "noise"}));
  const Eigen::VectorXd all = model.constrain(x, {true, true}, 1U << 31U);
  EXPECT_TRUE(all.isApprox(Eigen::Vector4d(0.5, std::exp(-0.3), 0.5 * std::exp(-0.3), 0.5)));
}

TEST_F(BridgestanModel, FailuresHaveStansWords) {
  Bridgestan model(options(), {});
  for (const bool gradients : {false, true}) {
    EXPECT_EQ(complaint([&] { answer(model, Eigen::Vector2d(1001.0, 0.0), gradients); }).find("Rejecting: mu is too"),
              0U);
    EXPECT_SAYS(complaint([&] { answer(model, Eigen::Vector2d(999.0, 0.0), gradients); }), "without a word");
    EXPECT_EQ(answer(model, Eigen::Vector2d(-1001.0, 0.0), gradients).outputs(0, 0),
              -std::numeric_limits<double>::infinity());
  }
}

TEST_F(BridgestanModel, ThatDoesNotFitIsRefused) {
  EXPECT_SAYS(complaint([&] { Bridgestan(options("nowhere"), {}); }), "cannot be loaded");
  EXPECT_SAYS(complaint([&] { Bridgestan(options("stan_model_of_version_3"), {}); }), "BridgeStan 3.1");
  EXPECT_SAYS(complaint([&] { Bridgestan(options("plugin_of_version_2"), {}); }), "version 1.0");
  EXPECT_SAYS(complaint([&] { Bridgestan(options("stan_model_incomplete"), {}); }), "bs_set_print_callback");
  EXPECT_SAYS(complaint([&] { Bridgestan({options().library}, {}); }), "variable name=shift");
  EXPECT_SAYS(complaint(
                  [&] {
                    Bridgestan({options().library, "/nowhere.json"}, {});
                  },
                  ExitCode::data),
              "/nowhere.json");
  EXPECT_SAYS(complaint([&] { Bridgestan(options(), {{"mu", "tau"}}); }, ExitCode::configuration), "mu, sigma, but");
  EXPECT_SAYS(complaint([&] { Bridgestan(options(), {{}, 0, 0, true}); }, ExitCode::configuration), "log density");
  EXPECT_NO_THROW(Bridgestan(options(), {{"mu", "sigma"}}));
}

TEST_F(BridgestanModel, WhatItPrintsGoesToStandardError) {
  ::testing::internal::CaptureStderr();
  const Bridgestan model(options(), {});
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "transformed data\n");
}

/// Evaluations by two instances in two threads; how many failed.
int failures_of_two_threads(const BridgestanOptions& options) {
  std::atomic<int> failures = 0;
  const auto work = [&] {
    Bridgestan model(options, {});
    for (int i = 0; i < 50; ++i) try {
        answer(model, Eigen::Vector2d(0.1 * i, 0.0), i % 2 == 0);
        model.constrain(Eigen::Vector2d::Zero(), {}, 1);
      } catch (const Error&) {
        ++failures;
      }
  };
  { const std::jthread first(work), second(work); }
  return failures;
}

TEST_F(BridgestanModel, IsUsedByOneThreadUnlessCompiledForSeveral) {
  EXPECT_EQ(failures_of_two_threads(options("stan_model")), 0);
  EXPECT_EQ(failures_of_two_threads(options("stan_model_with_threads")), 0);
}

}  // namespace
}  // namespace gmmvi::external
