// Evaluations that several ranks make together.

#include "gmmvi/teams.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <mpi.h>

#include "gmmvi/error.hpp"

#include "comm/guard.hpp"
#include "evaluation/evaluator.hpp"
#include "support/ranks.hpp"

namespace gmmvi::evaluation {
namespace {

using namespace std::chrono_literals;
using Scheduling = EvaluationOptions::Scheduling;
using test::world;

/// log p̃(n, −n) is n times the size of the team, each rank of which brings its n.
class Together : public Target {
 public:
  Eigen::Index dimension() const override { return 2; }
  bool has_gradients() const override { return true; }
  Eigen::Index group_size() const override { return 3; }
  bool works_in_teams() const override { return true; }
  bool interruptible() const override { return can_be_interrupted; }
  void interrupt() override { interrupted_ = true; }
  void join(const Team& joined) override {
    ++joins;
    team = joined;
    communicator_ = MPI_Comm_f2c(joined.communicator);
  }

  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) override {
    interrupted_ = false;
    ++calls;
    gradients_wanted = want_gradients;
    for (const SampleId& id : ids) positions.push_back(static_cast<Eigen::Index>(id.position));
    if (before) before(ids.front().position);
    const Eigen::VectorXd own = samples.row(0).transpose();
    auto result = Evaluation::of_size(2, own.size(), want_gradients);
    MPI_Allreduce(own.data(), result.log_densities.data(), static_cast<int>(own.size()), MPI_DOUBLE, MPI_SUM,
                  communicator_);
    if (want_gradients) result.gradients.colwise() = Eigen::Vector2d(1.0, 2.0);
    return team.rank == 0 ? result : Evaluation{};  // what others return does not count
  }
  std::vector<std::string> parameter_names() const override { return {"a", "b"}; }
  Transforms transforms() const override { return Transforms({{.lower = 1.0, .scale = 3.0}, {.upper = 2.0}}); }
  std::string fingerprint() const override { return "that of the mesh"; }
  std::optional<Drawing> draw(const Eigen::VectorXd& sample) const override {
    return Drawing{.lines = {}, .points = sample};
  }
  std::vector<TargetMetric> metrics(const Eigen::MatrixXd& means, const Eigen::MatrixXd&) override {
    return {{.name = "columns", .value = static_cast<double>(means.cols())}};
  }
  void wait_to_be_interrupted() {
    while (!interrupted_) std::this_thread::sleep_for(1ms);
    throw std::runtime_error("interrupted");
  }

  std::function<void(std::uint64_t position)> before;
  bool can_be_interrupted = false;
  Team team;
  int joins = 0;
  int calls = 0;
  bool gradients_wanted = false;
  std::vector<Eigen::Index> positions;

