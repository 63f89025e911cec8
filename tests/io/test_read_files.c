/* What is read of a file, and when: the header first, then the tensors that are asked for.  Linked with --wrap=read,
 * --wrap=pread, --wrap=pread64, --wrap=fstat, --wrap=fstat64 and --wrap=rnni_memory_take. */
#define _GNU_SOURCE

#include "support/folder.h"
#include "support/support.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what the library asks for ----------------------------------------------------------------------------------- */

static size_t bytes_read, reads, largest_allocation;
static size_t change_at; /* before this read, counted from 1, somebody changes the file; 0: never */
static void (*change)(void);

static ssize_t counted(ssize_t got)
{
    bytes_read += got > 0 ? (size_t)got : 0;
    return got;
}

ssize_t __real_read(int file, void *bytes, size_t count);
ssize_t __wrap_read(int file, void *bytes, size_t count);
ssize_t __wrap_read(int file, void *bytes, size_t count)
{
    return counted(__real_read(file, bytes, count));
}

ssize_t __real_pread(int file, void *bytes, size_t count, off_t offset);
ssize_t __wrap_pread(int file, void *bytes, size_t count, off_t offset);
ssize_t __wrap_pread(int file, void *bytes, size_t count, off_t offset)
{
    if (++reads == change_at)
        change();
    return counted(__real_pread(file, bytes, count, offset));
}
#ifdef __GLIBC__ /* as it is called where _FILE_OFFSET_BITS is 64; on 32-bit systems it has another off_t than pread   \
                  */
ssize_t __real_pread64(int file, void *bytes, size_t count, off_t offset);
ssize_t __wrap_pread64(int file, void *bytes, size_t count, off_t offset);
ssize_t __wrap_pread64(int file, void *bytes, size_t count, off_t offset)
{
    if (++reads == change_at)
        change();
    return counted(__real_pread64(file, bytes, count, offset));
}
#endif

static size_t inspections, fail_inspection; /* counted from 1; 0: none */

static int inspected(int result)
{
    errno = EIO;
    return ++inspections == fail_inspection ? -1 : result;
}

int __real_fstat(int file, struct stat *about);
int __wrap_fstat(int file, struct stat *about);
int __wrap_fstat(int file, struct stat *about)
{
    return inspected(__real_fstat(file, about));
}
#ifdef __GLIBC__ /* as it is called where _FILE_OFFSET_BITS is 64 */
int __real_fstat64(int file, struct stat *about);
int __wrap_fstat64(int file, struct stat *about);
int __wrap_fstat64(int file, struct stat *about)
{
    return inspected(__real_fstat64(file, about));
}
#endif

void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    size_t bytes = rnni_memory_multiply(count, size);
    largest_allocation = bytes > largest_allocation ? bytes : largest_allocation;
    return __real_rnni_memory_take(count, size);
}

static void begin_to_count(void)
{
    bytes_read = reads = largest_allocation = change_at = inspections = 0;
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

#define FIRST 64 /* bytes that are read before anything is known */
#define PATH  "file.safetensors"
static char directory[] = "/tmp/rnn-test-XXXXXX"; /* the current directory */

static int enter_directory(void **state)
{
    (void)state;
    return enter_folder(directory);
}

static int leave_directory(void **state)
{
    (void)state;
    remove(PATH);
    return chdir("/") || rmdir(directory);
}

/* A file of that size, whose bytes past the first `count` are 0 and take no room. */
static void write_sparse(const void *bytes, size_t count, off_t size)
{
    FILE *file = fopen(PATH, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(truncate(PATH, size), 0);
}

/* Writes `count` bytes at an offset of the file. */
static void write_at(const void *bytes, size_t count, off_t offset)
{
    int file = open(PATH, O_WRONLY);
    assert_true(file >= 0);
    assert_true(pwrite(file, bytes, count, offset) == (ssize_t)count);
    assert_int_equal(close(file), 0);
}

/* The same for floats, little-endian as the format has them. */
static void write_floats_at(const float *values, size_t count, off_t offset)
{
    for (size_t i = 0; i < count; i++) {
        unsigned char bytes[4];
        uint32_t bits;
        memcpy(&bits, &values[i], 4);
        for (int byte = 0; byte < 4; byte++)
            bytes[byte] = (unsigned char)(bits >> 8 * byte);
        write_at(bytes, 4, offset + 4 * (off_t)i);
    }
}

static size_t header_length(void)
{
    unsigned char bytes[8];
    FILE *file = fopen(PATH, "rb");
    assert_non_null(file);
    assert_int_equal(fread(bytes, 1, 8, file), 8);
    fclose(file);
    size_t length = 0;
    for (int i = 7; i >= 0; i--)
        length = length << 8 | bytes[i];
    return length;
}

static rnn_model *new_model(int64_t cell, int64_t hidden, int64_t seed, const char *prefix)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, cell));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 3));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, hidden));
    assert_ok(rnn_config_set_int(config, RNN_SEED, seed));
    assert_ok(rnn_config_set_text(config, RNN_PREFIX, prefix));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

