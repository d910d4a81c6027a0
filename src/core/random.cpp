#include "core/random.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include <Random123/boxmuller.hpp>
#include <Random123/philox.h>
#include <Random123/uniform.hpp>

namespace gmmvi::core {

Stream::Stream(std::uint64_t seed, Purpose purpose, const StreamPosition& position)
    : key_{seed, static_cast<std::uint64_t>(purpose)},
      counter_{0, position.index, position.component, position.iteration} {}

void Stream::next_block() {
  const r123::Philox4x64::key_type key = {{key_[0], key_[1]}};
  const r123::Philox4x64::ctr_type counter = {{counter_[0], counter_[1], counter_[2], counter_[3]}};
  const auto bits = r123::Philox4x64()(counter, key);
  for (unsigned i = 0; i < 4; ++i) block_[i] = bits[i];
  ++counter_[0];
  used_ = 0;
}

Stream::result_type Stream::operator()() {
  if (used_ == 4) next_block();
  return block_[used_++];
}

double Stream::uniform() {
  return r123::u01fixedpt<double>((*this)());
}

std::uint64_t Stream::below(std::uint64_t count) {
  // Multiply and shift: the bias is below count / 2^64.
  return static_cast<std::uint64_t>((static_cast<unsigned __int128>((*this)()) * count) >> 64);
}

void Stream::normal(std::span<double> values) {
  for (std::size_t i = 0; i < values.size(); i += 2) {
    const std::uint64_t first = (*this)();
    const std::uint64_t second = (*this)();
    const r123::double2 pair = r123::boxmuller(first, second);
    values[i] = pair.x;
    if (i + 1 < values.size()) values[i + 1] = pair.y;
  }
}

std::vector<std::int64_t> Stream::multinomial(std::int64_t count, std::span<const double> weights) {
  std::vector<double> cumulative(weights.size());
  std::partial_sum(weights.begin(), weights.end(), cumulative.begin());
  std::vector<std::int64_t> counts(weights.size(), 0);
  for (std::int64_t n = 0; n < count; ++n) {
    const auto at = std::ranges::upper_bound(cumulative, uniform() * cumulative.back());
    ++counts[std::min(static_cast<std::size_t>(at - cumulative.begin()), counts.size() - 1)];
  }
  return counts;
}

// Floyd's algorithm (Bentley and Floyd 1987): `count` draws, whatever the size.
std::vector<std::int64_t> different_numbers(std::int64_t count, std::int64_t size, Stream& stream) {
  std::vector<std::int64_t> numbers;
  if (count >= size) {
    numbers.resize(static_cast<std::size_t>(size));
    std::iota(numbers.begin(), numbers.end(), 0);
    return numbers;
  }
  // A bit for every number: they come out in order, and 100,000 of them are ten times as fast as from a set.
  constexpr int bits = 64;
  std::vector<std::uint64_t> chosen(static_cast<std::size_t>((size + bits - 1) / bits), 0);
  const auto insert = [&chosen](std::int64_t number) {
    std::uint64_t& word = chosen[static_cast<std::size_t>(number / bits)];
    const std::uint64_t bit = std::uint64_t{1} << (number % bits);
    const bool is_new = (word & bit) == 0;
    word |= bit;
    return is_new;
  };
  for (std::int64_t last = size - count; last < size; ++last) {
    const auto candidate = static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(last + 1)));
    if (!insert(candidate)) insert(last);
  }
  numbers.reserve(static_cast<std::size_t>(count));
  for (std::size_t w = 0; w < chosen.size(); ++w)
    for (std::uint64_t word = chosen[w]; word != 0; word &= word - 1)
      numbers.push_back(static_cast<std::int64_t>(w) * bits + std::countr_zero(word));
  return numbers;
}

}  // namespace gmmvi::core
