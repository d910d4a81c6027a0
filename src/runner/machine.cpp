#include "runner/machine.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <optional>
#include <sched.h>
#include <set>
#include <unistd.h>
#include <utility>

namespace gmmvi::runner {
namespace {

namespace fs = std::filesystem;

constexpr double infinity = std::numeric_limits<double>::infinity();

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The lines "key: value" or "key value" of a file.
std::vector<std::pair<std::string, std::string>> entries(const fs::path& path, char separator) {
  std::vector<std::pair<std::string, std::string>> found;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const auto end = line.find(separator);
    if (end != std::string::npos) found.emplace_back(trimmed(line.substr(0, end)), trimmed(line.substr(end + 1)));
  }
  return found;
}

/// The first number of a file; none for "max".
std::optional<double> number_in(const fs::path& path) {
  double value = 0.0;
  if (std::ifstream(path) >> value) return value;
  return std::nullopt;
}

double number_of(const fs::path& path, char separator, std::string_view key) {
  for (const auto& [name, value] : entries(path, separator))
    if (name == key) return std::strtod(value.c_str(), nullptr);
  return infinity;
}

/// The names of a control group's files, by version.
struct GroupFiles {
  const char* limit;
  const char* usage;
  const char* cache;  // in memory.stat: what would be given back
};
constexpr GroupFiles version1{"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"};
constexpr GroupFiles version2{"memory.max", "memory.current", "inactive_file"};

/// What the limit of the group in this folder leaves.
double left_in(const fs::path& folder, const GroupFiles& files) {
  const auto limit = number_in(folder / files.limit);
  if (!limit) return infinity;
  const double cache = number_of(folder / "memory.stat", ' ', files.cache);
  const double used = number_in(folder / files.usage).value_or(0.0) - (cache < infinity ? cache : 0.0);
  return std::max(0.0, *limit - std::max(0.0, used));
}

/// The least that the group `path` and those around it leave. In a container the path may be that of the outside: what
/// there is of it counts.
double left_up_to(const fs::path& mount, fs::path path, const GroupFiles& files) {
  double left = left_in(mount, files);
  for (path = path.relative_path(); !path.empty(); path = path.parent_path())
    left = std::min(left, left_in(mount / path, files));
  return left;
}

/// A line of /proc/self/cgroup is "number:controllers:path", with "0::path" for version 2.
double left_in_groups(const fs::path& root) {
  const fs::path mount = root / "sys/fs/cgroup";
  double left = infinity;
  for (const auto& [number, rest] : entries(root / "proc/self/cgroup", ':')) {
    const auto colon = rest.find(':');
    const std::string controllers = rest.substr(0, colon), path = rest.substr(colon + 1);
    if (controllers.empty()) left = std::min(left, left_up_to(mount, path, version2));
    if (("," + controllers + ",").find(",memory,") != std::string::npos)
      left = std::min(left, left_up_to(mount / "memory", path, version1));
  }
  return left;
}

using HostName = std::array<char, 256>;

HostName host_name() {
  HostName name{};
  gethostname(name.data(), name.size() - 1);
  return name;
}

double memory_per_rank(const Node& node) {
  return node.available_memory / node.ranks;
}

}  // namespace

double available_memory(const fs::path& root) {
  constexpr double kilobyte = 1024.0;
  return std::min(kilobyte * number_of(root / "proc/meminfo", ':', "MemAvailable"), left_in_groups(root));
}

int own_cores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

Cpu cpu(const fs::path& root) {
  Cpu cpu{.model = "unknown"};
  std::set<std::pair<std::string, std::string>> cores;
  std::string socket;
  for (const auto& [key, value] : entries(root / "proc/cpuinfo", ':')) {
    if (key == "processor") ++cpu.threads;
    if (key == "model name") cpu.model = value;
    if (key == "physical id") socket = value;
    if (key == "core id") cores.emplace(socket, value);
  }
  cpu.cores = cores.empty() ? cpu.threads : static_cast<int>(cores.size());
  return cpu;
}

std::vector<Node> nodes(const Communicator& ranks) {
  const std::vector<HostName> names = ranks.all_gather(host_name());
  const std::vector<double> memory = ranks.all_gather(available_memory());
  std::vector<Node> nodes;
  for (std::size_t rank = 0; rank < names.size(); ++rank) {
    const std::string name = names[rank].data();
    auto node = std::ranges::find(nodes, name, &Node::name);
    if (node == nodes.end()) node = nodes.insert(nodes.end(), {.name = name, .available_memory = memory[rank]});
    node->available_memory = std::min(node->available_memory, memory[rank]);
    ++node->ranks;
  }
  std::ranges::stable_sort(nodes, {}, memory_per_rank);
  return nodes;
}

}  // namespace gmmvi::runner
