/* A mutator for safetensors files: it changes what the header says, and repairs the length of the header, the offsets
 * and the checksums, which only luck would keep right.  One change of sixteen is left without each of these repairs.
 * What is no safetensors file is changed as any bytes are. */
#include "base/crc32.h"
#include "fuzz.h"
#include "io/safetensors.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t capacity);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t capacity, unsigned int seed);

enum { NOTES = 128, TENSORS = 64, RANK = RNNI_SAFETENSORS_RANK + 1, TEXT = 160, FILE_MOST = 1 << 16 };

struct text { /* as it stands between quotes in the header */
    char bytes[TEXT];
    size_t count;
};

struct tensor {
    struct text name, dtype;
    size_t rank;
    uint64_t shape[RANK], begin, end;
    uint8_t *data; /* [size] */
    size_t size;
};

static struct {
    struct {
        struct text key, value;
    } notes[NOTES];
    struct tensor tensors[TENSORS];
    size_t note_count, tensor_count;
} file;

static uint8_t copy[FILE_MOST]; /* of the bytes that are parsed: the tensors point into it */

/* ---- random choices ------------------------------------------------------------------------------------------- */

static uint32_t random_state;

static uint32_t draw(size_t count) /* below count */
{
    random_state = random_state * 1664525 + 1013904223;
    return count ? (uint32_t)((random_state >> 8) % count) : 0;
}

static bool rarely(void)
{
    return draw(16) == 0;
}

/* ---- reading: as little of JSON as writers use ------------------------------------------------------------------ */

struct reader {
    const uint8_t *at, *end;
};

static bool take(struct reader *in, char wanted)
{
    while (in->at < in->end && (*in->at == ' ' || *in->at == '\n'))
        in->at++;
    if (in->at == in->end || *in->at != (uint8_t)wanted)
        return false;
    in->at++;
    return true;
}

static bool take_text(struct reader *in, struct text *text)
{
    if (!take(in, '"'))
        return false;
    for (text->count = 0; in->at < in->end && *in->at != '"'; in->at++) {
        if (text->count + 2 > TEXT)
            return false;
        if (*in->at == '\\' && in->at + 1 < in->end)
            text->bytes[text->count++] = (char)*in->at++;
        text->bytes[text->count++] = (char)*in->at;
    }
    return take(in, '"');
}

static bool take_number(struct reader *in, uint64_t *number)
{
    bool any = false;
    for (*number = 0; in->at < in->end && *in->at >= '0' && *in->at <= '9'; in->at++, any = true)
        *number = 10 * *number + (*in->at - '0');
    return any;
}

static bool is(const struct text *text, const char *word)
{
    return text->count == strlen(word) && !memcmp(text->bytes, word, text->count);
}

static bool take_shape(struct reader *in, struct tensor *tensor)
{
    if (!take(in, '['))
        return false;
    for (tensor->rank = 0; !take(in, ']'); tensor->rank++) {
        if (tensor->rank == RANK || (tensor->rank && !take(in, ',')))
            return false;
        take(in, ' ');
        if (!take_number(in, &tensor->shape[tensor->rank]))
            return false;
    }
    return true;
}

static bool take_field(struct reader *in, struct tensor *tensor)
{
    struct text field;
    if (!take_text(in, &field) || !take(in, ':'))
        return false;
    take(in, ' ');
    if (is(&field, "dtype"))
        return take_text(in, &tensor->dtype);
    if (is(&field, "shape"))
        return take_shape(in, tensor);
    if (!take(in, '[') || !take_number(in, &tensor->begin) || !take(in, ','))
        return false;
    take(in, ' ');
    return take_number(in, &tensor->end) && take(in, ']');
}

static bool take_tensor(struct reader *in, struct tensor *tensor, uint8_t *data, size_t data_size)
{
    if (!take(in, '{') || !take_field(in, tensor) || !take(in, ',') || !take_field(in, tensor) || !take(in, ',') ||
        !take_field(in, tensor) || !take(in, '}'))
        return false;
    bool lies_within = tensor->begin <= tensor->end && tensor->end <= data_size;
    tensor->data = data + (lies_within ? tensor->begin : 0);
    tensor->size = lies_within ? (size_t)(tensor->end - tensor->begin) : 0;
    return true;
}

