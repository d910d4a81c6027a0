/// A target that ends the program on the last rank, as the first argument says: exit, exit_by_thread, quick_exit,
/// _exit, _Exit, finalize; or that forks children which end so ("fork"). The second says how evaluations are dealt out:
/// static or dynamic.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "gmmvi/with_mpi.hpp"

#include "comm/foreign_code.hpp"
#include "comm/guard.hpp"
#include "evaluation/evaluator.hpp"

namespace {

using namespace gmmvi;

void end_program(const std::string& how) {
  if (how == "exit") std::exit(0);
  if (how == "exit_by_thread") std::thread([] { std::exit(0); }).join();
  if (how == "quick_exit") std::quick_exit(0);
  if (how == "_exit") ::_exit(0);
  if (how == "_Exit") std::_Exit(0);
  if (how == "finalize") MPI_Finalize();
}

void end_children() {
  for (const char* how : {"exit", "quick_exit", "_exit", "_Exit"}) {
    const pid_t child = ::fork();
    if (child == 0) end_program(how);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error("a child could not end");
  }
}

class Ending : public Target {
 public:
  Ending(std::string how, bool here) : how_(std::move(how)), here_(here) {}
  Eigen::Index dimension() const override { return 1; }
  bool has_gradients() const override { return false; }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId>, bool) override {
    if (here_ && how_ == "fork") end_children();
    if (here_) end_program(how_);
    Evaluation evaluation = Evaluation::of_size(1, samples.cols(), false);
    evaluation.log_densities.setZero();
    return evaluation;
  }

 private:
  std::string how_;
  bool here_;
};

int evaluate(const Communicator& ranks, const std::string& how, bool on_demand) {
  using Scheduling = EvaluationOptions::Scheduling;
  Ending target(how, ranks.rank() == ranks.size() - 1);
  evaluation::Evaluator evaluator(target, {.scheduling = on_demand ? Scheduling::on_demand : Scheduling::fixed}, ranks);
  const auto draw = [](Eigen::Index, Eigen::Ref<Eigen::MatrixXd> out) { out.setZero(); };
  const auto result = evaluator.evaluate({.batch = 0, .size = 20, .want_gradients = false, .draw = draw});
  if (!result.failed.empty()) return 1;
  if (ranks.is_root()) std::printf("evaluated\n");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const MpiScope mpi(argc, argv);
  const Communicator ranks = mpi_communicator(MPI_COMM_WORLD);
  comm::before_foreign_end([](const std::string&) { std::fprintf(stderr, "last words\n"); });
  return comm::run_guarded(ranks, [&] { return evaluate(ranks, argv[1], std::string(argv[2]) == "dynamic"); });
}
