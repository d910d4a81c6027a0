#pragma once

#include <string>

namespace gmmvi::core {

/// Where simulators that need a folder for each evaluation make them: below the folder of the run, once there is one.
/// To be said before the first evaluation of the run.
void set_work_folder(const std::string& path);
/// Empty: nobody has said it.
const std::string& work_folder();

}  // namespace gmmvi::core
