#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "config/place.hpp"

namespace gmmvi::config {

/// What is wrong with a configuration, collected, so that its author is told all of it at once.
class Problems {
 public:
  /// Runs `body`, and takes note of the configuration error that it may end with. Whether there was none.
  template <class Body>
  bool attempt(Body body) {
    const std::size_t before = found_;
    try {
      body();
    } catch (const Refusal& refusal) {
      add(refusal);
    }
    return found_ == before;
  }
  /// A setting that is needed is not there. Told after all others: one of them may be the reason.
  void missing(const std::string& message) { missing_.push_back(message); }
  /// Not all that was to be read could be: what is missing may stand there.
  void incomplete() { incomplete_ = true; }

  std::size_t found() const { return found_; }
  /// Whether so many were found that no more are told of.
  bool full() const { return told_.size() >= most; }
  /// Takes note of problems that nobody is told of.
  void count(std::size_t more) { found_ += more; }

  /// Throws Error(ExitCode::configuration) if there are any: one in one line, several as a list in the order of the
  /// lines that they are in.
  void finish(const std::string& name) const;

 private:
  static constexpr std::size_t most = 100;
  struct Told {
    std::size_t source;  ///< in the order in which sources had problems
    int line;
    std::string message;
  };
  void add(const Refusal& refusal);
  std::size_t number_of(const Source* source);

  std::vector<Told> told_;
  std::vector<const Source*> sources_;
  std::set<std::string> messages_;
  std::size_t found_ = 0;
  std::vector<std::string> missing_;
  bool incomplete_ = false;
};

}  // namespace gmmvi::config