static bool take_notes(struct reader *in)
{
    if (!take(in, '{'))
        return false;
    for (; !take(in, '}'); file.note_count++)
        if (file.note_count == NOTES || (file.note_count && !take(in, ',')) ||
            !take_text(in, &file.notes[file.note_count].key) || !take(in, ':') ||
            !take_text(in, &file.notes[file.note_count].value))
            return false;
    return true;
}

static bool parse_file(const uint8_t *bytes, size_t size)
{
    memcpy(copy, bytes, size);
    file.note_count = file.tensor_count = 0;
    uint64_t header = 0;
    for (size_t i = 0; i < 8 && size >= 8; i++)
        header |= (uint64_t)bytes[i] << 8 * i;
    if (size < 8 || header > size - 8)
        return false;
    struct reader in = {copy + 8, copy + 8 + header};
    if (!take(&in, '{'))
        return false;
    for (bool first = true; !take(&in, '}'); first = false) {
        struct tensor *tensor = &file.tensors[file.tensor_count];
        if (file.tensor_count == TENSORS || (!first && !take(&in, ',')) || !take_text(&in, &tensor->name) ||
            !take(&in, ':'))
            return false;
        if (is(&tensor->name, "__metadata__")) {
            if (!take_notes(&in))
                return false;
        } else if (take_tensor(&in, tensor, copy + 8 + header, size - 8 - header)) {
            file.tensor_count++;
        } else {
            return false;
        }
    }
    return true;
}

/* libFuzzer may write a byte where there is room for none. */
static size_t libfuzzer_mutate(uint8_t *bytes, size_t size, size_t capacity)
{
    return capacity ? LLVMFuzzerMutate(bytes, size, capacity) : 0;
}

/* ---- changes ---------------------------------------------------------------------------------------------------- */

static void set_text(struct text *text, const char *word)
{
    text->count = strlen(word);
    memcpy(text->bytes, word, text->count);
}

/* Sometimes a text that stands elsewhere, else by libFuzzer, which knows what the code compares to. */
static void change_text(struct text *text)
{
    if (draw(3) == 0 && file.tensor_count)
        *text = file.tensors[draw(file.tensor_count)].name;
    else if (draw(3) == 0 && file.note_count)
        *text = draw(2) ? file.notes[draw(file.note_count)].key : file.notes[draw(file.note_count)].value;
    else
        text->count = libfuzzer_mutate((uint8_t *)text->bytes, text->count, TEXT);
}

static uint64_t changed_number(uint64_t number)
{
    static const uint64_t edges[] = {0,         1, 2, 3, 127, 1024, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, UINT64_MAX / 4,
                                     UINT64_MAX};
    switch (draw(4)) {
    case 0:
        return number + 1;
    case 1:
        return number - (number > 0);
    case 2:
        return number * (1 + draw(4));
    default:
        return edges[draw(sizeof edges / sizeof *edges)];
    }
}

static void change_note(void)
{
    static const char *const words[] = {
        "0",          "1",      "2",         "3",   "5",   "64", "-1", "2147483647",
        "2147483648", "0x1p-1", "0x1p+1000", "nan", "inf", "",   "00", "9223372036854775807"};
    size_t i = draw(file.note_count), last = file.note_count - 1;
    switch (draw(6)) {
    case 0:
        change_text(&file.notes[i].key);
        break;
    case 1:
        file.notes[i] = file.notes[last];
        file.note_count = last;
        break;
    case 2:
        if (file.note_count < NOTES)
            file.notes[file.note_count++] = file.notes[i];
        break;
    case 3:
        change_text(&file.notes[i].value);
        break;
    default:
        set_text(&file.notes[i].value, words[draw(sizeof words / sizeof *words)]);
    }
}

