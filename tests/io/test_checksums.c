/* The CRC-32 of each tensor in the files that librnn writes. */
#define _POSIX_C_SOURCE 200809L

#include "support/folder.h"
#include "support/support.h"

#include "base/crc32.h"
#include "io/safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the sum itself ---------------------------------------------------------------------------------------------- */

/* A bit at a time, as the polynomial is defined. */
static uint32_t bitwise(const unsigned char *bytes, size_t count)
{
    uint32_t rest = 0xFFFFFFFF;
    for (size_t i = 0; i < count; i++) {
        rest ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            rest = rest & 1 ? rest >> 1 ^ 0xEDB88320 : rest >> 1;
    }
    return ~rest;
}

/* Values of Python's zlib.crc32. */
static void test_known_sums(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t sum;
    } known[] = {
        {"", 0},
        {"123456789", 0xCBF43926},
        {"a", 0xE8B7BE43},
        {"The quick brown fox jumps over the lazy dog", 0x414FA339},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_int_equal(rnni_crc32(0, (const unsigned char *)known[i].text, strlen(known[i].text)), known[i].sum);
    static const unsigned char zeros[32];
    assert_int_equal(rnni_crc32(0, zeros, 32), 0x190A55AD);
}

static void test_sums_of_every_length_and_place(void **state)
{
    (void)state;
    unsigned char bytes[600];
    uint64_t random = 7;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(128 + 127 * uniform(&random));
    for (size_t count = 0; count <= 560; count++) {
        const unsigned char *at = bytes + count % 17;
        uint32_t expected = bitwise(at, count);
        assert_int_equal(rnni_crc32(0, at, count), expected);
        size_t part = count * 2 / 3;
        assert_int_equal(rnni_crc32(rnni_crc32(0, at, part), at + part, count - part), expected);
    }
}

/* Every single bit of a block gives another sum, whatever table it passes. */
static void test_every_bit_counts(void **state)
{
    (void)state;
    unsigned char bytes[67] = {0};
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] = (unsigned char)(1u << bit % 8);
        assert_int_equal(rnni_crc32(0, bytes, sizeof bytes), bitwise(bytes, sizeof bytes));
        bytes[bit / 8] = 0;
    }
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

struct bytes {
    unsigned char at[8192];
    size_t count;
};

#define PATH "file.safetensors"
static char directory[] = "/tmp/rnn-test-XXXXXX"; /* the current directory */

static struct bytes read_file(void)
{
    struct bytes bytes;
    FILE *file = fopen(PATH, "rb");
    assert_non_null(file);
    bytes.count = fread(bytes.at, 1, sizeof bytes.at, file);
    assert_in_range(bytes.count, 1, sizeof bytes.at - 1);
    fclose(file);
    return bytes;
}

static void write_file(const struct bytes *bytes)
{
    FILE *file = fopen(PATH, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes->at, 1, bytes->count, file), bytes->count);
    assert_int_equal(fclose(file), 0);
}

static size_t header_of(const struct bytes *bytes)
{
    return bytes->at[0] | (size_t)bytes->at[1] << 8;
}

/* What a program does that knows nothing of checksums: the first `from` in the header becomes `to`. */
static void edit(struct bytes *bytes, const char *from, const char *to)
{
    size_t header = header_of(bytes), old = strlen(from), new = strlen(to);
    bytes->at[8 + header - 1] = 0; /* padding */
    char *found = strstr((char *)bytes->at + 8, from);
    if (!found)
        fail_msg("the header has no %s", from);
    bytes->at[8 + header - 1] = ' ';
    size_t at = (size_t)((unsigned char *)found - bytes->at);
    assert_true(bytes->count + new <= sizeof bytes->at);
    memmove(found + new, found + old, bytes->count - at - old);
    memcpy(found, to, new);
    bytes->count += new - old;
    header += new - old;
    bytes->at[0] = (unsigned char)header;
    bytes->at[1] = (unsigned char)(header >> 8);
}

/* ---- what writes and reads files --------------------------------------------------------------------------------- */

static rnn_model *model;
static rnn_optimizer *optimizer;
static rnn_trainer *trainer;

