/* The safetensors reader on memory: what is well formed, what is not, and damage of every kind. */
#include "support/support.h"

#include "base/utf8.h"
#include "io/safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file in a block of exactly its size, so that a sanitizer sees every byte read too far. */
struct file {
    unsigned char *bytes;
    size_t count;
};

static void put_length(unsigned char *bytes, uint64_t length)
{
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(length >> 8 * i);
}

/* A header of `length` bytes and `data` bytes 0, 1, 2, ... behind it. */
static struct file make_file(const char *header, size_t length, size_t data)
{
    struct file file = {malloc(8 + length + data), 8 + length + data};
    assert_non_null(file.bytes);
    put_length(file.bytes, length);
    memcpy(file.bytes + 8, header, length);
    for (size_t i = 0; i < data; i++)
        file.bytes[8 + length + i] = (unsigned char)i;
    return file;
}

static int32_t parse(struct rnni_safetensors *out, struct file file)
{
    return rnni_safetensors_parse(out, file.bytes, file.count, "rnn_load");
}

static struct file accepted(struct rnni_safetensors *out, const char *header, size_t data)
{
    struct file file = make_file(header, strlen(header), data);
    assert_ok(parse(out, file));
    return file;
}

static void assert_empty(const struct rnni_safetensors *file)
{
    static const struct rnni_safetensors empty;
    assert_memory_equal(file, &empty, sizeof empty);
}

/* The message begins with the function, is printable and has `part` in it. */
static void assert_message(const char *part)
{
    const char *message = rnn_last_error();
    assert_memory_equal(message, "rnn_load: ", 10);
    assert_true(rnni_utf8_valid(message));
    for (const char *c = message; *c; c++)
        assert_true((unsigned char)*c >= 0x20 && *c != 0x7F);
    if (!strstr(message, part))
        fail_msg("the message \"%s\" does not say \"%s\"", message, part);
}

static void refused_bytes(const char *header, size_t length, size_t data, int32_t status, const char *part)
{
    struct rnni_safetensors out;
    memset(&out, 0xA5, sizeof out);
    struct file file = make_file(header, length, data);
    assert_fails(parse(&out, file), status);
    assert_message(part);
    assert_empty(&out);
    free(file.bytes);
}

static void refused(const char *header, size_t data, const char *part)
{
    refused_bytes(header, strlen(header), data, RNN_E_FORMAT, part);
}

/* ---- reading what is well formed ------------------------------------------------------------------------------ */

static void test_reads_a_file(void **unused)
{
    (void)unused;
    struct rnni_safetensors out;
    struct file file = accepted(&out,
                                "{ \"b\" :\t{\"data_offsets\":[24, 28],\r\n\"shape\":[ ] , \"dtype\":\"F32\"},"
                                "\"__metadata__\":{\"z\":\"1\", \"a\":\"\"} ,"
                                "\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}}   ",
                                28);
    assert_int_equal(out.tensor_count, 2);
    assert_string_equal(out.tensors[0].name, "a"); /* in the order of the data */
    assert_string_equal(out.tensors[1].name, "b");
    assert_int_equal(out.tensors[0].rank, 2);
    assert_int_equal(out.tensors[0].shape[0], 2);
    assert_int_equal(out.tensors[0].shape[1], 3);
    assert_int_equal(out.tensors[1].rank, 0);
    assert_int_equal(out.note_count, 2);
    assert_string_equal(out.notes[0].key, "z"); /* in the order of the header */
    assert_string_equal(rnni_safetensors_metadata(&out, "z"), "1");
    assert_string_equal(rnni_safetensors_metadata(&out, "a"), "");
    assert_null(rnni_safetensors_metadata(&out, "b"));
    assert_ptr_equal(rnni_safetensors_find(&out, "b"), &out.tensors[1]);
    assert_null(rnni_safetensors_find(&out, "c"));

    float value;
    const unsigned char bytes[4] = {24, 25, 26, 27};
    uint32_t bits = 24 | 25u << 8 | 26u << 16 | 27u << 24;
    assert_ok(rnni_safetensors_read_floats(&value, &out, &out.tensors[1], "rnn_load"));
    assert_memory_equal(&value, &bits, 4);
    assert_memory_equal(file.bytes + out.data + 24, bytes, 4);

    assert_ok(rnni_safetensors_expect(&out.tensors[0], (const size_t[]){2, 3}, 2, "rnn_load"));
    assert_fails(rnni_safetensors_expect(&out.tensors[0], (const size_t[]){3, 2}, 2, "rnn_load"), RNN_E_FORMAT);
    assert_message("\"a\" has shape [2,3], expected [3,2]");
    assert_fails(rnni_safetensors_expect(&out.tensors[0], (const size_t[]){2, 3, 1}, 3, "rnn_load"), RNN_E_FORMAT);
    assert_fails(rnni_safetensors_expect(&out.tensors[0], (const size_t[]){2}, 1, "rnn_load"), RNN_E_FORMAT);
    rnni_safetensors_release(&out);
    assert_empty(&out);
    rnni_safetensors_release(&out);
    rnni_safetensors_release(NULL);
    free(file.bytes);
}

