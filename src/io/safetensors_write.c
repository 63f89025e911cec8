/* Writing.  The header is made twice by the same code: once only counted, once written. */
#include "base/assertion.h"
#include "io/safetensors.h"

#include "base/bf16.h"
#include "base/crc32.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Where the data begins is a multiple of this: the tensors, which follow each other without a gap, can then be mapped
 * into memory as one aligned block.  The format's readers take any padding by spaces. */
#define DATA_ALIGNMENT RNNI_ALIGNMENT

struct writer {
    unsigned char *out; /* NULL: only count */
    size_t size;
    const unsigned char *data; /* of all tensors, which are written before the header */
};

static void put(struct writer *writer, const char *bytes, size_t count)
{
    if (writer->out)
        memcpy(writer->out + writer->size, bytes, count);
    writer->size = rnni_memory_add(writer->size, count);
}

static void put_text(struct writer *writer, const char *text)
{
    put(writer, text, strlen(text));
}

static void put_natural(struct writer *writer, size_t value)
{
    char digits[24];
    put(writer, digits, (size_t)snprintf(digits, sizeof digits, "%zu", value));
}

/* With what JSON forbids in a string escaped. */
static void put_escaped(struct writer *writer, const char *text)
{
    static const char hexadecimal[] = "0123456789abcdef";
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20)
            put(writer, (const char[]){'\\', 'u', '0', '0', hexadecimal[c / 16], hexadecimal[c % 16]}, 6);
        else if (c == '"' || c == '\\')
            put(writer, (const char[]){'\\', (char)c}, 2);
        else
            put(writer, text, 1);
    }
}

static void put_string(struct writer *writer, const char *text)
{
    put_text(writer, "\"");
    put_escaped(writer, text);
    put_text(writer, "\"");
}

static bool is_bf16(const struct rnni_safetensors_content *content, size_t i)
{
    const struct rnni_safetensors_source *tensor = &content->tensors[i];
    return content->bf16_matrices && tensor->rank > 1 && tensor->values != content->exact;
}

/* Of tensor i, in bytes; SIZE_MAX where it overflows. */
static size_t data_size(const struct rnni_safetensors_content *content, size_t index)
{
    const struct rnni_safetensors_source *tensor = &content->tensors[index];
    size_t size = is_bf16(content, index) ? 2 : 4;
    for (size_t i = 0; i < tensor->rank; i++)
        size = rnni_memory_multiply(size, tensor->shape[i]);
    return size;
}

static void put_checksums(struct writer *writer, const struct rnni_safetensors_content *content)
{
    size_t begin = 0;
    for (size_t i = 0; i < content->tensor_count; i++) {
        char digits[16];
        size_t size = data_size(content, i);
        snprintf(digits, sizeof digits, "%08" PRIx32, writer->data ? rnni_crc32(0, writer->data + begin, size) : 0);
        put_text(writer, i || content->note_count ? ",\"" RNNI_SAFETENSORS_CHECKSUM : "\"" RNNI_SAFETENSORS_CHECKSUM);
        put_escaped(writer, content->tensors[i].name);
        put_text(writer, "\":");
        put_string(writer, digits);
        begin = rnni_memory_add(begin, size);
    }
}

static void put_notes(struct writer *writer, const struct rnni_safetensors_content *content)
{
    put_text(writer, "\"__metadata__\":{");
    for (size_t i = 0; i < content->note_count; i++) {
        put_text(writer, i ? "," : "");
        put_string(writer, content->notes[i].key);
        put_text(writer, ":");
        put_string(writer, content->notes[i].value);
    }
    if (content->checksums)
        put_checksums(writer, content);
    put_text(writer, "}");
}

