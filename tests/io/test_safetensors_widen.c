/* Tensors of dtype F16, BF16 and F64 as floats: every pattern of bits, or many of F64, against arithmetic, and files
 * that mix dtypes. */
#include "support/support.h"

#include "io/safetensors.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATTERNS = 65536 };

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* ---- what the bits mean, by the definition of the formats ----------------------------------------------------- */

struct format {
    const char *dtype;
    int fraction_bits, exponent_bits;
};

static const struct format f16 = {"F16", 10, 5}, bf16 = {"BF16", 7, 8};

/* Finite numbers: sign * (1.fraction or, for exponent 0, 0.fraction) * 2^(exponent - bias). */
static double meaning(const struct format *format, unsigned pattern)
{
    int fraction = (int)(pattern & ((1u << format->fraction_bits) - 1));
    int exponent = (int)(pattern >> format->fraction_bits & ((1u << format->exponent_bits) - 1));
    int bias = (1 << (format->exponent_bits - 1)) - 1;
    double magnitude;
    if (exponent == (1 << format->exponent_bits) - 1)
        magnitude = fraction ? NAN : INFINITY;
    else if (exponent == 0)
        magnitude = ldexp(fraction, 1 - bias - format->fraction_bits);
    else
        magnitude = ldexp(fraction + (1 << format->fraction_bits), exponent - bias - format->fraction_bits);
    return pattern >> 15 ? -magnitude : magnitude;
}

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, 4);
    return bits;
}

/* A NaN stays one, with its sign and, from the top of the fraction, its payload; that of F16 becomes quiet. */
static void assert_same_nan(const struct format *format, unsigned pattern, uint32_t bits)
{
    uint32_t payload = (pattern & ((1u << format->fraction_bits) - 1)) << (23 - format->fraction_bits);
    uint32_t quiet = format == &f16 ? 0x400000 : 0;
    assert_int_equal(bits, (uint32_t)(pattern >> 15) << 31 | 0x7F800000 | payload | quiet);
}

static void assert_means(const struct format *format, unsigned pattern, float value)
{
    double expected = meaning(format, pattern);
    if (isnan(expected)) {
        assert_same_nan(format, pattern, bits_of(value));
        return;
    }
    if (bits_of(value) != bits_of((float)expected) || (double)value != expected)
        fail_msg("%s 0x%04X is %.17g, not %.17g", format->dtype, pattern, expected, (double)value);
}

/* ---- files ---------------------------------------------------------------------------------------------------- */

/* A parsed file whose bytes lie `shift` behind the beginning of their block. */
struct opened {
    unsigned char *block;
    struct rnni_safetensors file;
};

static struct opened open_file(const char *header, const unsigned char *data, size_t count, size_t shift)
{
    size_t length = strlen(header), size = 8 + length + count;
    struct opened out = {.block = malloc(shift + size)};
    assert_non_null(out.block);
    unsigned char *bytes = out.block + shift;
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)length >> 8 * i);
    memcpy(bytes + 8, header, length);
    memcpy(bytes + 8 + length, data, count);
    assert_ok(rnni_safetensors_parse(&out.file, bytes, size, "rnn_load"));
    return out;
}

static void close_file(struct opened *opened)
{
    rnni_safetensors_release(&opened->file);
    free(opened->block);
}

/* Reads a tensor of rank 1 and demands that it writes so many floats and no more. */
static void read_tensor(float *out, struct opened *opened, const char *name, size_t count)
{
    const struct rnni_safetensors_tensor *tensor = rnni_safetensors_find(&opened->file, name);
    assert_non_null(tensor);
    assert_ok(rnni_safetensors_expect(tensor, &count, 1, "rnn_load"));
    out[count] = 12345.0f;
    assert_ok(rnni_safetensors_read_floats(out, &opened->file, tensor, "rnn_load"));
    assert_true(out[count] == 12345.0f);
}

/* ---- tests ---------------------------------------------------------------------------------------------------- */

static void widen_every_pattern(const struct format *format)
{
    static unsigned char data[2 * PATTERNS];
    static float values[PATTERNS + 1];
    for (unsigned pattern = 0; pattern < PATTERNS; pattern++) {
        data[2 * pattern] = (unsigned char)(pattern & 0xFF);
        data[2 * pattern + 1] = (unsigned char)(pattern >> 8);
    }
    char header[128];
    snprintf(header, sizeof header, "{\"t\":{\"dtype\":\"%s\",\"shape\":[65536],\"data_offsets\":[0,131072]}}",
             format->dtype);
    struct opened opened = open_file(header, data, sizeof data, 0);
    read_tensor(values, &opened, "t", PATTERNS);
    for (unsigned pattern = 0; pattern < PATTERNS; pattern++)
        assert_means(format, pattern, values[pattern]);
    close_file(&opened);
}

static void test_every_pattern_of_f16(void **unused)
{
    (void)unused;
    widen_every_pattern(&f16);
}

static void test_every_pattern_of_bf16(void **unused)
{
    (void)unused;
    widen_every_pattern(&bf16);
}

