#include "runner/interruption.hpp"

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <unistd.h>

#include "core/printable.hpp"

namespace gmmvi::runner {
namespace {

volatile std::sig_atomic_t end_came = 0, suspend_came = 0, interrupt_came = 0;
// Not a string: a signal may come while the process ends and destroys those.
char note_for_people[1024];
volatile std::sig_atomic_t note_size = 0;

void acknowledge() {
  [[maybe_unused]] const auto written =
      ::write(STDERR_FILENO, note_for_people, static_cast<std::size_t>(note_size));  // all that a handler may do
}

extern "C" void take_note_of_end(int signal) {
  if (signal == SIGINT && interrupt_came != 0) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  if (signal == SIGINT) interrupt_came = 1;
  if (end_came == 0 && suspend_came == 0) acknowledge();  // mpirun ends the others once the first has left
  end_came = 1;
}

extern "C" void take_note_of_suspend(int) {
  if (suspend_came == 0 && end_came == 0) acknowledge();
  suspend_came = 1;
}

/// As nohup has it.
bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

void listen_for_interruptions(const std::string& given) {
  const std::string note = core::printable(given);
  note_size = 0;
  const std::size_t size = std::min(note.size(), sizeof note_for_people);
  std::copy_n(note.begin(), size, note_for_people);
  note_size = static_cast<std::sig_atomic_t>(size);
  struct sigaction action {};
  action.sa_flags = SA_RESTART;
  action.sa_handler = take_note_of_end;
  for (const int signal : {SIGINT, SIGTERM}) ::sigaction(signal, &action, nullptr);
  if (!is_ignored(SIGHUP)) ::sigaction(SIGHUP, &action, nullptr);
  action.sa_handler = take_note_of_suspend;
  ::sigaction(SIGUSR1, &action, nullptr);
  std::signal(SIGXFSZ, SIG_IGN);  // then whoever writes a file beyond the limit of its size can say so
}

Interruption interruption() {
  if (end_came != 0) return Interruption::end;
  return suspend_came != 0 ? Interruption::suspend : Interruption::none;
}

}  // namespace gmmvi::runner
