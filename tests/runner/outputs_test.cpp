// What simulators return is kept with the samples, and predicts without a further simulation.

#include "runner/outputs.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <Eigen/Core>
#include <Eigen/LU>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "evaluation/journal.hpp"
#include "io/netcdf_file.hpp"
#include "io/outputs_file.hpp"
#include "io/predictive_file.hpp"
#include "runner/normal_target.hpp"
#include "runner/program.hpp"

namespace gmmvi {
namespace {

using test::content_of;
using test::count;
using test::Ended;

constexpr const char* line = R"py(
import time

def line(a, b, options):
    time.sleep(0.001)
    return [a + b * t for t in options["t"]]
)py";

/// Data of a line a + b t with errors of 0.3; the last row has no datum. a is bounded from below, far from the data.
struct LineData {
  Eigen::VectorXd t = Eigen::VectorXd::LinSpaced(9, -1.0, 2.0);
  Eigen::VectorXd y = 1.0 - 0.5 * t.array() + 0.3 * (37.0 * t.array()).sin();

  std::string config() const {
    return fmt::format(R"yaml(
codename: ZAMTRON
parameters: {{a: {{prior: "normal(0, 2)", bounds: [-50, null]}}, b: {{prior: "normal(0, 2)"}}}}
target: {{type: python, function: line.py:line, returns: outputs, options: {{t: [{:.17g}]}}}}
likelihood: {{data: line.csv, noise: "gaussian(0.3)"}}
sample_selector_config: {{desired_samples_per_component: 20}}
num_component_adapter_config: {{add_iters: 5, num_database_samples: 10, num_prior_samples: 2}}
model_initialization: {{num_initial_components: 1}}
run: {{iterations: 30, metrics_samples: 0}}
)yaml",
                       fmt::join(t, ", "));
  }
  std::string table() const { return fmt::format("value\n{:.17g}\nNA\n", fmt::join(y.head(8), "\n")); }
  /// Mean and covariance of a and b.
  std::pair<Eigen::Vector2d, Eigen::Matrix2d> posterior() const {
    Eigen::MatrixXd design(8, 2);
    design << Eigen::VectorXd::Ones(8), t.head(8);
    const Eigen::Matrix2d precision = design.transpose() * design / 0.09 + Eigen::Matrix2d::Identity() / 4.0;
    return {precision.inverse() * (design.transpose() * y.head(8)) / 0.09, precision.inverse()};
  }
};

class Outputs : public test::ProgramOnRanks {
 protected:
  void SetUp() override {
    write("line.py", line);
    write("line.yml", data.config());
    write("line.csv", data.table());
  }
  Ended on_other_ranks(const std::string& arguments) {
    return shell(launch(4 - GetParam()) + GMMVI_PROGRAM " " + arguments);
  }
  std::string outputs_of(const std::string& run) const { return folder_ / (run + "/outputs.nc"); }
  bool has_outputs(const std::string& run) const { return std::filesystem::exists(outputs_of(run)); }
  Eigen::VectorXd variable(const std::string& run, const std::string& name) const {
    const io::NetcdfFile file(outputs_of(run), io::NetcdfFile::Mode::read);
    const auto shape = file.shape(name);
    Eigen::VectorXd values(static_cast<Eigen::Index>(shape[0] * (shape.size() > 1 ? shape[1] : 1)));
    file.read(name, {std::vector<std::size_t>(shape.size(), 0), shape},
              std::span(values.data(), static_cast<std::size_t>(values.size())));
    return values;
  }
  /// All bits of all variables.
  void expect_same_outputs(const std::string& run, const std::string& expected) const {
    for (const char* name : {"x", "lp", "log_weight", "outputs"})
      EXPECT_EQ(variable(run, name), variable(expected, name));
  }
  io::Predictive predicted(const std::string& run, const std::string& options = "") {
    const Ended ended = gmmvi("predict " + run + options);
    EXPECT_EQ(ended.code, 0) << ended.error;
    return io::read_predictive(folder_ / (run + "/predictive.nc"));
  }

  LineData data;
};

