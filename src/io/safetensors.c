/* Reading.  What is refused here and not by the format's own reader, safetensors 0.8: names and notes that occur twice,
 * U+0000, fields of a tensor besides the three, a header that begins with white space (the first two by the format's
 * text), and ranks above RNNI_SAFETENSORS_RANK.  Nothing is accepted here and not there. */
#include "io/safetensors.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/utf8.h"
#include "io/json.h"
#include "io/widen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the header's grammar ------------------------------------------------------------------------------------- */

/* A copy of the array with room for one element more; NULL where there is no memory.  Arrays grow at powers of two. */
static void *grown(void *array, size_t count, size_t size)
{
    if (count & (count - 1))
        return array;
    void *larger = rnni_memory_take(count ? 2 * count : 1, size);
    if (larger && count)
        memcpy(larger, array, count * size);
    if (larger)
        rnni_memory_release(array);
    return larger;
}

static bool parse_key(struct rnni_json *json, const char **key)
{
    return rnni_json_string(json, key) && rnni_json_expect(json, ':');
}

static bool parse_notes(struct rnni_json *json, struct rnni_safetensors *out)
{
    if (!rnni_json_expect(json, '{'))
        return false;
    for (bool first = true; rnni_json_more(json, '}', first); first = false) {
        struct rnni_safetensors_note *notes = grown(out->notes, out->note_count, sizeof *notes);
        if (!notes)
            return rnni_json_fail(json, RNN_E_MEMORY, "no memory for more than %zu notes", out->note_count);
        out->notes = notes;
        struct rnni_safetensors_note *note = &notes[out->note_count++];
        if (!parse_key(json, &note->key) || !rnni_json_string(json, &note->value))
            return false;
    }
    return !json->status;
}

static bool parse_dtype(struct rnni_json *json, struct rnni_safetensors_tensor *tensor)
{
    return rnni_json_string(json, &tensor->dtype);
}

static bool parse_shape(struct rnni_json *json, struct rnni_safetensors_tensor *tensor)
{
    if (!rnni_json_expect(json, '['))
        return false;
    for (bool first = true; rnni_json_more(json, ']', first); first = false) {
        if (tensor->rank == RNNI_SAFETENSORS_RANK)
            return rnni_json_fail(json, RNN_E_UNSUPPORTED, "tensor \"%s\" has a rank above %d",
                                  rnni_utf8_quote(tensor->name).text, RNNI_SAFETENSORS_RANK);
        if (!rnni_json_natural(json, &tensor->shape[tensor->rank++]))
            return false;
    }
    return !json->status;
}

static bool parse_offsets(struct rnni_json *json, struct rnni_safetensors_tensor *tensor)
{
    return rnni_json_expect(json, '[') && rnni_json_natural(json, &tensor->begin) && rnni_json_expect(json, ',') &&
           rnni_json_natural(json, &tensor->end) && rnni_json_expect(json, ']');
}

static const struct {
    const char *name;
    bool (*parse)(struct rnni_json *json, struct rnni_safetensors_tensor *tensor);
} fields[] = {{"dtype", parse_dtype}, {"shape", parse_shape}, {"data_offsets", parse_offsets}};
#define FIELDS (sizeof fields / sizeof *fields)

/* The three fields of a tensor, each once, in any order. */
static bool parse_tensor(struct rnni_json *json, struct rnni_safetensors_tensor *tensor)
{
    bool seen[FIELDS] = {false};
    if (!rnni_json_expect(json, '{'))
        return false;
    for (bool first = true; rnni_json_more(json, '}', first); first = false) {
        const char *name;
        if (!parse_key(json, &name))
            return false;
        size_t f = 0;
        while (f < FIELDS && strcmp(name, fields[f].name) != 0)
            f++;
        if (f == FIELDS || seen[f])
            return rnni_json_fail(json, RNN_E_FORMAT, "tensor \"%s\" has %s field \"%s\"",
                                  rnni_utf8_quote(tensor->name).text, f == FIELDS ? "an unknown" : "a second",
                                  rnni_utf8_quote(name).text);
        seen[f] = true;
        if (!fields[f].parse(json, tensor))
            return false;
    }
    for (size_t f = 0; f < FIELDS && !json->status; f++)
        if (!seen[f])
            return rnni_json_fail(json, RNN_E_FORMAT, "tensor \"%s\" has no field \"%s\"",
                                  rnni_utf8_quote(tensor->name).text, fields[f].name);
    return !json->status;
}

static bool append_tensor(struct rnni_json *json, struct rnni_safetensors *out, const char *name)
{
    struct rnni_safetensors_tensor *tensors = grown(out->tensors, out->tensor_count, sizeof *tensors);
    if (!tensors)
        return rnni_json_fail(json, RNN_E_MEMORY, "no memory for more than %zu tensors", out->tensor_count);
    out->tensors = tensors;
    tensors[out->tensor_count].name = name;
    return parse_tensor(json, &tensors[out->tensor_count++]);
}

