# What `cmake --install` puts where. The helpers of mount(8) and umount(8) are links to the program, in the directory
# those search.
install(TARGETS ftpsfs RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${PROJECT_SOURCE_DIR}/man/ftpsfs.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${PROJECT_SOURCE_DIR}/man/mount.ftpsfs.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/CHANGELOG.md
        DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/ftpsfs)

set(FTPSFS_MOUNT_HELPER_DIR "" CACHE STRING
    "Directory of mount.ftpsfs and umount.fuse.ftpsfs; empty: /usr/sbin below /usr, /sbin for /usr/local, PREFIX/sbin for any other prefix")

# The prefix is known only at installation: --prefix may change it.
install(CODE "set(bindir \"${CMAKE_INSTALL_BINDIR}\")\nset(mandir \"${CMAKE_INSTALL_MANDIR}\")\nset(helper_dir \"${FTPSFS_MOUNT_HELPER_DIR}\")")
install(CODE [[
  if(NOT helper_dir)
    if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
      set(helper_dir /usr/sbin)
    elseif(CMAKE_INSTALL_PREFIX STREQUAL "/usr/local")
      set(helper_dir /sbin)
    else()
      set(helper_dir "${CMAKE_INSTALL_PREFIX}/sbin")
    endif()
  endif()
  set(program "${bindir}/ftpsfs")
  if(NOT IS_ABSOLUTE "${program}")
    set(program "${CMAKE_INSTALL_PREFIX}/${program}")
  endif()
  if(program MATCHES "^/usr/" AND helper_dir MATCHES "^/usr/")
    file(RELATIVE_PATH program "${helper_dir}" "${program}")
  endif()
  file(MAKE_DIRECTORY "$ENV{DESTDIR}${helper_dir}")
  foreach(helper mount.ftpsfs umount.fuse.ftpsfs)
    message(STATUS "Installing: $ENV{DESTDIR}${helper_dir}/${helper} -> ${program}")
    file(CREATE_LINK "${program}" "$ENV{DESTDIR}${helper_dir}/${helper}" SYMBOLIC)
  endforeach()
  if(NOT IS_ABSOLUTE "${mandir}")
    set(mandir "${CMAKE_INSTALL_PREFIX}/${mandir}")
  endif()
  file(CREATE_LINK mount.ftpsfs.8 "$ENV{DESTDIR}${mandir}/man8/umount.fuse.ftpsfs.8" SYMBOLIC)
]])
