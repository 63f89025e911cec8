/* rnn_save and rnn_load while the operating system fails them, call by call, on file systems with files that have no
 * name yet (O_TMPFILE) and on those without.  Linked with --wrap=open,--wrap=open64 and so on: the library's calls come
 * here first.  Ends with 77 where /tmp has no files without a name, after the other half has passed. */
#define _GNU_SOURCE /* O_TMPFILE */

#include "support/folder.h"
#include "support/support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the system calls ------------------------------------------------------------------------------------------ */

enum call { OPEN, READ, WRITE, FSYNC, CLOSE, LINK, RENAME, CALLS };

#define DIE  (-1) /* instead of an error: the process ends there */
#define NONE (-2) /* instead of an error: 0 bytes are read or written */
#define GROW (-3) /* no error, but the file "model" becomes one byte longer */

/* What is to happen: the calls number `first` to `last` of one kind meet `error`. */
static struct {
    enum call call;
    int first, last;
    int error;
    size_t piece; /* no read or write of more bytes than this; 0: any number */
} plan;
static int counts[CALLS];
static int open_files;
static int unnamed_error; /* what the file system says of files without a name; 0: it has them */

static int fails(enum call call)
{
    counts[call]++;
    if (plan.call != call || counts[call] < plan.first || counts[call] > plan.last)
        return 0;
    if (plan.error == DIE)
        raise(SIGKILL);
    if (plan.error == GROW) {
        FILE *file = fopen("model", "ab");
        assert_true(file && fputc(0, file) == 0 && fclose(file) == 0);
        return 0;
    }
    errno = plan.error;
    return 1;
}

static void arrange(enum call call, int first, int last, int error, size_t piece)
{
    plan.call = call;
    plan.first = first;
    plan.last = last;
    plan.error = error;
    plan.piece = piece;
    memset(counts, 0, sizeof counts);
}

static void arrange_nothing(void)
{
    arrange(CALLS, 0, 0, 0, 0);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, mode_t mode);
int __wrap_open64(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, mode_t mode)
{
    if (unnamed_error && (flags & O_TMPFILE) == O_TMPFILE) {
        errno = unnamed_error;
        return -1;
    }
    int file = fails(OPEN) ? -1 : __real_open(path, flags, mode);
    open_files += file >= 0;
    return file;
}
int __wrap_open64(const char *path, int flags, mode_t mode) /* as it is called where _FILE_OFFSET_BITS is 64 */
{
    return __wrap_open(path, flags, mode);
}

ssize_t __real_pread(int file, void *bytes, size_t count, off_t offset);
ssize_t __wrap_pread(int file, void *bytes, size_t count, off_t offset);
ssize_t __wrap_pread(int file, void *bytes, size_t count, off_t offset)
{
    if (fails(READ))
        return plan.error == NONE ? 0 : -1;
    return __real_pread(file, bytes, plan.piece && count > plan.piece ? plan.piece : count, offset);
}
#ifdef __GLIBC__ /* see __wrap_open64; on 32-bit systems it has another off_t than pread */
ssize_t __real_pread64(int file, void *bytes, size_t count, off_t offset);
ssize_t __wrap_pread64(int file, void *bytes, size_t count, off_t offset);
ssize_t __wrap_pread64(int file, void *bytes, size_t count, off_t offset)
{
    if (fails(READ))
        return plan.error == NONE ? 0 : -1;
    return __real_pread64(file, bytes, plan.piece && count > plan.piece ? plan.piece : count, offset);
}
#endif

ssize_t __real_write(int file, const void *bytes, size_t count);
ssize_t __wrap_write(int file, const void *bytes, size_t count);
ssize_t __wrap_write(int file, const void *bytes, size_t count)
{
    if (fails(WRITE))
        return plan.error == NONE ? 0 : -1;
    return __real_write(file, bytes, plan.piece && count > plan.piece ? plan.piece : count);
}