INSTANTIATE_TEST_SUITE_P(Ranks, Outputs, testing::Values(1, 3), testing::PrintToStringParamName());

TEST_P(Outputs, AreThoseOfTheSamplesBesideThem) {
  ASSERT_EQ(gmmvi("run line.yml --out run").code, 0);
  const io::OutputsReader file(outputs_of("run"));
  const Eigen::MatrixXd parameters = file.parameters(), found = file.outputs(0, 9);
  EXPECT_EQ(file.parameter_names(), (std::vector<std::string>{"a", "b"}));
  ASSERT_GT(file.size(), 200);
  for (Eigen::Index n = 0; n < file.size(); ++n)
    EXPECT_LT((found.col(n) - (parameters(0, n) + parameters(1, n) * data.t.array()).matrix()).norm(), 1e-12);
  // By its weights the posterior, which is known.
  const Eigen::VectorXd weights = (file.log_weights().array() - file.log_weights().maxCoeff()).exp();
  const auto [mean, covariance] = data.posterior();
  const double size = weights.sum() * weights.sum() / weights.squaredNorm();
  EXPECT_GT(size, 50.0);
  for (const Eigen::Index d : {0, 1})
    EXPECT_NEAR(parameters.row(d).dot(weights) / weights.sum(), mean[d], 5.0 * std::sqrt(covariance(d, d) / size));
}

TEST_P(Outputs, AfterAKillAreThoseOfAnUndisturbedRun) {
  ASSERT_EQ(shell(GMMVI_PROGRAM " run line.yml --out undisturbed").code, 0);
  shell(fmt::format("({}{} run line.yml --set output.checkpoint_iterations=2 --out run & wait) & ", launch(GetParam()),
                    GMMVI_PROGRAM) +
        "for i in $(seq 200); do sleep 0.05; [ $(cat run/metrics.jsonl 2>/dev/null | wc -l) -ge 3 ] && break; done; "
        "for p in $(pgrep -x 'gmmvi|mpiexec|mpirun|orterun'); do "
        "[ /proc/$p/cwd -ef . ] && kill -9 $p; done; wait");
  ASSERT_TRUE(std::filesystem::exists(folder_ / "run/metrics.jsonl"));
  ASSERT_FALSE(has_outputs("run")) << "it is to be killed before its end";
  if (std::filesystem::exists(folder_ / "run/model.nc")) {
    const Ended early = gmmvi("predict run");
    expect_one_message(early, "run --resume run");
    EXPECT_EQ(early.code, 65);
  }
  const Ended ended = on_other_ranks("run --resume run");
  ASSERT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(model_hash_of("run"), model_hash_of("undisturbed"));
  expect_same_outputs("run", "undisturbed");
}

// Checkpoints have the samples beside them then, and the database deletes some.
TEST_P(Outputs, WithoutAJournalAndWithALimitedDatabaseAreThoseOfAnUndisturbedRun) {
  const std::string options =
      " --set evaluation.journal=off --set output.checkpoint_iterations=6 --set max_database_size=150";
  ASSERT_EQ(shell(GMMVI_PROGRAM " run line.yml --out undisturbed" + options).code, 0);
  ASSERT_EQ(gmmvi("run line.yml --iterations 15 --out run" + options).code, 0);
  EXPECT_TRUE(has_outputs("run"));
  const Ended ended = on_other_ranks("run --resume run --iterations 30");
  ASSERT_EQ(ended.code, 0) << ended.error;
  EXPECT_TRUE(std::filesystem::exists(folder_ / "run/earlier/outputs.nc")) << "the run goes on from before its end";
  EXPECT_LE(variable("run", "lp").size(), 150);
  expect_same_outputs("run", "undisturbed");
}

/// Of how many points that are in journals, and of how many samples with gradients, there are outputs.
std::pair<std::int64_t, std::int64_t> journalled_outputs(const std::filesystem::path& run) {
  std::int64_t points = 0, samples = 0;
  for (const auto& file : std::filesystem::directory_iterator(run / "journal"))
    evaluation::read_journal(file.path(), 2, [&](FinishedGroup&& group) {
      if (group.has_outputs()) (group.has_gradients() ? samples : points) += group.size();
    });
  return {points, samples};
}

