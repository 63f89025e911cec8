#include "io/file.h"

#include "base/assertion.h"
#include "base/status.h"
#include "base/utf8.h"

#include <inttypes.h>

int32_t rnni_file_open(struct rnni_file *file, const char *path, const char *function)
{
    *file = (struct rnni_file){.path = path, .function = function};
    int32_t status = rnni_disk_open(&file->disk, path, function);
    file->count = file->disk.count;
    return status;
}

void rnni_file_close(struct rnni_file *file)
{
    if (!file->memory)
        rnni_disk_close(&file->disk);
}

struct rnni_file rnni_file_in_memory(const unsigned char *bytes, size_t count)
{
    static const unsigned char none[1];
    return (struct rnni_file){.count = count, .memory = bytes ? bytes : none};
}

const unsigned char *rnni_file_read(const struct rnni_file *file, unsigned char *room, uint64_t offset, size_t count)
{
    RNNI_ASSERT(count <= file->count && offset <= file->count - count);
    RNNI_ASSERT(file->memory || room || !count);
    if (file->memory)
        return file->memory + offset;
    size_t got;
    if (rnni_disk_read(&file->disk, room, offset, count, &got, file->path, file->function))
        return NULL;
    if (got != count || !rnni_disk_is_unchanged(&file->disk)) {
        rnni_status_fail(NULL, RNN_E_IO, "%s: \"%s\" of %" PRIu64 " bytes changed while it was read", file->function,
                         rnni_utf8_quote(file->path).text, file->count);
        return NULL;
    }
    return room;
}

int32_t rnni_file_replace(const char *path, const unsigned char *bytes, size_t count, const char *function)
{
    RNNI_ASSERT(path && (bytes || !count));
    return rnni_disk_replace(path, bytes, count, function);
}
