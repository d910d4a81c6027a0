#include "runner/interruption.hpp"

#include <csignal>
#include <initializer_list>

namespace gmmvi::runner {
namespace {

volatile std::sig_atomic_t signal_came = 0;

extern "C" void take_note(int signal) {
  if (signal_came != 0) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  signal_came = 1;
}

}  // namespace

void listen_for_interruptions() {
  struct sigaction action {};
  action.sa_handler = take_note;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM}) ::sigaction(signal, &action, nullptr);
}

bool interrupted() {
  return signal_came != 0;
}

}  // namespace gmmvi::runner
