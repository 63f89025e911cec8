# 32-bit x86 (Debian: gcc-i686-linux-gnu, libc6-dev-i386-cross, qemu-user); cross.cmake says more.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR i686)
set(RNN_TRIPLE i686-linux-gnu)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-i386;-L;/usr/i686-linux-gnu)
include(${CMAKE_CURRENT_LIST_DIR}/cross.cmake)
