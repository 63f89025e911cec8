# 32-bit x86 (Debian: gcc-i686-linux-gnu, libc6-dev-i386-cross); cross.cmake says more.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR i686)
set(RNN_TRIPLE i686-linux-gnu)
# The processor of the host runs the programs; qemu-i386 hangs in programs with threads.
set(CMAKE_CROSSCOMPILING_EMULATOR /usr/i686-linux-gnu/lib/ld-linux.so.2;--library-path;/usr/i686-linux-gnu/lib)
set(CMAKE_C_FLAGS_INIT "-msse2 -mfpmath=sse") # the x87 unit rounds otherwise than the kernels expect
include(${CMAKE_CURRENT_LIST_DIR}/cross.cmake)
