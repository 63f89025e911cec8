# A cross build on Debian.  The toolchain file of each system sets CMAKE_SYSTEM_NAME, CMAKE_SYSTEM_PROCESSOR and
# RNN_TRIPLE, the prefix of the compiler's name, and includes this file.
#
#   cmake -S . -B build-armhf -DCMAKE_TOOLCHAIN_FILE=cmake/arm-linux-gnueabihf.cmake
#
# Libraries and headers come from the compiler's own tree and from RNN_TARGET_ROOT, a folder with usr/include and
# usr/lib; none come from the host.
set(RNN_TARGET_ROOT /usr/${RNN_TRIPLE} CACHE PATH "a folder with usr/include and usr/lib for the target")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES RNN_TARGET_ROOT)
set(CMAKE_C_COMPILER ${RNN_TRIPLE}-gcc)
set(CMAKE_LIBRARY_ARCHITECTURE ${RNN_TRIPLE})
set(CMAKE_FIND_ROOT_PATH ${RNN_TARGET_ROOT} /usr/${RNN_TRIPLE})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${RNN_TARGET_ROOT})
set(ENV{PKG_CONFIG_LIBDIR}
  ${RNN_TARGET_ROOT}/usr/lib/${RNN_TRIPLE}/pkgconfig:${RNN_TARGET_ROOT}/usr/lib/pkgconfig:${RNN_TARGET_ROOT}/usr/share/pkgconfig)
