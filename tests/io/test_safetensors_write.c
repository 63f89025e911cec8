/* The safetensors writer: its bytes, and that the reader gets back what was written. */
#include "support/support.h"

#include "io/safetensors.h"

#include <stdlib.h>
#include <string.h>

struct file {
    unsigned char *bytes; /* [count], nothing more, so that a sanitizer sees every byte written too far */
    size_t count;
};

static struct file written(const struct rnni_safetensors_content *content)
{
    struct file file = {NULL, 0};
    assert_ok(rnni_safetensors_size(&file.count, content, "rnn_save"));
    file.bytes = malloc(file.count);
    assert_non_null(file.bytes);
    rnni_safetensors_write(file.bytes, content);
    return file;
}

static void test_writes_these_bytes(void **unused)
{
    (void)unused;
    static const char header[] = "{\"__metadata__\":{\"a\\\"\\\\\":\"\\u0001\\u000a\xC3\xA4\",\"format\":\"pt\"},"
                                 "\"w\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
                                 "\"s\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[8,12]},"
                                 "\"e\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[12,12]}}";
    static const unsigned char data[] = {0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC1, 0, 0, 0, 0x80};
    const struct rnni_safetensors_note notes[] = {{"a\"\\", "\x01\n\xC3\xA4"}, {"format", "pt"}};
    const struct rnni_safetensors_source tensors[] = {
        {"w", (const size_t[]){1, 2}, 2, (const float[]){1, -10}},
        {"s", NULL, 0, (const float[]){-0.0f}},
        {"e", (const size_t[]){0}, 1, NULL},
    };
    const struct rnni_safetensors_content content = {
        .notes = notes, .note_count = 2, .tensors = tensors, .tensor_count = 3};
    struct file file = written(&content);
    size_t begin = file.count - sizeof data, length = strlen(header);
    unsigned char first[8];
    for (int i = 0; i < 8; i++)
        first[i] = (unsigned char)((begin - 8) >> 8 * i);
    assert_memory_equal(file.bytes, first, 8);
    assert_int_equal(begin % 64, 0);
    assert_true(begin - 8 - length < 64);
    assert_memory_equal(file.bytes + 8, header, length);
    for (size_t i = 8 + length; i < begin; i++)
        assert_int_equal(file.bytes[i], ' ');
    assert_memory_equal(file.bytes + begin, data, sizeof data);

    struct rnni_safetensors out;
    assert_ok(rnni_safetensors_parse(&out, file.bytes, file.count, "rnn_load"));
    assert_string_equal(rnni_safetensors_metadata(&out, "a\"\\"), "\x01\n\xC3\xA4");
    assert_int_equal(out.tensor_count, 3);
    rnni_safetensors_release(&out);
    free(file.bytes);
}

/* Matrices in bf16: 1 and -10 are exact, 1 + 2^-8 is halfway and goes to the even neighbour; vectors stay F32. */
static void test_writes_matrices_in_bf16(void **unused)
{
    (void)unused;
    static const char header[] = "{\"w\":{\"dtype\":\"BF16\",\"shape\":[1,3],\"data_offsets\":[0,6]},"
                                 "\"v\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[6,10]}}";
    static const unsigned char data[] = {0x80, 0x3F, 0x20, 0xC1, 0x80, 0x3F, 0, 0x80, 0x80, 0x3F};
    const struct rnni_safetensors_source tensors[] = {
        {"w", (const size_t[]){1, 3}, 2, (const float[]){1, -10, 1.00390625f}},
        {"v", (const size_t[]){1}, 1, (const float[]){1.00390625f}},
    };
    struct file file =
        written(&(struct rnni_safetensors_content){.tensors = tensors, .tensor_count = 2, .bf16_matrices = true});
    assert_memory_equal(file.bytes + 8, header, strlen(header));
    assert_memory_equal(file.bytes + file.count - sizeof data, data, sizeof data);
    free(file.bytes);
}

/* Every number comes back bit for bit, those that are not numbers included; the padding is right for every length. */
static void test_round_trip(void **unused)
{
    (void)unused;
    static const uint32_t bits[] = {0,          0x80000000, 1,          0x007FFFFF, 0x7F800000, 0xFF800000,
                                    0x7FC00001, 0xFFFFFFFF, 0x7F7FFFFF, 0x3F800000, 0x01020304};
    enum { COUNT = sizeof bits / sizeof *bits };
    float values[COUNT], back[COUNT];
    memcpy(values, bits, sizeof bits);
    char key[200] = "";
    for (size_t length = 0; length < sizeof key - 1; length++) {
        memset(key, 1 + (int)length % 127, length); /* every ASCII character has its turn */
        const struct rnni_safetensors_note note = {key, key};
        const struct rnni_safetensors_source tensor = {"values", (const size_t[]){COUNT}, 1, values};
        struct file file = written(
            &(struct rnni_safetensors_content){.notes = &note, .note_count = 1, .tensors = &tensor, .tensor_count = 1});
        struct rnni_safetensors out;
        assert_ok(rnni_safetensors_parse(&out, file.bytes, file.count, "rnn_load"));
        assert_int_equal(out.data % 64, 0);
        assert_string_equal(rnni_safetensors_metadata(&out, key), key);
        assert_ok(rnni_safetensors_expect(&out.tensors[0], tensor.shape, 1, "rnn_load"));
        assert_ok(rnni_safetensors_read_floats(back, &out, &out.tensors[0], "rnn_load"));
        assert_memory_equal(back, bits, sizeof bits);
        rnni_safetensors_release(&out);
        free(file.bytes);
    }
}

static void test_writes_nothing_that_cannot_be_read(void **unused)
{
    (void)unused;
    size_t length = RNNI_SAFETENSORS_HEADER / 6, size = 1; /* each character becomes six */
    char *value = malloc(length + 1);
    assert_non_null(value);
    memset(value, 1, length);
    value[length] = 0;
    const struct rnni_safetensors_note note = {"k", value};
    assert_fails(
        rnni_safetensors_size(&size, &(struct rnni_safetensors_content){.notes = &note, .note_count = 1}, "rnn_save"),
        RNN_E_UNSUPPORTED);
    assert_int_equal(size, 1);
    value[length - 20] = 0; /* and this is short enough */
    struct file file = written(&(struct rnni_safetensors_content){.notes = &note, .note_count = 1});
    struct rnni_safetensors out;
    assert_ok(rnni_safetensors_parse(&out, file.bytes, file.count, "rnn_load"));
    assert_string_equal(rnni_safetensors_metadata(&out, "k"), value);
    rnni_safetensors_release(&out);
    free(file.bytes);
    free(value);

    const struct rnni_safetensors_source huge = {"w", (const size_t[]){SIZE_MAX / 2, 3}, 2, NULL};
    assert_fails(rnni_safetensors_size(&size, &(struct rnni_safetensors_content){.tensors = &huge, .tensor_count = 1},
                                       "rnn_save"),
                 RNN_E_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writes_these_bytes),
        cmocka_unit_test(test_writes_matrices_in_bf16),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_writes_nothing_that_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
