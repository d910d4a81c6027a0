# What `cmake --install` puts in place: the program with what it reads, and the library for targets of one's own. All of
# it may be moved afterwards, as a whole.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# One shared library of all layers, so that who links it needs Eigen and MPI alone, which its headers include.
set(layers_without_program core math model comm samples evaluation strategy solver)
set(layers ${layers_without_program})
if(GMMVI_PROGRAM)
  list(APPEND layers external problem target config io runner report commands)
else()
  set(left_out PATTERN main.hpp EXCLUDE)  # what it declares is the program
endif()
set(objects ${layers})
list(TRANSFORM objects REPLACE "(.+)" "$<TARGET_OBJECTS:gmmvi_\\1>")
set(static ${layers})
list(TRANSFORM static PREPEND gmmvi_)
add_library(gmmvi_library SHARED ${objects})
add_library(gmmvi::gmmvi ALIAS gmmvi_library)
set_target_properties(gmmvi_library PROPERTIES
  OUTPUT_NAME gmmvi EXPORT_NAME gmmvi VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
  LINKER_LANGUAGE CXX LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/gmmvi.map)
target_link_libraries(gmmvi_library PRIVATE ${static} INTERFACE Eigen3::Eigen MPI::MPI_CXX)
target_link_options(gmmvi_library PRIVATE
  -Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/gmmvi.map -Wl,-Bsymbolic -Wl,--no-undefined)
target_include_directories(gmmvi_library INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(gmmvi_library INTERFACE cxx_std_20)
# The one flag of ours that programs have to share, as Eigen's matrices are allocated by it (gmmvi/eigen.hpp).
target_compile_definitions(gmmvi_library INTERFACE EIGEN_MAX_ALIGN_BYTES=64)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/gmmvi)
install(TARGETS gmmvi_library EXPORT gmmvi LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT gmmvi NAMESPACE gmmvi:: FILE gmmviTargets.cmake DESTINATION ${package})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/gmmviConfig.cmake.in ${PROJECT_BINARY_DIR}/gmmviConfig.cmake
                              INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/gmmviConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/gmmviConfig.cmake ${PROJECT_BINARY_DIR}/gmmviConfigVersion.cmake
        DESTINATION ${package})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/gmmvi DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        ${left_out})

if(NOT GMMVI_PROGRAM)
  return()
endif()

install(TARGETS gmmvi_program gmmvi_supervise RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
set(share ${CMAKE_INSTALL_DATADIR}/gmmvi)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/configs DESTINATION ${share})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/python/gmmvi DESTINATION ${share}/python
        FILES_MATCHING PATTERN "*.py" PATTERN py.typed PATTERN __pycache__ EXCLUDE)
install(FILES ${PROJECT_SOURCE_DIR}/python/pyproject.toml ${PROJECT_SOURCE_DIR}/python/README.md
        DESTINATION ${share}/python)
install(PROGRAMS ${PROJECT_SOURCE_DIR}/cluster/gmmvi.sbatch DESTINATION ${share}/cluster)

# Both are made from the program's own table of options. Examples in them have the name by which it was started.
set(manual ${PROJECT_BINARY_DIR}/gmmvi.1)
set(completion ${PROJECT_BINARY_DIR}/gmmvi.bash)
add_custom_command(
  OUTPUT ${manual} ${completion}
  COMMAND ${CMAKE_COMMAND} -E env PATH=$<TARGET_FILE_DIR:gmmvi_program>:$ENV{PATH} sh -c
          "gmmvi --man-page > '${manual}' && gmmvi --bash-completion > '${completion}'"
  DEPENDS gmmvi_program
  COMMENT "The manual page and bash's completion"
  VERBATIM)
add_custom_target(gmmvi_manual ALL DEPENDS ${manual} ${completion})
install(FILES ${manual} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${completion} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME gmmvi)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME gmmvi)
set(CPACK_PACKAGE_VENDOR "the gmmvi-mpi developers")
set(CPACK_PACKAGE_CONTACT "the gmmvi-mpi developers <gmmvi@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "openmpi-bin, python3")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "g++, cmake, make, libeigen3-dev, libopenmpi-dev")
include(CPack)
