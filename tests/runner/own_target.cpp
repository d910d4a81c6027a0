// A program with a target of its own, slow enough to be killed, which now and then fails. What stands in the
// environment variable OWN_TARGET goes wrong when it is made: "error" and "exception" on the last rank, "null" on all;
// or later on the last rank: "exit" ends the program within the 30th evaluation there, "wider" has one more parameter.
// Its data are what OWN_DATA says.

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

#include <mpi.h>

#include "gmmvi/error.hpp"
#include "gmmvi/main.hpp"

namespace {

/// log p̃(x, y) = −x²/2 − (y − x²)²/2. Every twentieth sample fails, whoever evaluates it.
class Banana : public gmmvi::Target {
 public:
  Banana(bool wider, int last_evaluation) : wider_(wider), evaluations_left_(last_evaluation) {}
  Eigen::Index dimension() const override { return wider_ ? 3 : 2; }
  bool has_gradients() const override { return true; }
  std::vector<std::string> parameter_names() const override {
    if (wider_) return {"stretch", "bend", "width"};
    return {"stretch", "bend"};
  }
  std::string fingerprint() const override {
    const char* const data = std::getenv("OWN_DATA");
    return data != nullptr ? data : "";
  }

  gmmvi::Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const gmmvi::SampleId> ids,
                             bool want_gradients) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (--evaluations_left_ == 0) std::exit(0);
    if ((ids[0].batch + ids[0].position) % 20 == 7) throw std::runtime_error("the banana slipped");
    auto result = gmmvi::Evaluation::of_size(2, 1, want_gradients);
    const double x = samples(0, 0), bend = samples(1, 0) - x * x;
    result.log_densities[0] = -x * x / 2 - bend * bend / 2;
    if (want_gradients) result.gradients.col(0) << -x + 2 * x * bend, -bend;
    return result;
  }

 private:
  bool wider_;
  int evaluations_left_;  // negative: without end
};

std::unique_ptr<gmmvi::Target> make() {
  const char* const text = std::getenv("OWN_TARGET");
  const std::string wrong = text != nullptr ? text : "";
  int rank = 0, ranks = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  const bool last = rank == ranks - 1;
  if (wrong == "error" && last) throw gmmvi::Error("The table of bananas is missing.", gmmvi::ExitCode::data);
  if (wrong == "exception" && last) throw std::runtime_error("no bananas today");
  if (wrong == "null") return nullptr;
  return std::make_unique<Banana>(wrong == "wider" && last, wrong == "exit" && last ? 30 : -1);
}

}  // namespace

int main(int argc, char** argv) {
  return gmmvi::main(argc, argv, make, "a banana");
}