// They are in the journal once, with the points; a job that only adds gradients to an earlier one's points keeps them
// with these.
TEST_P(Outputs, WhereGradientsAreDifferencesAreThoseOfAnUndisturbedRunAfterAKill) {
  const std::string options =
      " --codename SAMTRON --iterations 12 --set target.finite_differences.scheme=central --set target.slots=1";
  ASSERT_EQ(shell(GMMVI_PROGRAM " run line.yml --out undisturbed" + options).code, 0);
  const Eigen::Index size = variable("undisturbed", "lp").size();
  EXPECT_EQ(journalled_outputs(folder_ / "undisturbed"), std::pair(std::int64_t{size}, std::int64_t{0}));
  EXPECT_TRUE(variable("undisturbed", "outputs").allFinite());

  shell(fmt::format("({}{} run line.yml{} --set output.checkpoint_iterations=2 --out run & wait) & ",
                    launch(GetParam()), GMMVI_PROGRAM, options) +
        "for i in $(seq 400); do sleep 0.02; [ $(cat run/metrics.jsonl 2>/dev/null | wc -l) -ge 5 ] && break; done; "
        "for p in $(pgrep -x 'gmmvi|mpiexec|mpirun|orterun'); do "
        "[ /proc/$p/cwd -ef . ] && kill -9 $p; done; wait");
  ASSERT_FALSE(has_outputs("run")) << "it is to be killed before its end";
  const Ended ended = on_other_ranks("run --resume run");
  ASSERT_EQ(ended.code, 0) << ended.error;
  expect_same_outputs("run", "undisturbed");
  const auto [points, samples] = journalled_outputs(folder_ / "run");
  EXPECT_EQ(points, size);
  EXPECT_LT(samples, size / 2) << "of the iterations after the last checkpoint";

  // Once more from the end, on as many ranks as before.
  std::filesystem::remove(outputs_of("run"));
  ASSERT_EQ(gmmvi("run --resume run").code, 0);
  expect_same_outputs("run", "undisturbed");
}

TEST_P(Outputs, PredictWithoutASimulation) {
  ASSERT_EQ(gmmvi("run line.yml --out run").code, 0);
  const io::Predictive simulated = predicted("run", " -n 2000");
  EXPECT_TRUE(simulated.simulated);
  write("line.py", "raise RuntimeError('nobody is to start this')\n");
  const Ended ended = gmmvi("predict run");
  ASSERT_EQ(ended.code, 0) << ended.error;
  EXPECT_NE(ended.out.find("evaluations of the run, weighted by importance"), std::string::npos) << ended.out;
  const io::Predictive found = predicted("run");
  EXPECT_FALSE(found.simulated);
  EXPECT_EQ(found.draws, variable("run", "lp").size());
  const auto [mean, covariance] = data.posterior();
  ASSERT_EQ(found.mean.size(), 9);
  EXPECT_TRUE(std::isnan(found.data[8]));
  for (Eigen::Index m = 0; m < 9; ++m) {
    const Eigen::Vector2d design(1.0, data.t[m]);
    const double expected = design.dot(mean), sd = std::sqrt(design.dot(covariance * design));
    const double error = sd / std::sqrt(found.effective_samples);
    EXPECT_NEAR(found.mean[m], expected, 4.0 * error);
    EXPECT_NEAR(simulated.mean[m], expected, 4.0 * sd / std::sqrt(simulated.effective_samples));
    // The standard error of a quantile of 5 % is 2.1 times that of the mean, of the median 1.25 times.
    for (const Eigen::Index i : {0, 1, 2})
      EXPECT_NEAR(found.quantiles(i, m), expected + static_cast<double>(i - 1) * 1.6449 * sd, 10.0 * error);
    // New data have the noise, too, also where there is no datum.
    const double with_noise = std::hypot(sd, 0.3);
    for (const Eigen::Index i : {0, 1, 2}) {
      const double wanted = expected + static_cast<double>(i - 1) * 1.6449 * with_noise;
      EXPECT_NEAR(found.data_quantiles(i, m), wanted, 6.0 * error + 0.02 * with_noise);
      EXPECT_NEAR(simulated.data_quantiles(i, m), wanted, 0.1 * with_noise);
    }
  }
  std::filesystem::remove(folder_ / "line.py");
  ASSERT_EQ(on_other_ranks("predict run").code, 0);
  EXPECT_EQ(io::read_predictive(folder_ / "run/predictive.nc").quantiles, found.quantiles);
  // Other data are of another run.
  write("line.csv", data.table() + "NA\n");
  const Ended other = gmmvi("predict run");
  EXPECT_EQ(other.code, 65);
  expect_one_message(other, "line.csv: before ");
}

