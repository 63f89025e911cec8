/* Files, in the way that all systems have them: names in UTF-8, replacement, kinds, sizes above 4 GiB. */
#define _POSIX_C_SOURCE 200809L /* fseeko */

#include "support/folder.h"
#include "support/support.h"

#include "io/disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef _WIN32
#include <direct.h>
#define mkdir(name, mode) _mkdir(name)
#endif

/* ---- a folder for each test -------------------------------------------------------------------------------------- */

static char directory[] = "/tmp/rnn-test-XXXXXX"; /* the current directory */

static int enter_directory(void **state)
{
    (void)state;
    return enter_folder(directory);
}

static int leave_directory(void **state)
{
    (void)state;
    return chdir("/") || rmdir(directory);
}

/* ---- helpers ----------------------------------------------------------------------------------------------------- */

static void replace(const char *path, const char *text)
{
    assert_ok(rnni_disk_replace(path, (const unsigned char *)text, strlen(text), "rnn_save"));
}

static void assert_holds(const char *path, const char *text)
{
    struct rnni_disk disk;
    unsigned char bytes[64];
    size_t got = 99;
    assert_ok(rnni_disk_open(&disk, path, "rnn_load"));
    assert_int_equal(disk.count, strlen(text));
    assert_ok(rnni_disk_read(&disk, bytes, 0, sizeof bytes, &got, path, "rnn_load"));
    assert_int_equal(got, strlen(text));
    assert_memory_equal(bytes, text, got);
    assert_true(rnni_disk_is_unchanged(&disk));
    rnni_disk_close(&disk);
}

static void assert_says(const char *beginning)
{
    if (strncmp(rnn_last_error(), beginning, strlen(beginning)) != 0)
        fail_msg("the message is %s, expected %s", rnn_last_error(), beginning);
}

static void assert_not_read(const char *path, const char *beginning)
{
    struct rnni_disk disk;
    assert_fails(rnni_disk_open(&disk, path, "rnn_load"), RNN_E_IO);
    assert_says(beginning);
}

static void assert_not_written(const char *path, const char *beginning)
{
    size_t before = count_files();
    assert_fails(rnni_disk_replace(path, (const unsigned char *)"new", 3, "rnn_save"), RNN_E_IO);
    assert_says(beginning);
    assert_int_equal(count_files(), before);
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static void test_replaces(void **state)
{
    (void)state;
    replace("file", "old and long");
    assert_holds("file", "old and long");
    replace("file", "new");
    assert_holds("file", "new");
    replace("./file", "");
    assert_holds("file", "");
    assert_int_equal(count_files(), 1);
    assert_int_equal(mkdir("below", 0777), 0);
    replace("below/file", "there");
    assert_holds("below/file", "there");
    assert_holds("file", "");
    assert_int_equal(remove("below/file"), 0);
    assert_int_equal(rmdir("below"), 0);
    assert_int_equal(remove("file"), 0);
}

/* The system has the file under the name that the bytes are in UTF-8. */
static void test_names(void **state)
{
    (void)state;
    static const char name[] = "\xC3\xA4 \xE6\x97\xA5\xE6\x9C\xAC \xF0\x9F\x98\x80.safetensors";
    replace(name, "text");
    replace(name, "other text");
    assert_holds(name, "other text");
    assert_int_equal(count_files(), 1);
#ifdef _WIN32
    static const wchar_t wide[] = L"\u00e4 \u65e5\u672c \U0001f600.safetensors";
    FILE *file = _wfopen(wide, L"rb");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(_wremove(wide), 0);
    assert_not_read("\xFF", "rnn_load: cannot open \"");
    assert_not_written("\xFF", "rnn_save: cannot open \"");
#else
    assert_int_equal(remove(name), 0);
#endif
}

static void test_refuses(void **state)
{
    (void)state;
    static char longest[100000];
    for (size_t i = 0; i + 1 < sizeof longest; i++)
        longest[i] = i % 2 ? '/' : '.';
    assert_int_equal(mkdir("folder", 0777), 0);
    assert_not_read("missing", "rnn_load: cannot open \"missing\": ");
    assert_not_read("missing/file", "rnn_load: cannot open \"missing/file\": ");
    assert_not_read("folder", "rnn_load: \"folder\" is a directory, expected a regular file");
#ifndef __wasi__ /* where both are the current directory */
    assert_not_read("", "rnn_load: cannot open \"\": ");
    assert_not_read(longest, "rnn_load: cannot open \"");
#endif
    assert_not_written("missing/file", "rnn_save: cannot ");
    assert_not_written("folder", "rnn_save: \"folder\" is a directory, expected a regular file");
#ifndef __wasi__
    assert_not_written("", "rnn_save: cannot ");
    assert_not_written(longest, "rnn_save: cannot open ");
#endif
    assert_int_equal(rmdir("folder"), 0);
}

static void test_sees_a_change(void **state)
{
    (void)state;
    struct rnni_disk disk;
    replace("file", "text");
    assert_ok(rnni_disk_open(&disk, "file", "rnn_load"));
    assert_true(rnni_disk_is_unchanged(&disk));
    FILE *file = fopen("file", "ab");
    assert_non_null(file);
    assert_true(fputc('!', file) == '!' && fclose(file) == 0);
    assert_false(rnni_disk_is_unchanged(&disk));
    rnni_disk_close(&disk);
    assert_int_equal(remove("file"), 0);
}

/* 6 GB, of which the file system stores the last bytes only. */
static void test_large(void **state)
{
    (void)state;
    const uint64_t begin = 6000000000;
    struct rnni_disk disk;
    unsigned char bytes[8] = {0};
    size_t got;
    FILE *file = fopen("large", "wb");
    assert_non_null(file);
#ifdef _WIN32
    assert_int_equal(_fseeki64(file, (int64_t)begin, SEEK_SET), 0);
#else
    assert_int_equal(fseeko(file, (off_t)begin, SEEK_SET), 0);
#endif
    assert_true(fputs("end", file) >= 0 && fclose(file) == 0);
    assert_ok(rnni_disk_open(&disk, "large", "rnn_load"));
    assert_true(disk.count == begin + 3);
    assert_ok(rnni_disk_read(&disk, bytes, begin - 1, sizeof bytes, &got, "large", "rnn_load"));
    assert_int_equal(got, 4);
    assert_memory_equal(bytes, "\0end", 4);
    rnni_disk_close(&disk);
    assert_int_equal(remove("large"), 0);
}

/* Through the public functions. */
static void test_model(void **state)
{
    (void)state;
    rnn_config *config;
    rnn_model *model, *loaded;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 3));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 5));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    assert_ok(rnn_save(model, "model"));
    assert_ok(rnn_save(model, "model"));
    assert_ok(rnn_load(&loaded, "model"));
    const float *values, *again;
    size_t count, count_again;
    assert_ok(rnn_model_parameters(model, &values, &count));
    assert_ok(rnn_model_parameters(loaded, &again, &count_again));
    assert_int_equal(count, count_again);
    assert_memory_equal(values, again, count * sizeof *values);
    rnn_destroy(loaded);
    rnn_destroy(model);
    assert_int_equal(remove("model"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter_directory, leave_directory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_replaces),      TEST(test_names), TEST(test_refuses),
        TEST(test_sees_a_change), TEST(test_large), TEST(test_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