static bool parse_header(struct rnni_json *json, struct rnni_safetensors *out)
{
    bool notes_seen = false;
    if (!rnni_json_expect(json, '{'))
        return false;
    for (bool first = true; rnni_json_more(json, '}', first); first = false) {
        const char *name;
        if (!parse_key(json, &name))
            return false;
        bool notes = strcmp(name, "__metadata__") == 0;
        if (notes && notes_seen)
            return rnni_json_fail(json, RNN_E_FORMAT, "\"__metadata__\" for the second time");
        notes_seen |= notes;
        if (notes ? !parse_notes(json, out) : !append_tensor(json, out, name))
            return false;
    }
    return !json->status && rnni_json_end(json);
}

/* ---- what the grammar leaves open ----------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct rnni_safetensors_name *)a)->name, ((const struct rnni_safetensors_name *)b)->name);
}

/* Sorts a table of names, and refuses two that are equal. */
static int32_t sort_names(struct rnni_safetensors_name *names, size_t count, const char *what, const char *function)
{
    qsort(names, count, sizeof *names, compare_names);
    for (size_t i = 1; i < count; i++)
        if (strcmp(names[i - 1].name, names[i].name) == 0)
            return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: the header has the %s \"%s\" twice", function, what,
                                    rnni_utf8_quote(names[i].name).text);
    return RNN_OK;
}

static int32_t make_tables(struct rnni_safetensors *file, const char *function)
{
    file->tensor_names = rnni_memory_take(file->tensor_count, sizeof *file->tensor_names);
    file->note_names = rnni_memory_take(file->note_count, sizeof *file->note_names);
    if (!file->tensor_names || !file->note_names)
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: no memory for the names of %zu tensors and %zu notes",
                                function, file->tensor_count, file->note_count);
    for (size_t i = 0; i < file->tensor_count; i++)
        file->tensor_names[i] = (struct rnni_safetensors_name){file->tensors[i].name, i};
    for (size_t i = 0; i < file->note_count; i++)
        file->note_names[i] = (struct rnni_safetensors_name){file->notes[i].key, i};
    int32_t status = sort_names(file->tensor_names, file->tensor_count, "tensor", function);
    return status ? status : sort_names(file->note_names, file->note_count, "note", function);
}

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
static struct shape_text shape_text(const size_t *shape, size_t rank)
{
    struct shape_text out = {"["};
    size_t used = 1;
    for (size_t i = 0; i < rank && i < RNNI_SAFETENSORS_RANK; i++)
        used += (size_t)snprintf(out.text + used, sizeof out.text - used, i ? ",%zu" : "%zu", shape[i]);
    out.text[used] = ']';
    return out;
}

/* Fails about a tensor: its name, what is wrong, and what the header says of it. */
static int32_t fail_tensor(const struct rnni_safetensors_tensor *tensor, int32_t status, const char *function,
                           const char *what)
{
    return rnni_status_fail(NULL, status, "%s: tensor \"%s\": %s (dtype %s, shape %s, bytes %zu to %zu of the data)",
                            function, rnni_utf8_quote(tensor->name).text, what, rnni_utf8_quote(tensor->dtype).text,
                            shape_text(tensor->shape, tensor->rank).text, tensor->begin, tensor->end);
}

/* Does the tensor begin where it must, and is it as long as its dtype and shape say? */
static int32_t check_tensor(const struct rnni_safetensors_tensor *tensor, size_t begin, const char *function)
{
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
        return fail_tensor(tensor, RNN_E_FORMAT, function, "the dtype and shape ask for another number of bytes");
    return RNN_OK;
}

static int compare_places(const void *a, const void *b)
{
    const struct rnni_safetensors_tensor *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return strcmp(x->name, y->name); /* two empty ones: any fixed order */
}

/* Sorts the tensors by place; they must cover the data without overlap, gap or remainder. */
static int32_t check_tensors(struct rnni_safetensors *file, size_t data_count, const char *function)
{
    size_t end = 0;
    if (file->tensor_count)
        qsort(file->tensors, file->tensor_count, sizeof *file->tensors, compare_places);
    for (size_t i = 0; i < file->tensor_count; i++) {
        int32_t status = check_tensor(&file->tensors[i], end, function);
        if (status)
            return status;
        end = file->tensors[i].end;
    }
    if (end != data_count)
        return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: the header describes %zu bytes of data, there are %zu",
                                function, end, data_count);
    return RNN_OK;
}

