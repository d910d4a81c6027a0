# What holds for all of our code: warnings, instruction set, and Eigen's switches. The instruction set and the
# alignment are part of the interface: Eigen's types change layout with them.
add_library(gmmvi_flags INTERFACE)
target_compile_options(gmmvi_flags INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
                       -fno-math-errno $<$<BOOL:${GMMVI_NATIVE}>:-march=native>)
target_compile_definitions(gmmvi_flags INTERFACE
                           EIGEN_DONT_PARALLELIZE EIGEN_MAX_ALIGN_BYTES=64
                           $<$<BOOL:${GMMVI_CONTRACTS}>:GMMVI_CONTRACTS EIGEN_INITIALIZE_MATRICES_BY_NAN>)
target_link_libraries(gmmvi_flags INTERFACE Eigen3::Eigen)

# cmake/quiet_intrinsics.hpp says why. A precompiled header has to come first, and forgets which warnings are off: what
# is compiled with one, tests, does without the two warnings (which builds with a compiler cache and dev builds give).
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  set(precompiled $<BOOL:$<TARGET_PROPERTY:GMMVI_PRECOMPILED>>)
  target_compile_options(gmmvi_flags INTERFACE
    $<$<AND:$<COMPILE_LANGUAGE:CXX>,${precompiled}>:-Wno-uninitialized$<SEMICOLON>-Wno-maybe-uninitialized>
    "$<$<AND:$<COMPILE_LANGUAGE:CXX>,$<NOT:${precompiled}>>:SHELL:-include ${PROJECT_SOURCE_DIR}/cmake/quiet_intrinsics.hpp>")
endif()

# gmmvi_layer(<folder> SOURCES <files> [PUBLIC <targets>] [PRIVATE <targets>])
# One folder of src/ as a library gmmvi_<folder> that sees the public contract, itself, and what it links.
# Link targets are the layering: a folder that is not linked should not be included.
function(gmmvi_layer folder)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(gmmvi_${folder} STATIC ${ARG_SOURCES})
  add_library(gmmvi::${folder} ALIAS gmmvi_${folder})
  target_include_directories(gmmvi_${folder} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(gmmvi_${folder} PUBLIC gmmvi_flags ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_compile_options(gmmvi_${folder} PRIVATE -Wno-subobject-linkage)  # it takes sources that are included for headers
  endif()
endfunction()
