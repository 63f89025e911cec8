/* rnn_save and rnn_load: files, and paths that must not be read from or written to. */
#define _POSIX_C_SOURCE 200809L

#include "support/folder.h"
#include "support/support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Every test runs in an empty directory of its own, which is the current one. */
static char directory[] = "/tmp/rnn-test-XXXXXX";

static int enter_directory(void **unused)
{
    (void)unused;
    return enter_folder(directory);
}

/* The tests leave files and empty directories. */
static int leave_directory(void **unused)
{
    (void)unused;
    DIR *open_directory = opendir(".");
    assert_non_null(open_directory);
    for (const struct dirent *entry; (entry = readdir(open_directory));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            remove(entry->d_name);
    closedir(open_directory);
    return chdir("/") || rmdir(directory);
}

static rnn_model *make_model(int64_t seed)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 3));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 17));
    assert_ok(rnn_config_set_int(config, RNN_SEED, seed));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static int64_t seed_of(const char *path)
{
    rnn_model *model;
    int64_t seed;
    assert_ok(rnn_load(&model, path));
    assert_ok(rnn_model_get_int(model, RNN_SEED, &seed));
    rnn_destroy(model);
    return seed;
}

static void save(int64_t seed, const char *path)
{
    rnn_model *model = make_model(seed);
    assert_ok(rnn_save(model, path));
    rnn_destroy(model);
}

static void assert_says(const char *function, const char *part)
{
    assert_memory_equal(rnn_last_error(), function, strlen(function));
    if (!strstr(rnn_last_error(), part))
        fail_msg("the message \"%s\" does not say \"%s\"", rnn_last_error(), part);
}

static void save_refused(const char *path, const char *part)
{
    size_t before = count_files();
    rnn_model *model = make_model(1);
    assert_fails(rnn_save(model, path), RNN_E_IO);
    assert_says("rnn_save: ", part);
    assert_int_equal(count_files(), before);
    rnn_destroy(model);
}

static void load_refused(const char *path, int32_t status, const char *part)
{
    rnn_model *const before = (rnn_model *)(uintptr_t)directory, *out = before;
    assert_fails(rnn_load(&out, path), status);
    assert_ptr_equal(out, before);
    assert_says("rnn_load: ", part);
}

static mode_t mode_of(const char *path)
{
    struct stat about;
    assert_int_equal(lstat(path, &about), 0);
    return about.st_mode;
}

/* ---- tests ----------------------------------------------------------------------------------------------------- */

static void test_file_holds_the_bytes_of_memory(void **unused)
{
    (void)unused;
    rnn_model *model = make_model(5);
    size_t size;
    assert_ok(rnn_save_memory(model, NULL, 0, &size));
    unsigned char *expected = malloc(size), *found = malloc(size + 1);
    assert_true(expected && found);
    assert_ok(rnn_save_memory(model, expected, size, &size));
    for (int again = 0; again < 2; again++) { /* a new file, then over an existing one */
        assert_ok(rnn_save(model, "model"));
        FILE *file = fopen("model", "rb");
        assert_non_null(file);
        assert_int_equal(fread(found, 1, size + 1, file), size);
        fclose(file);
        assert_memory_equal(found, expected, size);
        assert_int_equal(count_files(), 1);
    }
    assert_int_equal(seed_of("model"), 5);
    free(expected);
    free(found);
    rnn_destroy(model);
}

static void test_paths(void **unused)
{
    (void)unused;
    char longest[256], absolute[64];
    memset(longest, 'm', 255); /* the longest name that common file systems take */
    longest[255] = 0;
    snprintf(absolute, sizeof absolute, "%s/b", directory);
    const char *const paths[] = {"a",
                                 "./a",
                                 absolute,
                                 longest,
                                 "m\xC3\xB6"
                                 "del",
                                 " ",
                                 "%s%n"};
    for (int i = 0; i < (int)(sizeof paths / sizeof *paths); i++) {
        save(i, paths[i]);
        assert_int_equal(seed_of(paths[i]), i);
    }
    assert_int_equal(count_files(), 6);
}

static void test_path_that_is_too_long(void **unused)
{
    (void)unused;
    static char path[8192];
    memset(path, '/', sizeof path - 2);
    path[sizeof path - 2] = 'a';
    save_refused(path, "too long");
}

static void test_replaces_and_keeps_permissions(void **unused)
{
    (void)unused;
    mode_t before = umask(027);
    save(1, "model");
    assert_int_equal(mode_of("model") & 07777, 0640);
    assert_int_equal(chmod("model", 0604), 0);
    save(2, "model");
    assert_int_equal(mode_of("model") & 07777, 0604);
    assert_int_equal(chmod("model", 0400), 0);
    save(3, "model");
    assert_int_equal(mode_of("model") & 07777, 0400);
    assert_int_equal(seed_of("model"), 3);
    umask(before);
}

