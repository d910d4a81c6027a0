# What holds for all of our code: warnings, instruction set, and Eigen's switches. The instruction set and the
# alignment are part of the interface: Eigen's types change layout with them.
add_library(gmmvi_flags INTERFACE)
target_compile_options(gmmvi_flags INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
                       -fno-math-errno -fno-semantic-interposition $<$<BOOL:${GMMVI_NATIVE}>:-march=native>)
target_compile_definitions(gmmvi_flags INTERFACE
                           EIGEN_DONT_PARALLELIZE EIGEN_MAX_ALIGN_BYTES=64
                           $<$<BOOL:${GMMVI_CONTRACTS}>:GMMVI_CONTRACTS EIGEN_INITIALIZE_MATRICES_BY_NAN>)
target_link_libraries(gmmvi_flags INTERFACE Eigen3::Eigen)

# cmake/quiet_intrinsics.hpp says why. A precompiled header has to come first, and forgets which warnings are off: what
# is compiled with one does without the two warnings (which builds with a compiler cache and dev builds give).
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  set(precompiled $<BOOL:$<TARGET_PROPERTY:GMMVI_PRECOMPILED>>)
  target_compile_options(gmmvi_flags INTERFACE
    $<$<AND:$<COMPILE_LANGUAGE:CXX>,${precompiled}>:-Wno-uninitialized$<SEMICOLON>-Wno-maybe-uninitialized>
    "$<$<AND:$<COMPILE_LANGUAGE:CXX>,$<NOT:${precompiled}>>:SHELL:-include ${PROJECT_SOURCE_DIR}/cmake/quiet_intrinsics.hpp>")
endif()

# What most files include is parsed once: it takes two thirds of the time of a build, otherwise.
# CMAKE_DISABLE_PRECOMPILE_HEADERS turns it off, as cluster/local.sh does where there is ccache, which then keeps every
# file's result. The compiler takes it only for files that define all that it was made with, so it is made with little.
set(gmmvi_precompiled_headers
    <algorithm> <array> <chrono> <cmath> <cstdint> <cstdlib> <cstring> <filesystem> <fstream> <functional> <limits> <map>
    <memory> <numeric> <optional> <set> <span> <sstream> <string> <string_view> <utility> <variant> <vector>
    <Eigen/Core> <fmt/format.h> <fmt/ranges.h>)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/precompiled.cpp CONTENT "")
add_library(gmmvi_precompiled OBJECT ${PROJECT_BINARY_DIR}/precompiled.cpp)
target_link_libraries(gmmvi_precompiled PRIVATE gmmvi_flags fmt::fmt)
target_precompile_headers(gmmvi_precompiled PRIVATE ${gmmvi_precompiled_headers})
set_target_properties(gmmvi_precompiled PROPERTIES POSITION_INDEPENDENT_CODE ON)

# gmmvi_use_precompiled(<target> <of>): what was parsed with the target <of>.
function(gmmvi_use_precompiled target of)
  if(NOT target STREQUAL of)
    target_precompile_headers(${target} REUSE_FROM ${of})
  endif()
  if(NOT CMAKE_DISABLE_PRECOMPILE_HEADERS)
    set_property(TARGET ${target} PROPERTY GMMVI_PRECOMPILED ON)  # for gmmvi_flags
  endif()
endfunction()
gmmvi_use_precompiled(gmmvi_precompiled gmmvi_precompiled)

# gmmvi_together(<folder>): its files are compiled several at once, if GMMVI_TOGETHER says so.
function(gmmvi_together folder)
  set_target_properties(gmmvi_${folder} PROPERTIES UNITY_BUILD ${GMMVI_TOGETHER} UNITY_BUILD_BATCH_SIZE 8)
endfunction()

# gmmvi_layer(<folder> SOURCES <files> [PUBLIC <targets>] [PRIVATE <targets>])
# One folder of src/ as a library gmmvi_<folder> that sees the public contract, itself, and what it links: nothing else
# of src/ is on its include path, where each folder stands behind a symbolic link of its own. tests/layering says which
# folder may link which.
set(gmmvi_layers ${PROJECT_BINARY_DIR}/layers)
function(gmmvi_layer folder)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(gmmvi_${folder} STATIC ${ARG_SOURCES})
  add_library(gmmvi::${folder} ALIAS gmmvi_${folder})
  file(MAKE_DIRECTORY ${gmmvi_layers}/${folder})
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/src/${folder} ${gmmvi_layers}/${folder}/${folder} SYMBOLIC)
  target_include_directories(gmmvi_${folder} PUBLIC ${PROJECT_SOURCE_DIR}/include ${gmmvi_layers}/${folder})
  target_link_libraries(gmmvi_${folder} PUBLIC gmmvi_flags ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  set_target_properties(gmmvi_${folder} PROPERTIES POSITION_INDEPENDENT_CODE ON)  # for the shared library
  gmmvi_use_precompiled(gmmvi_${folder} gmmvi_precompiled)
endfunction()

# gmmvi_sees_options(<folder> <of>...): the options.hpp of other folders, plain structs, without what else is there.
function(gmmvi_sees_options folder)
  foreach(of ${ARGN})
    file(MAKE_DIRECTORY ${gmmvi_layers}/options_of_${of}/${of})
    file(CREATE_LINK ${PROJECT_SOURCE_DIR}/src/${of}/options.hpp ${gmmvi_layers}/options_of_${of}/${of}/options.hpp SYMBOLIC)
    target_include_directories(gmmvi_${folder} PUBLIC ${gmmvi_layers}/options_of_${of})
  endforeach()
endfunction()