/* ---- F64 --------------------------------------------------------------------------------------------------------- */

enum { NUMBERS = 200000 };

static void put_f64(unsigned char *out, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, 8);
    for (int i = 0; i < 8; i++)
        out[i] = (unsigned char)(bits >> 8 * i);
}

/* Numbers near every exponent of a float and beyond, of which a third lie between two floats or next to there. */
static double number(size_t i, uint64_t *random)
{
    *random = *random * 6364136223846793005u + 1442695040888963407u;
    uint64_t fraction = *random >> 12, exponent = 1023 - 160 + i % 320;
    if (i % 3 == 0)
        fraction = (fraction & ~(uint64_t)0x1FFFFFFF) + 0x10000000 + i / 3 % 3 - 1;
    if (i % 3 == 1)
        fraction &= ~(uint64_t)0 << (29 + i / 3 % 24);
    uint64_t bits = (uint64_t)(*random >> 7 & 1) << 63 | exponent << 52 | (fraction & 0xFFFFFFFFFFFFF);
    double value;
    memcpy(&value, &bits, 8);
    return value;
}

static void test_f64_is_rounded_to_nearest(void **unused)
{
    (void)unused;
    static const double known[] = {0,
                                   -0.0,
                                   1,
                                   -1.5,
                                   INFINITY,
                                   -INFINITY,
                                   0x1.fffffep127,
                                   0x1.fffffefffffffp127,
                                   0x1.ffffffp127,
                                   0x1p-149,
                                   0x1p-150,
                                   0x1.0000000000001p-150,
                                   -0x1.8p-149,
                                   0x1.fffffffffffffp-127,
                                   0x1p-126,
                                   0x1p-1022,
                                   4.9e-324,
                                   1.7976931348623157e308,
                                   0x1.000001p0,
                                   0x1.000003p0};
    enum { KNOWN = LENGTH(known), ALL = NUMBERS + KNOWN };
    static unsigned char data[8 * ALL];
    static double numbers[ALL];
    static float values[ALL + 1];
    uint64_t random = 1;
    for (size_t i = 0; i < ALL; i++) {
        numbers[i] = i < KNOWN ? known[i] : number(i, &random);
        put_f64(data + 8 * i, numbers[i]);
    }
    char header[128];
    snprintf(header, sizeof header, "{\"t\":{\"dtype\":\"F64\",\"shape\":[%d],\"data_offsets\":[0,%d]}}", (int)ALL,
             8 * (int)ALL);
    struct opened opened = open_file(header, data, sizeof data, 3);
    read_tensor(values, &opened, "t", ALL);
    for (size_t i = 0; i < ALL; i++)
        if (bits_of(values[i]) != bits_of((float)numbers[i]))
            fail_msg("F64 %a is %a, not %a", numbers[i], (double)values[i], (double)(float)numbers[i]);
    close_file(&opened);
}

