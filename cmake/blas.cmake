# Finds the CBLAS that RNN_PRODUCTS_CBLAS is.  Sets
#
#   RNN_BLAS_STATIC        none, or link: which of src/math/blas_*.c the static library gets
#   RNN_BLAS_SHARED        the same for the shared library; or load: that library loads the CBLAS when it is first wanted,
#                          so that programs which do not use it pay nothing for it.  Where there is no dlopen, or the
#                          CBLAS is no single shared library or takes 64-bit integers, it is linked
#   RNN_BLAS_NAME          what is loaded, and what people are told: "libopenblas.so.0"; empty without a CBLAS
#   RNN_BLAS_LIBRARIES     what to link, names and targets that also hold on the machine of a user
#   RNN_BLAS_LINK_FLAGS    the same for the compiler's command line, as rnn.pc needs it
#   RNN_CBLAS_INCLUDE_DIR  where cblas.h is
#
# Tried in turn, each by compiling, linking and calling all that the library needs: OpenBLAS; whatever BLAS CMake
# finds, with CBLAS inside; the same with the separate libcblas of the reference implementation.  The user's BLA_VENDOR
# is obeyed.  A CBLAS whose integers have 64 bits (ILP64) is refused: by its header, or by what it does.
include(CheckCSourceCompiles)
include(CheckCSourceRuns)

# Does it compile and link with these libraries?  The answer is cached in `result`, until others are tried.
function(rnn_try_cblas result)
  if(NOT "${${result}_LIBRARIES}" STREQUAL "${ARGN}")
    unset(${result} CACHE)
    set(${result}_LIBRARIES "${ARGN}" CACHE INTERNAL "the libraries that ${result} speaks of")
  endif()
  set(CMAKE_REQUIRED_INCLUDES ${RNN_CBLAS_INCLUDE_DIR})
  set(CMAKE_REQUIRED_LIBRARIES ${ARGN} m)
  set(CMAKE_REQUIRED_QUIET ON)
  check_c_source_compiles("#include <cblas.h>
    int main(void)
    {
        float a = 0, x = 0, y = 0;
        cblas_sger(CblasRowMajor, 1, 1, 1, &x, 1, &y, 1, &a, 1);
        cblas_sgemv(CblasRowMajor, CblasNoTrans, 1, 1, 1, &a, 1, &x, 1, 1, &y, 1);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, 1, 1, 1, 1, &a, 1, &x, 1, 1, &y, 1);
        return 0;
    }" ${result})
endfunction()

# /usr/lib/libopenblas.so -> -lopenblas, with -L in front where the linker would not look; flags stay as they are.
function(rnn_link_flags result)
  set(flags "")
  foreach(library IN LISTS ARGN)
    if(IS_ABSOLUTE "${library}")
      get_filename_component(directory "${library}" DIRECTORY)
      get_filename_component(name "${library}" NAME_WE)
      string(REGEX REPLACE "^lib" "" name "${name}")
      if(NOT directory IN_LIST CMAKE_C_IMPLICIT_LINK_DIRECTORIES)
        list(APPEND flags "-L${directory}")
      endif()
      list(APPEND flags "-l${name}")
    elseif(library MATCHES "^-")
      list(APPEND flags "${library}")
    else()
      list(APPEND flags "-l${library}")
    endif()
  endforeach()
  list(REMOVE_DUPLICATES flags)
  list(JOIN flags " " flags)
  set(${result} "${flags}" PARENT_SCOPE)
endfunction()

