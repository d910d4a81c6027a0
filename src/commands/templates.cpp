#include "commands/templates.hpp"

#include <cstdint>
#include <cstring>

// Where templates.S has put them.
extern "C" {
extern const char gmmvi_templates[];
}

namespace gmmvi::commands {

std::vector<TemplateFile> template_files() {
  std::vector<TemplateFile> files;
  const char* at = gmmvi_templates;
  const auto text = [&at] {
    const std::string_view found = at;
    at += found.size() + 1;
    return found;
  };
  while (*at != '\0') {
    const std::string_view kind = text(), name = text();
    std::uint64_t size = 0;
    std::memcpy(&size, at, sizeof size);  // it is not aligned
    at += sizeof size;
    files.push_back({kind, name, {at, size}});
    at += size;
  }
  return files;
}

}  // namespace gmmvi::commands
