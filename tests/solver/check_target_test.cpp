#include "solver/check_target.hpp"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"
#include "gmmvi/gmmvi.hpp"

#include "support/ranks.hpp"

namespace gmmvi::solver {
namespace {

using test::world;

/// What it says of itself.
struct Said {
  Eigen::Index dimension = 2, group_size = 1;
  bool has_gradients = true, cheap = false, interruptible = false;
  std::vector<std::string> names = {"a", "b"};
  std::string fingerprint = "data";
};

class Talker : public Target {
 public:
  explicit Talker(Said said) : said_(std::move(said)) {}
  Eigen::Index dimension() const override { return said_.dimension; }
  Eigen::Index group_size() const override { return said_.group_size; }
  bool has_gradients() const override { return said_.has_gradients; }
  bool cheap() const override { return said_.cheap; }
  bool interruptible() const override { return said_.interruptible; }
  std::vector<std::string> parameter_names() const override { return said_.names; }
  std::string fingerprint() const override { return said_.fingerprint; }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>&, std::span<const SampleId>, bool) override { return {}; }

 private:
  Said said_;
};

/// What the check says on this rank, of a target that `change` makes another one on the last rank.
std::string refusal(const std::function<void(Said&)>& change, bool everywhere = false) {
  Said said;
  if (everywhere || world().rank() == world().size() - 1) change(said);
  Talker target(said);
  try {
    Gmmvi::build_from_config({}, target, world());
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::configuration);
    return error.what();
  }
}

void expect_in(const std::string& said, const std::string& part) {
  EXPECT_NE(said.find(part), std::string::npos) << "'" << said << "' has no '" << part << "'";
}

TEST(CheckTarget, TakesOneThatIsTheSameEverywhere) {
  EXPECT_EQ(refusal([](Said&) {}), "");
}

TEST(CheckTarget, EveryRankSaysWhichRankSaysWhat) {
  if (world().size() == 1) GTEST_SKIP() << "there is nobody to differ from";
  const std::string last = std::to_string(world().size() - 1);
  const std::string others = world().size() == 2 ? "rank 0" : "ranks 0, 1";
  const std::string three = refusal([](Said& s) {
    s.dimension = 3;
    s.names = {"a", "b", "c"};
  });
  expect_in(three, "not the same on all ranks");
  expect_in(three, "dimension: 2 on " + others + ", 3 on rank " + last);
  expect_in(refusal([](Said& s) { s.group_size = 5; }), "group size: 1 on " + others + ", 5 on rank " + last);
  expect_in(refusal([](Said& s) { s.has_gradients = false; }), "has gradients: true on " + others + ", false on rank ");
  expect_in(refusal([](Said& s) { s.cheap = true; }), "cheap: false on " + others + ", true on rank " + last);
  expect_in(refusal([](Said& s) { s.interruptible = true; }), "interruptible: false on " + others);
  expect_in(refusal([](Said& s) { s.names[1] = "c"; }),
            "parameter names: a, b on " + others + ", a, c on rank " + last);
  expect_in(refusal([](Said& s) { s.fingerprint = "other"; }), "fingerprint of its data: ");
}

TEST(CheckTarget, ErrorsOfOneRankAreEverybodys) {
  expect_in(refusal([](Said& s) { s.names = {"a"}; }), "2 parameters, and names 1");
}

TEST(CheckTarget, RefusesWhatCannotBeFitted) {
  const auto empty = [](Said& s) {
    s.dimension = 0;
    s.names.clear();
  };
  expect_in(refusal(empty, true), "it has 0 dimensions");
  expect_in(refusal([](Said& s) { s.group_size = 0; }, true), "the target's group size is 0");
}

}  // namespace
}  // namespace gmmvi::solver
