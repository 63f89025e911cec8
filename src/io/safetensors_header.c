/* Reading.  What is refused here and not by the format's own reader, safetensors 0.8: names and notes that occur twice,
 * U+0000, fields of a tensor besides the three, a header that begins with white space (the first two by the format's
 * text), and ranks above RNNI_SAFETENSORS_RANK.  Nothing is accepted here and not there. */
#include "io/safetensors.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/utf8.h"
#include "io/json.h"
#include "io/kind.h"

#include <inttypes.h>
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
            return rnni_json_fail(json, RNN_E_MEMORY, "out of memory for more than %zu metadata entries",
                                  out->note_count);
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
        return rnni_json_fail(json, RNN_E_MEMORY, "out of memory for more than %zu tensors", out->tensor_count);
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
            return rnni_json_fail(json, RNN_E_FORMAT, "a second \"__metadata__\"");
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

int32_t rnni_safetensors_sort_names(struct rnni_safetensors *file, const char *function)
{
    for (size_t i = 0; i < file->tensor_count; i++)
        file->tensor_names[i] = (struct rnni_safetensors_name){file->tensors[i].name, i};
    return sort_names(file->tensor_names, file->tensor_count, "tensor", function);
}

static int32_t make_tables(struct rnni_safetensors *file, const char *function)
{
    file->tensor_names = rnni_memory_take(file->tensor_count, sizeof *file->tensor_names);
    file->note_names = rnni_memory_take(file->note_count, sizeof *file->note_names);
    if (!file->tensor_names || !file->note_names)
        return rnni_status_fail(NULL, RNN_E_MEMORY,
                                "%s: out of memory for the names of %zu tensors and %zu metadata entries", function,
                                file->tensor_count, file->note_count);
    for (size_t i = 0; i < file->note_count; i++)
        file->note_names[i] = (struct rnni_safetensors_name){file->notes[i].key, i};
    int32_t status = rnni_safetensors_sort_names(file, function);
    return status ? status : sort_names(file->note_names, file->note_count, "note", function);
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
static int32_t check_tensors(struct rnni_safetensors *file, uint64_t data_count, const char *function)
{
    uint64_t end = 0;
    if (file->tensor_count)
        qsort(file->tensors, file->tensor_count, sizeof *file->tensors, compare_places);
    for (size_t i = 0; i < file->tensor_count; i++) {
        int32_t status = rnni_safetensors_check(&file->tensors[i], end, function);
        if (status)
            return status;
        end = file->tensors[i].end;
    }
    if (end != data_count)
        return rnni_status_fail(NULL, RNN_E_FORMAT,
                                "%s: the header describes %" PRIu64 " bytes of data, the file has %" PRIu64, function,
                                end, data_count);
    return RNN_OK;
}

static const struct rnni_safetensors_name *find(const struct rnni_safetensors_name *names, size_t count,
                                                const char *name)
{
    struct rnni_safetensors_name wanted = {name, 0};
    return count ? bsearch(&wanted, names, count, sizeof *names, compare_names) : NULL;
}

/* A checksum without its tensor is ignored: another program may have removed the tensor. */
static void find_checksums(struct rnni_safetensors *file)
{
    const size_t length = strlen(RNNI_SAFETENSORS_CHECKSUM);
    for (size_t i = 0; i < file->note_count; i++) {
        const struct rnni_safetensors_note *note = &file->notes[i];
        if (strncmp(note->key, RNNI_SAFETENSORS_CHECKSUM, length) != 0)
            continue;
        const struct rnni_safetensors_name *found = find(file->tensor_names, file->tensor_count, note->key + length);
        if (found)
            file->tensors[found->index].checksum = note->value;
    }
}

/* *header is the length of the header, from the first bytes [size] of a file. */
static int32_t parse_length(size_t *header, const unsigned char *bytes, size_t size, uint64_t file_count,
                            const char *function)
{
    uint64_t length = 0;
    for (size_t i = 8; size >= 8 && i-- > 0;)
        length = length << 8 | bytes[i];
    *header = (size_t)length;
    if (size > 8 && length <= RNNI_SAFETENSORS_HEADER && length > 0 && length <= file_count - 8 && bytes[8] == '{')
        return RNN_OK;
    struct rnni_kind kind = rnni_kind_of(bytes, size);
    if (*kind.text)
        return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: not a safetensors file but %s", function, kind.text);
    if (size < 8)
        return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: the file has %zu bytes, expected at least 8", function, size);
    if (length > RNNI_SAFETENSORS_HEADER)
        return rnni_status_fail(NULL, RNN_E_FORMAT,
                                "%s: not a safetensors file, or damaged: the length of its header, %" PRIu64
                                ", is above %d",
                                function, length, RNNI_SAFETENSORS_HEADER);
    if (length > file_count - 8)
        return rnni_status_fail(NULL, RNN_E_FORMAT,
                                "%s: the header should have %" PRIu64 " bytes, only %" PRIu64 " bytes follow", function,
                                length, file_count - 8);
    return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: the header does not begin with {", function);
}

/* The `length` bytes of the header: in `room` or where they are in memory. */
static int32_t parse_bytes(struct rnni_safetensors *file, unsigned char *room, size_t length, const char *function)
{
    const unsigned char *bytes = rnni_file_read(&file->file, room, 8, length);
    if (!bytes)
        return RNN_E_IO;
    struct rnni_json json = {.bytes = bytes, .count = length, .text = file->text, .function = function};
    return parse_header(&json, file) ? RNN_OK : json.status;
}

/* What needs memory while the header is read, and what stays. */
static int32_t parse_in_room(struct rnni_safetensors *file, size_t length, const char *function)
{
    unsigned char *room = file->file.memory ? NULL : rnni_memory_take(length, 1);
    file->text = rnni_memory_take(length, 1);
    int32_t status = RNN_E_MEMORY;
    if (file->text && (room || file->file.memory))
        status = parse_bytes(file, room, length, function);
    else
        rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for a header of %zu bytes", function, length);
    rnni_memory_release(room);
    return status;
}

static int32_t take_room(struct rnni_safetensors *file, const char *function)
{
    if (file->file.memory)
        return RNN_OK;
    uint64_t data = file->file.count - file->data;
    size_t size = data < RNNI_SAFETENSORS_PIECE ? (size_t)data : RNNI_SAFETENSORS_PIECE;
    file->room = rnni_memory_take(size, 1);
    return file->room ? RNN_OK
                      : rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory: cannot read %zu bytes at once",
                                         function, size);
}

/* The first bytes tell whether there is a header at all; a file that has none is not read any further. */
static int32_t parse(struct rnni_safetensors *file, const char *function)
{
    unsigned char room[RNNI_KIND_FIRST];
    size_t length = 0, size = file->file.count < sizeof room ? (size_t)file->file.count : sizeof room;
    const unsigned char *first = rnni_file_read(&file->file, room, 0, size);
    if (!first)
        return RNN_E_IO;
    RNNI_TRY(parse_length(&length, first, size, file->file.count, function));
    file->data = 8 + length;
    RNNI_TRY(parse_in_room(file, length, function));
    RNNI_TRY(check_tensors(file, file->file.count - file->data, function));
    RNNI_TRY(make_tables(file, function));
    find_checksums(file);
    return take_room(file, function);
}

/* ---- what the others call ------------------------------------------------------------------------------------- */

int32_t rnni_safetensors_open(struct rnni_safetensors *out, const struct rnni_file *file, const char *function)
{
    *out = (struct rnni_safetensors){.file = *file};
    int32_t status = parse(out, function);
    if (status)
        rnni_safetensors_release(out);
    return status;
}

int32_t rnni_safetensors_parse(struct rnni_safetensors *out, const unsigned char *bytes, size_t count,
                               const char *function)
{
    struct rnni_file file = rnni_file_in_memory(bytes, count);
    return rnni_safetensors_open(out, &file, function);
}

void rnni_safetensors_release(struct rnni_safetensors *file)
{
    if (!file)
        return;
    rnni_memory_release(file->tensors);
    rnni_memory_release(file->notes);
    rnni_memory_release(file->text);
    rnni_memory_release(file->room);
    rnni_memory_release(file->tensor_names);
    rnni_memory_release(file->note_names);
    *file = (struct rnni_safetensors){0};
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
