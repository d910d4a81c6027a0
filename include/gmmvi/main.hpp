#pragma once

namespace gmmvi {

/// The program `gmmvi`: does what the command line says, on all ranks, and returns the exit code, after one message for
/// the user if something is wrong. Starts and ends MPI. Collective.
int main(int argc, char** argv);

}  // namespace gmmvi
