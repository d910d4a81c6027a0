#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "gmmvi/evaluation_host.hpp"

#include "runner/observer.hpp"
#include "runner/rate.hpp"

namespace gmmvi::runner {

/// What the first and last lines of a run say of it.
struct RunTitle {
  std::string name;    ///< of its config
  std::string target;  ///< in a few words
  std::string codename;
  std::string preset;  ///< that was put over the config, or empty
  std::uint64_t seed = 0;
  std::string ranks;                     ///< how many, and in what teams
  std::string advice = {};               ///< on how to use them better, or empty
  std::int64_t evaluations_to_fill = 1;  ///< of a batch that gives all that evaluate something to do
  std::string folder;
  std::string model_path;
  bool resumed = false;  ///< goes on with an earlier job's
};

/// A run as lines in the log: what it is, a line for the first iteration and for every block of iterations (but at
/// least every ten seconds), warnings, the result, and what to do with it. On a terminal also a live line, several
/// times a second: where it stands, how fast it is, and when it will end. Where the time went in detail is of level
/// debug.
class Console : public Observer {
 public:
  enum class Mode { silent, plain, live };  // silent: only first and last lines, and warnings
  /// How long the log may be silent.
  struct Pauses {
    std::chrono::nanoseconds between_iterations = std::chrono::seconds(10);
    std::chrono::nanoseconds inside_iteration = std::chrono::seconds(60);
  };
  Console(RunTitle title, Mode mode, const RunOptions& options, Pauses pauses);
  Console(RunTitle title, Mode mode, const RunOptions& options) : Console(std::move(title), mode, options, Pauses()) {}

  void started(const Progress& progress, const AnyMixture& mixture) override;
  void iterated(const Progress& progress, const AnyMixture& mixture) override;
  void finished(const Progress& progress, const AnyMixture& mixture, StopReason reason) override;
  /// Inside an iteration, as often as one likes. The live line says how far the batch is; a line in the log does, too,
  /// where there was none for a minute.
  void evaluating(const BatchProgress& batch);
  /// Says nothing but takes the live line away: whoever handles the exception says why.
  void failed(const std::string& reason) override;

 private:
  void print_line(const Progress& progress);
  void warn(const IterationReport& report);
  void note(const Progress& progress);
  static void print_details(const Progress& progress, const AnyMixture& mixture);
  static void say(const io::Verdict& verdict);
  void say_what_next() const;
  /// `batch`: what there is to say of the one that is evaluated; or empty.
  void show_live_line(std::int64_t evaluations, const std::string& batch, const BatchProgress& progress = {});

  RunTitle title_;
  Mode mode_;
  Pauses pauses_;
  Rate rate_;
  struct {
    std::int64_t iteration = 0, evaluations = 0, components = 0;
    std::string negative_elbo;  // for the live line
  } last_;                      // iteration
  std::chrono::steady_clock::time_point noted_;
  std::chrono::steady_clock::time_point shown_;    // the live line
  std::chrono::steady_clock::time_point printed_;  // a line of an iteration
  std::chrono::steady_clock::time_point told_;     // any line
  std::int64_t failures_ = 0;                      // that were warned of
  std::int64_t unusable_batches_ = 0;
  bool told_of_unusable_ = false;
};

}  // namespace gmmvi::runner
