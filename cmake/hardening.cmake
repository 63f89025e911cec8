# What every part of the library is compiled and linked with so that
#   - equal sources give equal bytes, wherever the source and the build are: no file has their paths
#   - with RNN_HARDENING, an error that overwrites memory ends the program: the stack protector, the checks of
#     _FORTIFY_SOURCE where the compiler optimises, and no table that is writable after the library is loaded
# Sanitizers replace the second.  Windows and WebAssembly have no such libraries, or functions that a program would need
# besides librnn.a.
include(CheckCCompilerFlag)
include(CheckCSourceCompiles)
option(RNN_HARDENING "stack protector, _FORTIFY_SOURCE, and a shared library whose tables are read-only" ON)

set(RNN_PART_OPTIONS "")
set(RNN_SHARED_LINK_OPTIONS "")
check_c_compiler_flag(-ffile-prefix-map=/source=. RNN_HAVE_PREFIX_MAP) # not the path itself, which may have spaces
if(RNN_HAVE_PREFIX_MAP)
  list(APPEND RNN_PART_OPTIONS "-ffile-prefix-map=${PROJECT_SOURCE_DIR}=." "-ffile-prefix-map=${PROJECT_BINARY_DIR}=.")
endif()

set(RNN_HARDENED OFF)
if(RNN_HARDENING AND NOT RNN_SANITIZE AND NOT WIN32 AND NOT CMAKE_SYSTEM_NAME MATCHES "^(WASI|Emscripten)$")
  set(RNN_HARDENED ON)
  set(CMAKE_REQUIRED_FLAGS -fstack-protector-strong) # to be linked too
  check_c_source_compiles("int main(int count, char **words)
    {
        char text[16] = {0};
        text[count & 15] = words[0][0];
        return text[3];
    }" RNN_HAVE_STACK_PROTECTOR)
  if(RNN_HAVE_STACK_PROTECTOR)
    list(APPEND RNN_PART_OPTIONS -fstack-protector-strong)
  endif()
  foreach(level 3 2) # a C library or compiler that does not know level 3 warns
    set(CMAKE_REQUIRED_FLAGS "-O2 -Werror -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=${level}")
    check_c_source_compiles("#include <stdio.h>\nint main(void) { return printf(\"1\") != 1; }" RNN_HAVE_FORTIFY_${level})
    if(RNN_HAVE_FORTIFY_${level})
      set(optimised $<OR:$<CONFIG:Release>,$<CONFIG:RelWithDebInfo>,$<CONFIG:MinSizeRel>>)
      list(APPEND RNN_PART_OPTIONS $<${optimised}:-U_FORTIFY_SOURCE> $<${optimised}:-D_FORTIFY_SOURCE=${level}>)
      break()
    endif()
  endforeach()
  unset(CMAKE_REQUIRED_FLAGS)
  if(NOT APPLE)
    set(RNN_SHARED_LINK_OPTIONS -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
  endif()
endif()