static int32_t parse_length(size_t *header, const unsigned char *bytes, size_t count, const char *function)
{
    uint64_t length = 0;
    if (count < 8)
        return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: a safetensors file has at least 8 bytes, this one %zu",
                                function, count);
    for (int i = 7; i >= 0; i--)
        length = length << 8 | bytes[i];
    if (length > RNNI_SAFETENSORS_HEADER)
        return rnni_status_fail(NULL, RNN_E_FORMAT,
                                "%s: not a safetensors file, or damaged: the length of its header, %llu, is above %d",
                                function, (unsigned long long)length, RNNI_SAFETENSORS_HEADER);
    if (length > count - 8)
        return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: a header of %llu bytes is announced, only %zu bytes follow",
                                function, (unsigned long long)length, count - 8);
    *header = (size_t)length;
    return RNN_OK;
}

/* ---- what the others call ------------------------------------------------------------------------------------- */

static int32_t parse(struct rnni_safetensors *file, const unsigned char *bytes, size_t count, const char *function)
{
    size_t header = 0;
    int32_t status = parse_length(&header, bytes, count, function);
    if (status)
        return status;
    if (header == 0 || bytes[8] != '{')
        return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: the header does not begin with {", function);
    file->data = bytes + 8 + header;
    file->text = rnni_memory_take(header, 1);
    if (!file->text)
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: no memory for a header of %zu bytes", function, header);
    struct rnni_json json = {.bytes = bytes + 8, .count = header, .text = file->text, .function = function};
    if (!parse_header(&json, file))
        return json.status;
    status = check_tensors(file, count - 8 - header, function);
    return status ? status : make_tables(file, function);
}

int32_t rnni_safetensors_parse(struct rnni_safetensors *out, const unsigned char *bytes, size_t count,
                               const char *function)
{
    *out = (struct rnni_safetensors){0};
    int32_t status = parse(out, bytes, count, function);
    if (status)
        rnni_safetensors_release(out);
    return status;
}

void rnni_safetensors_release(struct rnni_safetensors *file)
{
    if (!file)
        return;
    rnni_memory_release(file->tensors);
    rnni_memory_release(file->notes);
    rnni_memory_release(file->text);
    rnni_memory_release(file->tensor_names);
    rnni_memory_release(file->note_names);
    *file = (struct rnni_safetensors){0};
}

static const struct rnni_safetensors_name *find(const struct rnni_safetensors_name *names, size_t count,
                                                const char *name)
{
    struct rnni_safetensors_name wanted = {name, 0};
    return count ? bsearch(&wanted, names, count, sizeof *names, compare_names) : NULL;
}

const struct rnni_safetensors_tensor *rnni_safetensors_find(const struct rnni_safetensors *file, const char *name)
{
    const struct rnni_safetensors_name *found = find(file->tensor_names, file->tensor_count, name);
    return found ? &file->tensors[found->index] : NULL;
}

const char *rnni_safetensors_metadata(const struct rnni_safetensors *file, const char *key)
{
    const struct rnni_safetensors_name *found = find(file->note_names, file->note_count, key);
    return found ? file->notes[found->index].value : NULL;
}

struct widening {
    const char *dtype;
    size_t bytes;
    void (*widen)(float *out, const unsigned char *in, size_t count);
};

/* How a dtype becomes floats without a loss; NULL where it does not. */
static const struct widening *find_widening(const char *dtype)
{
    static const struct widening widenings[] = {
        {"F32", 4, rnni_widen_f32}, {"F16", 2, rnni_widen_f16}, {"BF16", 2, rnni_widen_bf16}};
    for (size_t i = 0; i < sizeof widenings / sizeof *widenings; i++)
        if (strcmp(widenings[i].dtype, dtype) == 0)
            return &widenings[i];
    return NULL;
}

int32_t rnni_safetensors_expect(const struct rnni_safetensors_tensor *tensor, const size_t *shape, size_t rank,
                                const char *function)
{
    if (!find_widening(tensor->dtype))
        return fail_tensor(tensor, RNN_E_UNSUPPORTED, function, "only dtypes F32, F16 and BF16 can be loaded");
    bool equal = tensor->rank == rank;
    for (size_t i = 0; equal && i < rank; i++)
        equal = tensor->shape[i] == shape[i];
    if (!equal)
        return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: tensor \"%s\" has the shape %s, the options ask for %s",
                                function, rnni_utf8_quote(tensor->name).text,
                                shape_text(tensor->shape, tensor->rank).text, shape_text(shape, rank).text);
    return RNN_OK;
}

void rnni_safetensors_read_floats(float *out, const struct rnni_safetensors *file,
                                  const struct rnni_safetensors_tensor *tensor)
{
    const struct widening *widening = find_widening(tensor->dtype);
    widening->widen(out, file->data + tensor->begin, (tensor->end - tensor->begin) / widening->bytes);
}