static int open_all(void **state)
{
    (void)state;
    rnn_config *config;
    const float *values;
    size_t count;
    static const float gradients[64] = {1, -2, 3};
    float parameters[64] = {0};
    strcpy(strrchr(directory, '-'), "-XXXXXX");
    assert_true(make_folder(directory) && chdir(directory) == 0);
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, RNN_CELL_GRU));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 2));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 2));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, 2));
    assert_ok(rnn_config_set_text(config, RNN_PREFIX, "a \"b\"\\."));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    assert_ok(rnn_model_set_metadata(model, "note", "value"));
    assert_ok(rnn_model_parameters(model, &values, &count));
    assert_in_range(count, 1, 64);
    assert_ok(rnn_optimizer_create(&optimizer, RNN_OPTIMIZER_ADAM, count));
    assert_ok(rnn_optimizer_step_arrays(optimizer, parameters, count, gradients, count));
    open_trainer(&trainer, model, optimizer, RNN_LOSS_CROSS_ENTROPY);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    rnn_trainer_destroy(trainer);
    rnn_optimizer_destroy(optimizer);
    rnn_destroy(model);
    remove(PATH);
    return chdir("/") || rmdir(directory);
}

static int32_t save_model(void)
{
    return rnn_save(model, PATH);
}

static int32_t save_optimizer(void)
{
    return rnn_optimizer_save(optimizer, PATH);
}

static int32_t save_trainer(void)
{
    return rnn_trainer_save(trainer, PATH);
}

static int32_t load_model(void)
{
    rnn_model *loaded = NULL;
    int32_t status = rnn_load(&loaded, PATH);
    assert_true(!status == !!loaded);
    rnn_destroy(loaded);
    return status;
}

static int32_t load_model_from_memory(void)
{
    rnn_model *loaded = NULL;
    struct bytes bytes = read_file();
    int32_t status = rnn_load_memory(&loaded, bytes.at, bytes.count);
    assert_true(!status == !!loaded);
    rnn_destroy(loaded);
    return status;
}

static int32_t load_parameters(void)
{
    return rnn_model_load_parameters(model, PATH);
}

static int32_t load_optimizer(void)
{
    rnn_optimizer *loaded = NULL;
    int32_t status = rnn_optimizer_load(&loaded, PATH);
    assert_true(!status == !!loaded);
    rnn_optimizer_destroy(loaded);
    return status;
}

static int32_t load_trainer(void)
{
    return rnn_trainer_load(trainer, PATH);
}

static const struct way {
    int32_t (*save)(void), (*load)(void);
    const char *tensor; /* as the header has it */
} ways[] = {
    {save_model, load_model, "a \\\"b\\\"\\\\.weight_hh_l0"},
    {save_model, load_model_from_memory, "head.bias"},
    {save_model, load_parameters, "head.weight"},
    {save_optimizer, load_optimizer, "optimizer.v"},
    {save_trainer, load_trainer, "trainer.parameters"},
};
#define WAYS (sizeof ways / sizeof *ways)

/* All that can be loaded into: of a trainer its file, which has model and optimiser. */
static struct bytes bytes_of_trainer(void)
{
    struct bytes bytes, file = read_file();
    assert_ok(rnn_trainer_save(trainer, PATH));
    bytes = read_file();
    write_file(&file);
    return bytes;
}

