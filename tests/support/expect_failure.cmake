# cmake -DCOMMAND=<command;arguments> -DMESSAGE=<regex> [-DCODE=<exit code>] [-DSECONDS=<limit>] -P expect_failure.cmake
# Passes if the command fails by itself in time (with that exit code, else any but 0), and prints the message once.
if(NOT SECONDS)
  set(SECONDS 30)
endif()
execute_process(COMMAND ${COMMAND} TIMEOUT ${SECONDS} RESULT_VARIABLE result OUTPUT_VARIABLE output
                ERROR_VARIABLE output)
if(result MATCHES "timeout")
  message(FATAL_ERROR "still running after ${SECONDS} seconds:\n${output}")
elseif(result STREQUAL "0")
  message(FATAL_ERROR "passed, though it should fail:\n${output}")
elseif(DEFINED CODE AND NOT result STREQUAL CODE)
  message(FATAL_ERROR "ended with ${result} instead of ${CODE}:\n${output}")
endif()
string(REGEX MATCHALL "${MESSAGE}" found "${output}")
list(LENGTH found times)
if(NOT times EQUAL 1)
  message(FATAL_ERROR "printed \"${MESSAGE}\" ${times} times instead of once:\n${output}")
endif()