static void test_reads_empty_files_and_tensors(void **unused)
{
    (void)unused;
    struct rnni_safetensors out;
    static const char *const headers[] = {"{}", "{}    ", "{ }", "{\"__metadata__\":{}}"};
    for (size_t i = 0; i < 4; i++) {
        struct file file = accepted(&out, headers[i], 0);
        assert_int_equal(out.tensor_count + out.note_count, 0);
        assert_null(rnni_safetensors_find(&out, "x"));
        assert_null(rnni_safetensors_metadata(&out, "x"));
        rnni_safetensors_release(&out);
        free(file.bytes);
    }
    struct file file = accepted(&out,
                                "{\"x\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
                                "\"e\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[4,4]},"
                                "\"d\":{\"dtype\":\"F32\",\"shape\":[3,0,2],\"data_offsets\":[0,0]},"
                                "\"\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1],\"data_offsets\":[4,8]}}",
                                8);
    assert_int_equal(out.tensor_count, 4);
    assert_string_equal(rnni_safetensors_find(&out, "")->dtype, "F32");
    assert_ok(rnni_safetensors_read_floats(NULL, &out, rnni_safetensors_find(&out, "d"), "rnn_load"));
    rnni_safetensors_release(&out);
    free(file.bytes);
}

static void test_reads_every_dtype(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        size_t bits;
    } dtypes[] = {{"BOOL", 8},    {"F4", 4},      {"F6_E2M3", 6},     {"F6_E3M2", 6},     {"U8", 8},   {"I8", 8},
                  {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8},     {"F8_E4M3FNUZ", 8}, {"I16", 16}, {"U16", 16},
                  {"F16", 16},    {"BF16", 16},   {"F8_E5M2FNUZ", 8}, {"I32", 32},        {"U32", 32}, {"F32", 32},
                  {"C64", 64},    {"F64", 64},    {"I64", 64},        {"U64", 64}};
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++) {
        char header[128];
        struct rnni_safetensors out;
        snprintf(header, sizeof header, "{\"t\":{\"dtype\":\"%s\",\"shape\":[2,4],\"data_offsets\":[0,%zu]}}",
                 dtypes[i].name, dtypes[i].bits);
        struct file file = accepted(&out, header, dtypes[i].bits); /* 8 elements: as many bytes as one has bits */
        bool converted = strcmp(dtypes[i].name, "F32") == 0 || strcmp(dtypes[i].name, "F16") == 0 ||
                         strcmp(dtypes[i].name, "BF16") == 0 || strcmp(dtypes[i].name, "F64") == 0;
        check_status(rnni_safetensors_expect(&out.tensors[0], (const size_t[]){2, 4}, 2, "rnn_load"),
                     converted ? RNN_OK : RNN_E_UNSUPPORTED, dtypes[i].name, __FILE__, __LINE__);
        if (!converted) {
            char part[128];
            snprintf(part, sizeof part,
                     "\"t\": only dtypes F32, F16, BF16 and F64 can be loaded (dtype %s, shape [2,4]", dtypes[i].name);
            assert_message(part);
        }
        rnni_safetensors_release(&out);
        free(file.bytes);
    }
}