TEST_P(Outputs, FailuresOfDrawsAreCountedWhateverTheRunDoesWithThem) {
  ASSERT_EQ(gmmvi("run line.yml --set evaluation.on_failure=abort --out run").code, 0);
  write("line.py",
        "def line(a, b, options):\n"
        "    if b < -0.5: raise ValueError('slope')\n"
        "    return [a + b * t for t in options['t']]\n");
  ASSERT_EQ(gmmvi("run --resume run --changed-simulator").code, 0);
  const io::Predictive found = predicted("run", " -n 200");
  EXPECT_GT(found.failures, 10);
  EXPECT_EQ(found.draws, 200);
}

TEST_P(Outputs, PredictThePendulumAsDrawsDo) {
  ASSERT_EQ(gmmvi("run " GMMVI_SIMULATORS "/plugin.yml --set target.library=" GMMVI_PENDULUM_C
                  " --codename SAMTRON --iterations 100 --out run")
                .code,
            0);
  const io::Predictive found = predicted("run"), simulated = predicted("run", " -n 2000");
  EXPECT_GT(found.effective_samples, 100.0);
  const double errors = std::sqrt(1.0 / found.effective_samples + 1.0 / simulated.effective_samples);
  for (Eigen::Index m = 0; m < 40; ++m) {
    const double sd = (simulated.quantiles(2, m) - simulated.quantiles(0, m)) / (2.0 * 1.6449);
    EXPECT_NEAR(found.mean[m], simulated.mean[m], 4.0 * sd * errors) << "output " << m;
    EXPECT_NEAR(found.quantiles(1, m), simulated.quantiles(1, m), 8.0 * sd * errors) << "output " << m;
    for (const Eigen::Index i : {0, 2})  // one sample there is worth 18 of the others
      EXPECT_NEAR(found.quantiles(i, m), simulated.quantiles(i, m), sd) << "output " << m;
  }
}

TEST_P(Outputs, AreNotKeptWhereTheConfigSaysSo) {
  ASSERT_EQ(gmmvi("run line.yml --set output.keep_outputs=false --out run").code, 0);
  ASSERT_EQ(gmmvi("run line.yml --out keeps").code, 0);
  EXPECT_FALSE(has_outputs("run"));
  EXPECT_EQ(model_hash_of("run"), model_hash_of("keeps")) << "the answer does not depend on it";
  const Ended refused = gmmvi("predict run");
  EXPECT_EQ(refused.code, 65);
  expect_one_message(refused, "predict run -n 1000");
  EXPECT_EQ(gmmvi("predict run -n 50").code, 0);

  // What was not kept at first is left out.
  ASSERT_EQ(gmmvi("run --resume run --set output.keep_outputs=true --iterations 60").code, 0);
  const io::Predictive found = predicted("run");
  EXPECT_GT(found.without_outputs, 100);
  EXPECT_TRUE(found.mean.allFinite());
}

