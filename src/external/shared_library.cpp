#include "external/shared_library.hpp"

#include <dlfcn.h>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

namespace gmmvi::external {
namespace {

/// With a folder, since the loader looks for a bare name elsewhere than here.
std::string path_for_loader(const std::string& path) {
  std::error_code ignored;
  if (path.find('/') != std::string::npos || !std::filesystem::exists(path, ignored)) return path;
  return "./" + path;
}

}  // namespace

SharedLibrary::SharedLibrary(const std::string& path, std::string what)
    : name_(std::move(what) + " " + path), handle_(dlopen(path_for_loader(path).c_str(), RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ != nullptr) return;
  const char* why = dlerror();
  throw Error(fmt::format("{} cannot be loaded: {}", name_, why != nullptr ? why : "the loader does not say why"),
              ExitCode::unavailable);
}

void* SharedLibrary::find(const char* symbol) const {
  return dlsym(handle_, symbol);
}

void SharedLibrary::refuse(const char* symbol, const char* hint) const {
  throw Error(fmt::format("{} has no symbol {}: {}", name_, symbol, hint), ExitCode::unavailable);
}

}  // namespace gmmvi::external