static void test_reads_strings(void **unused)
{
    (void)unused;
    static const struct {
        const char *json, *meaning;
    } strings[] = {
        {"", ""},
        {"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"},
        {"\\u0041\\u00e4\\u20AC\\ud83d\\uDE00", "A\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"},
        {"\\ud800\\udc00\\udbff\\udfff", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"}, /* the first and the last */
        {"\\u0001\\u007f\\uD7FF\\uE000\\uFFFF", "\x01\x7F\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF"},
        {"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\x7F", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\x7F"},
        {"{}[]:,", "{}[]:,"},
    };
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        char header[256];
        struct rnni_safetensors out;
        snprintf(header, sizeof header, "{\"__metadata__\":{\"k\":\"%s\"}}", strings[i].json);
        struct file file = accepted(&out, header, 0);
        assert_string_equal(rnni_safetensors_metadata(&out, "k"), strings[i].meaning);
        rnni_safetensors_release(&out);
        free(file.bytes);
    }
}

/* ---- refusing ------------------------------------------------------------------------------------------------- */

#define TENSOR "{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}"

static void test_refuses_what_is_no_header(void **unused)
{
    (void)unused;
    refused("", 0, "does not begin with {");
    refused(" {}", 0, "does not begin with {");
    refused("[]", 0, "does not begin with {");
    refused("\xEF\xBB\xBF{}", 0, "does not begin with {");
    refused("{", 0, "header byte 1: expected \", the header ends");
    refused("{}{}", 0, "header byte 2: expected only padding, found {");
    refused_bytes("{}\0", 3, 0, RNN_E_FORMAT, "found byte 0x00");
    refused("{\"a\"}", 0, "expected :, found }");
    refused("{\"a\":}", 0, "expected {");
    refused("{\"a\":1}", 0, "expected {, found 1");
    refused("{\"a\":null}", 0, "expected {");
    refused("{\"a\":[]}", 0, "expected {");
    refused("{a:1}", 0, "expected \", found a");
    refused("{\"a\":" TENSOR ",}", 4, "expected \", found }");
    refused("{,}", 0, "expected \", found ,");
    refused("{\"a\":" TENSOR " \"b\":" TENSOR "}", 4, "expected , or }");
    refused("{\"a\":" TENSOR "]", 4, "expected , or }, found ]");
    refused("{\"a\":" TENSOR "}x", 4, "found x");
    refused("{/**/}", 0, "found /");
    refused("{\"__metadata__\":null}", 0, "expected {");
    refused("{\"__metadata__\":{\"a\":1}}", 0, "expected \", found 1");
    refused("{\"__metadata__\":{\"a\":{}}}", 0, "expected \", found {");
    refused("{\"__metadata__\":{\"a\":\"b\",}}", 0, "expected \", found }");
}

static void test_refuses_strings(void **unused)
{
    (void)unused;
    /* clang-format off */
    static const struct {
        const char *json, *part;
    } strings[] = {
        {"\\u0000", "U+0000"},           {"\\ud800", "surrogate"},        {"\\udc00", "surrogate"},
        {"\\ud800\\u0041", "surrogate"}, {"\\ud800\\ud800", "surrogate"}, {"\\ud800x", "surrogate"},
        {"\\ud83d\\n", "surrogate"},     {"\\ud83d\\ue000", "surrogate"}, {"\\ud83d\\u12", "hexadecimal"},
        {"\\u12", "hexadecimal"},
        {"\\u12g4", "hexadecimal"},      {"\\u-123", "hexadecimal"},      {"\\x41", "one of"},
        {"\\'", "one of"},               {"\\U0041", "one of"},           {"\n", "control characters"},
        {"\x1F", "control characters"},  {"\xFF", "UTF-8"},               {"\xC0\x80", "UTF-8"},
        {"\xED\xA0\x80", "UTF-8"},       {"\xE2\x82", "UTF-8"},
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        char header[128];
        snprintf(header, sizeof header, "{\"__metadata__\":{\"k\":\"%s\"}}", strings[i].json);
        refused(header, 0, strings[i].part);
        snprintf(header, sizeof header, "{\"%s\":" TENSOR "}", strings[i].json);
        refused(header, 4, strings[i].part);
        for (size_t cut = strlen("{\"__metadata__\":{\"k\":\""); cut < strlen(header); cut++)
            refused_bytes(header, cut, 0, RNN_E_FORMAT, "");
    }
    refused_bytes("{\"a\0b\":" TENSOR "}", strlen("{\"a.b\":" TENSOR "}"), 4, RNN_E_FORMAT, "byte 0x00");
    refused("{\"", 0, "the header ends");
    refused("{\"\\", 0, "the header ends");
    refused("{\"\\ud83d", 0, "surrogate");
}

static void test_refuses_numbers(void **unused)
{
    (void)unused;
    /* clang-format off */
    static const char *const numbers[] = {
        "-1", "-0", "+4", "04", "00", "4.0", "4e0", "1e5", "0x4", "", "\"4\"", "4 4", "NaN", ".4", "4.", "[4]", "null",
        "true", "18446744073709551616", "99999999999999999999999999999999999999",
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char header[256];
        snprintf(header, sizeof header, "{\"a\":{\"dtype\":\"U8\",\"shape\":[%s],\"data_offsets\":[0,4]}}",
                 *numbers[i] ? numbers[i] : "4,");
        refused(header, 4, "header byte ");
        snprintf(header, sizeof header, "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,%s]}}", numbers[i]);
        refused(header, 4, "header byte ");
        snprintf(header, sizeof header, "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[%s,4]}}", numbers[i]);
        refused(header, 4, "header byte ");
    }
}

static void test_refuses_fields(void **unused)
{
    (void)unused;
    refused("{\"a\":{}}", 0, "has no field \"dtype\"");
    refused("{\"a\":{\"shape\":[4],\"data_offsets\":[0,4]}}", 4, "has no field \"dtype\"");
    refused("{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,4]}}", 4, "has no field \"shape\"");
    refused("{\"a\":{\"dtype\":\"U8\",\"shape\":[4]}}", 4, "has no field \"data_offsets\"");
    refused("{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}", 4, "a second field");
    refused("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"shape\":[4],\"data_offsets\":[0,4]}}", 4, "a second field");
    refused("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"offsets\":[0,4]}}", 4, "an unknown field \"offsets\"");
    refused("{\"a\":{\"dtype\":8,\"shape\":[4],\"data_offsets\":[0,4]}}", 4, "expected \", found 8");
    refused("{\"a\":{\"dtype\":\"U8\",\"shape\":4,\"data_offsets\":[0,4]}}", 4, "expected [, found 4");
    refused("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4]}}", 4, "expected ,, found ]");
    refused("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4,4]}}", 4, "expected ], found ,");
    refused("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[]}}", 4, "expected a natural number");
    static const char rank_9[] = "{\"a\":{\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,1]}}";
    refused_bytes(rank_9, strlen(rank_9), 1, RNN_E_UNSUPPORTED, "\"a\" has a rank above 8");
    static const char *const dtypes[] = {"", "f32", "F32 ", "F3", "F320", "F128", "float"};
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++) {
        char header[128];
        snprintf(header, sizeof header, "{\"a\":{\"dtype\":\"%s\",\"shape\":[4],\"data_offsets\":[0,4]}}", dtypes[i]);
        refused_bytes(header, strlen(header), 4, RNN_E_UNSUPPORTED, "\"a\": unknown dtype");
    }
}

