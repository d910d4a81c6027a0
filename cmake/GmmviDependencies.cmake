# Every package is found here, and linked only by the one folder that may know it.
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(Boost 1.74 REQUIRED COMPONENTS serialization)
find_package(MPI REQUIRED COMPONENTS CXX)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_path(RANDOM123_INCLUDE_DIR Random123/philox.h REQUIRED)
find_package(ZLIB 1.2.9 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(NETCDF REQUIRED IMPORTED_TARGET netcdf)
# The plotting library of reports, a JavaScript file that becomes part of the program.
find_file(GMMVI_CHART_JS NAMES chart.min.js Chart.min.js chart.umd.js PATHS /usr/share/javascript/chart.js
          PATH_SUFFIXES share/javascript/chart.js share/nodejs/chart.js/dist)
if(NOT GMMVI_CHART_JS)
  message(FATAL_ERROR "Chart.js was not found: install Debian's package libjs-chart.js, "
                      "or give its path as -DGMMVI_CHART_JS=.../chart.min.js (version 3 or later).")
endif()
file(STRINGS ${GMMVI_CHART_JS} chart_js_version LIMIT_INPUT 300 REGEX "Chart.js v[0-9]")
if(NOT chart_js_version MATCHES "v([0-9]+)" OR CMAKE_MATCH_1 LESS 3)
  message(FATAL_ERROR "${GMMVI_CHART_JS} is not Chart.js 3 or later (${chart_js_version}). "
                      "Give the path of one as -DGMMVI_CHART_JS=.../chart.min.js.")
endif()
if(GMMVI_TESTS)
  find_package(GTest REQUIRED)
endif()
if(GMMVI_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()

add_library(random123 INTERFACE)
target_include_directories(random123 SYSTEM INTERFACE ${RANDOM123_INCLUDE_DIR})
