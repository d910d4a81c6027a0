#include "core/terminal.hpp"

#include <charconv>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/fold.hpp"

namespace gmmvi::core {
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

/// The terminal that mpirun prints on, where it is the parent of this process.
std::optional<fs::path> terminal_of_mpirun(int stream, const fs::path& root) {
  const fs::path parent = root / "proc" / std::to_string(::getppid());
  const std::string name = program(parent);
  if (name != "mpirun" && name != "mpiexec" && name != "orterun" && name != "prterun") return std::nullopt;
  std::error_code error;
  const fs::path device = fs::read_symlink(parent / "fd" / std::to_string(stream), error);
  if (error || !is_terminal(device.string())) return std::nullopt;
  return device;
}

std::size_t columns_of(int terminal) {
  winsize size{};
  return ::ioctl(terminal, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

std::size_t columns_of(const fs::path& device) {
  const int terminal = ::open(device.c_str(), O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (terminal < 0) return 0;
  const std::size_t columns = columns_of(terminal);
  ::close(terminal);
  return columns;
}

std::size_t columns_of_environment() {
  std::size_t columns = 0;
  if (const char* text = std::getenv("COLUMNS"); text != nullptr)
    std::from_chars(text, text + std::string_view(text).size(), columns);
  return columns;
}

}  // namespace

bool prints_on_terminal(StandardStream stream, const fs::path& root) {
  const int number = static_cast<int>(stream);
  return started_by_mpirun() ? terminal_of_mpirun(number, root).has_value() : ::isatty(number) == 1;
}

std::size_t terminal_columns(StandardStream stream, const fs::path& root) {
  const int number = static_cast<int>(stream);
  std::size_t columns = 0;
  if (!started_by_mpirun()) {
    columns = columns_of(number);
  } else if (const auto device = terminal_of_mpirun(number, root)) {
    columns = columns_of(*device);
  }
  if (columns == 0) columns = columns_of_environment();
  return columns == 0 ? usual_columns : columns;
}

std::string laid_out(const std::string& text, StandardStream stream) {
  return prints_on_terminal(stream) ? folded(text, terminal_columns(stream)) : text;
}

}  // namespace gmmvi::core
