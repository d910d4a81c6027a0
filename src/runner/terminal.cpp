#include "runner/terminal.hpp"

#include <cstdlib>
#include <fstream>
#include <string>
#include <unistd.h>

namespace gmmvi::runner {
namespace {

namespace fs = std::filesystem;

bool started_by_mpirun() {
  return std::getenv("OMPI_COMM_WORLD_SIZE") != nullptr;
}

bool is_terminal(const std::string& device) {
  return device.starts_with("/dev/pts/") || device.starts_with("/dev/tty");
}

/// The program that a process runs.
std::string program(const fs::path& process) {
  std::string name;
  std::getline(std::ifstream(process / "comm") >> std::ws, name);
  return name;
}

}  // namespace

bool prints_on_terminal(const fs::path& root) {
  if (!started_by_mpirun()) return ::isatty(STDOUT_FILENO) == 1;
  const fs::path parent = root / "proc" / std::to_string(::getppid());
  const std::string name = program(parent);
  if (name != "mpirun" && name != "mpiexec" && name != "orterun" && name != "prterun") return false;
  std::error_code error;
  const fs::path device = fs::read_symlink(parent / "fd" / std::to_string(STDOUT_FILENO), error);
  return !error && is_terminal(device.string());
}

}  // namespace gmmvi::runner
