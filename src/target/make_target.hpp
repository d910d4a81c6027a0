#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "gmmvi/mixture.hpp"
#include "gmmvi/target.hpp"

#include "target/options.hpp"
#include "target/table.hpp"

namespace gmmvi::target {

/// Where data come from: functions that read a file, or that read on one rank and send to the others. They are called
/// as often, and with the same paths, on every rank.
struct Sources {
  std::function<std::string(const std::string& path)> contents;  ///< of a file: core::read_text(), for instance
  std::function<AnyMixture(const std::string& path)> mixture;    ///< of a model file
  std::function<void(const Remark& remark)> remark = {};         ///< is told what people should know of the data
};

/// The target that `options` describes; random instances and simulated data are drawn from `seed`. Throws what the
/// sources throw, and Error where the data do not fit the target.
std::unique_ptr<Target> make_target(const TargetOptions& options, std::uint64_t seed, const Sources& sources);
/// What it is, in a few words.
std::string describe(const TargetOptions& options);

}  // namespace gmmvi::target
