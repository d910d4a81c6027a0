#pragma once

#include <chrono>
#include <fstream>
#include <string>
#include <sys/types.h>
#include <thread>

#include <gtest/gtest.h>

namespace gmmvi::test {

inline constexpr std::chrono::seconds generous{30};

/// Whether there is such a process. One that has ended but that nobody asked about does not count.
inline bool is_alive(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');
  return name_end != std::string::npos && line.at(name_end + 2) != 'Z';
}

/// Whether a condition holds within a generous time.
template <class Condition>
bool comes_true(Condition condition) {
  const auto until = std::chrono::steady_clock::now() + generous;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

/// The number that a program writes to a file, as soon as it has.
inline pid_t process_in(const std::string& path) {
  pid_t process = 0;
  comes_true([&] {
    std::ifstream file(path);
    std::string line;
    if (!std::getline(file, line) || file.eof()) return false;
    process = std::stoi(line);
    return true;
  });
  return process;
}

/// What a call throws; empty: nothing.
template <class Function>
std::string message_of(Function call) {
  try {
    call();
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

inline testing::AssertionResult starts_with(const std::string& text, const std::string& beginning) {
  return (text.starts_with(beginning) ? testing::AssertionSuccess() : testing::AssertionFailure()) << text;
}

inline testing::AssertionResult ends_with(const std::string& text, const std::string& end) {
  return (text.ends_with(end) ? testing::AssertionSuccess() : testing::AssertionFailure()) << text;
}

inline testing::AssertionResult contains(const std::string& text, const std::string& part) {
  return (text.find(part) != std::string::npos ? testing::AssertionSuccess() : testing::AssertionFailure()) << text;
}

}  // namespace gmmvi::test
