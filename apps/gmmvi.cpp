#include "gmmvi/main.hpp"

int main(int argc, char** argv) {
  return gmmvi::main(argc, argv);
}
