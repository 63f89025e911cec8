# What `cmake --install` puts where.  Components: runtime is what a program needs to run, development what a programmer
# needs besides it, static the library for static linking (which needs the header of development), documentation
# the texts, the sources of the examples, and man pages.
include(CMakePackageConfigHelpers)
set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/rnn)

# find_package(rnn): each library has a file of targets of its own, for one may be installed without the other.
if(RNN_BUILD_SHARED)
  install(TARGETS rnn EXPORT rnn_shared
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development)
  install(EXPORT rnn_shared NAMESPACE rnn:: FILE rnn-shared.cmake DESTINATION ${config_dir} COMPONENT development)
endif()
if(RNN_BUILD_STATIC)
  install(TARGETS rnn_static EXPORT rnn_static
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT static)
  install(EXPORT rnn_static NAMESPACE rnn:: FILE rnn-static.cmake DESTINATION ${config_dir} COMPONENT static)
endif()
if(TARGET rnn_module)
  install(TARGETS rnn_module RUNTIME DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime)
endif()
install(FILES include/rnn.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(FILES abi/librnn.json DESTINATION ${CMAKE_INSTALL_DATADIR}/librnn COMPONENT development)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT runtime)

# The README's links to files that are not installed become text.
file(READ README.md readme)
string(REGEX REPLACE "\\[([^]\n]*)\\]\\((abi|bench|bindings|docs|include|python|CONTRIBUTING)[^)\n]*\\)" "\\1" readme "${readme}")
file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/installed/README.md CONTENT "${readme}")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/README.md)
install(FILES ${PROJECT_BINARY_DIR}/installed/README.md CHANGELOG.md SECURITY.md
  DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documentation)
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documentation USE_SOURCE_PERMISSIONS)

# Man pages are made from rnn.h, where there is a Python.
find_package(Python3 3.8 QUIET COMPONENTS Interpreter)
if(UNIX AND Python3_Interpreter_FOUND)
  add_custom_command(OUTPUT man/man3/rnn.3 COMMENT "man pages from rnn.h" VERBATIM
    COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/docs/tools/man.py ${PROJECT_BINARY_DIR}/man/man3
    DEPENDS include/rnn.h abi/generate.py docs/tools/contracts.py docs/tools/man.py)
  add_custom_target(rnn_man ALL DEPENDS ${PROJECT_BINARY_DIR}/man/man3/rnn.3)
  install(DIRECTORY ${PROJECT_BINARY_DIR}/man/man3 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT documentation OPTIONAL)
endif()

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
foreach(place PREFIX LIBDIR INCLUDEDIR)
  string(REPLACE " " "\\ " RNN_PC_${place} "${RNN_PC_${place}}")
endforeach()
set(thread_flags ${RNN_THREAD_LIBRARIES})
list(TRANSFORM thread_flags REPLACE "^([^-].*)" "-l\\1")
string(STRIP "${RNN_BLAS_LINK_FLAGS} ${thread_flags} -lm" RNN_PC_LIBS_PRIVATE)
set(RNN_PC_LIBS "")
set(RNN_PC_CFLAGS "")
if(NOT RNN_BUILD_SHARED) # then nobody needs to say --static
  set(RNN_PC_LIBS " ${RNN_PC_LIBS_PRIVATE}")
  set(RNN_PC_CFLAGS " -DRNN_STATIC")
endif()
configure_file(librnn.pc.in ${PROJECT_BINARY_DIR}/rnn.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/rnn.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

configure_package_config_file(cmake/rnn-config.cmake.in ${PROJECT_BINARY_DIR}/rnn-config.cmake
  INSTALL_DESTINATION ${config_dir} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/rnn-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/rnn-config.cmake ${PROJECT_BINARY_DIR}/rnn-config-version.cmake
  DESTINATION ${config_dir} COMPONENT development)

if(RNN_TOP_LEVEL)
  add_custom_target(uninstall COMMENT "removing what this build has installed" VERBATIM
    COMMAND ${CMAKE_COMMAND} -DBUILD=${PROJECT_BINARY_DIR} -P ${CMAKE_CURRENT_LIST_DIR}/uninstall.cmake)
endif()