/* ---- everything that reads files --------------------------------------------------------------------------------- */

enum reader { LOAD, LOAD_PARAMETERS, INFER, LOAD_OPTIMIZER, LOAD_TRAINER, READERS };

static struct {
    rnn_model *model;
    rnn_config *config;
    rnn_optimizer *optimizer;
    rnn_trainer *trainer;
} own;

static void make_own(void)
{
    const float *values;
    size_t count;
    own.model = new_model(RNN_CELL_TANH, 4, 1, "");
    assert_ok(rnn_model_parameters(own.model, &values, &count));
    assert_ok(rnn_config_create(&own.config));
    assert_ok(rnn_optimizer_create(&own.optimizer, RNN_OPTIMIZER_ADAM, count));
    open_trainer(&own.trainer, own.model, own.optimizer, RNN_LOSS_CROSS_ENTROPY);
}

static void destroy_own(void)
{
    rnn_trainer_destroy(own.trainer);
    rnn_optimizer_destroy(own.optimizer);
    rnn_config_destroy(own.config);
    rnn_destroy(own.model);
}

/* Counts; before read number `nth` somebody changes the file, if it is not 0. */
static int32_t read_by(enum reader reader, size_t nth)
{
    rnn_model *model = NULL;
    rnn_optimizer *optimizer = NULL;
    int32_t status;
    begin_to_count();
    change_at = nth;
    switch (reader) {
    case LOAD:
        status = rnn_load(&model, PATH);
        break;
    case LOAD_PARAMETERS:
        status = rnn_model_load_parameters(own.model, PATH);
        break;
    case INFER:
        status = rnn_config_infer(own.config, PATH);
        break;
    case LOAD_OPTIMIZER:
        status = rnn_optimizer_load(&optimizer, PATH);
        break;
    default:
        status = rnn_trainer_load(own.trainer, PATH);
    }
    assert_true(!status || (!model && !optimizer));
    rnn_destroy(model);
    rnn_optimizer_destroy(optimizer);
    return status;
}

/* ---- files that are none ----------------------------------------------------------------------------------------- */

static void test_large_files_that_are_no_checkpoint(void **state)
{
    (void)state;
    static const struct {
        unsigned char bytes[16];
        off_t size;
        const char *part;
    } cases[] = {
        {{0}, (off_t)2 << 30, "zeros"},                                        /* zeros */
        {{0, 0, 0, 0, 1}, (off_t)5 << 30, "not a safetensors file"},           /* a header of 4 GiB */
        {{0, 0xE1, 0xF5, 5, 0, 0, 0, 0, 'x'}, (off_t)2 << 30, "{"},            /* no header */
        {{0, 0xE1, 0xF5, 5, 0, 0, 0, 0, '{', '}'}, 90000000, "only 89999992"}, /* one that is cut off */
    };
    make_own();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_sparse(cases[i].bytes, 16, cases[i].size);
        for (enum reader reader = LOAD; reader < READERS; reader++) {
            assert_fails(read_by(reader, 0), RNN_E_FORMAT);
            if (!strstr(rnn_last_error(), cases[i].part) || !strstr(rnn_last_error(), PATH))
                fail_msg("the message \"%s\" does not say \"%s\"", rnn_last_error(), cases[i].part);
            assert_in_range(bytes_read, 8, FIRST);
            assert_int_equal(largest_allocation, 0);
        }
    }
    destroy_own();
}

