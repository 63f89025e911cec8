#undef _GNU_SOURCE /* which would replace POSIX's strerror_r by another */
#define _POSIX_C_SOURCE 200809L

#include "io/file.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGEST_PIECE ((size_t)1 << 30) /* some systems refuse to read or write 2 GiB at once */
#define NAME_ROOM     64                /* for the name of a new file */
#define LONGEST_PATH  4096              /* that Linux takes */

/* Fails with the system's reason for `error`, a number from errno. */
static int32_t fail(const char *function, const char *what, const char *path, int error)
{
    char reason[128];
    if (strerror_r(error, reason, sizeof reason) != 0)
        snprintf(reason, sizeof reason, "error %d", error);
    return rnni_status_fail(NULL, RNN_E_IO, "%s: cannot %s \"%s\": %s", function, what, rnni_utf8_quote(path).text,
                            reason);
}

static int open_again(const char *path, int flags, mode_t mode) /* until no signal comes between */
{
    int file;
    do
        file = open(path, flags | O_CLOEXEC, mode);
    while (file < 0 && errno == EINTR);
    return file;
}

/* ---- reading -------------------------------------------------------------------------------------------------- */

/* Reads up to `count` bytes, less only at the end of the file; gives errno. */
static int read_up_to(int file, unsigned char *bytes, size_t count, size_t *got)
{
    *got = 0;
    while (*got < count) {
        size_t left = count - *got;
        ssize_t n = read(file, bytes + *got, left < LARGEST_PIECE ? left : LARGEST_PIECE);
        if (n < 0 && errno != EINTR)
            return errno;
        if (n == 0)
            break;
        if (n > 0)
            *got += (size_t)n;
    }
    return 0;
}

static int32_t read_all(int file, unsigned char *bytes, size_t count, const char *path, const char *function)
{
    unsigned char one_more;
    size_t got, beyond = 0;
    int error = read_up_to(file, bytes, count, &got);
    if (!error && got == count)
        error = read_up_to(file, &one_more, 1, &beyond);
    if (error)
        return fail(function, "read", path, error);
    if (got != count || beyond)
        return rnni_status_fail(NULL, RNN_E_IO, "%s: \"%s\" changed its size of %zu bytes while it was read", function,
                                rnni_utf8_quote(path).text, count);
    return RNN_OK;
}

static int32_t read_open(unsigned char **bytes, size_t *count, int file, const char *path, const char *function)
{
    struct stat about;
    if (fstat(file, &about) != 0)
        return fail(function, "look at", path, errno);
    if (!S_ISREG(about.st_mode))
        return rnni_status_fail(NULL, RNN_E_IO, "%s: \"%s\" is %s, expected a regular file", function,
                                rnni_utf8_quote(path).text,
                                S_ISDIR(about.st_mode) ? "a directory" : "a device or pipe");
    size_t size = (size_t)about.st_size;
    unsigned char *block = (uintmax_t)about.st_size > SIZE_MAX ? NULL : rnni_memory_take(size, 1);
    if (!block)
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: no memory for the %jd bytes of \"%s\"", function,
                                (intmax_t)about.st_size, rnni_utf8_quote(path).text);
    int32_t status = read_all(file, block, size, path, function);
    if (status) {
        rnni_memory_release(block);
        return status;
    }
    *bytes = block;
    *count = size;
    return RNN_OK;
}

