#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace gmmvi::core {

/// What random numbers are for. No two uses share numbers; the values are part of the results, so never renumber.
enum class Purpose : std::uint64_t {
  initial_mixture = 1,
  samples = 2,
  mixture_counts = 3,
  database_candidates = 4,
  prior_candidates = 5,
  new_component = 6,
  metrics = 7,
  target_instance = 8,
  minibatch = 9,
  metrics_counts = 10,
  mixture_samples = 11,
  random_samples = 12,
  mixture_samples_counts = 13,
  component_samples = 14,
  mixture_samples_order = 15,
  sleeping = 16,
  evidence = 17,
  simulation = 18,
  mixture_expectations = 19,
};

/// Which of the many streams of one purpose it is.
struct StreamPosition {
  std::uint64_t iteration = 0;
  std::uint64_t component = 0;
  std::uint64_t index = 0;
};

/// The random numbers of one (seed, purpose, iteration, component, index), from the counter-based generator
/// Philox4x64-10 (Salmon et al., SC'11): any rank draws a sample alike, whatever was drawn before.
class Stream {
 public:
  using result_type = std::uint64_t;

  Stream(std::uint64_t seed, Purpose purpose, const StreamPosition& position = {});

  /// Uniform bits, so that a stream serves the standard library's algorithms.
  result_type operator()();
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

  /// Uniform in (0, 1).
  double uniform();
  /// Uniform in 0 … count−1; count >= 1.
  std::uint64_t below(std::uint64_t count);
  /// Fills `values` with independent standard normal numbers.
  void normal(std::span<double> values);
  /// How many of `count` draws fall to each of the given weights (any positive sum).
  std::vector<std::int64_t> multinomial(std::int64_t count, std::span<const double> weights);

 private:
  void next_block();

  std::array<std::uint64_t, 2> key_;
  std::array<std::uint64_t, 4> counter_;
  std::array<std::uint64_t, 4> block_{};
  unsigned used_ = 4;
};

/// `count` different ones of the numbers 0 … `size`−1 (all, if there are no more), ascending.
std::vector<std::int64_t> different_numbers(std::int64_t count, std::int64_t size, Stream& stream);

}  // namespace gmmvi::core
