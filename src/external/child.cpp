#include "external/child.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/error.hpp"

#include "core/printable.hpp"
#include "core/seconds_since.hpp"
#include "core/shell.hpp"
#include "external/shipped.hpp"

namespace gmmvi::external {
namespace {

using Streams = Launch::Streams;

constexpr std::size_t longest_line = 64'000'000;  // bytes
constexpr std::chrono::seconds longest_end{2};    // from a closed output to the exit code
constexpr int standard_descriptors = 3, all_descriptors = 5;

[[noreturn]] void fail_to_start(const std::string& what, int error) {
  throw Error(fmt::format("Cannot start a simulator's process: {}: {}.", what, std::strerror(error)),
              ExitCode::unavailable);
}

/// Closed by every exec, those of other threads too; above what posix_spawn renumbers.
Descriptor kept(const Descriptor& low) {
  constexpr int above = 10;
  Descriptor high(::fcntl(low.number(), F_DUPFD_CLOEXEC, above));
  if (high.number() < 0) fail_to_start("no more file descriptors", errno);
  return high;
}

struct Pipe {
  Descriptor read, write;
};

Pipe new_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail_to_start("no pipe", errno);
  const Descriptor read(ends[0]), write(ends[1]);
  return {kept(read), kept(write)};
}

void never_wait_for(const Descriptor& end) {
  ::fcntl(end.number(), F_SETFL, O_NONBLOCK);
}

/// Variables by which an MPI program would believe that it is one of our ranks, or be bound to our cores.
bool is_of_launcher(std::string_view variable) {
  constexpr std::array<std::string_view, 9> beginnings = {
      "OMPI_", "PMIX_", "PMI_", "ORTE_", "PRTE_", "SLURM_STEP", "SLURM_CPU_BIND", "SLURM_MEM_BIND", "SLURM_PMI"};
  return std::ranges::any_of(beginnings, [&](std::string_view beginning) { return variable.starts_with(beginning); });
}

std::vector<std::string> environment_with(const std::map<std::string, std::string>& own) {
  std::vector<std::string> all;
  for (char** variable = environ; *variable; ++variable) {
    const std::string_view text = *variable;
    if (!is_of_launcher(text) && !own.contains(std::string(text.substr(0, text.find('='))))) all.emplace_back(text);
  }
  for (const auto& [name, value] : own) all.push_back(fmt::format("{}={}", name, value));
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// What posix_spawn does to the new process before it runs.
class SpawnActions {
 public:
  SpawnActions() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    // A terminal's Ctrl-C is for us alone: we say when it has to end.
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    sigset_t signals;
    sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
  }
  ~SpawnActions() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;

  void give(const Descriptor& descriptor, int number) {
    ::posix_spawn_file_actions_adddup2(&actions_, descriptor.number(), number);
  }
  void give_nothing_to_read() { ::posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0); }
  void run_in(const std::string& folder) {
    if (!folder.empty()) ::posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str());
  }
  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

std::string replaced(std::string text, std::string_view what, int number) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos;)
    text.replace(at, what.size(), std::to_string(number));
  return text;
}

std::chrono::nanoseconds duration_of(double seconds) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 * std::min(seconds, 1e9)));
}

int milliseconds_until(std::optional<std::chrono::steady_clock::time_point> until) {
  if (!until) return -1;
  const double left = -core::seconds_since(*until);
  return static_cast<int>(std::clamp(1e3 * left + 1.0, 0.0, 1e9));
}

}  // namespace

void Descriptor::close() {
  if (number_ >= 0) ::close(std::exchange(number_, -1));
}

Interruption::Interruption() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (event_.number() < 0) fail_to_start("no event", errno);
}

void Interruption::raise() {
  ::eventfd_write(event_.number(), 1);
}

void Interruption::clear() {
  eventfd_t count = 0;
  ::eventfd_read(event_.number(), &count);
}

std::map<std::string, std::string> environment_of(const ProgramOptions& options, const Start& start) {
  std::map<std::string, std::string> all = {{"GMMVI_SLOT", std::to_string(start.slot)},
                                            {"GMMVI_RANK", std::to_string(start.rank)}};
  for (const auto& [name, value] : options.environment)
    all[name] = replaced(replaced(value, "{slot}", start.slot), "{rank}", start.rank);
  return all;
}

