#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gmmvi/transforms.hpp"

#include "io/fingerprint.hpp"
#include "io/metrics_file.hpp"
#include "io/status_file.hpp"
#include "runner/evaluation_times.hpp"
#include "runner/observer.hpp"
#include "runner/options.hpp"

namespace gmmvi::runner {

/// What the files of a run say it is.
struct RunIdentity {
  std::string name;         ///< of its config, without folder and extension
  std::string codename;     ///< of the seven options
  std::string preset = {};  ///< that was put over the config, or empty
  int ranks = 1;
  std::uint64_t seed = 0;
  std::string target;                        ///< in a few words
  std::vector<std::string> parameter_names;  ///< [D]
  Transforms transforms = {};
  io::Fingerprint fingerprint = {};
};

/// The folder that a run leaves on disk: config.yml as resolved, fingerprint.json, metrics.jsonl with a line an
/// iteration, model.nc and status.json as of the last block of iterations (and at least every half minute), log.txt;
/// where wanted, models of iterations: gmm_000001.nc and so on, all below 100 and every 50th from there on. Lives on
/// rank 0.
class RunFolder : public Observer {
 public:
  /// Makes the folder, or takes an existing empty one, and writes config.yml into it. Throws Error (cannot_create)
  /// where that cannot be done; a folder with files in it may be another run's. The same with a folder for models.
  RunFolder(const OutputOptions& options, RunIdentity identity, const std::string& config_yaml);

  /// The folder of a run that goes on after `iteration`: what metrics.jsonl says of later ones is left out, and
  /// config.yml is written anew. The result of a finished run that had been further is moved into a folder
  /// `earlier` in it. Throws Error (cannot_create).
  static RunFolder reopened(const std::string& path, const OutputOptions& options, RunIdentity identity,
                            const std::string& config_yaml, std::int64_t iteration);

  const std::string& path() const { return path_; }
  std::string model_path() const { return path_ + "/model.nc"; }

  void started(const Progress& progress, const AnyMixture& mixture) override;
  void iterated(const Progress& progress, const AnyMixture& mixture) override;
  void kept(const Progress& progress) override;
  void finished(const Progress& progress, const AnyMixture& mixture, StopReason reason) override;
  void failed(const std::string& reason) override;

 private:
  RunFolder(std::string path, std::string models, RunIdentity identity, io::MetricsFile metrics);
  void begin();
  void take_over(const io::Status& before, std::int64_t iteration);
  void note(const Progress& progress);
  void save(const Progress& progress, const AnyMixture& mixture);
  void save_model(const Progress& progress, const AnyMixture& mixture);
  void write_model(const std::string& path, const Progress& progress, const AnyMixture& mixture) const;
  void save_status();

  std::string path_;
  std::string models_;  // folder of the models of iterations, or none
  RunIdentity identity_;
  io::MetricsFile metrics_;
  core::Flush flush_ = core::Flush::now;
  io::Status status_;
  EvaluationTimes times_;  // of the job
  std::chrono::steady_clock::time_point saved_;
  std::chrono::duration<double> saving_{0.02};  // that it took, at first by guess
  std::int64_t model_iteration_ = -1;           // that model.nc is of
  std::optional<io::Status> before_;            // of an earlier job, on the mixture that this one begins with
};

/// Goes on with the run in `folder`, after `iteration`, as one of `now`, whose simulator's files may be others: then
/// status.json remembers it, and a warning is returned, else an empty text. Throws Error (data, cannot_create).
std::string vouch_for_simulator(const std::string& folder, const io::Fingerprint& now, std::int64_t iteration);

/// Says in the folder's status.json that the run failed: for a process that ends at once, of any rank. Does what it
/// can.
void note_failure(const std::string& folder, const std::string& reason);

}  // namespace gmmvi::runner