int32_t rnni_file_read(unsigned char **bytes, size_t *count, const char *path, const char *function)
{
    /* Without O_NONBLOCK, opening a named pipe would wait for its writer; regular files take no notice of it. */
    int file = open_again(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    if (file < 0)
        return fail(function, "open", path, errno);
    int32_t status = read_open(bytes, count, file, path, function);
    close(file); /* only read from: nothing can be lost */
    return status;
}

/* ---- writing -------------------------------------------------------------------------------------------------- */

static int write_all(int file, const unsigned char *bytes, size_t count) /* gives errno */
{
    while (count > 0) {
        ssize_t n = write(file, bytes, count < LARGEST_PIECE ? count : LARGEST_PIECE);
        if (n < 0 && errno != EINTR)
            return errno;
        if (n == 0)
            return EIO; /* rather than try for ever */
        if (n > 0) {
            bytes += n;
            count -= (size_t)n;
        }
    }
    return 0;
}

static int sync_again(int file) /* gives errno */
{
    while (fsync(file) != 0)
        if (errno != EINTR)
            return errno;
    return 0;
}

static int close_once(int file) /* gives errno; after EINTR the number may belong to another file: never again */
{
    return close(file) != 0 && errno != EINTR ? errno : 0;
}

/* Writes, syncs and closes the new file. */
static int32_t fill(int file, const unsigned char *bytes, size_t count, const char *path, const char *function)
{
    const char *step = "write the new file for";
    int error = write_all(file, bytes, count);
    if (!error) {
        step = "sync the new file for";
        error = sync_again(file);
    }
    int close_error = close_once(file);
    if (!error) {
        step = "close the new file for";
        error = close_error;
    }
    return error ? fail(function, step, path, error) : RNN_OK;
}

/* Completes `name`, a directory of `length` bytes, by a name that no thread or process has used, and creates that file;
 * -1 and errno where it cannot. */
static int create_beside(char *name, size_t length, mode_t mode)
{
    static atomic_uint counter;
    int file = -1;
    errno = EEXIST;
    /* A name is taken only where a process of the same number has died or runs on another machine. */
    for (int i = 0; i < 1000 && file < 0 && errno == EEXIST; i++) {
        snprintf(name + length, NAME_ROOM, ".rnn-%jd-%u.tmp", (intmax_t)getpid(), atomic_fetch_add(&counter, 1));
        file = open_again(name, O_WRONLY | O_CREAT | O_EXCL, mode);
    }
    return file;
}

/* A new file with the bytes, then its name becomes `path`. */
static int32_t create_and_rename(char *name, size_t length, const struct stat *old, const char *path,
                                 const unsigned char *bytes, size_t count, const char *function)
{
    mode_t mode = old ? old->st_mode & 0777 : 0666;
    int file = create_beside(name, length, mode);
    if (file < 0)
        return fail(function, "create a new file beside", path, errno);
    if (old) /* undoes the umask; a file system that knows no permissions may refuse */
        (void)fchmod(file, mode);
    int32_t status = fill(file, bytes, count, path, function);
    if (!status && rename(name, path) != 0)
        status = fail(function, "rename the new file to", path, errno);
    if (status)
        unlink(name);
    return status;
}

/* The rename is on disk when its directory is.  Some file systems cannot sync a directory, and say EINVAL. */
static int32_t sync_directory(int directory, const char *path, const char *function)
{
    int error = sync_again(directory);
    return error && error != EINVAL ? fail(function, "sync the directory of", path, error) : RNN_OK;
}

int32_t rnni_file_replace(const char *path, const unsigned char *bytes, size_t count, const char *function)
{
    struct stat old;
    bool exists = stat(path, &old) == 0;
    if (exists && !S_ISREG(old.st_mode))
        return rnni_status_fail(NULL, RNN_E_IO, "%s: \"%s\" is %s, only a regular file is replaced", function,
                                rnni_utf8_quote(path).text, S_ISDIR(old.st_mode) ? "a directory" : "a device or pipe");
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) + 1 : 2;
    char name[LONGEST_PATH + NAME_ROOM]; /* not memory of its own: a training run saves itself without taking any */
    if (length > LONGEST_PATH)
        return fail(function, "open the directory of", path, ENAMETOOLONG);
    memcpy(name, slash ? path : "./", length);
    name[length] = 0;

    int32_t status;
    int directory = open_again(name, O_RDONLY | O_DIRECTORY, 0);
    if (directory < 0 && errno != EACCES) { /* one may be allowed to write to a directory and not to read it */
        status = fail(function, "open the directory of", path, errno);
    } else {
        status = create_and_rename(name, length, exists ? &old : NULL, path, bytes, count, function);
        if (!status && directory >= 0)
            status = sync_directory(directory, path, function);
    }
    if (directory >= 0)
        close(directory);
    return status;
}