int __real_fsync(int file);
int __wrap_fsync(int file);
int __wrap_fsync(int file)
{
    return fails(FSYNC) ? -1 : __real_fsync(file);
}

int __real_close(int file);
int __wrap_close(int file);
int __wrap_close(int file) /* closes even when it fails, as Linux does */
{
    int failed = fails(CLOSE), error = errno;
    open_files--;
    assert_int_equal(__real_close(file), 0);
    errno = error;
    return failed ? -1 : 0;
}

int __real_linkat(int old_directory, const char *from, int directory, const char *to, int flags);
int __wrap_linkat(int old_directory, const char *from, int directory, const char *to, int flags);
int __wrap_linkat(int old_directory, const char *from, int directory, const char *to, int flags)
{
    return fails(LINK) ? -1 : __real_linkat(old_directory, from, directory, to, flags);
}

static char renamed[2][128]; /* the last two names of new files */
static int renames;
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to)
{
    snprintf(renamed[renames++ % 2], sizeof renamed[0], "%s", from);
    return fails(RENAME) ? -1 : __real_rename(from, to);
}

/* ---- what the tests need ---------------------------------------------------------------------------------------- */

static char directory[] = "/tmp/rnn-test-XXXXXX"; /* the current directory, new and empty for every test */
static rnn_model *old_model, *new_model;
static size_t piece; /* about a tenth of a file */

static void remove_files(void)
{
    DIR *files = opendir(".");
    assert_non_null(files);
    for (const struct dirent *entry; (entry = readdir(files));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            assert_int_equal(remove(entry->d_name), 0);
    closedir(files);
}

static rnn_model *make_model(int64_t seed)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 3));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 5));
    assert_ok(rnn_config_set_int(config, RNN_SEED, seed));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static int set_up(void **unused)
{
    (void)unused;
    size_t size;
    old_model = make_model(1);
    new_model = make_model(2);
    assert_ok(rnn_save_memory(new_model, NULL, 0, &size));
    piece = size / 10;
    open_files = 0;
    arrange_nothing();
    return enter_folder(directory);
}

static int tear_down(void **unused)
{
    (void)unused;
    arrange_nothing();
    rnn_destroy(old_model);
    rnn_destroy(new_model);
    remove_files();
    return chdir("/") || rmdir(directory);
}

/* Does the file "model" hold exactly the bytes of this model? */
static int holds(const rnn_model *model)
{
    size_t size;
    assert_ok(rnn_save_memory(model, NULL, 0, &size));
    unsigned char *expected = malloc(size), *found = malloc(size + 1);
    assert_true(expected && found);
    assert_ok(rnn_save_memory(model, expected, size, &size));
    FILE *file = fopen("model", "rb");
    size_t count = file ? fread(found, 1, size + 1, file) : 0;
    if (file)
        fclose(file);
    int equal = count == size && memcmp(expected, found, size) == 0;
    free(expected);
    free(found);
    return equal;
}

/* A save over the old model, under the plan. */
static int32_t save_over_old(enum call call, int first, int last, int error, size_t most)
{
    arrange_nothing();
    assert_ok(rnn_save(old_model, "model"));
    arrange(call, first, last, error, most);
    int32_t status = rnn_save(new_model, "model");
    plan.call = CALLS;
    assert_true(call == CALLS || counts[call] >= first); /* the fault has come */
    assert_int_equal(open_files, 0);
    assert_int_equal(count_files(), 1);
    return status;
}

static void assert_reason(const char *function, int error)
{
    assert_memory_equal(rnn_last_error(), function, strlen(function));
    if (!strstr(rnn_last_error(), strerror(error)) || !strstr(rnn_last_error(), "\"model\""))
        fail_msg("the message \"%s\" does not say \"model\" and \"%s\"", rnn_last_error(), strerror(error));
}