std::string supervisor_path() {
  return shipped({.what = "gmmvi-supervise, which starts simulators and ends them",
                  .variable = "GMMVI_SUPERVISE",
                  .within = "",
                  .places = {"gmmvi-supervise", "../bin/gmmvi-supervise", "../../bin/gmmvi-supervise",
                             "../libexec/gmmvi-supervise"},
                  .built = GMMVI_SUPERVISE_PATH});
}

Child::Child(Launch launch, const Interruption& interruption)
    : launch_(std::move(launch)), interruption_(interruption) {
  if (launch_.name.empty()) {
    std::vector<std::string> words;
    for (const std::string& word : launch_.command) words.push_back(core::shell_word(word));
    launch_.name =
        fmt::format("`{}`", core::excerpt(fmt::format("{}", fmt::join(words, " ")), core::longest_quotation));
  }
  spawn();
}

Child::~Child() {
  in_.close();
  in_reader_.close();
  const auto until = Clock::now() + duration_of(launch_.kill_grace);
  std::string_view nothing;
  while (launch_.streams != Streams::none && !has_ended() && wait_for_news(nothing, until, false) == News::something)
    received_.clear();
  terminate();
}

void Child::spawn() {
  const bool with_lines = launch_.streams != Streams::none;
  const bool with_descriptors = launch_.streams == Streams::descriptors;
  const int control = with_descriptors ? all_descriptors : standard_descriptors;
  Pipe in, out, error = new_pipe();
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) fail_to_start("no socket", errno);
  control_ = Descriptor(ends[0]);
  const Descriptor its_control = kept(Descriptor(ends[1]));

  SpawnActions actions;
  actions.run_in(launch_.folder);
  if (launch_.streams == Streams::standard) {
    in = new_pipe(), out = new_pipe();
    actions.give(in.read, 0);
    actions.give(out.write, 1);
  } else {
    actions.give_nothing_to_read();
    actions.give(error.write, 1);
  }
  actions.give(error.write, 2);
  if (with_descriptors) {
    in = new_pipe(), out = new_pipe();
    actions.give(in.read, 3);
    actions.give(out.write, 4);
  }
  actions.give(its_control, control);

  std::vector<std::string> arguments = {supervisor_path(), fmt::format("{}", launch_.kill_grace),
                                        std::to_string(control), "--"};
  arguments.insert(arguments.end(), launch_.command.begin(), launch_.command.end());
  std::vector<std::string> variables = environment_with(launch_.environment);
  const int problem = ::posix_spawn(&supervisor_, arguments.front().c_str(), actions.actions(), actions.attributes(),
                                    pointers(arguments).data(), pointers(variables).data());
  if (problem != 0)
    fail_to_start(launch_.folder.empty() ? arguments.front() : arguments.front() + " in " + launch_.folder, problem);
  error_ = std::move(error.read);
  never_wait_for(error_);
  if (!with_lines) return;
  in_ = std::move(in.write);
  in_reader_ = std::move(in.read);  // held open, so that writing to a program that has ended gives us no SIGPIPE
  out_ = std::move(out.read);
  never_wait_for(in_);
  never_wait_for(out_);
}

std::string Child::ask(std::string_view request, std::optional<double> limit) {
  const auto start = Clock::now();
  std::optional<Clock::time_point> until;
  if (limit) until = start + duration_of(*limit);
  bool dumb = false;
  if (!has_ended()) send(request);
  while (true) {
    if (request.empty() || has_ended())
      if (auto line = next_line()) return *line;
    if (received_.size() > longest_line)
      fail(fmt::format("wrote more than {} MB without the end of a line", longest_line / 1'000'000));
    if (has_ended()) fail(end_in_words());
    if (out_.number() < 0 && !dumb) {  // in general because it is about to end
      dumb = true;
      until = Clock::now() + longest_end;
    }
    const News news = wait_for_news(request, until);
    if (news == News::interruption) fail_interrupted(start);
    if (news == News::nothing && dumb) fail("closed its output, and gives no answer any more");
    if (news == News::nothing) fail(fmt::format("said nothing for {:.3g} s", *limit));
  }
}

void Child::wait() {
  const auto start = Clock::now();
  std::string_view nothing;
  while (!has_ended())
    if (wait_for_news(nothing, std::nullopt) == News::interruption) fail_interrupted(start);
  if (*status_ != 0) fail(end_in_words());
}