# A macro, because find_package(BLAS) answers in variables and in the target BLAS::BLAS.
macro(rnn_find_cblas)
  find_path(RNN_CBLAS_INCLUDE_DIR cblas.h PATH_SUFFIXES openblas openblas-pthread cblas)
  mark_as_advanced(RNN_CBLAS_INCLUDE_DIR)
  set(RNN_BLA_VENDOR "${BLA_VENDOR}")
  if(NOT RNN_BLA_VENDOR)
    set(BLA_VENDOR OpenBLAS)
    find_package(BLAS QUIET)
    if(BLAS_FOUND)
      set(RNN_BLA_VENDOR OpenBLAS)
    endif()
    unset(BLA_VENDOR)
  endif()
  if(NOT BLAS_FOUND)
    find_package(BLAS QUIET)
  endif()
  if(BLAS_FOUND AND RNN_CBLAS_INCLUDE_DIR)
    rnn_try_cblas(RNN_BLAS_HAS_CBLAS ${BLAS_LIBRARIES})
    if(RNN_BLAS_HAS_CBLAS)
      set(RNN_BLAS_LIBRARIES BLAS::BLAS)
      set(RNN_CBLAS_FILES ${BLAS_LIBRARIES})
      rnn_link_flags(RNN_BLAS_LINK_FLAGS ${BLAS_LIBRARIES})
    else()
      rnn_try_cblas(RNN_LIBCBLAS_HAS_CBLAS cblas ${BLAS_LIBRARIES})
      if(RNN_LIBCBLAS_HAS_CBLAS)
        find_library(RNN_CBLAS_LIBRARY cblas)
        mark_as_advanced(RNN_CBLAS_LIBRARY)
        set(RNN_BLAS_LIBRARIES cblas BLAS::BLAS)
        set(RNN_CBLAS_FILES ${RNN_CBLAS_LIBRARY})
        rnn_link_flags(RNN_BLAS_LINK_FLAGS cblas ${BLAS_LIBRARIES})
      endif()
    endif()
  endif()
endmacro()

# The name by which the dynamic linker finds a library, its SONAME; empty for a static library, and without ELF.
function(rnn_loadable_name result library)
  set(name "")
  if(UNIX AND CMAKE_READELF)
    execute_process(COMMAND ${CMAKE_READELF} -d ${library} OUTPUT_VARIABLE dynamic ERROR_QUIET)
    if(dynamic MATCHES "\\(SONAME\\)[^[]*\\[([^]]+)\\]")
      set(name "${CMAKE_MATCH_1}")
    endif()
  endif()
  set(${result} "${name}" PARENT_SCOPE)
endfunction()