/* ---- no more than is needed -------------------------------------------------------------------------------------- */

static size_t file_size(void)
{
    struct stat about;
    assert_int_equal(stat(PATH, &about), 0);
    return (size_t)about.st_size;
}

/* Tensors of several pieces: each byte is read once, of the options alone no tensor, and no room for all is taken. */
static void test_what_is_read(void **state)
{
    (void)state;
    rnn_model *model = new_model(RNN_CELL_LSTM, 256, 7, ""), *loaded, *other = new_model(RNN_CELL_LSTM, 256, 8, "");
    rnn_config *config;
    const float *values, *found;
    size_t count;
    assert_ok(rnn_save(model, PATH));
    assert_ok(rnn_model_parameters(model, &values, &count));
    size_t header = header_length(), data = count * sizeof *values;
    assert_int_equal(file_size(), 8 + header + data);
    begin_to_count();
    assert_ok(rnn_load(&loaded, PATH));
    assert_int_equal(bytes_read, FIRST + header + data);
    assert_ok(rnn_model_parameters(loaded, &found, &count));
    assert_memory_equal(found, values, data);
    begin_to_count();
    assert_ok(rnn_model_load_parameters(other, PATH));
    assert_int_equal(bytes_read, FIRST + header + data);
    assert_ok(rnn_model_parameters(other, &found, &count));
    assert_memory_equal(found, values, data);
    assert_ok(rnn_config_create(&config));
    begin_to_count();
    assert_ok(rnn_config_infer(config, PATH));
    assert_int_equal(bytes_read, FIRST + header);
    assert_true(largest_allocation < data / 2);
    rnn_config_destroy(config);
    rnn_destroy(other);
    rnn_destroy(loaded);
    rnn_destroy(model);
}

/* Of a file of 3 GB, of which the network has the last bytes: they alone are read. */
static void test_a_part_of_a_large_file(void **state)
{
    (void)state;
    static const char header[] = "{\"other\":{\"dtype\":\"U8\",\"shape\":[3000000000],\"data_offsets\":[0,3000000000]},"
                                 "\"a.weight_ih_l0\":{\"dtype\":\"F32\",\"shape\":[2,3],"
                                 "\"data_offsets\":[3000000000,3000000024]},"
                                 "\"a.bias_ih_l0\":{\"dtype\":\"F32\",\"shape\":[2],"
                                 "\"data_offsets\":[3000000024,3000000032]}}";
    static const float values[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    const off_t data = 8 + (off_t)sizeof header - 1;
    unsigned char length[8] = {(sizeof header - 1) & 255, (sizeof header - 1) >> 8};
    write_sparse(length, 8, data + 3000000032);
    write_at(header, sizeof header - 1, 8);
    write_floats_at(values, 8, data + 3000000000);
    rnn_model *model = new_model(RNN_CELL_MINGRU, 1, 1, "a.");
    const float *found;
    size_t count;
    rnn_config *config;
    int64_t cell;
    begin_to_count();
    assert_ok(rnn_model_load_parameters(model, PATH));
    assert_in_range(bytes_read, 1, 4096);
    assert_true(largest_allocation < (size_t)1 << 20);
    assert_ok(rnn_model_parameters(model, &found, &count));
    assert_int_equal(count, 8);
    assert_memory_equal(found, values, sizeof values);
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_text(config, RNN_PREFIX, "a."));
    assert_ok(rnn_config_infer(config, PATH));
    assert_ok(rnn_config_get_int(config, RNN_CELL, &cell));
    assert_int_equal(cell, RNN_CELL_MINGRU);
    assert_int_equal(truncate(PATH, data + 3000000031), 0);
    assert_fails(rnn_model_load_parameters(model, PATH), RNN_E_FORMAT);
    assert_non_null(strstr(rnn_last_error(), "3000000032 bytes of data, the file has 3000000031"));
    rnn_config_destroy(config);
    rnn_destroy(model);
}

/* ---- files that change ------------------------------------------------------------------------------------------- */