static void refused(const struct way *way, const char *part)
{
    struct bytes before = bytes_of_trainer();
    assert_fails(way->load(), RNN_E_FORMAT);
    if (!strstr(rnn_last_error(), part))
        fail_msg("the message \"%s\" does not say \"%s\"", rnn_last_error(), part);
    struct bytes after = bytes_of_trainer();
    assert_int_equal(before.count, after.count);
    assert_memory_equal(before.at, after.at, before.count);
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

/* The checksum that stands in a file is that of the bytes of the tensor as they are stored. */
static void test_what_files_have(void **state)
{
    (void)state;
    for (size_t i = 0; i < WAYS; i++) {
        struct rnni_safetensors file;
        assert_ok(ways[i].save());
        struct bytes bytes = read_file();
        assert_ok(rnni_safetensors_parse(&file, bytes.at, bytes.count, "test"));
        assert_true(file.tensor_count >= 2);
        for (size_t t = 0; t < file.tensor_count; t++) {
            const struct rnni_safetensors_tensor *tensor = &file.tensors[t];
            char key[128], expected[16];
            snprintf(key, sizeof key, "rnn.crc32.%s", tensor->name);
            snprintf(expected, sizeof expected, "%08x",
                     (unsigned)bitwise(bytes.at + file.data + tensor->begin, (size_t)(tensor->end - tensor->begin)));
            const char *found = rnni_safetensors_metadata(&file, key);
            assert_non_null(found);
            assert_string_equal(found, expected);
        }
        rnni_safetensors_release(&file);
    }
}

static void test_every_byte_of_the_data(void **state)
{
    (void)state;
    for (size_t i = 0; i < WAYS; i++) {
        assert_ok(ways[i].save());
        struct bytes bytes = read_file();
        for (size_t at = 8 + header_of(&bytes); at < bytes.count; at++)
            for (int way = 0; way < (at % 8 ? 1 : 2); way++) { /* one bit of each byte, all bits of some */
                struct bytes changed = bytes;
                changed.at[at] ^= way ? 0xFF : (unsigned char)(1u << at % 8);
                write_file(&changed);
                refused(&ways[i], "is damaged");
                assert_non_null(strstr(rnn_last_error(), "remove the keys rnn.crc32.* from __metadata__"));
            }
        write_file(&bytes);
        assert_ok(ways[i].load());
    }
}

/* The message names the tensor and has both sums. */
static void test_the_message(void **state)
{
    (void)state;
    assert_ok(rnn_save(model, PATH));
    struct bytes bytes = read_file();
    bytes.at[bytes.count - 1] ^= 0x80; /* of the last tensor */
    write_file(&bytes);
    refused(&ways[0], "rnn_load: file.safetensors: tensor \"head.bias\" is damaged");
    char sum[16];
    snprintf(sum, sizeof sum, "is %08x,", (unsigned)bitwise(bytes.at + bytes.count - 8, 8));
    assert_non_null(strstr(rnn_last_error(), sum));
}

/* Of a checksum that is no checksum, or that of other bytes. */
static void test_changed_checksums(void **state)
{
    (void)state;
    static const char *const values[] = {"", "0", "00000000", "deadbeef", "a tale of two cities", "-1"};
    for (size_t i = 0; i < WAYS; i++)
        for (size_t k = 0; k < sizeof values / sizeof *values; k++) {
            char key[128], hidden[160];
            assert_ok(ways[i].save());
            struct bytes bytes = read_file();
            snprintf(key, sizeof key, "\"rnn.crc32.%s\":\"", ways[i].tensor);
            snprintf(hidden, sizeof hidden, "%s%s\",\"x\":\"", key, values[k]);
            edit(&bytes, key, hidden);
            write_file(&bytes);
            refused(&ways[i], "is damaged");
        }
}

/* As other programs and older versions write them; and one of a tensor that is not there is nobody's. */
static void test_files_without_checksums(void **state)
{
    (void)state;
    for (size_t i = 0; i < WAYS; i++) {
        char key[128], other[160];
        assert_ok(ways[i].save());
        struct bytes bytes = read_file();
        snprintf(key, sizeof key, "\"rnn.crc32.%s\"", ways[i].tensor);
        snprintf(other, sizeof other, "\"rnn.crc32.a tensor that was\"");
        edit(&bytes, key, other);
        write_file(&bytes);
        assert_ok(ways[i].load());
        while (bytes.at[8 + header_of(&bytes) - 1] = 0, strstr((char *)bytes.at + 8, "rnn.crc32."))
            edit(&bytes, "rnn.crc32.", "note ");
        bytes.at[8 + header_of(&bytes) - 1] = ' ';
        bytes.at[bytes.count - 2] ^= 1; /* which nobody sees now */
        write_file(&bytes);
        int32_t status = ways[i].load();
        if (status != RNN_OK)
            fail_msg("way %zu: %s", i, rnn_last_error());
    }
}

/* They are the file's, not the user's: not handed out, not set, and no more of them after a load and a save. */
static void test_they_are_no_notes(void **state)
{
    (void)state;
    const char *value = NULL;
    rnn_model *loaded;
    assert_ok(rnn_save(model, PATH));
    struct bytes first = read_file();
    for (int again = 0; again < 3; again++) {
        assert_ok(rnn_load(&loaded, PATH));
        assert_fails(rnn_model_get_metadata(loaded, "rnn.crc32.head.bias", &value), RNN_E_NAME);
        assert_fails(rnn_model_set_metadata(loaded, "rnn.crc32.head.bias", "00000000"), RNN_E_VALUE);
        assert_ok(rnn_model_get_metadata(loaded, "note", &value));
        assert_string_equal(value, "value");
        assert_ok(rnn_save(loaded, PATH));
        rnn_destroy(loaded);
        struct bytes now = read_file();
        assert_int_equal(now.count, first.count);
        assert_memory_equal(now.at, first.at, now.count);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_sums),
        cmocka_unit_test(test_sums_of_every_length_and_place),
        cmocka_unit_test(test_every_bit_counts),
        TEST(test_what_files_have),
        TEST(test_every_byte_of_the_data),
        TEST(test_the_message),
        TEST(test_changed_checksums),
        TEST(test_files_without_checksums),
        TEST(test_they_are_no_notes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