static void save_fails(enum call call, int first, int last, int error, size_t most)
{
    int reason = error == NONE ? EIO : error;
    assert_fails(save_over_old(call, first, last, error, most), RNN_E_IO);
    assert_reason("rnn_save: ", reason);
    assert_true(holds(old_model));
    remove_files(); /* and the same where there is no old file */
    arrange(call, first, last, error, most);
    assert_fails(rnn_save(new_model, "model"), RNN_E_IO);
    assert_reason("rnn_save: ", reason);
    assert_int_equal(open_files, 0);
    assert_int_equal(count_files(), 0);
}

static void save_succeeds(enum call call, int first, int last, int error, size_t most)
{
    assert_ok(save_over_old(call, first, last, error, most));
    assert_true(holds(new_model));
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static const int errors[] = {EIO, ENOSPC, EPERM, EROFS, EMFILE};
#define ERRORS (sizeof errors / sizeof *errors)

/* The calls of a save that meets no fault; the other tests count on them. */
static void test_calls_of_a_save(void **unused)
{
    (void)unused;
    save_succeeds(CALLS, 0, 0, 0, 0);
    assert_int_equal(counts[OPEN], 2);  /* the directory, the new file */
    assert_int_equal(counts[WRITE], 1); /* of the new file */
    assert_int_equal(counts[FSYNC], 2); /* the new file, after the rename the directory */
    assert_int_equal(counts[CLOSE], 2); /* the new file, the directory */
    assert_int_equal(counts[LINK], !unnamed_error);
    assert_int_equal(counts[RENAME], 1);
}

static void test_every_failure_leaves_the_old_file(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < ERRORS; i++) {
        save_fails(OPEN, 1, 1, errors[i], 0);
        save_fails(OPEN, 2, 3, errors[i], 0); /* the new file, without a name and with one */
        save_fails(WRITE, 1, 1, errors[i], 0);
        save_fails(FSYNC, 1, 1, errors[i], 0);
        save_fails(CLOSE, 1, 1, errors[i], 0);
        save_fails(RENAME, 1, 1, errors[i], 0);
    }
    save_fails(OPEN, 2, 3, EACCES, 0);
    save_fails(WRITE, 1, 1, NONE, 0);
}

/* Where a file can have no name, or can not be given one, it has one from the beginning. */
static void test_files_that_need_a_name(void **unused)
{
    (void)unused;
    static const int reasons[] = {EOPNOTSUPP, EISDIR, EINVAL, ENOENT, ENOSYS, EPERM, EACCES};
    if (unnamed_error)
        return;
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        save_succeeds(OPEN, 2, 2, reasons[i], 0);
        assert_int_equal(counts[OPEN], 3);
        assert_int_equal(counts[LINK], 0);
        save_succeeds(LINK, 1, 2, reasons[i], 0); /* twice, for there are two ways to do it */
        assert_int_equal(counts[OPEN], 3);
        assert_int_equal(counts[WRITE], 2);
    }
    save_succeeds(LINK, 1, 1, ENOENT, 0);
    save_succeeds(LINK, 1, 5, EEXIST, 0);
    assert_int_equal(counts[LINK], 6);
    save_succeeds(LINK, 1, 1000000, EEXIST, 0);
    assert_true(counts[LINK] <= 1000); /* does not try for ever */
}

/* After the rename nothing is lost by a failure; only a directory that is not synced is told. */
static void test_failures_after_the_rename(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < ERRORS; i++) {
        assert_fails(save_over_old(FSYNC, 2, 2, errors[i], 0), RNN_E_IO);
        assert_reason("rnn_save: cannot sync the directory", errors[i]);
        assert_true(holds(new_model));
        save_succeeds(CLOSE, 2, 2, errors[i], 0);
    }
    save_succeeds(OPEN, 1, 1, EACCES, 0); /* a directory that may be written to but not read */
}

