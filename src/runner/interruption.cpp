#include "runner/interruption.hpp"

#include <csignal>
#include <initializer_list>
#include <string>
#include <unistd.h>

namespace gmmvi::runner {
namespace {

volatile std::sig_atomic_t end_came = 0, suspend_came = 0;
std::string note_for_people;  // set before the handlers are

void acknowledge() {
  [[maybe_unused]] const auto written =
      ::write(STDERR_FILENO, note_for_people.data(), note_for_people.size());  // all that a handler may do
}

extern "C" void take_note_of_end(int signal) {
  if (end_came != 0) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  end_came = 1;
  acknowledge();
}

extern "C" void take_note_of_suspend(int) {
  if (suspend_came == 0) acknowledge();
  suspend_came = 1;
}

}  // namespace

void listen_for_interruptions(const std::string& note) {
  note_for_people = note;
  struct sigaction action {};
  action.sa_flags = SA_RESTART;
  action.sa_handler = take_note_of_end;
  for (const int signal : {SIGINT, SIGTERM}) ::sigaction(signal, &action, nullptr);
  action.sa_handler = take_note_of_suspend;
  ::sigaction(SIGUSR1, &action, nullptr);
}

Interruption interruption() {
  if (end_came != 0) return Interruption::end;
  return suspend_came != 0 ? Interruption::suspend : Interruption::none;
}

}  // namespace gmmvi::runner
