/* A file of 4 GiB, of which a network needs 1 MB: only the header and these tensors are read, and the memory is of
 * their size.  The rest of the file is a hole.  Linked with --wrap=rnni_memory_take and --wrap=rnni_memory_release. */
#define _GNU_SOURCE

#include "support/built_file.h"

#include "base/memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH  "test_large_file.safetensors"
#define LARGE ((uint64_t)4 << 30) /* bytes of the tensor that is not needed */

enum { INPUTS = 256, HIDDEN = 256, LIMIT = 64 << 20 };

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static size_t held, peak;

void *__real_rnni_memory_take(size_t count, size_t size);
void __real_rnni_memory_release(void *block);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void __wrap_rnni_memory_release(void *block);

/* The size is in the bytes before the block. */
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    size_t bytes = rnni_memory_multiply(count, size);
    unsigned char *block = __real_rnni_memory_take(rnni_memory_add(bytes, RNNI_ALIGNMENT), 1);
    if (!block)
        return NULL;
    memcpy(block, &bytes, sizeof bytes);
    held += bytes;
    peak = held > peak ? held : peak;
    return block + RNNI_ALIGNMENT;
}

void __wrap_rnni_memory_release(void *block)
{
    size_t bytes;
    if (!block)
        return;
    unsigned char *begin = (unsigned char *)block - RNNI_ALIGNMENT;
    memcpy(&bytes, begin, sizeof bytes);
    held -= bytes;
    __real_rnni_memory_release(begin);
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

static const float marks[] = {0.5F, -0.25F};

static int leave_out(const char *why)
{
    print_message("skipped: %s\n", why);
    remove(PATH);
    return 77;
}

/* The bytes of a float in a file: the least significant one first. */
static int put_float(int file, float value, off_t at)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    const unsigned char bytes[4] = {(unsigned char)bits, (unsigned char)(bits >> 8), (unsigned char)(bits >> 16),
                                    (unsigned char)(bits >> 24)};
    return pwrite(file, bytes, 4, at) == 4;
}

/* The large tensor stands first; the last element of each weight of the network is a mark. */
static int write_file(void)
{
    char header[512];
    uint64_t ih = LARGE + (uint64_t)4 * HIDDEN * INPUTS, hh = ih + (uint64_t)4 * HIDDEN * HIDDEN;
    int length =
        snprintf(header, sizeof header,
                 "{\"large\":{\"dtype\":\"F32\",\"shape\":[%llu],\"data_offsets\":[0,%llu]},"
                 "\"rnn.weight_ih_l0\":{\"dtype\":\"F32\",\"shape\":[%d,%d],\"data_offsets\":[%llu,%llu]},"
                 "\"rnn.weight_hh_l0\":{\"dtype\":\"F32\",\"shape\":[%d,%d],\"data_offsets\":[%llu,%llu]}}",
                 (unsigned long long)LARGE / 4, (unsigned long long)LARGE, HIDDEN, INPUTS, (unsigned long long)LARGE,
                 (unsigned long long)ih, HIDDEN, HIDDEN, (unsigned long long)ih, (unsigned long long)hh);
    unsigned char size[8] = {(unsigned char)length, (unsigned char)(length >> 8)};
    off_t data = 8 + (off_t)length;
    int file = open(PATH, O_RDWR | O_CREAT | O_TRUNC, 0600);
    int written = file >= 0 && ftruncate(file, data + (off_t)hh) == 0 && pwrite(file, size, 8, 0) == 8 &&
                  pwrite(file, header, (size_t)length, 8) == length &&
                  put_float(file, marks[0], data + (off_t)ih - 4) && put_float(file, marks[1], data + (off_t)hh - 4);
    struct stat about;
    int sparse = written && fstat(file, &about) == 0 && (uint64_t)about.st_blocks * 512 < LARGE / 16;
    if (file >= 0)
        close(file);
    return sparse;
}

static void test_a_part_of_a_large_file(void **state)
{
    (void)state;
    rnn_config *config = new_config();
    rnn_model *model;
    float values[HIDDEN * INPUTS];
    char text[16];
    size_t size;
    assert_ok(rnn_config_set_text(config, RNN_PREFIX, "rnn."));
    assert_ok(rnn_config_infer(config, PATH));
    assert_option(config, RNN_HIDDEN_SIZE, HIDDEN);
    assert_ok(rnn_create(&model, config));
    assert_ok(rnn_model_load_parameters(model, PATH));
    assert_ok(rnn_model_unused_tensors(model, PATH, text, sizeof text, &size));
    assert_string_equal(text, "large\n");
    assert_ok(rnn_model_get_parameter(model, "rnn.weight_ih_l0", values, HIDDEN * INPUTS));
    assert_true(values[HIDDEN * INPUTS - 1] == marks[0] && values[0] == 0);
    assert_ok(rnn_model_get_parameter(model, "rnn.weight_hh_l0", values, HIDDEN * HIDDEN));
    assert_true(values[HIDDEN * HIDDEN - 1] == marks[1] && values[0] == 0);
    rnn_destroy(model);
    rnn_config_destroy(config);
    print_message("peak %zu bytes\n", peak);
    assert_true(peak >= 2 * sizeof values && peak < LIMIT);
    assert_int_equal(held, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_part_of_a_large_file)};
    if (sizeof(off_t) < 8)
        return leave_out("off_t is too narrow for files of 4 GiB");
    if (!write_file())
        return leave_out("the disk has no room for a file of 4 GiB with a hole");
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    remove(PATH);
    return failed;
}
