#include "report/run_data.hpp"

#include <string>
#include <variant>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "situations.hpp"

namespace gmmvi::report {
namespace {

/// What reading says, and that it has the right exit code.
std::string refusal(const std::string& folder) {
  try {
    read_run(folder);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::data);
    return error.what();
  }
  return "no error";
}

class RunDataTest : public testing::Test {
 protected:
  test::TemporaryFolder folder_;
  const std::string run_ = folder_ / "first";
};

TEST_F(RunDataTest, IsAllThatAFolderHas) {
  write_run(run_);
  const RunData run = read_run(run_ + "/");
  EXPECT_EQ(run.name, "first");
  EXPECT_EQ(run.status->status.state, io::Status::State::finished);
  EXPECT_EQ(run.status->status.elbo->value, -1.25);
  EXPECT_EQ(run.status->status.ranks, 2);
  EXPECT_EQ(run.status->time.size(), std::string("2026-01-31T12:00:00Z").size());
  EXPECT_EQ(run.model->parameter_names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(run.history.iterations.size(), 3u);
  EXPECT_EQ(run.config, "seed: 7\n");
  EXPECT_EQ(run.warnings, std::vector<std::string>{"2026-01-31 12:00:00.123 warning: careful"});
}

TEST_F(RunDataTest, HasPredictionsOfItsModelOnly) {
  write_run(run_);
  const io::Predictive predictive{
      .data = Eigen::Vector2d(1.0, 2.0), .mean = Eigen::Vector2d(1.0, 2.0), .quantiles = Eigen::MatrixXd::Zero(3, 2)};
  io::write_predictive(run_ + "/predictive.nc", model(), predictive);
  ASSERT_TRUE(read_run(run_).predictive);
  EXPECT_EQ(read_run(run_).predictive->data, predictive.data);
  io::Model other = model();
  other.mixture = Mixture<FullCovariance>({std::get<Mixture<FullCovariance>>(other.mixture).components()[0].gaussian},
                                          Eigen::VectorXd::Ones(1));
  io::write_predictive(run_ + "/predictive.nc", other, predictive);
  const RunData run = read_run(run_);
  EXPECT_FALSE(run.predictive);
  EXPECT_NE(run.warnings.back().find("predictive.nc, which is of another model"), std::string::npos);
}

TEST_F(RunDataTest, IsWhatThereIsOfAYoungRun) {
  std::filesystem::create_directory(run_);
  io::write_status(run_ + "/status.json", {});
  const RunData run = read_run(run_);
  EXPECT_EQ(run.status->status.state, io::Status::State::running);
  EXPECT_FALSE(run.status->status.elbo);
  EXPECT_FALSE(run.model);
  EXPECT_TRUE(run.history.iterations.empty());
}

TEST_F(RunDataTest, RefusesWhatIsNoRun) {
  EXPECT_NE(refusal(run_).find("first: there is no such folder"), std::string::npos);
  write(run_, "");
  EXPECT_NE(refusal(run_).find("this is not a folder"), std::string::npos);
  EXPECT_NE(refusal(folder_.path().string()).find("neither status.json nor metrics.jsonl"), std::string::npos);
}

TEST_F(RunDataTest, SaysWhichFileIsDamaged) {
  write_run(run_);
  write(run_ + "/status.json", "{\"state\": \"fin");
  EXPECT_NE(refusal(run_).find("first/status.json is no status of a run"), std::string::npos);
  write(run_ + "/status.json", "{\"state\": \"asleep\"}");
  EXPECT_NE(refusal(run_).find("`state` is asleep"), std::string::npos);
}

/// Draws a line from the origin to the sample.
class Pointer : public Target {
 public:
  Eigen::Index dimension() const override { return 2; }
  bool has_gradients() const override { return false; }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>&, std::span<const SampleId>, bool) override { return {}; }
  std::optional<Drawing> draw(const Eigen::VectorXd& sample) const override {
    Eigen::Matrix2Xd line = Eigen::Matrix2Xd::Zero(2, 2);
    line.col(1) = sample;
    return Drawing{.lines = {line}, .points = sample};
  }
};

TEST(Drawings, AreOfTheMeansByWeight) {
  const auto drawn = drawings(model().mixture, Pointer());
  ASSERT_EQ(drawn.size(), 2u);
  EXPECT_DOUBLE_EQ(drawn[0].weight, 0.75);
  EXPECT_EQ(drawn[0].drawing.lines[0].col(1), Eigen::Vector2d(1, 1));
  EXPECT_EQ(drawn[1].drawing.points, Eigen::Vector2d(-1, -1));
}

TEST(Drawings, AreNotThereWithoutATargetThatDraws) {
  class Plain : public Pointer {
    // NOLINTNEXTLINE(bugprone-parent-virtual-call): what all targets do that do not draw
    std::optional<Drawing> draw(const Eigen::VectorXd& sample) const override { return Target::draw(sample); }
  };
  EXPECT_TRUE(drawings(model().mixture, Plain()).empty());
}

}  // namespace
}  // namespace gmmvi::report