 private:
  MPI_Comm communicator_ = MPI_COMM_SELF;
  std::atomic<bool> interrupted_ = false;
};

EvaluationRequest request(Eigen::Index size, bool gradients = true) {
  return {.batch = 5,
          .size = size,
          .want_gradients = gradients,
          .draw = [](Eigen::Index first, Eigen::Ref<Eigen::MatrixXd> out) {
            for (Eigen::Index n = 0; n < out.cols(); ++n)
              out.col(n) << static_cast<double>(first + n), -static_cast<double>(first + n);
          }};
}

constexpr int two = 2;  // ranks of a team
int place() {
  return world().rank() % two;
}
bool is_left_over() {
  return world().rank() == world().size() - 1 && world().size() % two == 1;
}

class InTeams : public testing::TestWithParam<Scheduling> {
 protected:
  EvaluationOptions options() const {
    return {.ranks_per_evaluation = two, .scheduling = GetParam(), .max_retries = 0, .grace = 5.0};
  }
};
INSTANTIATE_TEST_SUITE_P(Schedulings, InTeams, testing::Values(Scheduling::fixed, Scheduling::on_demand));

TEST_P(InTeams, AllRanksOfATeamMakeItsEvaluations) {
  Together together;
  Teams teams(together, options(), world());
  EXPECT_EQ(teams.count(), world().size() / two);
  EXPECT_EQ(teams.is_in_one(), !is_left_over());
  bool called = false;
  teams.run([&](Target& target, const Communicator& solver) {
    called = true;
    EXPECT_EQ(solver.size(), world().size() / two + world().size() % two);
    EXPECT_EQ(solver.is_root(), world().is_root());
    Evaluator evaluator(target, options(), solver, {.teams = &teams});
    for (const bool gradients : {true, false}) {
      const BatchEvaluation own = evaluator.evaluate(request(50, gradients));
      for (Eigen::Index n = 0; n < own.size(); ++n)
        EXPECT_EQ(own.log_densities[n], two * static_cast<double>(own.positions[static_cast<std::size_t>(n)]));
      const auto sizes = solver.all_gather(own.size());
      EXPECT_EQ(std::reduce(sizes.begin(), sizes.end()), 50);
      if (is_left_over()) {
        EXPECT_EQ(own.size(), 0);
      }
    }
  });
  EXPECT_EQ(called, place() == 0) << "members serve";
  EXPECT_EQ(together.joins, is_left_over() ? 0 : 1);
  EXPECT_EQ(together.team.size, is_left_over() ? 1 : two);
  EXPECT_EQ(together.calls > 0, !is_left_over());
  EXPECT_FALSE(together.gradients_wanted);
  const Communicator team = world().split(world().rank() / two);
  if (is_left_over()) return;
  auto leaders = together.positions;
  team.broadcast(leaders);
  EXPECT_EQ(together.positions, leaders) << "the same calls on all";
}

TEST_P(InTeams, TheTargetIsOtherwiseThatOfTheLeader) {
  Together together;
  together.can_be_interrupted = true;
  Teams teams(together, options(), world());
  teams.run([&](Target& target, const Communicator&) {
    EXPECT_EQ(target.dimension(), 2);
    EXPECT_EQ(target.group_size(), 3);
    EXPECT_TRUE(target.has_gradients() && target.interruptible());
    EXPECT_FALSE(target.cheap());
    EXPECT_EQ(target.parameter_names(), together.parameter_names());
    EXPECT_EQ(target.transforms(), together.transforms());
    EXPECT_EQ(target.fingerprint(), "that of the mesh");
    EXPECT_EQ(target.draw(Eigen::Vector2d(1.0, 2.0)).value().points, Eigen::Vector2d(1.0, 2.0));
    EXPECT_EQ(target.metrics(Eigen::MatrixXd(2, 7), {}).at(0).value, 7.0);
  });
}

TEST_P(InTeams, AnErrorThatAllRanksAgreeOnIsAFailure) {
  Together together;
  together.before = [](std::uint64_t position) {
    if (position < 6) throw std::runtime_error("the mesh is torn");
  };
  Teams teams(together, options(), world());
  teams.run([&](Target& target, const Communicator& solver) {
    Evaluator evaluator(target, options(), solver, {.teams = &teams});
    const BatchEvaluation own = evaluator.evaluate(request(30));
    EXPECT_EQ(own.failed, (std::vector<Eigen::Index>{0, 1, 2, 3, 4, 5}));
    for (const std::string& reason : own.reasons) EXPECT_NE(reason.find("the mesh is torn"), std::string::npos);
  });
}

TEST_P(InTeams, AnErrorOfOneRankInterruptsTheOthers) {
  Together together;
  together.can_be_interrupted = true;
  together.before = [&](std::uint64_t position) {
    if (position < 3 && place() == 1) throw std::runtime_error("no licence");
    if (position >= 27 && place() == 0) throw std::runtime_error("no memory");
    if (position < 3 || position >= 27) together.wait_to_be_interrupted();
  };
  Teams teams(together, options(), world());
  teams.run([&](Target& target, const Communicator& solver) {
    Evaluator evaluator(target, options(), solver, {.teams = &teams});
    const BatchEvaluation own = evaluator.evaluate(request(30));
    EXPECT_EQ(own.failed, (std::vector<Eigen::Index>{0, 1, 2, 27, 28, 29}));
    std::size_t failure = 0;
    for (Eigen::Index n = 0; n < own.size(); ++n) {
      if (own.status(n) != EvaluationStatus::failure) continue;
      const bool of_member = own.positions[static_cast<std::size_t>(n)] < 3;
      EXPECT_EQ(own.reasons[failure++], of_member ? "rank 1 of the team: no licence" : "no memory");
    }
  });
}

TEST(TimeLimit, EndsTheParts) {
  Together together;
  together.can_be_interrupted = true;
  together.before = [&](std::uint64_t position) {
    if (position == 3) together.wait_to_be_interrupted();
  };
  const EvaluationOptions options{.ranks_per_evaluation = two, .max_retries = 0, .time_limit = 0.1};
  Teams teams(together, options, world());
  teams.run([&](Target& target, const Communicator& solver) {
    Evaluator evaluator(target, options, solver, {.teams = &teams});
    EXPECT_EQ(evaluator.evaluate(request(12)).failed, (std::vector<Eigen::Index>{3, 4, 5}));
  });
}

TEST(Members, ThrowWhatTheSolversRanksHaveInCommon) {
  Together together;
  Teams teams(together, {.ranks_per_evaluation = two}, world());
  try {
    teams.run([](Target&, const Communicator&) { throw comm::CollectiveError("no room", ExitCode::cannot_create); });
    ADD_FAILURE() << "no error";
  } catch (const comm::CollectiveError& error) {
    EXPECT_EQ(error.code(), ExitCode::cannot_create);
  }
  teams.run([](Target&, const Communicator&) {});
}

class Alone : public Together {
  bool works_in_teams() const override { return false; }
};

TEST(Teams, AreRefusedOnAllRanksAlike) {
  const auto refused = [](Target& target, const EvaluationOptions& options, const std::string& part) {
    try {
      const Teams teams(target, options, world());
      ADD_FAILURE() << "no error, which would have said " << part;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::configuration);
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  };
  Together together;
  Alone alone;
  refused(alone, {.ranks_per_evaluation = two}, "makes the evaluations of this target alone");
  refused(together, {.slots = 2, .ranks_per_evaluation = two}, "evaluation.slots is 2");
  refused(together, {.ranks_per_evaluation = 8}, "start 8 at least");
  EXPECT_THROW(Evaluator(together, {.ranks_per_evaluation = two}, world()), Error) << "no teams were made";
}

TEST(Teams, OfOneRankAreAllRanks) {
  Together together;
  Teams teams(together, {}, world());
  EXPECT_EQ(teams.count(), world().size());
  int calls = 0;
  teams.run([&](Target& target, const Communicator& solver) {
    ++calls;
    EXPECT_EQ(&target, &together);
    EXPECT_EQ(solver.size(), world().size());
  });
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(together.joins, 0);
}

}  // namespace
}  // namespace gmmvi::evaluation