void Child::terminate() {
  if (has_ended()) return;
  ::send(control_.number(), "x", 1, MSG_NOSIGNAL);
  std::string_view nothing;
  while (!has_ended()) {
    wait_for_news(nothing, std::nullopt, false);
    if (received_.size() > longest_line) received_.clear();
  }
}

std::string Child::complaint(std::string_view what) {
  if (!has_ended()) take_last_words();
  const std::string last_lines = last_lines_.text();
  std::string text = fmt::format("{} {}", launch_.name, what);
  if (!last_lines.empty()) text += fmt::format("; the last lines of its standard error:\n{}", last_lines);
  return text;
}

// Writes as much as there is room for.
void Child::send(std::string_view& pending) {
  const ssize_t size = ::write(in_.number(), pending.data(), pending.size());
  if (size > 0) pending.remove_prefix(static_cast<std::size_t>(size));
}

// One block of what is there; closes what has come to its end. Whether there may be more.
bool Child::receive(Descriptor& from) {
  std::array<char, 1 << 16> block;  // not filled: this is done for every answer
  const ssize_t size = ::read(from.number(), block.data(), block.size());
  if (size > 0) {
    const std::string_view text(block.data(), static_cast<std::size_t>(size));
    if (&from == &out_)
      received_ += text;
    else
      last_lines_.add(text);
  }
  if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) from.close();
  return size == static_cast<ssize_t>(block.size());
}

// What is there of its standard error.
void Child::take_last_words() {
  while (error_.number() >= 0 && receive(error_)) {
  }
}

std::optional<std::string> Child::next_line() {
  const std::size_t end = received_.find('\n', searched_);
  if (end == std::string::npos) {
    searched_ = received_.size();
    return std::nullopt;
  }
  std::string line = received_.substr(0, end);
  received_.erase(0, end + 1);
  searched_ = 0;
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

Child::News Child::wait_for_news(std::string_view& pending, std::optional<Clock::time_point> until,
                                 bool interruptible) {
  enum { control, out, error, in, interruption };
  std::array<pollfd, 5> events = {{{control_.number(), POLLIN, 0},
                                   {out_.number(), POLLIN, 0},
                                   {error_.number(), POLLIN, 0},
                                   {pending.empty() ? -1 : in_.number(), POLLOUT, 0},
                                   {interruptible ? interruption_.descriptor() : -1, POLLIN, 0}}};
  const int count = ::poll(events.data(), events.size(), milliseconds_until(until));
  if (count < 0) return News::something;  // a signal
  if (count == 0 || (until && Clock::now() >= *until)) return News::nothing;
  if (events[in].revents != 0) send(pending);
  if (events[error].revents != 0) receive(error_);
  if (events[out].revents != 0) receive(out_);
  if (events[control].revents != 0) {
    // All that it watched over has ended: what they wrote is complete.
    unsigned char code = 128 + SIGKILL;  // unless it was killed itself
    static_cast<void>(::recv(control_.number(), &code, 1, 0));
    status_ = code;
    while (::waitpid(supervisor_, nullptr, 0) < 0 && errno == EINTR) {
    }
    control_.close();
    take_last_words();
    while (out_.number() >= 0 && received_.size() <= longest_line && receive(out_)) {
    }
  }
  return events[interruption].revents != 0 ? News::interruption : News::something;
}

std::string Child::end_in_words() {
  std::string words = fmt::format("ended with exit code {}", *status_);
  const int signal = *status_ - 128;
  if (signal > 0 && signal < SIGRTMIN)
    words = fmt::format("was killed by signal {} ({}{})", signal, ::strsignal(signal),
                        signal == SIGKILL ? "; for lack of memory?" : "");
  if (!received_.empty()) words += fmt::format(" in the middle of a line: '{}'", core::quotation(received_));
  return words;
}

void Child::fail(const std::string& what) {
  terminate();
  throw Error(complaint(what), ExitCode::unavailable);
}

void Child::fail_interrupted(Clock::time_point start) {
  const double seconds = core::seconds_since(start);
  terminate();
  throw Interrupted(fmt::format("interrupted after {:.3g} s: {}", seconds, complaint("had not answered")),
                    ExitCode::unavailable);
}

}  // namespace gmmvi::external
