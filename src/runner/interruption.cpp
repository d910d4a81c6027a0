#include "runner/interruption.hpp"

#include <csignal>
#include <initializer_list>
#include <string_view>
#include <unistd.h>

namespace gmmvi::runner {
namespace {

volatile std::sig_atomic_t signal_came = 0, says_so = 0;

extern "C" void take_note(int signal) {
  if (signal_came != 0) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  signal_came = 1;
  if (says_so == 0) return;
  constexpr std::string_view note = "\nInterrupted: the run ends after this iteration; a second time, at once.\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, note.data(), note.size());  // all that a handler may do
}

}  // namespace

void listen_for_interruptions(bool say_so) {
  says_so = say_so ? 1 : 0;
  struct sigaction action {};
  action.sa_handler = take_note;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) ::sigaction(signal, &action, nullptr);
}

bool interrupted() {
  return signal_came != 0;
}

}  // namespace gmmvi::runner
