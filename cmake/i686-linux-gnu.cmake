# 32-bit x86 (Debian: gcc-i686-linux-gnu, libc6-dev-i386-cross, qemu-user); cross.cmake says more.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR i686)
set(RNN_TRIPLE i686-linux-gnu)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-i386;-L;/usr/i686-linux-gnu)
set(CMAKE_C_FLAGS_INIT "-msse2 -mfpmath=sse") # the x87 unit rounds otherwise than the kernels expect
include(${CMAKE_CURRENT_LIST_DIR}/cross.cmake)
