#pragma once

#include <stdexcept>
#include <string>

namespace gmmvi {

/// Exit codes of the program, after sysexits.h where it has one.
enum class ExitCode : int {
  success = 0,
  failure = 1,
  usage = 64,        ///< the command line cannot be understood
  data = 65,         ///< a data file cannot be used
  unavailable = 69,  ///< the target cannot be evaluated
  cannot_create = 73,
  resume_me = 75,
  configuration = 78,
  interrupted = 130  ///< by a signal, as shells say it
};

/// The world did not do as it should (a file, a target, a setting). The sentence is for the user: what went wrong,
/// where, why it matters, what to do.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message, ExitCode code = ExitCode::failure)
      : std::runtime_error(message), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

}  // namespace gmmvi
