# A cross build for 64-bit Arm on Debian (gcc-aarch64-linux-gnu, qemu-user):
#
#   cmake -S . -B build-aarch64 -DCMAKE_TOOLCHAIN_FILE=cmake/aarch64-linux-gnu.cmake -DRNN_BLAS=builtin
#
# Libraries and headers come from the compiler's own tree and from RNN_TARGET_ROOT, into which arm64 packages may be
# unpacked; none come from the host.  ctest runs the programs by qemu.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64;-L;/usr/aarch64-linux-gnu)

set(RNN_TARGET_ROOT /usr/aarch64-linux-gnu CACHE PATH "a folder with usr/include and usr/lib of arm64 packages")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES RNN_TARGET_ROOT)
set(CMAKE_FIND_ROOT_PATH ${RNN_TARGET_ROOT} /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${RNN_TARGET_ROOT})
set(ENV{PKG_CONFIG_LIBDIR} ${RNN_TARGET_ROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${RNN_TARGET_ROOT}/usr/share/pkgconfig)
set(CMAKE_DISABLE_FIND_PACKAGE_MPI ON) # mpicc is a program of the host and names the host's libraries
