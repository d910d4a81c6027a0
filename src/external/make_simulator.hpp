#pragma once

#include <memory>
#include <string>

#include "external/options.hpp"
#include "external/simulator.hpp"

namespace gmmvi::external {

/// Starts what the options name. Throws what the simulators' constructors throw.
std::unique_ptr<Simulator> make_simulator(const PythonOptions& options, const Start& start);
std::unique_ptr<Simulator> make_simulator(const ProcessOptions& options, const Start& start);
std::unique_ptr<Simulator> make_simulator(const UmbridgeOptions& options, const Start& start);
std::unique_ptr<Simulator> make_simulator(const PluginOptions& options, const Start& start);
std::unique_ptr<Simulator> make_simulator(const BridgestanOptions& options, const Start& start);

/// What it is, in a few words, without the folders that it is in.
std::string describe(const PythonOptions& options);
std::string describe(const ProcessOptions& options);
std::string describe(const UmbridgeOptions& options);
std::string describe(const PluginOptions& options);
std::string describe(const BridgestanOptions& options);

}  // namespace gmmvi::external
