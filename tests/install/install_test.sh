#!/usr/bin/env bash
# install_test.sh SOURCES BUILD CMAKE CXX MPIEXEC: installs a build, moves the whole, and uses it: the program, a project
# of its own, plugins, Python.
set -euo pipefail

sources=$1 build=$2 cmake=$3 cxx=$4
read -ra mpiexec <<<"$5"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() {
  echo "install_test.sh: $*" >&2
  exit 1
}
# Nothing of this tree may be what helps.
unset GMMVI GMMVI_CONFIGS_DIR GMMVI_PRESETS_DIR GMMVI_PYTHON_DIR GMMVI_SUPERVISE PYTHONPATH

"$cmake" --install "$build" --prefix "$folder/first" >"$folder/install.log"
mv "$folder/first" "$folder/moved here" # with a blank
prefix="$folder/moved here"
gmmvi="$prefix/bin/gmmvi"
cd "$folder"

"$gmmvi" --version | grep -q '^gmmvi [0-9]' || fail "no version"
for file in bin/gmmvi-supervise share/man/man1/gmmvi.1 share/bash-completion/completions/gmmvi \
  share/gmmvi/configs/published/gmm20_samtron.yml share/gmmvi/python/gmmvi/worker.py include/gmmvi/gmmvi.hpp; do
  [[ -s $prefix/$file ]] || fail "there is no $file"
done
grep -q '^\.SS gmmvi run' "$prefix/share/man/man1/gmmvi.1" || fail "the manual page does not have the commands"
! grep -q build/ "$prefix/share/man/man1/gmmvi.1" || fail "the manual page has paths of the build"
bash -c '. "$1"; COMP_WORDS=(gmmvi run --max-e) COMP_CWORD=2; _gmmvi; [[ ${COMPREPLY[*]} == --max-evaluations ]]' _ \
  "$prefix/share/bash-completion/completions/gmmvi" || fail "completion does not complete"
! grep -rlI "$sources\|$build" "$prefix" | grep . || fail "files above name the sources' folder"

echo "== shipped configs are found beside the program"
cp "$prefix/share/gmmvi/configs/experiments/gmm20.yml" "$prefix/share/gmmvi/configs/experiments/only_here.yml"
"$gmmvi" defaults --experiment only_here >/dev/null || fail "experiments are looked for elsewhere"
"$gmmvi" run "$prefix/share/gmmvi/configs/published/breast_cancer_samtron.yml" --preset expensive --iterations 3 \
  --out first >/dev/null

echo "== Python functions are evaluated by the installed worker"
echo 'def f(a): return -a * a' >f.py
printf 'parameters: {a: {prior: "normal(0, 1)"}}\ntarget: {type: python, function: "f.py:f"}\n' >f.yml
"$gmmvi" run f.yml --iterations 2 --out second >/dev/null

echo "== a project of its own"
mkdir project
cp "$sources/apps/examples/banana.cpp" "$sources/apps/examples/rosenbrock.cpp" project
sed -i 's|#include <fmt/core.h>|#include <cstdio>|; s|fmt::print(|std::printf(|
  s|{:3}: {:2} components, -ELBO = {:.4f} ± {:.4f}|%3ld: %2ld components, -ELBO = %.4f ± %.4f|' project/rosenbrock.cpp
cat >project/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.22)
project(my_posteriors LANGUAGES CXX)
find_package(gmmvi 0.2 CONFIG REQUIRED)
add_executable(banana banana.cpp)
target_link_libraries(banana PRIVATE gmmvi::gmmvi)
add_executable(rosenbrock rosenbrock.cpp)
target_link_libraries(rosenbrock PRIVATE gmmvi::gmmvi)
add_executable(same same.cpp)
target_link_libraries(same PRIVATE gmmvi::gmmvi)
END
echo '#include "gmmvi/main.hpp"
int main(int argc, char** argv) { return gmmvi::main(argc, argv); }' >project/same.cpp
"$cmake" -S project -B project/build -G Ninja -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$cxx" \
  -DCMAKE_BUILD_TYPE=Release -DCMAKE_EXPORT_COMPILE_COMMANDS=ON >project.log || fail "$(cat project.log)"
! grep -E -- '-Wall|-march|-fno-|-Wshadow' project/build/compile_commands.json || fail "flags of ours leak"
"$cmake" --build project/build >>project.log || fail "$(tail -50 project.log)"
"${mpiexec[@]}" -n 2 project/build/rosenbrock 3 | tail -1 | grep -Eq -- '-ELBO = -0\.[4-7]' || fail "another posterior"
project/build/banana defaults >banana.yml
"${mpiexec[@]}" -n 2 project/build/banana run banana.yml --iterations 20 --out of_two >/dev/null
project/build/banana run banana.yml --iterations 20 --out of_one >/dev/null
hash_of() { grep -o '"model_hash": "[0-9a-f]*"' "$1/status.json"; }
[[ $(hash_of of_two) == "$(hash_of of_one)" ]] || fail "other bits on two ranks"
# What a program brings of Eigen, for another instruction set, does not get into the library.
project/build/same run "$prefix/share/gmmvi/configs/published/breast_cancer_samtron.yml" --preset expensive \
  --iterations 3 --out same >/dev/null
[[ $(hash_of same) == "$(hash_of first)" ]] || fail "other bits in the shared library than in the program"

echo "== what does not fit is a compile error"
eigen=$(pkg-config --cflags eigen3)
# shellcheck disable=SC2086  # options
if "$cxx" -std=c++20 -DEIGEN_MAX_ALIGN_BYTES=32 $eigen -I "$prefix/include" -c project/banana.cpp -o /dev/null \
  2>error.log; then
  fail "another alignment is taken"
fi
grep -q 'link gmmvi::gmmvi' error.log || fail "$(head -5 error.log)"

echo "== the library alone is configured without what the program needs"
"$cmake" -S "$sources" -B alone -G Ninja -DGMMVI_PROGRAM=OFF -DCMAKE_CXX_COMPILER="$cxx" >alone.log 2>&1 ||
  fail "$(tail -20 alone.log)"
! grep -iE '^[a-z].*(yaml|netcdf|cli11|nlohmann|httplib|chart)' alone/CMakeCache.txt || fail "it looks for these"
grep -q 'main.*hpp.*EXCLUDE' alone/cmake_install.cmake || fail "main.hpp is installed, and gmmvi::main is not"

echo "== plugins"
for language in c fortran; do
  [[ $language != fortran ]] || command -v gfortran >/dev/null || continue
  "$cmake" -S "$sources/apps/examples/plugin/$language" -B "plugin_$language" -G Ninja \
    -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=Release >plugin.log || fail "$(cat plugin.log)"
  "$cmake" --build "plugin_$language" >>plugin.log || fail "$(tail -50 plugin.log)"
  [[ -f plugin_$language/pendulum.so ]] || fail "no plugin in $language"
done
