# How our own targets are compiled. Nothing here reaches those who link them.

if(MCPROUTER_SANITIZE)
  # Directory-wide, so that fetched dependencies are instrumented too.
  add_compile_options(-fsanitize=${MCPROUTER_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${MCPROUTER_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND MCPROUTER_SANITIZE MATCHES "undefined")
    # clang 14 cannot assemble coroutines with this check in them.
    add_compile_options(-fno-sanitize=function)
  endif()
endif()

function(mcprouter_compile_options target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  if(MSVC)
    target_compile_options(${target} PRIVATE /W4 /utf-8 $<$<BOOL:${MCPROUTER_WERROR}>:/WX>)
  else()
    target_compile_options(
      ${target}
      PRIVATE -Wall
              -Wextra
              -Wpedantic
              -Wshadow
              -Wconversion
              $<$<CXX_COMPILER_ID:Clang,AppleClang>:-Wthread-safety>
              $<$<BOOL:${MCPROUTER_WERROR}>:-Werror>)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
      # g++ 12 sees overlaps in libstdc++'s own string concatenation (GCC bug 105651).
      target_compile_options(${target} PRIVATE -Wno-restrict)
    endif()
    if(MCPROUTER_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # Instrumented code makes g++ see uninitialized values where there are none, in the standard library's headers too.
      target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized)
      if(MCPROUTER_SANITIZE STREQUAL "thread")
        # Boost.Asio has fences, which that sanitizer does not see; what they guard is guarded by locks too.
        target_compile_options(${target} PRIVATE -Wno-tsan)
      endif()
    endif()
  endif()
endfunction()
