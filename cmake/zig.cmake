# A cross build by zig, a C compiler that brings the headers and libraries of all its targets (PyPI: ziglang).
#
#   cmake -S . -B build-macos -DCMAKE_TOOLCHAIN_FILE=cmake/zig.cmake -DRNN_ZIG_TARGET=aarch64-macos.11.0
#
# RNN_ZIG_TARGET is what `zig cc -target` takes: processor, system with its lowest version, C library with its lowest
# version.  RNN_ZIG is the program; by default the one in the PATH.
set(RNN_ZIG_TARGET "" CACHE STRING "the target, such as x86_64-linux-gnu.2.17")
find_program(RNN_ZIG zig REQUIRED)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES RNN_ZIG RNN_ZIG_TARGET)

if(NOT RNN_ZIG_TARGET MATCHES "^([a-z0-9_]+)-(linux|macos|windows|wasi)")
  message(FATAL_ERROR "RNN_ZIG_TARGET is \"${RNN_ZIG_TARGET}\": expected a target of zig, such as x86_64-linux-gnu.2.17")
endif()
set(CMAKE_SYSTEM_PROCESSOR ${CMAKE_MATCH_1})
if(CMAKE_MATCH_2 STREQUAL linux)
  set(CMAKE_SYSTEM_NAME Linux)
elseif(CMAKE_MATCH_2 STREQUAL macos)
  set(CMAKE_SYSTEM_NAME Darwin)
elseif(CMAKE_MATCH_2 STREQUAL windows)
  set(CMAKE_SYSTEM_NAME Windows)
  set(CMAKE_C_STANDARD_LIBRARIES -lkernel32 CACHE STRING "CMake's default has more, and zig would build them all")
else()
  set(CMAKE_SYSTEM_NAME WASI)
  list(APPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR}) # for Platform/WASI.cmake
endif()

unset(ENV{CMAKE_C_COMPILER_LAUNCHER}) # ccache does not know zig
set(CMAKE_C_COMPILER ${RNN_ZIG} cc)
set(CMAKE_C_COMPILER_TARGET ${RNN_ZIG_TARGET})
set(CMAKE_C_FLAGS_INIT -g0) # zig's default is -g
foreach(tool ar ranlib) # CMake takes a program without arguments
  string(TOUPPER ${tool} variable)
  set(CMAKE_${variable} ${CMAKE_BINARY_DIR}/zig-${tool} CACHE FILEPATH "zig ${tool}")
  file(WRITE ${CMAKE_BINARY_DIR}/zig-${tool} "#!/bin/sh\nexec '${RNN_ZIG}' ${tool} \"$@\"\n")
  execute_process(COMMAND chmod +x ${CMAKE_BINARY_DIR}/zig-${tool})
endforeach()
set(CMAKE_FIND_ROOT_PATH ${CMAKE_CURRENT_LIST_DIR}/none) # nothing comes from the host
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