/* Two tensors of 4 bytes each at these places. */
static void refused_places(const char *a, const char *b, size_t data, const char *part)
{
    char header[256];
    snprintf(header, sizeof header,
             "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[%s]},"
             "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[%s]}}",
             a, b);
    refused(header, data, part);
}

static void test_refuses_places(void **unused)
{
    (void)unused;
    refused_places("0,4", "4,8", 7, "describes 8 bytes of data, the file has 7");
    refused_places("0,4", "4,8", 9, "describes 8 bytes of data, the file has 9");
    refused_places("0,4", "3,7", 8, "\"b\": it overlaps the one before");
    refused_places("0,4", "0,4", 4, "\"b\": it overlaps the one before");
    refused_places("0,4", "5,9", 9, "\"b\": there is a gap before it");
    refused_places("1,5", "5,9", 9, "\"a\": there is a gap before it");
    refused_places("0,4", "4,3", 8, "\"b\": it ends before it begins");
    refused_places("0,4", "4,9", 9, "\"b\": dtype and shape need another number of bytes");
    refused_places("0,4", "4,4", 4, "\"b\": dtype and shape need another number of bytes");
    refused_places("18446744073709551615,3", "0,4", 8, "\"a\": there is a gap before it");
    refused_places("0,4", "4,18446744073709551615", 8, "\"b\": dtype and shape");
    refused("{}", 1, "describes 0 bytes of data, the file has 1");
    refused("{\"a\":{\"dtype\":\"F4\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "another number of bytes");
    refused("{\"a\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,1]}}", 1, "another number of bytes");
    static const char *const shapes[] = {"4294967296,4294967296", "18446744073709551615", "4611686018427387904,4",
                                         "9223372036854775808,2,0", "65536,65536,65536,65536,1"};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        char header[256];
        snprintf(header, sizeof header, "{\"a\":{\"dtype\":\"F32\",\"shape\":[%s],\"data_offsets\":[0,0]}}", shapes[i]);
        refused(header, 0, "\"a\": the shape is too large");
    }
    refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1099511627776],\"data_offsets\":[0,4398046511104]}}", 0,
            "describes 4398046511104 bytes of data, the file has 0");
}