/* File systems of containers and networks that sync no directories, or nothing at all. */
static void test_file_systems_that_can_not_sync(void **unused)
{
    (void)unused;
    static const int reasons[] = {EINVAL, ENOSYS, ENOTSUP, EOPNOTSUPP};
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        save_succeeds(FSYNC, 2, 2, reasons[i], 0);
        save_succeeds(FSYNC, 1, 2, reasons[i], 0);
        assert_int_equal(counts[FSYNC], 2);
    }
    save_succeeds(FSYNC, 2, 2, EBADF, 0);
    save_fails(FSYNC, 1, 1, EBADF, 0); /* the new file is open */
}

static void test_short_writes(void **unused)
{
    (void)unused;
    save_succeeds(CALLS, 0, 0, 0, piece);
    int writes = counts[WRITE];
    assert_true(writes >= 10);
    for (int nth = 1; nth <= writes; nth++) {
        save_fails(WRITE, nth, nth, ENOSPC, piece);
        save_fails(WRITE, nth, 1000, EIO, piece);
        save_fails(WRITE, nth, nth, NONE, piece);
        save_succeeds(WRITE, nth, nth, EINTR, piece);
    }
    save_succeeds(CALLS, 0, 0, 0, 1);
}

static void test_interrupted_calls_are_repeated(void **unused)
{
    (void)unused;
    for (int times = 1; times <= 3; times++) {
        save_succeeds(OPEN, 1, times, EINTR, 0);
        save_succeeds(OPEN, 2, 1 + times, EINTR, 0);
        save_succeeds(WRITE, 1, times, EINTR, 0);
        save_succeeds(FSYNC, 1, times, EINTR, 0);
        save_succeeds(FSYNC, 2, 1 + times, EINTR, 0);
    }
    save_succeeds(CLOSE, 1, 1, EINTR, 0); /* closed all the same: once is enough */
    assert_int_equal(counts[CLOSE], 2);
}

static void test_names_that_are_taken(void **unused)
{
    (void)unused;
    save_succeeds(OPEN, 2, 6, EEXIST, 0);
    assert_int_equal(counts[OPEN], 7);
    save_fails(OPEN, 2, 1000000, EEXIST, 0);
    assert_true(counts[OPEN] <= 1000); /* does not try for ever */
}

/* The names of an older version, which other processes of this number have left. */
static void test_many_files_that_were_left(void **unused)
{
    (void)unused;
    enum { LEFT = 3000 };
    char name[64];
    for (int i = 0; i < LEFT; i++) {
        snprintf(name, sizeof name, ".rnn-%jd-%d.tmp", (intmax_t)getpid(), i);
        FILE *file = fopen(name, "wb");
        assert_true(file && fclose(file) == 0);
    }
    assert_ok(rnn_save(new_model, "model"));
    assert_true(holds(new_model));
    assert_int_equal(count_files(), LEFT + 1);
}

/* Two saves of one process take names that have nothing in common. */
static void test_names_differ(void **unused)
{
    (void)unused;
    size_t equal = 0, digits = 0;
    for (renames = 0; renames < 2;)
        assert_ok(rnn_save(new_model, "model"));
    assert_memory_equal(renamed[0], "./.rnn-", 7);
    assert_int_equal(strlen(renamed[0]), strlen(renamed[1]));
    for (const char *a = renamed[0] + 7, *b = renamed[1] + 7; *a != '.'; a++, b++) {
        equal += *a == *b;
        digits++;
    }
    assert_int_equal(digits, 16);
    assert_true(equal <= 8); /* 1 is expected; 9 or more come once in 10^7 runs */
}

/* The process ends before any one of the calls: then there is the old model or the new one, and the next save works.
 * Nothing else is there, unless the new file has a name. */
