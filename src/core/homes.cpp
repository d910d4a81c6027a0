#include "core/homes.hpp"

#include <algorithm>
#include <dlfcn.h>

namespace gmmvi::core {

namespace fs = std::filesystem;

std::vector<fs::path> homes() {
  std::error_code ignored;
  std::vector<fs::path> folders{fs::read_symlink("/proc/self/exe", ignored).parent_path()};
  Dl_info here{};
  if (::dladdr(reinterpret_cast<const void*>(&homes), &here) != 0 && here.dli_fname != nullptr) {
    const fs::path library = fs::weakly_canonical(here.dli_fname, ignored);
    if (std::ranges::find(folders, library.parent_path()) == folders.end()) folders.push_back(library.parent_path());
  }
  return folders;
}

std::vector<fs::path> places_in_share(const fs::path& name) {
  std::vector<fs::path> places;
  for (const fs::path& home : homes())
    for (const char* const up : {"..", "../.."})
      places.push_back((home / up / "share" / "gmmvi" / name).lexically_normal());
  return places;
}

}  // namespace gmmvi::core