static void test_refuses_names_twice(void **unused)
{
    (void)unused;
    static const char empty[] = "{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}";
    char header[256];
    snprintf(header, sizeof header, "{\"a\":%s,\"b\":%s,\"\\u0061\":%s}", empty, empty, empty);
    refused(header, 0, "the tensor \"a\" twice");
    snprintf(header, sizeof header, "{\"\":%s,\"\":%s}", empty, empty);
    refused(header, 0, "the tensor \"\" twice");
    refused("{\"__metadata__\":{\"k\":\"1\",\"l\":\"2\",\"k\":\"1\"}}", 0, "the note \"k\" twice");
    refused("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "a second \"__metadata__\"");
    refused("{\"__metadata__\":{\"a\":\"\"},\"__metadata__\":{\"b\":\"\"}}", 0, "a second \"__metadata__\"");
}

static void test_refuses_lengths(void **unused)
{
    (void)unused;
    static const uint64_t lengths[] = {3, 100000001, (uint64_t)1 << 63, UINT64_MAX, UINT64_MAX - 7, (uint64_t)1 << 32};
    struct rnni_safetensors out;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct file file = make_file("{}", 2, 0);
        put_length(file.bytes, lengths[i]);
        assert_fails(parse(&out, file), RNN_E_FORMAT);
        assert_message("header");
        assert_empty(&out);
        free(file.bytes);
    }
    assert_fails(rnni_safetensors_parse(&out, NULL, 0, "rnn_load"), RNN_E_FORMAT);
    assert_message("not a safetensors file but an empty file");
}

