/* The tensors of a file: what the header says of them, and their numbers. */
#include "base/assertion.h"
#include "io/safetensors.h"

#include "base/crc32.h"
#include "base/status.h"
#include "base/utf8.h"
#include "io/dtype.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- what the header says --------------------------------------------------------------------------------------- */

/* 0 for an unknown dtype. */
static unsigned dtype_bits(const char *dtype)
{
    static const struct {
        const char *name;
        unsigned bits;
    } dtypes[] = {
        {"F32", 32},    {"F64", 64},    {"F16", 16},        {"BF16", 16},       {"C64", 64},    {"I8", 8},
        {"I16", 16},    {"I32", 32},    {"I64", 64},        {"U8", 8},          {"U16", 16},    {"U32", 32},
        {"U64", 64},    {"BOOL", 8},    {"F8_E4M3", 8},     {"F8_E5M2", 8},     {"F8_E8M0", 8}, {"F4", 4},
        {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8},
    };
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++)
        if (strcmp(dtypes[i].name, dtype) == 0)
            return dtypes[i].bits;
    return 0;
}

struct shape_text {
    char text[RNNI_SAFETENSORS_RANK * 21 + 3];
};

/* "[2,3]" */
static struct shape_text shape_text(const uint64_t *shape, size_t rank)
{
    struct shape_text out = {"["};
    size_t used = 1;
    for (size_t i = 0; i < rank && i < RNNI_SAFETENSORS_RANK; i++)
        used += (size_t)snprintf(out.text + used, sizeof out.text - used, i ? ",%" PRIu64 : "%" PRIu64, shape[i]);
    out.text[used] = ']';
    return out;
}

/* Fails about a tensor: its name, what is wrong, and what the header says of it. */
static int32_t fail_tensor(const struct rnni_safetensors_tensor *tensor, int32_t status, const char *function,
                           const char *what)
{
    return rnni_status_fail(NULL, status,
                            "%s: tensor \"%s\": %s (dtype %s, shape %s, bytes %" PRIu64 " to %" PRIu64 " of the data)",
                            function, rnni_utf8_quote(tensor->name).text, what, rnni_utf8_quote(tensor->dtype).text,
                            shape_text(tensor->shape, tensor->rank).text, tensor->begin, tensor->end);
}

int32_t rnni_safetensors_check(const struct rnni_safetensors_tensor *tensor, uint64_t begin, const char *function)
{
    RNNI_ASSERT(tensor->rank <= RNNI_SAFETENSORS_RANK);
    uint64_t bits = dtype_bits(tensor->dtype);
    if (!bits)
        return fail_tensor(tensor, RNN_E_UNSUPPORTED, function, "unknown dtype");
    for (size_t i = 0; i < tensor->rank; i++) {
        if (tensor->shape[i] && bits > UINT64_MAX / tensor->shape[i])
            return fail_tensor(tensor, RNN_E_FORMAT, function, "the shape is too large");
        bits *= tensor->shape[i];
    }
    if (tensor->begin != begin)
        return fail_tensor(tensor, RNN_E_FORMAT, function,
                           tensor->begin < begin ? "it overlaps the one before" : "there is a gap before it");
    if (tensor->end < tensor->begin)
        return fail_tensor(tensor, RNN_E_FORMAT, function, "it ends before it begins");
    if (bits % 8 || bits / 8 != tensor->end - tensor->begin)
        return fail_tensor(tensor, RNN_E_FORMAT, function, "dtype and shape need another number of bytes");
    return RNN_OK;
}

/* ---- numbers ---------------------------------------------------------------------------------------------------- */

struct conversion {
    const char *dtype;
    size_t bytes;
    void (*convert)(float *out, const unsigned char *in, size_t count);
};

/* How a dtype becomes floats; NULL where it does not. */
static const struct conversion *find_conversion(const char *dtype)
{
    static const struct conversion conversions[] = {{"F32", 4, rnni_dtype_f32},
                                                    {"F16", 2, rnni_dtype_f16},
                                                    {"BF16", 2, rnni_dtype_bf16},
                                                    {"F64", 8, rnni_dtype_f64}};
    for (size_t i = 0; i < sizeof conversions / sizeof *conversions; i++)
        if (strcmp(conversions[i].dtype, dtype) == 0)
            return &conversions[i];
    return NULL;
}

int32_t rnni_safetensors_expect(const struct rnni_safetensors_tensor *tensor, const size_t *shape, size_t rank,
                                const char *function)
{
    if (!find_conversion(tensor->dtype))
        return fail_tensor(tensor, RNN_E_UNSUPPORTED, function, "only dtypes F32, F16, BF16 and F64 can be loaded");
    RNNI_ASSERT(rank <= RNNI_SAFETENSORS_RANK);
    bool equal = tensor->rank == rank;
    uint64_t expected[RNNI_SAFETENSORS_RANK];
    for (size_t i = 0; i < rank; i++) {
        expected[i] = shape[i];
        equal = equal && tensor->shape[i] == shape[i];
    }
    if (!equal)
        return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: tensor \"%s\" has shape %s, expected %s", function,
                                rnni_utf8_quote(tensor->name).text, shape_text(tensor->shape, tensor->rank).text,
                                shape_text(expected, rank).text);
    return RNN_OK;
}

static int32_t check_checksum(const struct rnni_safetensors_tensor *tensor, uint32_t checksum, const char *function)
{
    char found[16];
    snprintf(found, sizeof found, "%08" PRIx32, checksum);
    if (!tensor->checksum || !strcmp(found, tensor->checksum))
        return RNN_OK;
    return rnni_status_fail(
        NULL, RNN_E_FORMAT,
        "%s: tensor \"%s\" is damaged: the CRC-32 of its bytes is %s, __metadata__ has %.12s; if "
        "another program changed it on purpose, remove the keys " RNNI_SAFETENSORS_CHECKSUM "* from __metadata__",
        function, rnni_utf8_quote(tensor->name).text, found, rnni_utf8_quote(tensor->checksum).text);
}

int32_t rnni_safetensors_read_floats(float *out, const struct rnni_safetensors *file,
                                     const struct rnni_safetensors_tensor *tensor, const char *function)
{
    const struct conversion *conversion = find_conversion(tensor->dtype);
    RNNI_ASSERT(conversion && (tensor->end - tensor->begin) % conversion->bytes == 0);
    uint32_t checksum = 0;
    for (uint64_t begin = tensor->begin; begin < tensor->end; begin += RNNI_SAFETENSORS_PIECE) {
        uint64_t left = tensor->end - begin;
        size_t size = left < RNNI_SAFETENSORS_PIECE ? (size_t)left : RNNI_SAFETENSORS_PIECE;
        const unsigned char *bytes = rnni_file_read(&file->file, file->room, file->data + begin, size);
        if (!bytes)
            return RNN_E_IO;
        if (tensor->checksum)
            checksum = rnni_crc32(checksum, bytes, size);
        conversion->convert(out, bytes, size / conversion->bytes);
        out += size / conversion->bytes;
    }
    return check_checksum(tensor, checksum, function);
}
