// A program whose evaluations several ranks make together. What stands in the environment variable TEAM_TARGET goes
// wrong: "agreed": every twentieth sample fails on all ranks of its team; "one": on the last alone, while the others
// wait for it; "deaf": the same, and they say that they can be interrupted; "slow": evaluations take long; "hangs":
// they do not end.

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

#include <mpi.h>

#include "gmmvi/main.hpp"

namespace {

using namespace std::chrono_literals;

/// log p̃(x, y) = −x²/2 − (y − x²)²/2, whose two terms are of two ranks where there are two.
class Shared : public gmmvi::Target {
 public:
  Eigen::Index dimension() const override { return 2; }
  bool has_gradients() const override { return true; }
  bool works_in_teams() const override { return true; }
  bool interruptible() const override { return wrong_ == "deaf"; }
  void join(const gmmvi::Team& team) override {
    team_ = team;
    communicator_ = MPI_Comm_f2c(team.communicator);
  }

  gmmvi::Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const gmmvi::SampleId> ids,
                             bool want_gradients) override {
    std::this_thread::sleep_for(wrong_ == "slow" ? 50ms : 1ms);
    while (wrong_ == "hangs" && ids[0].batch > 2) std::this_thread::sleep_for(1h);
    const bool fails = (ids[0].batch + ids[0].position) % 20 == 7;
    if (fails && (wrong_ == "agreed" || ((wrong_ == "one" || wrong_ == "deaf") && team_.rank == team_.size - 1)))
      throw std::runtime_error("the banana slipped");
    const double x = samples(0, 0), bend = samples(1, 0) - x * x;
    double terms[2] = {-x * x / 2, -bend * bend / 2};
    // each term from a rank that has it
    MPI_Bcast(&terms[0], 1, MPI_DOUBLE, 0, communicator_);
    MPI_Bcast(&terms[1], 1, MPI_DOUBLE, team_.size - 1, communicator_);
    auto result = gmmvi::Evaluation::of_size(2, 1, want_gradients);
    result.log_densities[0] = terms[0] + terms[1];
    if (want_gradients) result.gradients.col(0) << -x + 2 * x * bend, -bend;
    return result;
  }

 private:
  static std::string wrong() {
    const char* const text = std::getenv("TEAM_TARGET");
    return text != nullptr ? text : "";
  }

  std::string wrong_ = wrong();
  gmmvi::Team team_;
  MPI_Comm communicator_ = MPI_COMM_SELF;
};

}  // namespace

int main(int argc, char** argv) {
  return gmmvi::main(
      argc, argv, [] { return std::make_unique<Shared>(); }, "two terms");
}