static void test_header_of_the_greatest_length(void **unused)
{
    (void)unused;
    struct rnni_safetensors out;
    struct file file = {malloc(8 + RNNI_SAFETENSORS_HEADER + 1), 8 + RNNI_SAFETENSORS_HEADER};
    assert_non_null(file.bytes);
    memset(file.bytes, ' ', file.count + 1);
    memcpy(file.bytes + 8, "{}", 2);
    put_length(file.bytes, RNNI_SAFETENSORS_HEADER);
    assert_ok(parse(&out, file));
    rnni_safetensors_release(&out);
    put_length(file.bytes, RNNI_SAFETENSORS_HEADER + 1);
    file.count++;
    assert_fails(parse(&out, file), RNN_E_FORMAT);
    assert_message("above 100000000");
    free(file.bytes);
}

static void test_deep_headers(void **unused)
{
    (void)unused;
    static const char *const units[] = {"{\"a\":", "[", "{", "{\"__metadata__\":", "{\"a\":{\"shape\":[[", "{\"a\":["};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t unit = strlen(units[i]), length = 1000000 / unit * unit;
        char *header = malloc(length);
        assert_non_null(header);
        for (size_t at = 0; at < length; at += unit)
            memcpy(header + at, units[i], unit);
        refused_bytes(header, length, 0, RNN_E_FORMAT, "");
        free(header);
    }
}

static void test_many_tensors(void **unused)
{
    (void)unused;
    enum { COUNT = 20000, ROOM = 100 };
    char *header = malloc(COUNT * ROOM);
    assert_non_null(header);
    size_t length = 0;
    for (int i = 0; i < COUNT; i++)
        length += (size_t)snprintf(header + length, ROOM,
                                   "%c\"t%05d\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[%d,%d]}",
                                   i ? ',' : '{', (i * 7919) % COUNT, i, i + 1);
    memcpy(header + length, "}", 2);
    struct rnni_safetensors out;
    struct file file = accepted(&out, header, COUNT);
    assert_int_equal(out.tensor_count, COUNT);
    for (int i = 0; i < COUNT; i++) {
        char name[16];
        snprintf(name, sizeof name, "t%05d", (i * 7919) % COUNT);
        assert_int_equal(rnni_safetensors_find(&out, name)->begin, i);
    }
    rnni_safetensors_release(&out);
    free(file.bytes);
    char *last = strstr(header, "\"t00001\""); /* now a second t00000 */
    last[6] = '0';
    refused(header, COUNT, "the tensor \"t00000\" twice");
    free(header);
}

static void test_messages_are_tame(void **unused)
{
    (void)unused;
    char header[4096];
    char name[2048];
    memset(name, 'n', sizeof name - 1);
    memcpy(name, "\\u001b[31m\\n\\u009b%s%n", 22);
    name[sizeof name - 1] = 0;
    snprintf(header, sizeof header, "{\"%s\":{\"dtype\":\"%.500s\",\"shape\":[4],\"data_offsets\":[0,4]}}", name, name);
    refused_bytes(header, strlen(header), 4, RNN_E_UNSUPPORTED, "?[31m??%s%nnn");
    snprintf(header, sizeof header, "{\"%s\":{\"%.500s\":1}}", name, name);
    refused(header, 0, "unknown field \"?[31m??%s%nnn");
    assert_true(strlen(rnn_last_error()) < 511);
}

/* ---- damage --------------------------------------------------------------------------------------------------- */

static const char small[] =
    "{\"__metadata__\":{\"k\\n\":\"v\"},\"a\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":"
    "[0,8]},\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[8,11]}}  ";

