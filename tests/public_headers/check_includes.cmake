# Fails if a public header includes anything but a sibling or a header of the C++ standard library.

file(GLOB headers ${INCLUDE_DIR}/mcprouter/*.hpp)
if(NOT headers)
  message(FATAL_ERROR "no headers in ${INCLUDE_DIR}/mcprouter")
endif()
foreach(header IN LISTS headers)
  file(STRINGS ${header} includes REGEX "^[ \t]*#[ \t]*include")
  foreach(include IN LISTS includes)
    # The standard's headers, and no others in use here, are one word without extension.
    if(NOT include MATCHES "include (\"mcprouter/[a-z_]+\\.hpp\"|<[a-z_]+>)$")
      message(SEND_ERROR "${header}: ${include}")
    endif()
  endforeach()
endforeach()
