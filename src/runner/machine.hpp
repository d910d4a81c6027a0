#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "gmmvi/communicator.hpp"

namespace gmmvi::runner {

/// Bytes that a process here could still take: what the machine has available or, where that is less, what the memory
/// limits of its control groups (v1 and v2: of containers and batch jobs) leave. Infinity where nothing tells.
/// `root`: where /proc and /sys are.
double available_memory(const std::filesystem::path& root = "/");

struct Cpu {
  std::string model;
  int cores = 0;    ///< of the machine
  int threads = 0;  ///< of the machine
};
Cpu cpu(const std::filesystem::path& root = "/");
/// Those that this process may use: of a batch job or a container fewer than the machine has.
int own_cores();

/// A machine with some of the ranks.
struct Node {
  std::string name;
  double available_memory = 0;  ///< bytes, for its ranks together
  int ranks = 0;
};
/// Those that the ranks run on, the one with the least memory a rank first; the same on every rank. Collective.
std::vector<Node> nodes(const Communicator& ranks);

}  // namespace gmmvi::runner
