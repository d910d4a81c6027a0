#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gmmvi/options.hpp"

#include "problem/options.hpp"
#include "runner/options.hpp"
#include "target/options.hpp"

namespace gmmvi::config {

/// All that a run is told.
struct Configuration {
  Options solver = {};
  target::TargetOptions target = {};
  problem::ProblemOptions problem = {};  ///< around the target
  std::string initial_model = {};        ///< path of a model file that the run starts from; empty: model_initialization
  runner::RunOptions run = {};
  runner::MmdOptions mmd = {};
  runner::KeepOptions keep = {};
  runner::OutputOptions output = {};
  std::string codename = {};  ///< of the seven options chosen, e.g. SAMTRON
  bool is_open = false;       ///< whether none is, so that the program is to choose; no resolved config is
  /// Where settings stand, for messages: "run.yml:12" by "model_initialization.prior_mean". Of those that were given.
  std::map<std::string, std::string> places = {};
};

/// What a command line says beyond the file; it wins over every file.
struct Overrides {
  std::optional<std::string> preset = {};             ///< a name of configs/modules/presets, or the path of a file
  std::optional<std::string> base = {};               ///< the same of one that files win over
  std::optional<std::string> codename = {};           ///< names the seven options; a file that names others is an error
  std::optional<std::string> fallback_codename = {};  ///< names those that nothing else does
  std::vector<std::string> set = {};                  ///< "a.b=v", v in YAML; later ones win
  std::optional<std::uint64_t> seed = {};
  std::optional<std::int64_t> iterations = {};
  std::optional<std::int64_t> max_evaluations = {};
  std::optional<double> max_seconds = {};
  std::optional<std::string> initial_model = {};
  std::optional<std::string> output_directory = {};
};

/// As the options of a command line, in one line; all but the folder for the results, which is no setting of the run.
std::string to_text(const Overrides& overrides);

/// The configuration of the file at `path` (empty: of none, which only a program with a target of its own can do with):
/// defaults of the options < the base < files that it `extends` < the file < the preset < other overrides.
/// Throws Error(ExitCode::configuration) with all that is wrong: file, line, key, what is wrong, what is allowed. The
/// file and those that it extends may be pipes, and each is read once.
/// Relative paths of data files are relative to the file that names them, and must exist.
Configuration load(const std::string& path, const Overrides& overrides = {});
/// The same for who reads it before it is time to: a pipe is left as it is, and an error.
Configuration peek(const std::string& path, const Overrides& overrides);

/// The same for who uses only some of the files that it names: they need not be there.
Configuration load_on_trust(const std::string& path);

/// The options of a preset, and for what it leaves open those of SAMTRON. Throws Error (configuration).
Options preset(const std::string& name);

/// Throws Error(ExitCode::configuration) where a setting has not as many numbers as there are dimensions, which may
/// only be known once the target's data are.
void require_lengths(const Configuration& configuration, Eigen::Index dimension);

/// The file of samples of the target that a configuration file names (mmd_evaluation_config.sample_dir), if it does.
/// Whether it exists is not looked at. Throws Error(ExitCode::configuration).
std::optional<std::string> true_samples_path(const std::string& path);

/// A configuration from a text that stands alone; `name` is what messages call it. Trusts that data files exist: ranks
/// that get the text from another rank may not see its files.
Configuration parse(const std::string& yaml_text, const std::string& name);

enum class Comments { no, yes };

/// Every setting as resolved, if wanted with a comment that says what it means and may be; parse()
/// of it gives the same configuration, bit for bit.
std::string to_yaml(const Configuration& configuration, Comments comments = Comments::no);

/// What decides the mixtures; the rest as by default. How long a run goes on, what it measures, how evaluations are
/// dealt out, what becomes of those that fail (which may have to change for a run to go on) and where the results go
/// does not count.
Configuration essence(Configuration configuration);

/// What in `now` would give other mixtures than `before`, a line for each setting: "key: before 1, now 2".
std::vector<std::string> differences(const Configuration& before, const Configuration& now);

/// A complete config with a comment for every key: an experiment with the defaults of the options that the seven
/// letters name (without them of SAMTRON, as far as the experiment leaves them open). `experiment` is the path of a
/// file (it ends with .yml or .yaml, or has a '/'), or the name of a shipped one; others throw an Error that lists
/// those there are. Without: breast_cancer, or the target that the program has itself.
std::string default_config(const std::optional<std::string>& codename, const std::optional<std::string>& experiment);

}  // namespace gmmvi::config
