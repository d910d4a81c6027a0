#include "commands/new_command.hpp"

#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/error.hpp"

#include "comm/on_root.hpp"
#include "commands/output.hpp"
#include "commands/templates.hpp"
#include "io/atomic_file.hpp"

namespace gmmvi::commands {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& folder, const std::string& reason) {
  throw Error(fmt::format("Cannot write a project to {}: {}.", folder, reason), ExitCode::cannot_create);
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) refuse(folder.string(), error.message());
}

/// A project is never mixed with what is there, which may be somebody's work.
void require_empty(const std::string& folder) {
  constexpr const char* other = "name a folder that is new or empty";
  std::error_code error;
  const fs::file_status status = fs::symlink_status(folder, error);
  if (!fs::exists(status)) return;
  if (!fs::is_directory(folder, error)) refuse(folder, fmt::format("it is there already, as a file; {}", other));
  const bool empty = fs::is_empty(folder, error);
  if (error) refuse(folder, error.message());
  if (!empty) refuse(folder, fmt::format("there are files in it already, and none is ever replaced; {}", other));
}

/// The names of the files that it wrote.
std::vector<std::string> write(const NewArguments& arguments) {
  require_empty(arguments.folder);
  std::vector<std::string> names;
  for (const TemplateFile& file : template_files()) {
    if (file.kind != arguments.kind) continue;
    const fs::path path = fs::path(arguments.folder) / file.name;
    make_folder(path.parent_path());
    io::write_atomically(path.string(), file.content, core::Flush::later);
    names.emplace_back(file.name);
  }
  return names;
}

}  // namespace

std::vector<std::string> project_kinds() {
  std::vector<std::string> kinds;
  for (const TemplateFile& file : template_files())
    if (kinds.empty() || kinds.back() != file.kind) kinds.emplace_back(file.kind);
  return kinds;
}

void new_command(const NewArguments& arguments, const Communicator& world) {
  const std::vector<std::string> names = comm::on_root(world, [&] { return write(arguments); });
  tell(world,
       fmt::format("Wrote to {}: {}. Its README.md says how to go on.\n", arguments.folder, fmt::join(names, ", ")));
}

}  // namespace gmmvi::commands
