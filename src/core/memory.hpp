#pragma once

namespace gmmvi::core {

/// Keeps freed memory for the next allocation, for programs that allocate the same again in every iteration: returning
/// it to the system and getting it back, page by page, costs a tenth to a third of an iteration. Without effect where
/// the C library is not glibc.
void keep_freed_memory();

}  // namespace gmmvi::core