# Its functions take int, as src/math/blas.h declares them: by the header, and by a call of the library.  The count of the
# call is 2 in its lower half and negative as a whole; a CBLAS with 64-bit integers returns 0.
function(rnn_cblas_takes_int result)
  if(NOT "${${result}_LIBRARIES}" STREQUAL "${RNN_CBLAS_INCLUDE_DIR};${ARGN}")
    unset(${result} CACHE)
    unset(${result}_AS_DECLARED CACHE)
    set(${result}_LIBRARIES "${RNN_CBLAS_INCLUDE_DIR};${ARGN}" CACHE INTERNAL "the libraries that ${result} speaks of")
  endif()
  set(CMAKE_REQUIRED_INCLUDES ${RNN_CBLAS_INCLUDE_DIR})
  set(CMAKE_REQUIRED_QUIET ON)
  set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
  check_c_source_compiles("#include <cblas.h>
    _Static_assert(_Generic(&cblas_sdot, float (*)(int, const float *, int, const float *, int): 1, default: 0), \"\");
    int nothing;" ${result}_AS_DECLARED)
  if(NOT ${result}_AS_DECLARED)
    set(${result} OFF CACHE INTERNAL "the header has integers of another size")
    return()
  endif()
  if(NOT CMAKE_SIZEOF_VOID_P EQUAL 8 OR (CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR))
    set(${result} ON CACHE INTERNAL "not tried: as the header says")
    return()
  endif()
  set(CMAKE_TRY_COMPILE_TARGET_TYPE EXECUTABLE)
  set(CMAKE_REQUIRED_LIBRARIES ${ARGN} m)
  check_c_source_runs("#include <stdint.h>
    extern float cblas_sdot(int64_t n, const float *x, int64_t x_step, const float *y, int64_t y_step);
    int main(void)
    {
        const float x[2] = {1, 2}, y[2] = {3, 4};
        return cblas_sdot(INT64_C(2) - (INT64_C(1) << 32), x, 1, y, 1) != 11;
    }" ${result})
endfunction()

# The CBLAS that was found, unless it is refused.
function(rnn_check_cblas)
  rnn_cblas_takes_int(RNN_CBLAS_TAKES_INT ${RNN_BLAS_LIBRARIES})
  if(RNN_CBLAS_TAKES_INT)
    return()
  endif()
  set(reason "its integers have 64 bits (ILP64), and librnn passes int: ${RNN_CBLAS_FILES}")
  if(RNN_BLAS STREQUAL cblas)
    message(FATAL_ERROR "RNN_BLAS=cblas, but the CBLAS that was found cannot be used: ${reason}.  Please name another by "
      "CMAKE_PREFIX_PATH or BLA_VENDOR.")
  endif()
  set(RNN_BLAS_LIBRARIES "" PARENT_SCOPE)
  set(RNN_BLAS_LINK_FLAGS "" PARENT_SCOPE)
  set(RNN_BLAS_REFUSED "own kernels; a CBLAS was found and is not used: ${reason}" PARENT_SCOPE)
endfunction()

set(RNN_BLAS_LIBRARIES "")
set(RNN_BLAS_LINK_FLAGS "")
set(RNN_BLAS_NAME "")
set(RNN_BLAS_REFUSED "")
set(RNN_BLAS_STATIC none)
set(RNN_BLAS_SHARED none)
if(NOT RNN_BLAS MATCHES "^(auto|cblas|builtin)$")
  message(FATAL_ERROR "RNN_BLAS=${RNN_BLAS}: expected auto, cblas or builtin")
endif()
if(NOT RNN_BLAS STREQUAL builtin)
  rnn_find_cblas()
  if(RNN_BLAS_LIBRARIES)
    rnn_check_cblas()
  endif()
endif()

if(RNN_BLAS_LIBRARIES)
  set(RNN_BLAS_STATIC link)
  set(RNN_BLAS_SHARED link)
  list(GET RNN_CBLAS_FILES 0 library)
  list(FILTER RNN_CBLAS_FILES EXCLUDE REGEX "^-|/lib(m|dl|pthread|gomp|gfortran|quadmath)\\.")
  list(LENGTH RNN_CBLAS_FILES parts)
  rnn_loadable_name(RNN_BLAS_NAME "${library}")
  if(RNN_THREADS AND RNN_BLAS_NAME AND parts EQUAL 1) # loading is done under pthread_once
    set(RNN_BLAS_SHARED load)
  endif()
  if(NOT RNN_BLAS_NAME)
    get_filename_component(RNN_BLAS_NAME "${library}" NAME)
  endif()
  set(RNN_BLAS_SUMMARY "own kernels, and CBLAS on request: ${RNN_BLAS_NAME} (shared library: ${RNN_BLAS_SHARED})")
elseif(RNN_BLAS_REFUSED)
  set(RNN_BLAS_SUMMARY "${RNN_BLAS_REFUSED}")
elseif(RNN_BLAS STREQUAL cblas)
  message(FATAL_ERROR
    "RNN_BLAS=cblas, but no BLAS with cblas.h was found (Debian: apt-get install libopenblas-dev; "
    "elsewhere: CMAKE_PREFIX_PATH says where to look, BLA_VENDOR which one to take)")
elseif(RNN_BLAS STREQUAL builtin)
  set(RNN_BLAS_SUMMARY "own kernels, without a CBLAS, as asked")
else()
  set(RNN_BLAS_SUMMARY "own kernels; no CBLAS was found (Debian: apt-get install libopenblas-dev)")
endif()
message(STATUS "rnn: matrix products: ${RNN_BLAS_SUMMARY}")
