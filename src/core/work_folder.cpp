#include "core/work_folder.hpp"

namespace gmmvi::core {
namespace {

std::string& said() {
  static std::string path;
  return path;
}

}  // namespace

void set_work_folder(const std::string& path) {
  said() = path;
}

const std::string& work_folder() {
  return said();
}

}  // namespace gmmvi::core