static void test_truncated_at_every_byte(void **unused)
{
    (void)unused;
    struct file file = make_file(small, strlen(small), 11);
    struct rnni_safetensors out;
    for (size_t count = 0; count < file.count; count++) {
        struct file cut = {malloc(count ? count : 1), count};
        assert_non_null(cut.bytes);
        memcpy(cut.bytes, file.bytes, count);
        assert_fails(parse(&out, cut), RNN_E_FORMAT);
        assert_message("rnn_load: ");
        assert_empty(&out);
        free(cut.bytes);
    }
    free(file.bytes);
    for (size_t count = 1; count < strlen(small) - 2; count++) /* a header that ends early */
        refused_bytes(small, count, 11, RNN_E_FORMAT, "");
}

/* What every parsed file promises. */
static void assert_sound(const struct rnni_safetensors *file, size_t data)
{
    uint64_t end = 0;
    for (size_t i = 0; i < file->tensor_count; i++) {
        const struct rnni_safetensors_tensor *tensor = &file->tensors[i];
        assert_true(rnni_utf8_valid(tensor->name) && rnni_utf8_valid(tensor->dtype));
        assert_int_equal(tensor->begin, end);
        assert_true(tensor->end >= end && tensor->rank <= RNNI_SAFETENSORS_RANK);
        assert_ptr_equal(rnni_safetensors_find(file, tensor->name), tensor);
        end = tensor->end;
    }
    assert_int_equal(end, data);
    for (size_t i = 0; i < file->note_count; i++) {
        assert_true(rnni_utf8_valid(file->notes[i].key) && rnni_utf8_valid(file->notes[i].value));
        assert_ptr_equal(rnni_safetensors_metadata(file, file->notes[i].key), file->notes[i].value);
    }
}

static void test_every_byte_changed(void **unused)
{
    (void)unused;
    struct file file = make_file(small, strlen(small), 11);
    size_t sound = 0, unsound = 0;
    for (size_t at = 0; at < 8 + strlen(small); at++) {
        unsigned char before = file.bytes[at];
        for (int value = 0; value < 256; value++) { /* among them every flip of one bit */
            struct rnni_safetensors out;
            file.bytes[at] = (unsigned char)value;
            if (parse(&out, file) == RNN_OK) {
                assert_sound(&out, 11);
                sound++;
            } else {
                assert_message("rnn_load: ");
                assert_empty(&out);
                unsound++;
            }
            rnni_safetensors_release(&out);
        }
        file.bytes[at] = before;
    }
    assert_true(sound > 256 && unsound > 20000); /* other names and notes are sound, nearly all else is not */
    free(file.bytes);
}

/* What is in memory has no file to be closed. */
static void test_closes_what_is_in_memory(void **unused)
{
    (void)unused;
    const unsigned char bytes[3] = {1, 2, 3};
    struct rnni_file file = rnni_file_in_memory(bytes, sizeof bytes), before = file;
    rnni_file_close(&file);
    assert_memory_equal(&file, &before, sizeof file);
    assert_ptr_equal(rnni_file_read(&file, NULL, 1, 2), bytes + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_a_file),
        cmocka_unit_test(test_reads_empty_files_and_tensors),
        cmocka_unit_test(test_reads_every_dtype),
        cmocka_unit_test(test_reads_strings),
        cmocka_unit_test(test_refuses_what_is_no_header),
        cmocka_unit_test(test_refuses_strings),
        cmocka_unit_test(test_refuses_numbers),
        cmocka_unit_test(test_refuses_fields),
        cmocka_unit_test(test_refuses_places),
        cmocka_unit_test(test_refuses_names_twice),
        cmocka_unit_test(test_refuses_lengths),
        cmocka_unit_test(test_header_of_the_greatest_length),
        cmocka_unit_test(test_deep_headers),
        cmocka_unit_test(test_many_tensors),
        cmocka_unit_test(test_messages_are_tame),
        cmocka_unit_test(test_truncated_at_every_byte),
        cmocka_unit_test(test_every_byte_changed),
        cmocka_unit_test(test_closes_what_is_in_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
