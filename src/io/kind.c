#include "io/kind.h"

#include "base/utf8.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define FROM_TORCH                                                                                                     \
    "convert it in Python: safetensors.torch.save_file(torch.load(path, map_location=\"cpu\"), "                       \
    "\"model.safetensors\"); for a whole module, save its state_dict()"

static const struct {
    const char *bytes;
    size_t count;
    const char *text;
} signatures[] = {
    {"PK\x03\x04", 4, "a zip archive, as torch.save writes (.pt, .pth): " FROM_TORCH},
    {"\x89HDF\r\n\x1A\n", 8,
     "an HDF5 file, as Keras writes (.h5): read its arrays with h5py and pass them to "
     "rnn_model_import_keras, or save them with safetensors.numpy.save_file under the names of rnn.h"},
    {"\x1F\x8B\x08", 3, "compressed with gzip: decompress it first"},
    {"BZh", 3, "compressed with bzip2: decompress it first"},
    {"\xFD"
     "7zXZ",
     5, "compressed with xz: decompress it first"},
    {"\x28\xB5\x2F\xFD", 4, "compressed with zstd: decompress it first"},
    {"\x93NUMPY", 6, "a NumPy array (.npy): save it with safetensors.numpy.save_file"},
    {"GGUF", 4, "a GGUF file, which has no recurrent network of this library"},
    {"version https://git-lfs", 23, "a Git LFS pointer: fetch the file with git lfs pull"},
};

/* Whether these may be the length of a header: a damaged file is not taken for another by two or three bytes of it. */
static bool is_length(const unsigned char *bytes, size_t count)
{
    return count >= 8 && bytes[3] <= 5 /* 100 MB */ && !memcmp(bytes + 4, "\0\0\0\0", 4);
}

/* Protocols 2 to 5; older ones are not told from text. */
static bool is_pickle(const unsigned char *bytes, size_t count)
{
    return count >= 3 && !is_length(bytes, count) && bytes[0] == 0x80 && bytes[1] >= 2 && bytes[1] <= 5;
}

/* Field 1 of ModelProto, ir_version, as one byte, then one of its other fields. */
static bool is_onnx(const unsigned char *bytes, size_t count)
{
    static const unsigned char fields[] = {0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42};
    return count >= 3 && !is_length(bytes, count) && bytes[0] == 0x08 && bytes[1] >= 1 && bytes[1] <= 32 &&
           memchr(fields, bytes[2], sizeof fields);
}

/* UTF-8 without control characters; the last character may be cut off. */
static bool is_text(const unsigned char *bytes, size_t count)
{
    for (size_t i = 0, length; i < count; i += length) {
        length = rnni_utf8_sequence(bytes + i, count - i);
        if (!length && i > 0 && bytes[i] >= 0xC0 && count - i < 4)
            return true;
        if (!length || bytes[i] == 0x7F || (bytes[i] < 0x20 && !memchr("\t\n\r", bytes[i], 3)))
            return false;
    }
    return true;
}

static bool is_zero(const unsigned char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (bytes[i])
            return false;
    return true;
}

static const char *known(const unsigned char *bytes, size_t count)
{
    if (count == 0)
        return "an empty file";
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++)
        if (count >= signatures[i].count && !memcmp(bytes, signatures[i].bytes, signatures[i].count))
            return signatures[i].text;
    if (is_pickle(bytes, count))
        return "a Python pickle, as old versions of torch.save write: " FROM_TORCH;
    if (is_onnx(bytes, count))
        return "an ONNX model: read its initializers W, R and B with onnx.numpy_helper.to_array and pass them to "
               "rnn_model_import_onnx";
    if (count >= 16 && is_zero(bytes, count))
        return "zeros, perhaps never written or a broken download";
    return NULL;
}

/* The beginning of the first line, and what the file may be. */
static void describe_text(struct rnni_kind *kind, const unsigned char *bytes, size_t count)
{
    static const struct {
        char first;
        const char *what, *advice;
    } texts[] = {
        {'{', "JSON", ", such as model.safetensors.index.json, which only lists the files with the tensors"},
        {'<', "HTML or XML", ", perhaps a server's error page: download the file itself"},
        {0, "text", ""},
    };
    char line[41];
    size_t i = 0;
    snprintf(line, sizeof line, "%.*s", (int)(count < 40 ? count : 40), (const char *)bytes);
    line[strcspn(line, "\r\n")] = 0;
    while (texts[i].first && texts[i].first != *line)
        i++;
    snprintf(kind->text, sizeof kind->text, "%s that begins \"%s\"%s", texts[i].what, rnni_utf8_quote(line).text,
             texts[i].advice);
}

struct rnni_kind rnni_kind_of(const unsigned char *bytes, size_t count)
{
    struct rnni_kind kind = {""};
    const char *text = known(bytes, count);
    if (text)
        snprintf(kind.text, sizeof kind.text, "%s", text);
    else if (is_text(bytes, count))
        describe_text(&kind, bytes, count);
    return kind;
}
