# Finds cpp-httplib: MCPHttplib_FOUND, MCPHttplib_VERSION and the target MCPHttplib::MCPHttplib.
#
# Releases install a CMake package. Debian and Ubuntu split the library into a header and a shared library and install
# no package, only a pkg-config file whose -D flags are part of the library's ABI: a program compiled without them has
# other classes than the library, and crashes.

include(FindPackageHandleStandardArgs)

if(TARGET MCPHttplib::MCPHttplib)
  return()
endif()

find_package(httplib CONFIG QUIET)
if(httplib_FOUND)
  set(MCPHttplib_VERSION ${httplib_VERSION})
  set(MCPHttplib_TARGET httplib::httplib)
else()
  find_package(PkgConfig QUIET)
  if(PkgConfig_FOUND)
    pkg_check_modules(MCPHttplib_PC QUIET cpp-httplib)
    set(MCPHttplib_VERSION ${MCPHttplib_PC_VERSION})
  endif()
  find_path(MCPHttplib_INCLUDE_DIR httplib.h HINTS ${MCPHttplib_PC_INCLUDE_DIRS} ${MCPHttplib_PC_INCLUDEDIR})
  find_library(MCPHttplib_LIBRARY cpp-httplib HINTS ${MCPHttplib_PC_LIBRARY_DIRS} ${MCPHttplib_PC_LIBDIR})
  mark_as_advanced(MCPHttplib_INCLUDE_DIR MCPHttplib_LIBRARY)
  if(MCPHttplib_PC_FOUND AND MCPHttplib_INCLUDE_DIR AND MCPHttplib_LIBRARY)
    set(MCPHttplib_TARGET ${MCPHttplib_LIBRARY})
  endif()
endif()

find_package_handle_standard_args(
  MCPHttplib
  REQUIRED_VARS MCPHttplib_TARGET
  VERSION_VAR MCPHttplib_VERSION)

if(MCPHttplib_FOUND)
  add_library(MCPHttplib::MCPHttplib INTERFACE IMPORTED)
  target_link_libraries(MCPHttplib::MCPHttplib INTERFACE ${MCPHttplib_TARGET})
  if(httplib_FOUND)
    # Else a request of 1 KB or more waits for a "100 Continue", which costs a round trip, or a second where a server
    # sends none.
    target_compile_definitions(MCPHttplib::MCPHttplib INTERFACE CPPHTTPLIB_EXPECT_100_THRESHOLD=0)
  else()
    find_package(Threads QUIET)
    target_link_libraries(MCPHttplib::MCPHttplib INTERFACE Threads::Threads)
    set(definitions ${MCPHttplib_PC_CFLAGS_OTHER})
    list(FILTER definitions INCLUDE REGEX "^-D")
    list(TRANSFORM definitions REPLACE "^-D" "")
    set_target_properties(
      MCPHttplib::MCPHttplib PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${MCPHttplib_INCLUDE_DIR}"
                                        INTERFACE_COMPILE_DEFINITIONS "${definitions}")
  endif()
endif()
