#pragma once

#include <string>

#include "runner/observer.hpp"

namespace gmmvi::runner {

/// A number with two digits of its standard error: `78.413 ± 0.023`. Where both are nothing but rounding, `0 within
/// rounding`.
std::string with_error(double value, double error);

/// −ELBO for people: where it was measured with its standard error, else from the samples that the mixture was fitted
/// to in the last iteration, and so too good: `≈ 79.12`; else `–`.
std::string negative_elbo(const Progress& progress);

/// The same with where it comes from: `78.413 ± 0.023 (10000 fresh samples)`.
std::string explained_negative_elbo(const Progress& progress);
/// Of one that was measured, if on a sample inside the support.
std::string explained_negative_elbo(const ElboEstimate& elbo);

/// The logarithm of the evidence of the target with its standard error, and how it was estimated.
std::string evidence(const ElboEstimate& elbo);
/// For a run of which no more is wanted.
std::string had_ended(StopReason reason);
/// What was measured beside the ELBO: `modes_found 10, modes 10`; empty where there is nothing.
std::string metrics(const Progress& progress);

/// How long the target took for a group of samples, in this job: `0.0213 s on average (median …, 95 % within …, longest
/// …)`; empty if there were none.
std::string evaluation_times(const Progress& progress);
/// How long the run took, and how much of the ranks' time in this job the target: `12.3 s; 93 % of the ranks' time in
/// evaluations`.
std::string time_text(const Progress& progress);
/// What the ranks did in this job: `evaluation 93.1 %, idle 4.0 %, …` of ranks × seconds.
std::string where_time_went(const Progress& progress);

/// "7 ranks", or with teams "7 ranks in 3 teams of 2, and 1 that fills no team and evaluates nothing".
std::string ranks_text(int ranks, int ranks_per_evaluation);

/// Why a run ended, with the key of the setting.
std::string to_text(StopReason reason);
/// The same as a word for programs.
const char* name_of(StopReason reason);

}  // namespace gmmvi::runner