// As much room as the journal takes is not enough for outputs.nc, which asks for more than it takes.
TEST_P(Outputs, ThatFoundNoRoomAreWrittenOnceTheRunIsResumed) {
  ASSERT_EQ(shell(GMMVI_PROGRAM " run line.yml --out undisturbed").code, 0);
  const auto room = std::filesystem::file_size(folder_ / "undisturbed/journal/0001-00000.journal") + 1000;
  ASSERT_LT(room, std::filesystem::file_size(outputs_of("undisturbed")) + 50'000);
  const Ended full = shell(
      fmt::format("{} run line.yml --out run & pid=$!; until [ -s run/metrics.jsonl ] || ! kill -0 $pid; do sleep "
                  "0.02; done; prlimit --pid $pid --fsize={}; wait $pid",
                  GMMVI_PROGRAM, room));
  ASSERT_EQ(full.code, 0) << full.error;
  EXPECT_EQ(count(full.error, "warning: what the evaluations gave is not written: "), 1) << full.error;
  EXPECT_NE(full.error.find("File too large"), std::string::npos) << full.error;
  EXPECT_NE(full.error.find("run --resume run"), std::string::npos) << full.error;
  EXPECT_EQ(status_of("run").at("state"), "finished");
  EXPECT_TRUE(status_of("run").contains("verdict"));
  EXPECT_FALSE(has_outputs("run"));
  for (const auto& file : std::filesystem::directory_iterator(folder_ / "run"))
    EXPECT_EQ(file.path().string().find("partial"), std::string::npos) << file.path();

  const Ended written = gmmvi("run --resume run");
  ASSERT_EQ(written.code, 0) << written.error;
  EXPECT_EQ(count(written.out + written.error, "Wrote run/outputs.nc."), 1) << written.out << written.error;
  expect_same_outputs("run", "undisturbed");
  EXPECT_EQ(status_of("run").at("state"), "finished");
  const Ended again = gmmvi("run --resume run");
  EXPECT_EQ(again.code, 0);
  EXPECT_EQ(count(again.out + again.error, "Wrote"), 0) << "they are there";
}

TEST_P(Outputs, CannotBeMadeUpForWithoutACheckpoint) {
  ASSERT_EQ(gmmvi("run line.yml --out run --set evaluation.journal=off").code, 0);
  std::filesystem::remove(outputs_of("run"));
  const Ended ended = gmmvi("run --resume run");
  EXPECT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(count(ended.error, "no checkpoint of iteration 30"), 1) << ended.error;
  EXPECT_FALSE(has_outputs("run"));
}

TEST_P(Outputs, OfAnEarlierModelAreNotTakenForThoseOfThisOne) {
  ASSERT_EQ(gmmvi("run line.yml --iterations 15 --out run").code, 0);
  const std::string earlier = model_hash_of("run");
  {
    const io::OutputsReader file(outputs_of("run"));
    EXPECT_EQ(file.iterations(), 15);
    EXPECT_EQ(file.model_hash(), earlier);
    EXPECT_EQ(file.samples_left_out(), 0);
  }
  std::filesystem::copy_file(outputs_of("run"), folder_ / "earlier.nc");
  ASSERT_EQ(gmmvi("run --resume run --iterations 30 --set output.keep_outputs=false").code, 0);
  EXPECT_FALSE(has_outputs("run")) << "the run has gone on";

  std::filesystem::copy_file(folder_ / "earlier.nc", outputs_of("run"));
  const Ended ended = gmmvi("predict run");
  EXPECT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(count(ended.error, "has the evaluations up to iteration 15; the model is of iteration 30"), 1)
      << ended.error;
  EXPECT_EQ(io::read_predictive(folder_ / "run/predictive.nc").model_hash, earlier);

  ASSERT_EQ(gmmvi("run --resume run --set output.keep_outputs=true").code, 0);
  EXPECT_EQ(io::OutputsReader(outputs_of("run")).model_hash(), model_hash_of("run"));
  EXPECT_EQ(predicted("run").model_hash, model_hash_of("run"));
}

/// The standard normal density, whose outputs are twice the sample.
class Doubled : public test::NormalTarget {
 public:
  Eigen::Index outputs() const override { return 2; }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) override {
    Evaluation evaluation = NormalTarget::evaluate(samples, ids, want_gradients);
    evaluation.outputs = 2.0 * samples;
    return evaluation;
  }
};