/* Gives the end of the tensor's data. */
static size_t put_tensor(struct writer *writer, const struct rnni_safetensors_content *content, size_t index,
                         size_t begin)
{
    const struct rnni_safetensors_source *tensor = &content->tensors[index];
    size_t end = rnni_memory_add(begin, data_size(content, index));
    put_string(writer, tensor->name);
    put_text(writer, ":{\"dtype\":");
    put_string(writer, is_bf16(content, index) ? "BF16" : "F32");
    put_text(writer, ",\"shape\":[");
    for (size_t i = 0; i < tensor->rank; i++) {
        put_text(writer, i ? "," : "");
        put_natural(writer, tensor->shape[i]);
    }
    put_text(writer, "],\"data_offsets\":[");
    put_natural(writer, begin);
    put_text(writer, ",");
    put_natural(writer, end);
    put_text(writer, "]}");
    return end;
}

/* The header and its padding, behind the 8 bytes of its length.  Gives the size of the data. */
static size_t put_header(struct writer *writer, const struct rnni_safetensors_content *content)
{
    size_t end = 0;
    bool has_notes = content->note_count || (content->checksums && content->tensor_count);
    writer->size = 8;
    put_text(writer, "{");
    if (has_notes)
        put_notes(writer, content);
    for (size_t i = 0; i < content->tensor_count; i++) {
        put_text(writer, i || has_notes ? "," : "");
        end = put_tensor(writer, content, i, end);
    }
    put_text(writer, "}");
    for (size_t left = -writer->size % DATA_ALIGNMENT; left > 0; left--)
        put_text(writer, " ");
    return end;
}

/* Names and keys are UTF-8, and no two of them are the same. */
static bool has_valid_names(const struct rnni_safetensors_content *content)
{
    for (size_t i = 0; i < content->note_count; i++) {
        if (!rnni_utf8_valid(content->notes[i].key) || !rnni_utf8_valid(content->notes[i].value))
            return false;
        for (size_t j = 0; j < i; j++)
            if (!strcmp(content->notes[i].key, content->notes[j].key))
                return false;
    }
    for (size_t i = 0; i < content->tensor_count; i++) {
        if (!rnni_utf8_valid(content->tensors[i].name))
            return false;
        for (size_t j = 0; j < i; j++)
            if (!strcmp(content->tensors[i].name, content->tensors[j].name))
                return false;
    }
    return true;
}

int32_t rnni_safetensors_size(size_t *size, const struct rnni_safetensors_content *content, const char *function)
{
    RNNI_ASSERT(has_valid_names(content));
    struct writer writer = {0};
    size_t data = put_header(&writer, content);
    if (writer.size - 8 > RNNI_SAFETENSORS_HEADER)
        return rnni_status_fail(NULL, RNN_E_UNSUPPORTED,
                                "%s: with this metadata the header would have %zu bytes, the format allows %d",
                                function, writer.size - 8, RNNI_SAFETENSORS_HEADER);
    *size = rnni_memory_add(writer.size, data);
    if (*size == SIZE_MAX)
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: the size of the file overflows", function);
    return RNN_OK;
}

/* Little-endian on every machine. */
static void write_floats(unsigned char *out, const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++, out += 4) {
        uint32_t bits;
        memcpy(&bits, &values[i], 4);
        for (int byte = 0; byte < 4; byte++)
            out[byte] = (unsigned char)(bits >> 8 * byte);
    }
}

static void write_bf16(unsigned char *out, const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++, out += 2) {
        uint16_t bits = rnni_bf16_of(values[i]);
        out[0] = (unsigned char)bits;
        out[1] = (unsigned char)(bits >> 8);
    }
}

void rnni_safetensors_write(unsigned char *out, const struct rnni_safetensors_content *content)
{
    struct writer counter = {0}, writer = {.out = out};
    put_header(&counter, content);
    for (int byte = 0; byte < 8; byte++)
        out[byte] = (unsigned char)((uint64_t)(counter.size - 8) >> 8 * byte);
    writer.data = out + counter.size;
    for (size_t i = 0; i < content->tensor_count; i++) {
        const struct rnni_safetensors_source *tensor = &content->tensors[i];
        size_t size = data_size(content, i);
        if (is_bf16(content, i))
            write_bf16(out + counter.size, tensor->values, size / 2);
        else
            write_floats(out + counter.size, tensor->values, size / 4);
        counter.size += size;
    }
    put_header(&writer, content);
}
