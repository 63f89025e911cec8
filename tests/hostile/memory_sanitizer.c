/* For random_calls under the memory sanitizer: what these functions write is known to be written.  clang 14 does not
 * know them by the names that glibc has had since 2.33. */
#define _GNU_SOURCE
#include <sanitizer/msan_interface.h>
#include <sys/stat.h>

#define KNOWN(name, type)                                                                                              \
    int __real_##name(type what, struct stat *about);                                                                  \
    int __wrap_##name(type what, struct stat *about);                                                                  \
    int __wrap_##name(type what, struct stat *about)                                                                   \
    {                                                                                                                  \
        int result = __real_##name(what, about);                                                                       \
        __msan_unpoison(about, sizeof *about);                                                                         \
        return result;                                                                                                 \
    }

KNOWN(stat, const char *)
KNOWN(stat64, const char *)
KNOWN(fstat, int)
KNOWN(fstat64, int)
