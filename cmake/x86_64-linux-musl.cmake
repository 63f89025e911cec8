# musl on x86-64 (Debian: musl-tools); the host runs its programs; cross.cmake says more.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(RNN_TRIPLE x86_64-linux-musl)
include(${CMAKE_CURRENT_LIST_DIR}/cross.cmake)