TEST(WriteOutputs, SaysHowManySamplesWouldTakeTooLong) {
  const test::TemporaryFolder folder;
  Doubled target;
  Gmmvi gmmvi = Gmmvi::build_from_config(test::one_component(40), target);
  for (int i = 0; i < 3; ++i) gmmvi.train_iter();
  const io::OutputsTitle title{.gmmvi_version = "1", .target = "t", .codename = "", .parameter_names = {"a", "b"}};
  runner::write_outputs(folder / "all.nc", gmmvi, title, Communicator());
  runner::write_outputs(folder / "newest.nc", gmmvi, title, Communicator(), 1.0);
  const io::OutputsReader all(folder / "all.nc"), newest(folder / "newest.nc");
  EXPECT_EQ(all.size(), 120);
  EXPECT_EQ(all.samples_left_out(), 0);
  EXPECT_EQ(newest.size(), 40) << "one batch at least";
  EXPECT_EQ(newest.samples_left_out(), 80);
  EXPECT_EQ(newest.parameters(), all.parameters().rightCols(40));
  EXPECT_EQ(newest.outputs(0, 2), 2.0 * newest.parameters());
}

// Each sample's weight by the mixture of the Gaussians that all of them came from, however they are cut into pieces.
TEST(WriteOutputs, WeighsByTheMixtureOfAllGaussians) {
  const test::TemporaryFolder folder;
  Doubled target;
  Gmmvi gmmvi = Gmmvi::build_from_config(test::one_component(40), target);
  std::vector<Gaussian<FullCovariance>> drawn_from;
  for (int i = 0; i < 3; ++i) {
    drawn_from.push_back(*std::get<Mixture<FullCovariance>>(gmmvi.mixture()).components()[0].gaussian);
    gmmvi.train_iter();
  }
  runner::write_outputs(folder / "all.nc", gmmvi,
                        {.gmmvi_version = "1", .target = "t", .codename = "", .parameter_names = {"a", "b"}},
                        Communicator());
  const io::OutputsReader all(folder / "all.nc");
  const Eigen::MatrixXd x = all.parameters();
  for (Eigen::Index n = 0; n < all.size(); ++n) {
    double density = 0.0;
    for (const auto& gaussian : drawn_from) {
      const Eigen::Matrix2d covariance = gaussian.covariance().matrix();
      const Eigen::Vector2d offset = x.col(n) - gaussian.mean();
      density += std::exp(-0.5 * offset.dot(covariance.inverse() * offset)) /
                 (3.0 * 2.0 * 3.141592653589793 * std::sqrt(covariance.determinant()));
    }
    EXPECT_NEAR(all.log_weights()[n], -0.5 * x.col(n).squaredNorm() - std::log(density), 1e-10);
  }
}

// Of 50 million evaluations there are 50 million samples, of which 9 outputs take 3.6 GB, or with central differences
// in two dimensions 10 million.
TEST_P(Outputs, AreAsManyAsSamplesWhereGradientsAreDifferences) {
  const std::string check =
      "check line.yml --codename SAMTRON --iterations 100000000 --set run.max_evaluations=50000000 "
      "--set max_database_size=50000000 --set target.finite_differences.scheme=central";
  const Ended few = gmmvi(check), many = gmmvi(check + " --set run.max_evaluations=200000000");
  EXPECT_EQ(count(few.out + few.error, "output.keep_outputs: true"), 0) << few.out << few.error;
  EXPECT_EQ(count(many.out + many.error, "output.keep_outputs: true"), 1) << many.out << many.error;
}

TEST_P(Outputs, OfMoreThanAGigabyteAreKeptOnRequest) {
  const std::string check = "check line.yml --iterations 100000000 --set max_database_size=50000000";
  const Ended automatic = gmmvi(check), asked = gmmvi(check + " --set output.keep_outputs=true");
  EXPECT_EQ(count(automatic.out + automatic.error, "output.keep_outputs: true"), 1) << automatic.out << automatic.error;
  EXPECT_EQ(count(asked.out + asked.error, "output.keep_outputs: true"), 0) << asked.out << asked.error;
}

}  // namespace
}  // namespace gmmvi