static void test_end_of_the_process(void **unused)
{
    (void)unused;
    static const struct {
        enum call call;
        int nth;
    } ends[] = {{OPEN, 1}, {OPEN, 2},  {WRITE, 1},  {WRITE, 2}, {WRITE, 10}, {FSYNC, 1},
                {LINK, 1}, {CLOSE, 1}, {RENAME, 1}, {FSYNC, 2}, {CLOSE, 2}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        int result;
        if (ends[i].call == LINK && unnamed_error)
            continue;
        remove_files();
        arrange_nothing();
        assert_ok(rnn_save(old_model, "model"));
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            arrange(ends[i].call, ends[i].nth, ends[i].nth, DIE, piece);
            _exit(rnn_save(new_model, "model") ? 1 : 2); /* the end has not come */
        }
        assert_int_equal(waitpid(child, &result, 0), child);
        assert_true(WIFSIGNALED(result) && WTERMSIG(result) == SIGKILL);
        int has_name = unnamed_error ? i > 1 && i < 9 : ends[i].call == CLOSE || ends[i].call == RENAME;
        int after_rename = i > 8;
        assert_true(holds(after_rename ? new_model : old_model));
        assert_int_equal(count_files(), after_rename || !has_name ? 1 : 2);
        assert_ok(rnn_save(new_model, "model"));
        assert_true(holds(new_model));
    }
}

/* An old optimiser and trainer and new ones: their parameters differ. */
struct others {
    rnn_optimizer *optimizer[2];
    rnn_loss *loss;
    rnn_trainer *trainer[2];
};

static struct others make_others(void)
{
    struct others others;
    rnn_model *models[2] = {old_model, new_model};
    assert_ok(rnn_loss_create(&others.loss, RNN_LOSS_SQUARED_ERROR));
    for (size_t i = 0; i < 2; i++) {
        assert_ok(rnn_optimizer_create_for_model(&others.optimizer[i], i ? RNN_OPTIMIZER_ADAM : RNN_OPTIMIZER_SGD,
                                                 models[i]));
        assert_ok(rnn_trainer_create(&others.trainer[i], models[i], others.optimizer[i], others.loss));
    }
    return others;
}

static void free_others(struct others *others)
{
    for (size_t i = 0; i < 2; i++) {
        rnn_trainer_destroy(others->trainer[i]);
        rnn_optimizer_destroy(others->optimizer[i]);
    }
    rnn_loss_destroy(others->loss);
}

static int32_t save_other(const struct others *others, int is_trainer, size_t i, const char *path)
{
    return is_trainer ? rnn_trainer_save(others->trainer[i], path) : rnn_optimizer_save(others->optimizer[i], path);
}

static int same_files(const char *one, const char *other)
{
    FILE *a = fopen(one, "rb"), *b = fopen(other, "rb");
    assert_true(a && b);
    int read_a, read_b;
    do {
        read_a = fgetc(a);
        read_b = fgetc(b);
    } while (read_a == read_b && read_a != EOF);
    fclose(a);
    fclose(b);
    return read_a == read_b;
}

/* The same for files of optimisers and trainers. */
static void test_end_of_the_process_in_other_saves(void **unused)
{
    (void)unused;
    struct others others = make_others();
    for (int is_trainer = 0; is_trainer < 2; is_trainer++) {
        arrange_nothing();
        assert_ok(save_other(&others, is_trainer, 0, "old"));
        assert_ok(save_other(&others, is_trainer, 1, "new"));
        assert_false(same_files("old", "new"));
        for (enum call call = OPEN; call < CALLS; call++)
            for (int nth = 1, ended = 1; ended && call != READ; nth++) {
                int result;
                assert_ok(save_other(&others, is_trainer, 0, "model"));
                pid_t child = fork();
                assert_true(child >= 0);
                if (child == 0) {
                    arrange(call, nth, nth, DIE, 2 * piece);
                    _exit(save_other(&others, is_trainer, 1, "model") ? 1 : 2);
                }
                assert_int_equal(waitpid(child, &result, 0), child);
                ended = WIFSIGNALED(result) && WTERMSIG(result) == SIGKILL;
                assert_true(ended || (WIFEXITED(result) && WEXITSTATUS(result) == 2));
                assert_true(same_files("model", "old") || same_files("model", "new"));
                assert_true(ended || same_files("model", "new"));
                assert_true(ended || nth > 1 || (call == LINK && unnamed_error));
                assert_ok(save_other(&others, is_trainer, 1, "model"));
                assert_true(same_files("model", "new"));
            }
    }
    free_others(&others);
}

