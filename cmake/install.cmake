# What `cmake --install` puts where.  Components: runtime is what a program needs to run, development what a programmer
# needs besides it, static the library for static linking (which needs the header of development).
include(CMakePackageConfigHelpers)
set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/rnn)

if(CMAKE_SYSTEM_NAME STREQUAL WASI) # a module for a host, which nothing is linked with
  set(RNN_COMPONENT static)
  install(TARGETS rnn RUNTIME DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime)
else()
  set(RNN_COMPONENT shared)
  install(TARGETS rnn EXPORT rnn_shared
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development)
  install(EXPORT rnn_shared NAMESPACE rnn:: FILE rnn-shared.cmake DESTINATION ${config_dir} COMPONENT development)
endif()
install(TARGETS rnn_static EXPORT rnn_static
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT static)
install(FILES include/rnn.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(FILES abi/librnn.json DESTINATION ${CMAKE_INSTALL_DATADIR}/librnn COMPONENT development)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT runtime)
install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT development)

# pkg-config: rnn.pc finds its prefix from where it lies, so the installed tree may be moved.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(RNN_PC_PREFIX "${CMAKE_INSTALL_PREFIX}")
  set(RNN_PC_LIBDIR "${CMAKE_INSTALL_LIBDIR}")
else()
  file(RELATIVE_PATH up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  string(REGEX REPLACE "/$" "" up "${up}")
  set(RNN_PC_PREFIX "\${pcfiledir}/${up}")
  set(RNN_PC_LIBDIR "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
endif()
if(IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(RNN_PC_INCLUDEDIR "${CMAKE_INSTALL_INCLUDEDIR}")
else()
  set(RNN_PC_INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
set(thread_flags ${RNN_THREAD_LIBRARIES})
list(TRANSFORM thread_flags REPLACE "^([^-].*)" "-l\\1")
string(STRIP "${RNN_BLAS_LINK_FLAGS} ${thread_flags} -lm" RNN_PC_LIBS_PRIVATE)
configure_file(librnn.pc.in ${PROJECT_BINARY_DIR}/rnn.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/rnn.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

# find_package(rnn): each library has a file of targets of its own, for one may be installed without the other.
configure_package_config_file(cmake/rnn-config.cmake.in ${PROJECT_BINARY_DIR}/rnn-config.cmake
  INSTALL_DESTINATION ${config_dir} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/rnn-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/rnn-config.cmake ${PROJECT_BINARY_DIR}/rnn-config-version.cmake
  DESTINATION ${config_dir} COMPONENT development)
install(EXPORT rnn_static NAMESPACE rnn:: FILE rnn-static.cmake DESTINATION ${config_dir} COMPONENT static)