/* The sign and the top of the payload, and quiet. */
static void test_nan_of_f64(void **unused)
{
    (void)unused;
    static const unsigned char data[16] = {1, 0, 0, 0, 0, 0, 0xF0, 0x7F, 0, 0, 0, 0x20, 0, 0, 0xF8, 0xFF};
    float values[3];
    struct opened opened =
        open_file("{\"t\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,16]}}", data, sizeof data, 0);
    read_tensor(values, &opened, "t", 2);
    assert_int_equal(bits_of(values[0]), 0x7FC00000);
    assert_int_equal(bits_of(values[1]), 0xFFC00001);
    close_file(&opened);
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

/* The oracle itself, and the byte order, by numbers that everybody knows. */
static void test_numbers_that_are_known(void **unused)
{
    (void)unused;
    static const struct {
        const struct format *format;
        unsigned pattern;
        double value;
    } known[] = {
        {&f16, 0x3C00, 1},          {&f16, 0xC000, -2},        {&f16, 0x3555, 0.333251953125},
        {&f16, 0x7BFF, 65504},      {&f16, 0x0400, 0x1p-14},   {&f16, 0x03FF, 0x1p-14 - 0x1p-24},
        {&f16, 0x0001, 0x1p-24},    {&f16, 0x8001, -0x1p-24},  {&f16, 0x7C00, INFINITY},
        {&f16, 0xFC00, -INFINITY},  {&bf16, 0x3F80, 1},        {&bf16, 0xC000, -2},
        {&bf16, 0x4049, 3.140625},  {&bf16, 0x0001, 0x1p-133}, {&bf16, 0x7F7F, 0x1.FEp127},
        {&bf16, 0xFF80, -INFINITY},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_true(meaning(known[i].format, known[i].pattern) == known[i].value);
    static const unsigned char data[] = {0x00, 0x3C, 0x80, 0x3F, 0x00, 0x80};
    float value[2];
    struct opened opened = open_file("{\"h\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[0,2]},"
                                     "\"b\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[2,4]},"
                                     "\"z\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[4,6]}}",
                                     data, sizeof data, 0);
    read_tensor(value, &opened, "h", 1);
    assert_true(value[0] == 1);
    read_tensor(value, &opened, "b", 1);
    assert_true(value[0] == 1);
    read_tensor(value, &opened, "z", 1);
    assert_true(value[0] == 0 && signbit(value[0]));
    close_file(&opened);
}

/* All dtypes in one file, none of them at an address that suits it, whatever that of the file. */
static void test_mixed_dtypes_at_odd_offsets(void **unused)
{
    (void)unused;
    static const char header[] = "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
                                 "\"half\":{\"dtype\":\"F16\",\"shape\":[3],\"data_offsets\":[3,9]},"
                                 "\"whole\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[9,17]},"
                                 "\"brain\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[17,21]},"
                                 "\"none\":{\"dtype\":\"F16\",\"shape\":[0],\"data_offsets\":[21,21]},"
                                 "\"long\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[21,29]}}";
    static const unsigned char data[29] = {1,    2,    3,                            /* a */
                                           0x00, 0x3C, 0x00, 0xB8, 0x01, 0x00,       /* 1, -0.5, 2^-24 */
                                           0x00, 0x00, 0xC0, 0x3F, 0x01, 0,    0, 0, /* 1.5, 2^-149 */
                                           0x49, 0x40, 0x80, 0xFF};                  /* 3.140625, -inf */
    for (size_t shift = 0; shift < 8; shift++) {
        float values[4];
        struct opened opened = open_file(header, data, sizeof data, shift);
        read_tensor(values, &opened, "half", 3);
        assert_true(values[0] == 1 && values[1] == -0.5f && values[2] == 0x1p-24f);
        read_tensor(values, &opened, "whole", 2);
        assert_true(values[0] == 1.5f && bits_of(values[1]) == 1);
        read_tensor(values, &opened, "brain", 2);
        assert_true(values[0] == 3.140625f && values[1] == -INFINITY);
        read_tensor(values, &opened, "none", 0);
        close_file(&opened);
    }
}

static void refuse(struct opened *opened, const char *name, size_t count, int32_t status, const char *part)
{
    const struct rnni_safetensors_tensor *tensor = rnni_safetensors_find(&opened->file, name);
    assert_non_null(tensor);
    assert_fails(rnni_safetensors_expect(tensor, &count, 1, "rnn_model_load_parameters"), status);
    if (!strstr(rnn_last_error(), part))
        fail_msg("the message \"%s\" does not say \"%s\"", rnn_last_error(), part);
}

static void test_refusals(void **unused)
{
    (void)unused;
    static const unsigned char data[12] = {0};
    struct opened opened = open_file("{\"half\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]},"
                                     "\"int\":{\"dtype\":\"I16\",\"shape\":[2],\"data_offsets\":[4,8]},"
                                     "\"tiny\":{\"dtype\":\"F8_E5M2\",\"shape\":[4],\"data_offsets\":[8,12]}}",
                                     data, sizeof data, 1);
    refuse(&opened, "half", 1, RNN_E_FORMAT, "rnn_model_load_parameters: tensor \"half\" has shape [2], expected [1]");
    refuse(&opened, "int", 2, RNN_E_UNSUPPORTED,
           "rnn_model_load_parameters: tensor \"int\": only dtypes F32, F16, BF16 and F64 can be loaded (dtype I16, "
           "shape [2], "
           "bytes 4 to 8 of the data)");
    refuse(&opened, "tiny", 4, RNN_E_UNSUPPORTED,
           "tensor \"tiny\": only dtypes F32, F16, BF16 and F64 can be loaded "
           "(dtype F8_E5M2,");
    refuse(&opened, "tiny", 3, RNN_E_UNSUPPORTED, "dtype F8_E5M2"); /* of two faults, the one that shapes cannot mend */
    close_file(&opened);
}

/* Half the bytes of F32 are no F16 of the same shape. */
static void test_a_length_of_another_dtype(void **unused)
{
    (void)unused;
    static const char *const headers[] = {
        "{\"t\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"t\":{\"dtype\":\"BF16\",\"shape\":[4,2],\"data_offsets\":[0,8]}}",
        "{\"t\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,8]}}",
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        unsigned char bytes[128] = {0};
        size_t length = strlen(headers[i]);
        struct rnni_safetensors out;
        bytes[0] = (unsigned char)length;
        memcpy(bytes + 8, headers[i], length);
        assert_fails(rnni_safetensors_parse(&out, bytes, 8 + length + 8, "rnn_load"), RNN_E_FORMAT);
        assert_non_null(strstr(rnn_last_error(), "dtype and shape need another number of bytes"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_pattern_of_f16),
        cmocka_unit_test(test_every_pattern_of_bf16),
        cmocka_unit_test(test_f64_is_rounded_to_nearest),
        cmocka_unit_test(test_nan_of_f64),
        cmocka_unit_test(test_numbers_that_are_known),
        cmocka_unit_test(test_mixed_dtypes_at_odd_offsets),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_a_length_of_another_dtype),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