static void shrink(void)
{
    assert_int_equal(truncate(PATH, (off_t)file_size() - 1), 0);
}

static void empty(void)
{
    assert_int_equal(truncate(PATH, 0), 0);
}

static void grow(void)
{
    assert_int_equal(truncate(PATH, (off_t)file_size() + 1), 0);
}

static void overwrite(void)
{
    write_at("x", 1, (off_t)file_size() - 1);
}

/* A clock that goes in ticks gives what is written at once the same time: the file is made older. */
static void save_old_file(enum reader reader)
{
    static const struct timespec old[2] = {{1000000000, 5}, {1000000000, 5}};
    if (reader == LOAD_OPTIMIZER)
        assert_ok(rnn_optimizer_save(own.optimizer, PATH));
    else if (reader == LOAD_TRAINER)
        assert_ok(rnn_trainer_save(own.trainer, PATH));
    else
        assert_ok(rnn_save(own.model, PATH));
    assert_int_equal(utimensat(AT_FDCWD, PATH, old, 0), 0);
}

/* A change of the same length, a nanosecond later. */
static void replace(void)
{
    static const struct timespec later[2] = {{1000000000, 6}, {1000000000, 6}};
    overwrite();
    assert_int_equal(utimensat(AT_FDCWD, PATH, later, 0), 0);
}

static unsigned char *bytes_of_model(size_t *size)
{
    assert_ok(rnn_save_memory(own.model, NULL, 0, size));
    unsigned char *bytes = malloc(*size);
    assert_non_null(bytes);
    assert_ok(rnn_save_memory(own.model, bytes, *size, size));
    return bytes;
}

static void change_during(enum reader reader, size_t nth)
{
    static void (*const changes[])(void) = {shrink, empty, grow, overwrite, replace};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        size_t size, size_after;
        save_old_file(reader);
        if (reader == LOAD_PARAMETERS || reader == LOAD_TRAINER) { /* which must leave the model as it is */
            rnn_model *others = new_model(RNN_CELL_TANH, 4, 99, "");
            const float *values;
            size_t count;
            assert_ok(rnn_model_parameters(others, &values, &count));
            assert_ok(rnn_model_set_parameters(own.model, values, count));
            rnn_destroy(others);
        }
        unsigned char *before = bytes_of_model(&size);
        change = changes[i];
        assert_fails(read_by(reader, nth), RNN_E_IO);
        assert_non_null(strstr(rnn_last_error(), "changed while it was read"));
        assert_non_null(strstr(rnn_last_error(), PATH));
        unsigned char *after = bytes_of_model(&size_after);
        assert_int_equal(size, size_after);
        assert_memory_equal(before, after, size);
        free(before);
        free(after);
    }
}

static void test_files_that_change_while_they_are_read(void **state)
{
    (void)state;
    make_own();
    for (enum reader reader = LOAD; reader < READERS; reader++) {
        save_old_file(reader);
        assert_ok(read_by(reader, 0));
        size_t all = reads;
        assert_in_range(all, 2, 100);
        for (size_t nth = 1; nth <= all; nth++)
            change_during(reader, nth);
    }
    destroy_own();
}

/* The system cannot say what a file is, or whether it has changed. */
static void test_files_that_cannot_be_inspected(void **state)
{
    (void)state;
    make_own();
    for (enum reader reader = LOAD; reader < READERS; reader++) {
        save_old_file(reader);
        assert_ok(read_by(reader, 0));
        size_t all = inspections; /* 0 on a 32-bit system, where another function is called */
        for (fail_inspection = 1; fail_inspection <= all; fail_inspection++) {
            const char *part = fail_inspection == 1 ? "cannot inspect" : "changed while it was read";
            assert_fails(read_by(reader, 0), RNN_E_IO);
            assert_non_null(strstr(rnn_last_error(), PATH));
            assert_non_null(strstr(rnn_last_error(), part));
        }
        fail_inspection = 0;
    }
    destroy_own();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter_directory, leave_directory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_large_files_that_are_no_checkpoint),
        TEST(test_what_is_read),
        TEST(test_a_part_of_a_large_file),
        TEST(test_files_that_change_while_they_are_read),
        TEST(test_files_that_cannot_be_inspected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
