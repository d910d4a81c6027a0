#include "runner/evidence.hpp"

#include <atomic>
#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "normal_target.hpp"
#include "support/ranks.hpp"
#include "support/temporary_folder.hpp"

namespace gmmvi::runner {
namespace {

namespace fs = std::filesystem;
using test::NormalTarget;
using test::world;

/// Two components around the origin, not quite the target.
AnyMixture mixture() {
  const auto gaussian = [](double place) {
    return std::make_shared<const Gaussian<FullCovariance>>(Eigen::Vector2d(place, 0.0),
                                                            FullCovariance::from_variances(Eigen::Vector2d(1.2, 1.5)));
  };
  return Mixture<FullCovariance>({gaussian(-0.5), gaussian(0.5)}, Eigen::Vector2d(0.3, 0.7));
}

/// A folder of rank 0's, which all ranks see. Collective.
class SharedFolder {
 public:
  SharedFolder() {
    if (world().is_root()) path_ = temporary_.emplace().path().string();
    world().broadcast(path_);
  }
  ~SharedFolder() { world().barrier(); }
  SharedFolder(const SharedFolder&) = delete;
  SharedFolder& operator=(const SharedFolder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::optional<test::TemporaryFolder> temporary_;
  std::string path_;
};

class SpendOnEvidence : public testing::Test {
 protected:
  EvidenceResult spend(std::int64_t count, const Communicator& ranks = world(), std::string folder = "") {
    NormalTarget target([this] { ++evaluations; });
    return spend_on_evidence(target, mixture(), {.folder = folder.empty() ? folder_ : folder, .seed = 3}, count, ranks);
  }
  std::int64_t all_evaluations() const {
    const auto all = world().all_gather(evaluations.load());
    return std::reduce(all.begin(), all.end());
  }

  std::atomic<std::int64_t> evaluations = 0;  // of this rank
  const SharedFolder shared_;
  const std::string folder_ = shared_ / "evidence";
};

constexpr auto numbers = {&ElboEstimate::value, &ElboEstimate::standard_error, &ElboEstimate::log_evidence,
                          &ElboEstimate::log_evidence_standard_error, &ElboEstimate::pareto_k};

TEST_F(SpendOnEvidence, EstimatesElboAndEvidence) {
  const EvidenceResult result = spend(400);
  EXPECT_EQ(result.elbo.samples, 400);
  EXPECT_EQ(result.evaluations, 400);
  EXPECT_EQ(result.elbo.source, ElboEstimate::Source::fresh);
  EXPECT_NEAR(result.elbo.log_evidence, std::log(2.0 * 3.14159265358979),
              5.0 * result.elbo.log_evidence_standard_error);
  EXPECT_LT(result.elbo.value, result.elbo.log_evidence);
}

TEST_F(SpendOnEvidence, AddsToWhatIsThere) {
  spend(60);
  const EvidenceResult both = spend(40);
  EXPECT_EQ(all_evaluations(), 100) << "none is made twice";
  const EvidenceResult at_once = spend(100, world(), shared_ / "other");
  for (const auto number : numbers) EXPECT_EQ(both.elbo.*number, at_once.elbo.*number);
  const EvidenceResult nothing = spend(0);
  EXPECT_EQ(nothing.elbo.value, both.elbo.value);
  EXPECT_EQ(all_evaluations(), 200);
}

TEST_F(SpendOnEvidence, HasTheSameBitsOnAnyNumberOfRanks) {
  const EvidenceResult spread = spend(50);
  const EvidenceResult alone = spend(50, Communicator(), shared_ / ("alone" + std::to_string(world().rank())));
  for (const auto number : numbers) EXPECT_EQ(spread.elbo.*number, alone.elbo.*number);
}

TEST_F(SpendOnEvidence, OfNothingIsNothing) {
  const EvidenceResult result = spend(0);
  EXPECT_EQ(result.elbo.drawn(), 0);
  EXPECT_FALSE(fs::exists(folder_)) << "and leaves nothing";
}

// The next call evaluates what the killed one did not, and no more often than it is told to.
TEST_F(SpendOnEvidence, GoesOnAfterAKill) {
  const EvidenceResult whole = spend(30, world(), shared_ / "whole");
  if (world().is_root()) {
    // One rank's process that ended after 12 evaluations, of which the journal lost the last record to a torn write.
    NormalTarget target;
    spend_on_evidence(target, mixture(), {.folder = folder_, .seed = 3}, 12, Communicator());
    const fs::path journal = folder_ + "/journal/0001-00000.journal";
    fs::resize_file(journal, fs::file_size(journal) - 5);
  }
  world().barrier();
  evaluations = 0;
  const EvidenceResult first = spend(5);
  EXPECT_EQ(first.elbo.samples, 16) << "11 and 5";
  const EvidenceResult rest = spend(14);
  EXPECT_EQ(all_evaluations(), 19);
  for (const auto number : numbers) EXPECT_EQ(rest.elbo.*number, whole.elbo.*number);
}

TEST_F(SpendOnEvidence, CountsFailuresAndDoesNotRepeatThem) {
  class Failing : public NormalTarget {
   public:
    Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                        bool want_gradients) override {
      Evaluation evaluation = NormalTarget::evaluate(samples, ids, want_gradients);
      if (samples(0, 0) > 1.0) evaluation.log_densities[0] = std::nan("");
      if (samples(0, 0) < -1.0) evaluation.log_densities[0] = -std::numeric_limits<double>::infinity();
      return evaluation;
    }
  } target;
  const EvidenceSettings settings{.folder = folder_, .seed = 3};
  const EvidenceResult result = spend_on_evidence(target, mixture(), settings, 100, world());
  EXPECT_GT(result.elbo.failures, 3);
  EXPECT_GT(result.elbo.outside, 3);
  EXPECT_EQ(result.elbo.drawn(), 100);
  const EvidenceResult again = spend_on_evidence(target, mixture(), settings, 0, world());
  EXPECT_EQ(again.elbo.failures, result.elbo.failures);
  EXPECT_EQ(again.elbo.outside, result.elbo.outside);
}

}  // namespace
}  // namespace gmmvi::runner
