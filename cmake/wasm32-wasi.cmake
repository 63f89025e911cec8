# WebAssembly with WASI, by zig (PyPI: ziglang); wasmtime or Node runs the programs; zig.cmake says more.
#
#   cmake -S . -B build-wasm -DCMAKE_TOOLCHAIN_FILE=cmake/wasm32-wasi.cmake
#
# RNN_WASM_SIMD=OFF is for engines without vectors of 128 bits.
set(RNN_ZIG_TARGET wasm32-wasi CACHE STRING "the target")
option(RNN_WASM_SIMD "use vectors of 128 bits" ON)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES RNN_WASM_SIMD)
set(CMAKE_CROSSCOMPILING_EMULATOR ${CMAKE_CURRENT_LIST_DIR}/../tests/wasi/run)
include(${CMAKE_CURRENT_LIST_DIR}/zig.cmake)
if(RNN_WASM_SIMD)
  string(APPEND CMAKE_C_FLAGS_INIT " -msimd128")
endif()
