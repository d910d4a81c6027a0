#include "config/shipped.hpp"

#include <cctype>
#include <cstdlib>
#include <string>

namespace gmmvi::config {

std::filesystem::path shipped_folder(const char* name) {
  std::string variable = "GMMVI_";
  for (const char* c = name; *c != '\0'; ++c) variable += static_cast<char>(std::toupper(*c));
  const char* directory = std::getenv((variable + "_DIR").c_str());
  if (directory != nullptr && *directory != '\0') return directory;
  return std::filesystem::path(GMMVI_CONFIGS) / name;
}

}  // namespace gmmvi::config
