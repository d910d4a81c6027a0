#include "core/text_file.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

namespace gmmvi::core {
namespace {

constexpr const char* absent = "does not exist";
constexpr int longest_silence = 10'000;  // ms, of a pipe

std::string text_of_errno() {
  if (errno == ENOENT) return absent;
  if (errno == ENXIO) return "is a socket, not a file";
  return fmt::format("cannot be read ({})", std::strerror(errno));
}

class OpenFile {
 public:
  /// Opens it at once: a pipe into which nobody writes is not waited for.
  explicit OpenFile(const std::string& path)
      : number_(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)) {}
  ~OpenFile() {
    if (number_ >= 0) ::close(number_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

std::string problem_with_kind(const struct stat& status) {
  if (S_ISDIR(status.st_mode)) return "is a folder, not a file";
  return S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode) ? "is a device, not a file" : "";
}

/// Waits until there is something to read, or the end.
bool comes(int file, int milliseconds) {
  struct pollfd event = {.fd = file, .events = POLLIN, .revents = 0};
  int ready = 0;
  do {
    ready = ::poll(&event, 1, milliseconds);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

std::string too_large(std::size_t most) {
  return fmt::format("has more than {} MB", most / 1'000'000);
}

TextOrProblem read_all(int file, bool waits, std::size_t most) {
  std::string text;
  std::array<char, 1 << 16> block{};
  while (true) {
    if (waits && !comes(file, longest_silence))
      return {{}, fmt::format("is a pipe into which nothing was written for {} s", longest_silence / 1000)};
    const ssize_t size = ::read(file, block.data(), block.size());
    if (size == 0) return {std::move(text)};
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (size < 0) return {{}, text_of_errno()};
    text.append(block.data(), static_cast<std::size_t>(size));
    if (text.size() > most) return {{}, too_large(most)};
  }
}

}  // namespace

TextOrProblem try_to_read_text(const std::string& path, std::size_t most) {
  const OpenFile file(path);
  struct stat status {};
  if (file.number() < 0 || ::fstat(file.number(), &status) != 0) return {{}, text_of_errno()};
  const std::string problem = problem_with_kind(status);
  if (!problem.empty()) return {{}, problem};
  if (status.st_size > 0 && static_cast<std::size_t>(status.st_size) > most) return {{}, too_large(most)};
  return read_all(file.number(), !S_ISREG(status.st_mode), most);
}

std::string read_text(const std::string& path) {
  TextOrProblem read = try_to_read_text(path);
  if (read.problem == absent) read.problem = std::strerror(ENOENT);
  if (!read.problem.empty()) throw Error(fmt::format("Cannot read {}: {}.", path, read.problem), ExitCode::data);
  return std::move(read.text);
}

std::string problem_with_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return text_of_errno();
  const std::string problem = problem_with_kind(status);
  if (!problem.empty()) return problem;
  return ::access(path.c_str(), R_OK) == 0 ? "" : "cannot be read (permissions?)";
}

}  // namespace gmmvi::core
