#include "commands/output.hpp"

#include <iostream>

#include "gmmvi/error.hpp"

#include "comm/on_root.hpp"
#include "core/printable.hpp"
#include "core/terminal.hpp"

namespace gmmvi::commands {

void print(const Communicator& world, const std::string& text) {
  comm::attempt_on_root(world, [&] {
    std::cout << core::printable(text) << std::flush;
    if (!std::cout) throw Error("the output cannot be written; is the disk full?", ExitCode::cannot_create);
  });
}

void tell(const Communicator& world, const std::string& text) {
  print(world, world.is_root() ? core::laid_out(core::printable(text), core::StandardStream::out) : "");
}

}  // namespace gmmvi::commands