/* Whoever has the old file open, or another name for it, keeps the old content. */
static void test_old_file_is_not_written_to(void **unused)
{
    (void)unused;
    save(1, "model");
    assert_int_equal(link("model", "other"), 0);
    save(2, "model");
    assert_int_equal(seed_of("other"), 1);
    assert_int_equal(seed_of("model"), 2);
}

static void test_symbolic_links_are_replaced(void **unused)
{
    (void)unused;
    save(1, "target");
    assert_int_equal(symlink("target", "link"), 0);
    assert_int_equal(symlink("nowhere", "dangling"), 0);
    assert_int_equal(symlink("circle", "circle"), 0);
    assert_int_equal(seed_of("link"), 1);
    save(2, "link");
    save(3, "dangling");
    save(4, "circle");
    assert_true(S_ISREG(mode_of("link")) && S_ISREG(mode_of("dangling")) && S_ISREG(mode_of("circle")));
    assert_int_equal(seed_of("target"), 1);
    assert_int_equal(seed_of("link"), 2);
    assert_int_equal(seed_of("dangling"), 3);
    assert_int_equal(count_files(), 4);
}

static void test_save_refuses_what_is_no_file(void **unused)
{
    (void)unused;
    assert_int_equal(mkdir("directory", 0777), 0);
    assert_int_equal(symlink("directory", "link"), 0);
    assert_int_equal(symlink("/dev/null", "null"), 0);
    assert_int_equal(mkfifo("pipe", 0666), 0);
    save_refused("directory", "is a directory");
    save_refused("directory/", "is a directory");
    save_refused("link", "is a directory");
    save_refused(".", "is a directory");
    save_refused("/", "is a directory");
    save_refused("/dev/null", "is a device");
    save_refused("null", "is a device");
    save_refused("pipe", "is a device or pipe");
    assert_true(S_ISCHR(mode_of("/dev/null")) && S_ISFIFO(mode_of("pipe")) && S_ISDIR(mode_of("directory")));
    save_refused("missing/model", "No such file or directory");
    save_refused("missing/", "No such file or directory");
    save_refused("", "No such file or directory");
    save(1, "model");
    save_refused("model/", "ot a directory");
    save_refused("model/model", "Not a directory");
    assert_int_equal(seed_of("model"), 1);
}

static void test_load_refuses_what_is_no_checkpoint(void **unused)
{
    (void)unused;
    FILE *file = fopen("empty", "wb");
    assert_non_null(file);
    fclose(file);
    file = fopen("text", "wb");
    assert_non_null(file);
    fputs("This is no model, but a letter to a friend.\n", file);
    fclose(file);
    assert_int_equal(mkfifo("pipe", 0666), 0);
    load_refused("missing", RNN_E_IO, "cannot open \"missing\": No such file or directory");
    load_refused("missing/model", RNN_E_IO, "No such file or directory");
    load_refused("", RNN_E_IO, "No such file or directory");
    load_refused(".", RNN_E_IO, "is a directory");
    load_refused("pipe", RNN_E_IO, "is a device or pipe"); /* and does not wait for a writer */
    load_refused("/dev/zero", RNN_E_IO, "is a device");
    load_refused("empty", RNN_E_FORMAT, "an empty file");
    load_refused("text", RNN_E_FORMAT,
                 "not a safetensors file but text that begins \"This is no model, but a letter to a frie\"");
    load_refused("\x1B[2Jmissing", RNN_E_IO, "\"?[2Jmissing\"");
}

/* Many processes save to one path and this one loads it: it never sees a part of a file, and no new file is left. */
static void test_savers_at_the_same_time(void **unused)
{
    (void)unused;
    enum { SAVERS = 4, SAVES = 25 };
    save(0, "model");
    for (int64_t i = 1; i <= SAVERS; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            rnn_model *model = make_model(i);
            int32_t status = RNN_OK;
            for (int k = 0; k < SAVES && !status; k++)
                status = rnn_save(model, "model");
            rnn_destroy(model);
            _exit(status != RNN_OK);
        }
    }
    for (int ended = 0, result; ended<SAVERS; ended += waitpid(-1, &result, WNOHANG)> 0) {
        int64_t seed = seed_of("model");
        assert_true(seed >= 0 && seed <= SAVERS);
    }
    assert_int_equal(count_files(), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter_directory, leave_directory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_file_holds_the_bytes_of_memory), TEST(test_paths),
        TEST(test_path_that_is_too_long),          TEST(test_replaces_and_keeps_permissions),
        TEST(test_old_file_is_not_written_to),     TEST(test_symbolic_links_are_replaced),
        TEST(test_save_refuses_what_is_no_file),   TEST(test_load_refuses_what_is_no_checkpoint),
        TEST(test_savers_at_the_same_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
