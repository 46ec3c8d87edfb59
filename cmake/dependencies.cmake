# Dependencies: what the host project or the system has, else pinned releases.
#
# The hashes are those that package repositories state for the very same URLs: fmt from the Bazel Central Registry and
# Homebrew, cpp-httplib and Catch2 from Homebrew, nlohmann/json from projects that pin the same release file,
# simdjson from Homebrew and Termux.

include(FetchContent)

# Downloads a release and adds it to this build, `SETTINGS` being pairs of option and value of its own. The warnings of
# its headers stay away from our targets.
function(mcprouter_fetch name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TARGET;URL;SHA256" "SETTINGS")
  if(NOT MCPROUTER_FETCH_DEPS)
    message(FATAL_ERROR "mcprouter needs ${name}: install it, or set MCPROUTER_FETCH_DEPS=ON")
  endif()
  message(STATUS "mcprouter: ${name} was not found, fetching ${arg_URL}")
  while(arg_SETTINGS)
    list(POP_FRONT arg_SETTINGS setting value)
    set(${setting} ${value} CACHE INTERNAL "")
  endwhile()
  FetchContent_Declare(${name} URL ${arg_URL} URL_HASH SHA256=${arg_SHA256})
  FetchContent_MakeAvailable(${name})
  get_target_property(include_directories ${arg_TARGET} INTERFACE_INCLUDE_DIRECTORIES)
  set_target_properties(${arg_TARGET} PROPERTIES INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${include_directories}")
endfunction()

if(NOT TARGET nlohmann_json::nlohmann_json)
  find_package(nlohmann_json 3.11 QUIET)
  if(NOT nlohmann_json_FOUND)
    mcprouter_fetch(
      nlohmann_json
      TARGET nlohmann_json
      URL https://github.com/nlohmann/json/releases/download/v3.12.0/json.tar.xz
      SHA256 42f6e95cad6ec532fd372391373363b62a14af6d771056dbfc86160e6dfff7aa
      SETTINGS JSON_BuildTests OFF JSON_Install OFF)
  endif()
endif()

if(NOT TARGET fmt::fmt)
  find_package(fmt 9 QUIET)
  if(NOT fmt_FOUND)
    # Installed with us: who links a static mcprouter links fmt too.
    mcprouter_fetch(
      fmt
      TARGET fmt
      URL https://github.com/fmtlib/fmt/releases/download/12.1.0/fmt-12.1.0.zip
      SHA256 695fd197fa5aff8fc67b5f2bbc110490a875cdf7a41686ac8512fb480fa8ada7
      SETTINGS FMT_INSTALL ${MCPROUTER_INSTALL})
  endif()
endif()

if(NOT TARGET simdjson::simdjson)
  # Any release will do; its package takes a version for another as soon as the minor number differs.
  find_package(simdjson QUIET)
  if(NOT simdjson_FOUND)
    # Installed with us, as fmt is.
    mcprouter_fetch(
      simdjson
      TARGET simdjson
      URL https://github.com/simdjson/simdjson/archive/refs/tags/v4.2.3.tar.gz
      SHA256 5b2506650aa6557612b9abfff3d60cfef2fb5ac06a3735c0c376d81af6432a14
      SETTINGS SIMDJSON_ENABLE_THREADS OFF SIMDJSON_INSTALL ${MCPROUTER_INSTALL})
  endif()
endif()

# For the engine, and for tests and examples.
find_package(Threads REQUIRED)

if(MCPROUTER_BUILD_HTTPLIB AND NOT TARGET MCPHttplib::MCPHttplib)
  find_package(MCPHttplib QUIET)
  if(NOT MCPHttplib_FOUND)
    mcprouter_fetch(
      httplib
      TARGET httplib
      URL https://github.com/yhirose/cpp-httplib/archive/refs/tags/v0.56.0.tar.gz
      SHA256 41f214d844e3b9117b734a8cc305b6141c5b47d63009681944e03bc31d92b9ca
      SETTINGS HTTPLIB_INSTALL ${MCPROUTER_INSTALL})
    add_library(MCPHttplib::MCPHttplib INTERFACE IMPORTED)
    target_link_libraries(MCPHttplib::MCPHttplib INTERFACE httplib::httplib)
    # As in FindMCPHttplib.cmake.
    target_compile_definitions(MCPHttplib::MCPHttplib INTERFACE CPPHTTPLIB_EXPECT_100_THRESHOLD=0)
  endif()
endif()

# Too large to fetch, and on every system.
find_package(OpenSSL REQUIRED)

if(MCPROUTER_BUILD_ASIO)
  find_package(Boost ${mcprouter_boost_version} CONFIG REQUIRED)
endif()

if(MCPROUTER_BUILD_TESTS AND NOT TARGET Catch2::Catch2)
  find_package(Catch2 QUIET)
  if(NOT Catch2_FOUND)
    mcprouter_fetch(
      Catch2
      TARGET Catch2
      URL https://github.com/catchorg/Catch2/archive/refs/tags/v3.16.0.tar.gz
      SHA256 0957cae5821b17ce07f0833aaa52b5137643a8382203221f363a8303c109af34)
  endif()
endif()
