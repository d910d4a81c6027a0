#include "core/own_target.hpp"

#include <exception>
#include <utility>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "core/contract.hpp"
#include "core/shell.hpp"

namespace gmmvi::core {
namespace {

struct Program {
  std::string name = "gmmvi";
  std::string path = {};
  std::optional<OwnTarget> own_target;
};

Program& program() {
  static Program program;
  return program;
}

[[noreturn]] void cannot_make(const std::string& reason) {
  throw Error(fmt::format("The target '{}' cannot be made: {}", own_target()->name, reason), ExitCode::unavailable);
}

}  // namespace

void set_program(const std::string& name, std::optional<OwnTarget> own_target) {
  program().name = name;
  program().own_target = std::move(own_target);
}

const std::string& program_name() {
  return program().name;
}

void set_started_as(const std::string& path) {
  program().path = path.find('/') == std::string::npos ? "" : path;
}

std::string call_with(const std::string& arguments) {
  return fmt::format("{} {}", shell_word(program().path.empty() ? program().name : program().path), arguments);
}

std::string call_line(const std::string& arguments) {
  return fmt::format("\n    {}", call_with(arguments));
}

const OwnTarget* own_target() {
  return program().own_target ? &*program().own_target : nullptr;
}

std::unique_ptr<Target> make_own_target() {
  GMMVI_EXPECT(own_target() != nullptr, "no target of its own");
  std::unique_ptr<Target> made;
  try {
    made = own_target()->make();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    cannot_make(error.what());
  } catch (...) {
    cannot_make("an exception of unknown type");
  }
  if (!made) cannot_make("its factory returned a null pointer.");
  return made;
}

}  // namespace gmmvi::core