static void change_shape(struct tensor *tensor)
{
    size_t i = draw(tensor->rank);
    uint64_t other;
    switch (tensor->rank ? draw(5) : 0) {
    case 0:
        for (uint32_t more = 1 + draw(RANK); more > 0 && tensor->rank < RANK; more--)
            tensor->shape[tensor->rank++] = draw(4) ? 1 : draw(4);
        break;
    case 1:
        tensor->rank--;
        break;
    case 2:
        other = tensor->shape[0];
        tensor->shape[0] = tensor->shape[i];
        tensor->shape[i] = other;
        break;
    default:
        tensor->shape[i] = changed_number(tensor->shape[i]);
    }
}

static void change_tensor(void)
{
    static const char *const dtypes[] = {"F32",  "F16", "BF16",    "F64", "I8", "U8",
                                         "BOOL", "I64", "F8_E4M3", "F4",  "F33"};
    size_t i = draw(file.tensor_count), last = file.tensor_count - 1, j = draw(file.tensor_count);
    struct tensor *tensor = &file.tensors[i], other = *tensor;
    switch (draw(8)) {
    case 0:
        change_text(&tensor->name);
        break;
    case 1:
        set_text(&tensor->dtype, dtypes[draw(sizeof dtypes / sizeof *dtypes)]);
        break;
    case 2:
        *tensor = file.tensors[last];
        file.tensor_count = last;
        break;
    case 3:
        if (file.tensor_count < TENSORS)
            file.tensors[file.tensor_count++] = other;
        break;
    case 4:
        *tensor = file.tensors[j];
        file.tensors[j] = other;
        break;
    case 5:
        libfuzzer_mutate(tensor->data, tensor->size, tensor->size);
        break;
    default:
        change_shape(tensor);
    }
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

struct output {
    uint8_t *bytes;
    size_t size, capacity;
};

static void put(struct output *out, const void *bytes, size_t count)
{
    if (out->size + count <= out->capacity)
        memcpy(out->bytes + out->size, bytes, count);
    out->size += count;
}

static void put_word(struct output *out, const char *word)
{
    put(out, word, strlen(word));
}

static void put_text(struct output *out, const struct text *text)
{
    put_word(out, "\"");
    put(out, text->bytes, text->count);
    put_word(out, "\"");
}

static void put_number(struct output *out, uint64_t number)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    put_word(out, digits);
}

/* What the dtype and the shape say, if that is not absurd: else what there is. */
static uint64_t data_size(const struct tensor *tensor)
{
    uint64_t size = is(&tensor->dtype, "F64") || is(&tensor->dtype, "I64")    ? 8
                    : is(&tensor->dtype, "F16") || is(&tensor->dtype, "BF16") ? 2
                    : is(&tensor->dtype, "I8") || is(&tensor->dtype, "U8") || is(&tensor->dtype, "BOOL") ||
                            is(&tensor->dtype, "F8_E4M3")
                        ? 1
                        : 4;
    for (size_t i = 0; i < tensor->rank; i++) {
        if (tensor->shape[i] > FILE_MOST)
            return tensor->size;
        size *= tensor->shape[i];
        if (size > FILE_MOST)
            return tensor->size;
    }
    return size;
}

static void repair_checksums(void)
{
    for (size_t n = 0; n < file.note_count; n++)
        for (size_t i = 0; i < file.tensor_count; i++) {
            const struct tensor *tensor = &file.tensors[i];
            const size_t prefix = strlen(RNNI_SAFETENSORS_CHECKSUM);
            const struct text *key = &file.notes[n].key;
            char digits[16];
            if (key->count != prefix + tensor->name.count || memcmp(key->bytes, RNNI_SAFETENSORS_CHECKSUM, prefix) ||
                memcmp(key->bytes + prefix, tensor->name.bytes, tensor->name.count))
                continue;
            snprintf(digits, sizeof digits, "%08x", (unsigned)rnni_crc32(0, tensor->data, tensor->size));
            set_text(&file.notes[n].value, digits);
        }
}

