# The CMake package: find_package(mcprouter) gives the core, COMPONENTS httplib or asio an engine too.

include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/mcprouter)

install(
  DIRECTORY include/mcprouter
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  PATTERN httplib.hpp EXCLUDE
  PATTERN asio.hpp EXCLUDE)
install(TARGETS mcprouter EXPORT mcprouterTargets)
install(
  EXPORT mcprouterTargets
  NAMESPACE mcprouter::
  DESTINATION ${package_dir})

if(MCPROUTER_BUILD_HTTPLIB)
  install(FILES include/mcprouter/httplib.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/mcprouter)
  install(TARGETS mcprouter-httplib EXPORT mcprouterHttplibTargets)
  install(
    EXPORT mcprouterHttplibTargets
    NAMESPACE mcprouter::
    DESTINATION ${package_dir})
  install(FILES cmake/FindMCPHttplib.cmake DESTINATION ${package_dir})
endif()

if(MCPROUTER_BUILD_ASIO)
  install(FILES include/mcprouter/asio.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/mcprouter)
  install(TARGETS mcprouter-asio EXPORT mcprouterAsioTargets)
  install(
    EXPORT mcprouterAsioTargets
    NAMESPACE mcprouter::
    DESTINATION ${package_dir})
endif()

get_target_property(mcprouter_type mcprouter TYPE)
configure_package_config_file(cmake/mcprouterConfig.cmake.in mcprouterConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(mcprouterConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/mcprouterConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/mcprouterConfigVersion.cmake
        DESTINATION ${package_dir})
