#pragma once

#include "gmmvi/gmmvi.hpp"

namespace gmmvi {

/// What Gmmvi needs of the loop, whatever the covariance shape.
class Gmmvi::Solver {
 public:
  virtual ~Solver() = default;
  virtual IterationReport train_iter() = 0;
  virtual const AnyMixture& mixture() const = 0;
  virtual const AnySampleDB& sample_db() const = 0;
  virtual const std::vector<ComponentRecord>& component_records() const = 0;
  virtual ElboEstimate estimate_elbo(std::int64_t samples) = 0;
  virtual ElboEstimate recycled_elbo() = 0;
  virtual bool left_an_evaluation() const = 0;
  virtual SolverState state() const = 0;
  virtual std::int64_t restore(const SolverState& state) = 0;
  virtual void each_own_group(const std::function<void(const FinishedGroup&)>& take) const = 0;
  virtual void add_evaluations(const Evaluations& earlier) = 0;
  virtual void book(double RankSeconds::*part) = 0;
  virtual void book_unfinished() = 0;
  virtual RankSeconds take_seconds() = 0;
  virtual void limit(const Limits& limits) = 0;
  virtual void end_evaluations() = 0;
  virtual FlightReport flight() const = 0;
  virtual std::int64_t iterations() const = 0;
  virtual std::int64_t evaluations() const = 0;
};

}  // namespace gmmvi
