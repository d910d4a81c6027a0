# gmmvi_test(<folder>/<name> [RANKS 1 3 ...] [TIMEOUT <seconds>] [LINK <targets>] [SOURCES <more files>])
# The GoogleTest program tests/<folder>/<name>.cpp, and a CTest test `<folder>/<name>.ranks<n>` for every number of
# ranks. One rank is run without mpirun, as the library must work there too. Default: one rank, 60 seconds.
function(gmmvi_test test)
  cmake_parse_arguments(ARG "" "TIMEOUT" "RANKS;LINK;SOURCES" ${ARGN})
  if(NOT ARG_RANKS)
    set(ARG_RANKS 1)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 60)
  endif()
  gmmvi_test_program(${test} LINK ${ARG_LINK} SOURCES ${ARG_SOURCES})
  foreach(ranks IN LISTS ARG_RANKS)
    gmmvi_rank_command(command ${ranks} $<TARGET_FILE:${GMMVI_TEST_TARGET}>)
    add_test(NAME ${test}.ranks${ranks} COMMAND ${command})
    gmmvi_test_properties(${test}.ranks${ranks} ${ranks} ${ARG_TIMEOUT})
  endforeach()
endfunction()

# gmmvi_test_program(<folder>/<name> [LINK <targets>] [SOURCES <more files>]): builds the program without registering it;
# its target is left in GMMVI_TEST_TARGET.
function(gmmvi_test_program test)
  cmake_parse_arguments(ARG "" "" "LINK;SOURCES" ${ARGN})
  string(REPLACE "/" "_" target ${test})
  add_executable(${target} ${PROJECT_SOURCE_DIR}/tests/${test}.cpp ${ARG_SOURCES})
  target_link_libraries(${target} PRIVATE gmmvi_test_support ${ARG_LINK})
  gmmvi_test_precompiled(${target})
  set(GMMVI_TEST_TARGET ${target} PARENT_SCOPE)
endfunction()

# gmmvi_test_precompiled(<target>): what all tests include was parsed once, with gmmvi_test_support.
function(gmmvi_test_precompiled target)
  gmmvi_use_precompiled(${target} gmmvi_test_support)
endfunction()

# gmmvi_rank_command(<variable> <ranks> <program> [arguments]): how to start a program on that many ranks.
function(gmmvi_rank_command variable ranks)
  if(ranks EQUAL 1)
    set(${variable} ${ARGN} PARENT_SCOPE)
  else()
    set(${variable} ${MPIEXEC_EXECUTABLE} ${MPIEXEC_NUMPROC_FLAG} ${ranks} ${MPIEXEC_PREFLAGS} ${ARGN} PARENT_SCOPE)
  endif()
endfunction()

# For tests that start MPI, in builds with the address sanitizer: MPI does not free all it takes, and unloads the modules
# by which a list of exceptions could tell. Serial tests do look for leaks.
set(GMMVI_MPI_LEAKS ASAN_OPTIONS=detect_leaks=0)

# gmmvi_test_properties(<CTest name> <ranks> <seconds>): the environment of ranks (as root, and more of them than
# cores, which then yield), and what CTest must know.
function(gmmvi_test_properties name ranks timeout)
  set(cores ${ranks})
  if(cores GREATER 2)
    set(cores 2)
  endif()
  set(environment
      GMMVI_TEST_RANKS=${ranks}
      GTEST_COLOR=no
      OMPI_ALLOW_RUN_AS_ROOT=1
      OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
      OMPI_MCA_rmaps_base_oversubscribe=1
      OMPI_MCA_hwloc_base_binding_policy=none
      OMPI_MCA_mpi_yield_when_idle=1
      OMPI_MCA_btl_vader_single_copy_mechanism=none)
  if(ranks GREATER 1)
    list(APPEND environment ${GMMVI_MPI_LEAKS})
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${timeout} PROCESSORS ${cores} ENVIRONMENT "${environment}")
endfunction()

# gmmvi_expect_failure(<CTest name> <ranks> <message> <program and arguments> [CODE <exit code>])
function(gmmvi_expect_failure name ranks message)
  cmake_parse_arguments(ARG "" "CODE" "" ${ARGN})
  gmmvi_rank_command(command ${ranks} ${ARG_UNPARSED_ARGUMENTS})
  add_test(NAME ${name}.ranks${ranks}
           COMMAND ${CMAKE_COMMAND} "-DCOMMAND=${command}" "-DMESSAGE=${message}" "$<$<BOOL:${ARG_CODE}>:-DCODE=${ARG_CODE}>"
                   -P ${PROJECT_SOURCE_DIR}/tests/support/expect_failure.cmake)
  gmmvi_test_properties(${name}.ranks${ranks} ${ranks} 60)
endfunction()
