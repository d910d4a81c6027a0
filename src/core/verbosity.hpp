#pragma once

namespace gmmvi::core {

/// Shows messages of level debug on the screen of rank 0, too, and not only in the log file.
void show_details();
bool shows_details();

}  // namespace gmmvi::core
