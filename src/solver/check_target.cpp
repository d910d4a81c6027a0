#include "solver/check_target.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/error.hpp"

#include "comm/on_root.hpp"
#include "core/fnv1a.hpp"

namespace gmmvi::solver {
namespace {

/// What a target says of itself.
struct Traits {
  std::int64_t dimension = 0, group_size = 0, outputs = 0, output_numbers = 0;
  bool has_gradients = false, cheap = false, interruptible = false, runs_outside = false;
  std::uint64_t names = 0, fingerprint = 0;  // hashes
};

std::uint64_t hash(const std::string& text) {
  core::Fnv1a hash;
  hash.add(std::span<const char>(text));
  return hash.value();
}

/// Targets of more parameters are not asked for their names here, which take memory.
constexpr std::int64_t most_names = 1'000'000;

std::string names_of(const Target& target) {
  if (target.dimension() > most_names) return {};
  const std::vector<std::string> names = target.parameter_names();
  if (target.dimension() >= 1 && static_cast<Eigen::Index>(names.size()) != target.dimension())
    throw Error(fmt::format("the target has {} parameters, and names {}: it has to name each of them",
                            target.dimension(), names.size()),
                ExitCode::configuration);
  return fmt::format("{}", fmt::join(names, ", "));
}

Traits traits_of(const Target& target) {
  return {.dimension = target.dimension(),
          .group_size = target.group_size(),
          .outputs = target.outputs(),
          .output_numbers = target.output_numbers(),
          .has_gradients = target.has_gradients(),
          .cheap = target.cheap(),
          .interruptible = target.interruptible(),
          .runs_outside = target.runs_outside(),
          .names = hash(names_of(target)),
          .fingerprint = hash(target.fingerprint())};
}

/// Every rank's text.
std::vector<std::string> gathered(const std::string& own, const Communicator& ranks) {
  const auto sizes = ranks.all_gather(own.size());
  const auto all = ranks.all_gather(std::span<const char>(own), sizes);
  std::vector<std::string> texts;
  const char* next = all.data();
  for (const std::size_t size : sizes) {
    texts.emplace_back(next, size);
    next += size;
  }
  return texts;
}

std::string names_of_ranks(const std::vector<int>& ranks) {
  constexpr std::size_t most = 8;
  const std::vector<int> first(ranks.begin(),
                               ranks.begin() + static_cast<std::ptrdiff_t>(std::min(most, ranks.size())));
  return fmt::format("{} {}{}", ranks.size() == 1 ? "rank" : "ranks", fmt::join(first, ", "),
                     ranks.size() > most ? fmt::format(" and {} more", ranks.size() - most) : "");
}

/// "`what` is 2 on rank 0, 3 on ranks 1, 2", or nothing where all ranks say the same.
std::string disagreement(const char* what, const std::vector<std::string>& said) {
  std::vector<std::string> different, parts;
  for (const std::string& text : said)
    if (std::ranges::find(different, text) == different.end()) different.push_back(text);
  if (different.size() == 1) return {};
  for (const std::string& text : different) {
    std::vector<int> ranks;
    for (std::size_t rank = 0; rank < said.size(); ++rank)
      if (said[rank] == text) ranks.push_back(static_cast<int>(rank));
    parts.push_back(fmt::format("{} on {}", text, names_of_ranks(ranks)));
  }
  return fmt::format("\n  {}: {}", what, fmt::join(parts, ", "));
}

template <class Trait>
std::string disagreement(const char* what, const std::vector<Traits>& all, Trait Traits::*trait) {
  std::vector<std::string> said;
  said.reserve(all.size());
  for (const Traits& traits : all) said.push_back(fmt::format("{}", traits.*trait));
  return disagreement(what, said);
}

std::string shortened(std::string text) {
  constexpr std::size_t most = 60;
  if (text.size() > most) text = text.substr(0, most) + " …";
  return text;
}

void require_same(const Target& target, const Traits& own, const Communicator& ranks) {
  const std::vector<Traits> all = ranks.all_gather(own);
  std::string differences =
      disagreement("dimension", all, &Traits::dimension) + disagreement("group size", all, &Traits::group_size) +
      disagreement("has gradients", all, &Traits::has_gradients) + disagreement("cheap", all, &Traits::cheap) +
      disagreement("interruptible", all, &Traits::interruptible) + disagreement("outputs", all, &Traits::outputs) +
      disagreement("outputs and their Jacobians", all, &Traits::output_numbers);
  if (differences.empty() && !disagreement("names", all, &Traits::names).empty())
    differences = disagreement("parameter names", gathered(shortened(names_of(target)), ranks)) +
                  disagreement("checksum of the parameter names", all, &Traits::names);
  if (differences.empty()) differences = disagreement("fingerprint of its data", all, &Traits::fingerprint);
  if (differences.empty()) return;
  throw comm::CollectiveError(
      fmt::format("the target is not the same on all ranks, which have to evaluate one and the same:{}\nMake it of the "
                  "same settings and data on every rank.",
                  differences),
      ExitCode::configuration);
}

}  // namespace

void check_target(const Target& target, const Communicator& ranks) {
  Traits traits;
  comm::attempt_on_all(ranks, [&] {
    try {
      traits = traits_of(target);
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {
      throw Error(fmt::format("the target does not say what it is: {}", error.what()), ExitCode::unavailable);
    }
  });
  require_same(target, traits, ranks);
  if (traits.dimension < 1)
    throw comm::CollectiveError(
        fmt::format("the target says that it has {} dimensions; it needs at least one", traits.dimension),
        ExitCode::configuration);
  if (traits.outputs < 0)
    throw comm::CollectiveError(fmt::format("the target says that it gives {} outputs", traits.outputs),
                                ExitCode::configuration);
  if (traits.group_size < 1)
    throw comm::CollectiveError(
        fmt::format("the target's group size is {}; it has to be at least 1", traits.group_size),
        ExitCode::configuration);
}

}  // namespace gmmvi::solver
