#pragma once

#include <string_view>
#include <vector>

namespace gmmvi::commands {

/// A file of a project that `gmmvi new` writes; it is part of the program.
struct TemplateFile {
  std::string_view kind;     ///< of the project: "python", …
  std::string_view name;     ///< its path within the project
  std::string_view content;  ///< its bytes
};

/// All of them; those of a kind are together.
std::vector<TemplateFile> template_files();

}  // namespace gmmvi::commands
