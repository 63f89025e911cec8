#define _GNU_SOURCE /* O_TMPFILE, AT_EMPTY_PATH */

#include "io/disk.h"

#include "base/status.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/syscall.h>
#elif defined(__APPLE__)
#include <sys/random.h> /* getentropy, which WASI has in unistd.h */
#endif

#define LARGEST_PIECE ((size_t)1 << 30) /* some systems refuse to read or write 2 GiB at once */
#define NAME_ROOM     32                /* for the name of a new file */
#define LONGEST_PATH  4096              /* that Linux takes */
#define NAME_TRIES    100

/* Fails with the system's reason for `error`, a number from errno. */
static int32_t fail(const char *function, const char *what, const char *path, int error)
{
    char room[128];
#ifdef __GLIBC__ /* whose strerror_r returns the text */
    const char *reason = strerror_r(error, room, sizeof room);
#else
    const char *reason = room;
    if (strerror_r(error, room, sizeof room) != 0)
        snprintf(room, sizeof room, "error %d", error);
#endif
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

static void take_time(int64_t changed[2], const struct stat *about)
{
    changed[0] = about->st_mtime;
#ifdef __APPLE__
    changed[1] = about->st_mtimespec.tv_nsec;
#else
    changed[1] = about->st_mtim.tv_nsec;
#endif
}

static int32_t check_opened(struct rnni_disk *disk, const char *path, const char *function)
{
    struct stat about;
    if (fstat((int)disk->handle, &about) != 0)
        return fail(function, "inspect", path, errno);
    if (!S_ISREG(about.st_mode))
        return rnni_status_fail(NULL, RNN_E_IO, "%s: \"%s\" is %s, expected a regular file", function,
                                rnni_utf8_quote(path).text,
                                S_ISDIR(about.st_mode) ? "a directory" : "a device or pipe");
    disk->count = (uint64_t)about.st_size;
    take_time(disk->changed, &about);
    return RNN_OK;
}

int32_t rnni_disk_open(struct rnni_disk *disk, const char *path, const char *function)
{
    /* Without O_NONBLOCK, opening a named pipe would wait for its writer; regular files take no notice of it. */
    int file = open_again(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    if (file < 0)
        return fail(function, "open", path, errno);
    *disk = (struct rnni_disk){.handle = file};
    int32_t status = check_opened(disk, path, function);
    if (status)
        rnni_disk_close(disk);
    return status;
}

void rnni_disk_close(const struct rnni_disk *disk)
{
    close((int)disk->handle); /* only read from: nothing can be lost */
}

int32_t rnni_disk_read(const struct rnni_disk *disk, unsigned char *bytes, uint64_t offset, size_t count, size_t *got,
                       const char *path, const char *function)
{
    *got = 0;
    while (*got < count) {
        size_t left = count - *got;
        ssize_t n =
            pread((int)disk->handle, bytes + *got, left < LARGEST_PIECE ? left : LARGEST_PIECE, (off_t)(offset + *got));
        if (n < 0 && errno != EINTR)
            return fail(function, "read", path, errno);
        if (n == 0)
            break;
        if (n > 0)
            *got += (size_t)n;
    }
    return RNN_OK;
}

bool rnni_disk_is_unchanged(const struct rnni_disk *disk)
{
    struct stat about;
    int64_t changed[2];
    if (fstat((int)disk->handle, &about) != 0)
        return false;
    take_time(changed, &about);
    return (uint64_t)about.st_size == disk->count && changed[0] == disk->changed[0] && changed[1] == disk->changed[1];
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

/* Gives errno.  fsync of macOS leaves the bytes in the cache of the drive; F_FULLFSYNC, which not every file system
 * has, writes them. */
static int sync_again(int file)
{
#ifdef F_FULLFSYNC
    if (fcntl(file, F_FULLFSYNC) == 0)
        return 0;
#endif
    while (fsync(file) != 0)
        if (errno != EINTR)
            return errno;
    return 0;
}

/* A file system that has no way to sync this kind of file, as those of containers and networks for directories. */
static bool cannot_sync(int error)
{
    return error == EINVAL || error == ENOSYS || error == ENOTSUP || error == EOPNOTSUPP;
}

static int close_once(int file) /* gives errno; after EINTR the number may belong to another file: never again */
{
    return close(file) != 0 && errno != EINTR ? errno : 0;
}

/* What is written, and where. */
struct replacement {
    const char *path, *function;
    const unsigned char *bytes; /* [count] */
    size_t count;
    mode_t mode;
    bool exists; /* there is a file at `path`, of that mode */
    char *name;  /* of the new file: `length` bytes of the directory, which ends in a slash, and NAME_ROOM */
    size_t length;
};

/* Writes and syncs the new file. */
static int32_t fill(const struct replacement *new, int file)
{
    if (new->exists) /* undoes the umask; a file system that knows no permissions may refuse */
        (void)fchmod(file, new->mode);
    int error = write_all(file, new->bytes, new->count);
    if (error)
        return fail(new->function, "write the new file for", new->path, error);
    error = sync_again(file);
    return error && !cannot_sync(error) ? fail(new->function, "sync the new file for", new->path, error) : RNN_OK;
}

static uint64_t mixed(uint64_t x) /* Steele et al. 2014, SplitMix64 */
{
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
    x = (x ^ x >> 27) * 0x94D049BB133111EB;
    return x ^ x >> 31;
}

/* An unpredictable number from the system; 0 if it has none. */
static uint64_t system_random(void)
{
    uint64_t number = 0;
#if defined(__linux__) && defined(SYS_getrandom) /* glibc before 2.25 has no function for this system call */
    enum { NO_WAIT = 1 };                        /* GRND_NONBLOCK */
    (void)syscall(SYS_getrandom, &number, sizeof number, NO_WAIT);
#elif defined(__APPLE__) || defined(__wasi__)
    (void)getentropy(&number, sizeof number);
#endif
    return number;
}

static uint64_t process_number(void)
{
#ifdef __wasi__
    return 0; /* WASI has no numbers of processes */
#else
    return (uint64_t)getpid();
#endif
}

/* Concurrent threads and processes get different numbers. */
static uint64_t random_number(void)
{
    static atomic_uint counter;
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    uint64_t number = system_random() ^ mixed((uint64_t)now.tv_sec << 30 ^ (uint64_t)now.tv_nsec);
    return mixed(number ^ mixed(process_number() << 32 ^ atomic_fetch_add(&counter, 1)) ^ (uintptr_t)&now);
}

static void choose_name(struct replacement *new)
{
    snprintf(new->name + new->length, NAME_ROOM, ".rnn-%016jx.tmp", (uintmax_t)random_number());
}

#ifdef O_TMPFILE

/* Gives a file without a name its name; gives errno.  /proc may be missing, and without it the system may want a
 * privilege. */
static int link_file(int file, struct replacement *new)
{
    char number[32];
    snprintf(number, sizeof number, "/proc/self/fd/%d", file);
    for (int i = 0; i < NAME_TRIES; i++) {
        choose_name(new);
        if (linkat(AT_FDCWD, number, AT_FDCWD, new->name, AT_SYMLINK_FOLLOW) == 0 ||
            (errno == ENOENT && linkat(file, "", AT_FDCWD, new->name, AT_EMPTY_PATH) == 0))
            return 0;
        if (errno != EEXIST)
            break;
    }
    return errno;
}

/* A file that has no name until it is whole: should the process end before, the system frees it.  *made: it has its
 * name; RNN_OK without: this system or file system has no such files. */
static int32_t create_unnamed(struct replacement *new, bool *made)
{
    new->name[new->length] = 0;
    int file = open_again(new->name, O_WRONLY | O_TMPFILE, new->mode);
    if (file < 0)
        return RNN_OK;
    int32_t status = fill(new, file);
    *made = !status && link_file(file, new) == 0;
    int error = close_once(file);
    if (!status && *made && error)
        status = fail(new->function, "close the new file for", new->path, error);
    return status;
}

#else

static int32_t create_unnamed(struct replacement *new, bool *made)
{
    (void)new;
    *made = false;
    return RNN_OK;
}

#endif

/* A file with a name from the beginning. */
static int32_t create_named(struct replacement *new, bool *made)
{
    int file = -1;
    errno = EEXIST;
    for (int i = 0; i < NAME_TRIES && file < 0 && errno == EEXIST; i++) {
        choose_name(new);
        file = open_again(new->name, O_WRONLY | O_CREAT | O_EXCL, new->mode);
    }
    if (file < 0)
        return fail(new->function, "create a new file beside", new->path, errno);
    *made = true;
    int32_t status = fill(new, file);
    int error = close_once(file);
    return !status && error ? fail(new->function, "close the new file for", new->path, error) : status;
}

static int32_t create_and_rename(struct replacement *new)
{
    bool made = false;
    int32_t status = create_unnamed(new, &made);
    if (!status && !made)
        status = create_named(new, &made);
    if (!status && rename(new->name, new->path) != 0)
        status = fail(new->function, "rename the new file to", new->path, errno);
    if (status && made)
        unlink(new->name);
    return status;
}

/* The rename is on disk when its directory is.  EBADF: some systems open directories only as a name. */
static int32_t replace(struct replacement *new)
{
    new->name[new->length] = 0;
    int directory = open_again(new->name, O_RDONLY | O_DIRECTORY, 0);
    if (directory < 0 && errno != EACCES) /* one may be allowed to write to a directory and not to read it */
        return fail(new->function, "open the directory of", new->path, errno);
    int32_t status = create_and_rename(new);
    int error = status || directory < 0 ? 0 : sync_again(directory);
    if (directory >= 0)
        close(directory);
    if (error && error != EBADF && !cannot_sync(error))
        status = fail(new->function, "sync the directory of", new->path, error);
    return status;
}

int32_t rnni_disk_replace(const char *path, const unsigned char *bytes, size_t count, const char *function)
{
    struct stat old;
    bool exists = stat(path, &old) == 0;
    if (exists && !S_ISREG(old.st_mode))
        return rnni_status_fail(NULL, RNN_E_IO, "%s: \"%s\" is %s, expected a regular file", function,
                                rnni_utf8_quote(path).text, S_ISDIR(old.st_mode) ? "a directory" : "a device or pipe");
    const char *slash = strrchr(path, '/');
    struct replacement new = {.path = path,
                              .function = function,
                              .bytes = bytes,
                              .count = count,
                              .mode = exists ? old.st_mode & 0777 : 0666,
                              .exists = exists,
                              .length = slash ? (size_t)(slash - path) + 1 : 2};
    char name[LONGEST_PATH + NAME_ROOM]; /* not memory of its own: a training run saves itself without taking any */
    if (new.length > LONGEST_PATH)
        return fail(function, "open the directory of", path, ENAMETOOLONG);
    new.name = name;
    memcpy(new.name, slash ? path : "./", new.length);
    return replace(&new);
}
