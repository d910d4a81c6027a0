#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gmmvi/target.hpp"

#include "problem/fitted_model.hpp"
#include "target/options.hpp"
#include "target/table.hpp"

namespace gmmvi::target {

/// Where data come from: functions that read a file, or that read on one rank and send to the others. They are called
/// as often, and with the same paths, on every rank.
struct Sources {
  std::function<std::string(const std::string& path)> contents;        ///< of a file: core::read_text(), for instance
  std::function<problem::FittedModel(const std::string& path)> model;  ///< of a model file
  std::function<void(const Remark& remark)> remark = {};               ///< is told what people should know of the data
  /// Runs what may fail on some of the ranks only, where simulators start; absent: there is one rank.
  std::function<void(const std::function<void()>& body)> attempt = {};
};

/// What evaluations have beside log densities.
struct Kept {
  std::int64_t most_outputs = 0;  ///< the outputs that data are compared with, if these are no more
  bool jacobians = false;         ///< theirs, if the target gives them
};

/// Whom a target works for.
struct Place {
  int rank = 0, ranks = 1;
  int slot = 0;  ///< of the rank
  Kept kept = {};
};

/// The target that `options` describes, of the parameters and with the likelihood of `problem`; random instances and
/// simulated data are drawn from `seed`. Throws what the sources throw, and Error where the data do not fit the target,
/// and where a simulator cannot start.
std::unique_ptr<Target> make_target(const TargetOptions& options, std::uint64_t seed, const Sources& sources,
                                    const problem::ProblemOptions& problem = {}, const Place& place = {});
/// Whether it is a simulator outside, which has to be started.
bool is_outside(const TargetOptions& options);
/// Whether `made` of it has gradients that are a simulator's own, which nobody has checked.
bool gives_own_gradients(const TargetOptions& options, const Target& made);
/// The files that it consists of, sorted, where it is a simulator (external/own_files.hpp).
std::vector<std::string> simulator_files(const TargetOptions& options);
/// Whether the priors of its problem are added to what it returns; else its log density has its own.
bool adds_priors(const TargetOptions& options);
/// Whether it may be away for a while (gmmvi/unavailable.hpp).
bool may_be_unavailable(const TargetOptions& options);
/// How gradients of it are made, if it gives none.
FiniteDifferencesOptions finite_differences(const TargetOptions& options);
/// How many evaluations of it a rank had better make at a time, where it has so many cores to itself.
int slots_worth_having(const TargetOptions& options, int cores, int ranks);
/// What it is, in a few words.
std::string describe(const TargetOptions& options);

}  // namespace gmmvi::target