static void load_fails(enum call call, int nth, int error, size_t most, const char *part)
{
    rnn_model *model = NULL;
    arrange(call, nth, nth, error, most);
    assert_fails(rnn_load(&model, "model"), RNN_E_IO);
    plan.call = CALLS;
    assert_true(counts[call] >= nth);
    assert_null(model);
    assert_int_equal(open_files, 0);
    if (!strstr(rnn_last_error(), part))
        fail_msg("the message \"%s\" does not say \"%s\"", rnn_last_error(), part);
}

static void load_succeeds(enum call call, int first, int last, int error, size_t most)
{
    rnn_model *model = NULL;
    arrange(call, first, last, error, most);
    assert_ok(rnn_load(&model, "model"));
    plan.call = CALLS;
    assert_int_equal(open_files, 0);
    rnn_destroy(model);
}

static void test_load(void **unused)
{
    (void)unused;
    assert_ok(rnn_save(new_model, "model"));
    load_succeeds(CALLS, 0, 0, 0, piece);
    int reads = counts[READ];
    assert_true(reads >= 11);
    load_succeeds(CALLS, 0, 0, 0, 1);
    load_succeeds(OPEN, 1, 3, EINTR, 0);
    load_succeeds(CLOSE, 1, 1, EIO, 0);
    load_fails(OPEN, 1, EACCES, 0, strerror(EACCES));
    for (int nth = 1; nth <= reads; nth++) {
        load_succeeds(READ, nth, nth, EINTR, piece);
        load_fails(READ, nth, EIO, piece, strerror(EIO));
        load_fails(READ, nth, NONE, piece, "changed while it was read");
        load_fails(READ, nth, GROW, piece, "changed while it was read");
        assert_ok(rnn_save(new_model, "model"));
    }
}

/* ---- both kinds of file systems ---------------------------------------------------------------------------------- */

static int with_unnamed_files(void **unused)
{
    (void)unused;
    unnamed_error = 0;
    return 0;
}

static int without_unnamed_files(void **unused)
{
    (void)unused;
    unnamed_error = EOPNOTSUPP;
    return 0;
}

static int without_unnamed_files_of_old_kernels(void **unused)
{
    (void)unused;
    unnamed_error = EISDIR;
    return 0;
}

static int has_unnamed_files(void)
{
    int file = __real_open("/tmp", O_WRONLY | O_TMPFILE, 0600);
    if (file >= 0)
        __real_close(file);
    return file >= 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_many_files_that_were_left),
        TEST(test_names_differ),
        TEST(test_calls_of_a_save),
        TEST(test_every_failure_leaves_the_old_file),
        TEST(test_files_that_need_a_name),
        TEST(test_failures_after_the_rename),
        TEST(test_file_systems_that_can_not_sync),
        TEST(test_short_writes),
        TEST(test_interrupted_calls_are_repeated),
        TEST(test_names_that_are_taken),
        TEST(test_end_of_the_process),
        TEST(test_end_of_the_process_in_other_saves),
        TEST(test_load),
    };
    int failures = cmocka_run_group_tests(tests, without_unnamed_files, NULL) +
                   cmocka_run_group_tests(tests, without_unnamed_files_of_old_kernels, NULL);
    if (has_unnamed_files())
        return failures + cmocka_run_group_tests(tests, with_unnamed_files, NULL);
    print_message("SKIPPED: /tmp has no files without a name\n");
    return failures ? failures : 77;
}