/* The data of each tensor as its shape says: cut, or zeros behind it. */
static bool repair_data(void)
{
    static uint8_t room[2 * FILE_MOST];
    size_t used = 0;
    for (size_t i = 0; i < file.tensor_count; i++) {
        struct tensor *tensor = &file.tensors[i];
        size_t size = (size_t)data_size(tensor), kept = size < tensor->size ? size : tensor->size;
        if (used + size > sizeof room)
            return false;
        if (kept)
            memcpy(room + used, tensor->data, kept);
        memset(room + used + kept, 0, size - kept);
        tensor->data = room + used;
        tensor->size = size;
        tensor->begin = used;
        tensor->end = used += size;
    }
    return true;
}

static void put_tensor(struct output *out, const struct tensor *tensor)
{
    put_text(out, &tensor->name);
    put_word(out, ":{\"dtype\":");
    put_text(out, &tensor->dtype);
    put_word(out, ",\"shape\":[");
    for (size_t i = 0; i < tensor->rank; i++) {
        put_word(out, i ? "," : "");
        put_number(out, tensor->shape[i]);
    }
    put_word(out, "],\"data_offsets\":[");
    put_number(out, tensor->begin);
    put_word(out, ",");
    put_number(out, tensor->end);
    put_word(out, "]}");
}

static void put_length(uint8_t *bytes, uint64_t length)
{
    for (size_t i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(length >> 8 * i);
}

/* 0: it is longer than the capacity. */
static size_t write_file(uint8_t *bytes, size_t capacity)
{
    struct output out = {bytes, 0, capacity};
    if (!rarely() && !repair_data())
        return 0;
    if (!rarely())
        repair_checksums();
    put(&out, "\0\0\0\0\0\0\0", 8);
    put_word(&out, "{");
    for (size_t i = 0; i < file.note_count; i++) {
        put_word(&out, i ? "," : "\"__metadata__\":{");
        put_text(&out, &file.notes[i].key);
        put_word(&out, ":");
        put_text(&out, &file.notes[i].value);
    }
    put_word(&out, file.note_count ? "}" : "");
    for (size_t i = 0; i < file.tensor_count; i++) {
        put_word(&out, i || file.note_count ? "," : "");
        put_tensor(&out, &file.tensors[i]);
    }
    put_word(&out, "}");
    size_t header = out.size - 8;
    for (size_t i = 0; i < file.tensor_count; i++)
        put(&out, file.tensors[i].data, file.tensors[i].size);
    if (out.size > capacity)
        return 0;
    put_length(bytes, rarely() ? changed_number(header) : header);
    return out.size;
}

/* The header as text of which libFuzzer knows nothing, with a length that fits. */
static size_t change_header(uint8_t *bytes, size_t size, size_t capacity)
{
    uint64_t header = 0;
    for (size_t i = 0; i < 8; i++)
        header |= (uint64_t)bytes[i] << 8 * i;
    if (header > size - 8)
        header = size - 8;
    size_t data = size - 8 - (size_t)header;
    memcpy(copy, bytes + 8 + header, data);
    size_t changed = libfuzzer_mutate(bytes + 8, (size_t)header, capacity - 8 - data);
    put_length(bytes, changed);
    memcpy(bytes + 8 + changed, copy, data);
    return 8 + changed + data;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t capacity, unsigned int seed)
{
    random_state = seed;
    if (size > FILE_MOST || rarely())
        return LLVMFuzzerMutate(bytes, size, capacity);
    if (!parse_file(bytes, size) || draw(8) == 0)
        return size > 8 ? change_header(bytes, size, capacity) : LLVMFuzzerMutate(bytes, size, capacity);
    for (uint32_t left = 1 + draw(3); left > 0; left--) {
        if (file.note_count && (draw(2) || !file.tensor_count))
            change_note();
        else if (file.tensor_count)
            change_tensor();
    }
    size_t written = write_file(bytes, capacity);
    return written ? written : LLVMFuzzerMutate(bytes, size, capacity);
}
