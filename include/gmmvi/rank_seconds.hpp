#pragma once

#include <array>

namespace gmmvi {

/// Where the time of ranks went, in seconds: every second of every rank is in one part. A wait for other ranks is of
/// the part in which it occurs.
struct RankSeconds {
  double selection = 0;    ///< how many new samples, from effective sample sizes; drawing those of fixed shares
  double evaluation = 0;   ///< inside the target, whatever else the rank does meanwhile; of slots the mean
  double journal = 0;      ///< keeping finished evaluations
  double idle = 0;         ///< while a batch is waited for: nothing to evaluate, not yet, or drawing it
  double gather = 0;       ///< storing and exchanging the samples
  double expectation = 0;  ///< E: densities of the samples under all components
  double components = 0;   ///< M: natural gradients, and the steps of the components
  double weights = 0;      ///< their update
  double adaptation = 0;   ///< adding and deleting components, but for evaluating candidates
  double metrics = 0;      ///< measuring, with the evaluations that this takes
  double output = 0;       ///< files, checkpoints, screen, and agreeing on whether to go on
  double unfinished = 0;   ///< the last part of an iteration that was stopped; what finished of it is in the journal

  double total() const;
  /// How much of it was evaluation, in [0, 1]; NaN of no time.
  double utilization() const { return evaluation / total(); }
  RankSeconds& operator+=(const RankSeconds& other);
  friend bool operator==(const RankSeconds&, const RankSeconds&) = default;
};

/// A part and its name.
struct RankSecondsPart {
  const char* name;
  double RankSeconds::*seconds;
};

/// All of them, in the order in which an iteration comes to them.
inline constexpr std::array<RankSecondsPart, 12> rank_seconds_parts = {{{"selection", &RankSeconds::selection},
                                                                        {"evaluation", &RankSeconds::evaluation},
                                                                        {"journal", &RankSeconds::journal},
                                                                        {"idle", &RankSeconds::idle},
                                                                        {"gather", &RankSeconds::gather},
                                                                        {"expectation", &RankSeconds::expectation},
                                                                        {"components", &RankSeconds::components},
                                                                        {"weights", &RankSeconds::weights},
                                                                        {"adaptation", &RankSeconds::adaptation},
                                                                        {"metrics", &RankSeconds::metrics},
                                                                        {"output", &RankSeconds::output},
                                                                        {"unfinished", &RankSeconds::unfinished}}};

inline double RankSeconds::total() const {
  double sum = 0;
  for (const RankSecondsPart& part : rank_seconds_parts) sum += this->*part.seconds;
  return sum;
}

inline RankSeconds& RankSeconds::operator+=(const RankSeconds& other) {
  for (const RankSecondsPart& part : rank_seconds_parts) this->*part.seconds += other.*part.seconds;
  return *this;
}

}  // namespace gmmvi
