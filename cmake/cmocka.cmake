# Finds CMocka: the target PkgConfig::CMOCKA.  Without it RNN_BUILD_TESTS is OFF for this build, with a message.  In a cross
# build pkg-config may know only the libraries of the host, so a test program is linked.  CMocka does not build for WASI,
# for which tests/wasi has what the tests use of it.
if(CMAKE_SYSTEM_NAME STREQUAL WASI)
  add_library(PkgConfig::CMOCKA INTERFACE IMPORTED)
  target_compile_options(PkgConfig::CMOCKA INTERFACE -I${PROJECT_SOURCE_DIR}/tests/wasi) # in front of zig's setjmp.h
  return()
endif()
include(CheckCSourceCompiles)
find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
  pkg_check_modules(CMOCKA QUIET IMPORTED_TARGET cmocka)
endif()
if(CMOCKA_FOUND)
  set(CMAKE_REQUIRED_LIBRARIES PkgConfig::CMOCKA)
  set(CMAKE_REQUIRED_QUIET ON)
  check_c_source_compiles("#include <setjmp.h>
    #include <stdarg.h>
    #include <stddef.h>
    #include <stdint.h>
    #include <cmocka.h>
    int main(void) { return cmocka_run_group_tests_name(\"\", (const struct CMUnitTest[]){{0}}, NULL, NULL); }"
    RNN_CMOCKA_LINKS)
  unset(CMAKE_REQUIRED_LIBRARIES)
  unset(CMAKE_REQUIRED_QUIET)
endif()
if(NOT CMOCKA_FOUND OR NOT RNN_CMOCKA_LINKS)
  set(RNN_BUILD_TESTS OFF)
  unset(RNN_CMOCKA_LINKS CACHE) # CMocka may come
  message(STATUS "rnn: no tests: they need CMocka and pkg-config (Debian: apt-get install libcmocka-dev pkg-config)")
endif()
