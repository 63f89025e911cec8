/* Files that are no safetensors: the message says what they are, and what to do with them. */
#define _POSIX_C_SOURCE 200809L

#include "support/folder.h"
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WHOLE 512 /* bytes of a message with its final 0: what has fewer was not cut */

static const struct file {
    const char *bytes;
    size_t count;
    const char *what, *advice; /* of the message; advice ends it */
} files[] = {
#define FILE_OF(text) text, sizeof text - 1
    {"", 0, "an empty file", "an empty file"},
    /* torch.save since PyTorch 1.6, as its own writer and as Python's zipfile begin an archive; numpy.savez */
    {FILE_OF("PK\x03\x04\0\0\x08\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10\0\x12\0archive/data.pklFB"),
     "a zip archive, as torch.save writes (.pt, .pth): convert it in Python: safetensors.torch.save_file(torch.load(",
     "save its state_dict()"},
    {FILE_OF("PK\x03\x04\x14\0\0\0\0\0\0\0!\0\xA5"), "a zip archive", "state_dict()"},
    {FILE_OF("PK\x03\x04\0\0\0\0\0\0\0\0!\0\xA5"), "a zip archive", "state_dict()"}, /* might be a length */
    /* torch.save before; pickle.dumps of protocols 2 to 5 */
    {FILE_OF("\x80\x02\x8A\nl\xFC\x9C\x46\xF9 j\xA8P\x19.\x80\x02M"), "a Python pickle, as old versions of torch.save",
     "state_dict()"},
    {FILE_OF("\x80\x03}q\0(X\x0C\0\0\0weight_ih_l0q"), "a Python pickle", "state_dict()"},
    {FILE_OF("\x80\x04\x95\x8E\x01\0\0\0\0\0\0}\x94"), "a Python pickle", "state_dict()"},
    {FILE_OF("\x80\x05\x95\x27\0\0\0\0\0\0\0}\x94"), "a Python pickle", "state_dict()"},
    {FILE_OF("\x89HDF\r\n\x1A\n\0\0\0\0\0\x08\x08\0\x04\0\x10\0"), "an HDF5 file, as Keras writes (.h5)",
     "save_file under the names of rnn.h"},
    /* protobuf: ir_version, then the producer, the graph, or the opset */
    {FILE_OF("\x08\x06\x12\x07pytorch\x1A\x05"
             "2.1.0:\xC3\x02"),
     "an ONNX model", "pass them to rnn_model_import_onnx"},
    {FILE_OF("\x08\x0A:\x9A\x03\n\x05\n\x01X\x12\x01Y"), "an ONNX model", "rnn_model_import_onnx"},
    {FILE_OF("\x08\x07\x12\x0C"
             "backend-test:"),
     "an ONNX model", "rnn_model_import_onnx"},
    {FILE_OF("\x1F\x8B\x08\x08\xAA\xBB\xCC\xDD\0\x03model.safetensors"), "compressed with gzip", "decompress it first"},
    {FILE_OF("\x1F\x8B\x08\0\0\0\0\0\0\x03\xED\xBD"), "compressed with gzip", "decompress it first"},
    {FILE_OF("BZh91AY&SY"), "compressed with bzip2", "decompress it first"},
    {FILE_OF("\xFD"
             "7zXZ\0\0\x04"),
     "compressed with xz", "decompress it first"},
    {FILE_OF("\x28\xB5\x2F\xFD\x04\x58"), "compressed with zstd", "decompress it first"},
    {FILE_OF("\x93NUMPY\x01\0v\0{'descr'"), "a NumPy array", "safetensors.numpy.save_file"},
    {FILE_OF("GGUF\x03\0\0\0\0\0\0\0"), "a GGUF file", "this library"},
    {FILE_OF("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a"), "a Git LFS pointer", "git lfs pull"},
    {FILE_OF("<!DOCTYPE html>\n<html>"), "HTML or XML that begins \"<!DOCTYPE html>\"", "download the file itself"},
    {FILE_OF("{\"weight_map\": {\"weight_ih_l0\": \"model-00001.safetensors\"}}"), "JSON that begins \"{\"weight_map\"",
     "the files with the tensors"},
    {FILE_OF("{}"), "JSON that begins \"{}\"", "the files with the tensors"},
    {FILE_OF("404: Not Found"), "text that begins \"404: Not Found\"", "\"404: Not Found\""},
    {FILE_OF("\xC3\xA4pfel, \xE2\x82\xAC und viele andere Dinge, die man kaufen k\xC3"),
     "text that begins \"\xC3\xA4pfel,", "\""},
    {FILE_OF("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), "zeros", "a broken download"},
    /* what is damaged, or unknown, is not taken for another kind */
    {FILE_OF("\x80\x02\0\0\0\0\0\0{\"weight_ih_l0\":"), "the header should have 640 bytes, only", "bytes follow"},
    {FILE_OF("\x08\x07\x12\0\0\0\0\0{\"weight_ih_l0\":"), "the header should have 1181448 bytes", "bytes follow"},
    {FILE_OF("{\0\0\0\0\0\0\0{\"weight_ih_l0\":"), "the header should have 123 bytes", "bytes follow"},
    {FILE_OF("<\0\0\0\0\0\0\0"), "the header should have 60 bytes", "only 0 bytes follow"},
    {FILE_OF("\0\0\0\0\0\0\0\0"), "the header does not begin with {", "{"},
    {FILE_OF("\x01\0\0\0"), "the file has 4 bytes", "expected at least 8"},
    {FILE_OF("\x7F"
             "ELF\x02\x01\x01\0\0\0\0\0"),
     "the length of its header, ", "is above 100000000"},
    {FILE_OF("\x01\x02\x03\xFF\xFE\xFD\xFC\xFB\xFA"), "the length of its header, ", "is above 100000000"},
    {FILE_OF("\x80\x01}q\0(X\x0C\0\0\0weight"), "the length of its header, ", "is above 100000000"},
    {FILE_OF("\x80\x06\x95\x8E\x01\x01\0\0\0\0\0}"), "the length of its header, ", "is above 100000000"},
    {FILE_OF("\x08\0\x12\x07pytorch\x1A\x05"), "the length of its header, ", "is above 100000000"},
    {FILE_OF("\x08\x21\x12\x07pytorch\x1A\x05"), "the length of its header, ", "is above 100000000"},
    {FILE_OF("\x08\x06\x55\x07pytorch\x1A\x05"), "the length of its header, ", "is above 100000000"},
    {FILE_OF("text\x80 which is not UTF-8"), "the length of its header, ", "is above 100000000"},
    {FILE_OF("text which is no\xC3 UTF-8"), "the length of its header, ", "is above 100000000"},
};
#define FILES (sizeof files / sizeof *files)

static void check_message(const struct file *file, const char *begin)
{
    const char *message = rnn_last_error();
    size_t length = strlen(message), advice = strlen(file->advice);
    if (strncmp(message, begin, strlen(begin)) != 0 || !strstr(message, file->what) || length < advice ||
        strcmp(message + length - advice, file->advice) != 0 || length + 1 >= WHOLE)
        fail_msg("\"%s\" does not say \"%s ... %s\"", message, file->what, file->advice);
}

static void test_bytes_in_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < FILES; i++) {
        rnn_model *model = NULL;
        rnn_optimizer *optimizer = NULL;
        rnn_config *config;
        unsigned char *bytes = malloc(files[i].count + !files[i].count); /* a sanitizer sees what is read behind it */
        assert_non_null(bytes);
        memcpy(bytes, files[i].bytes, files[i].count);
        assert_fails(rnn_load_memory(&model, bytes, files[i].count), RNN_E_FORMAT);
        check_message(&files[i], "rnn_load_memory: ");
        assert_fails(rnn_optimizer_load_memory(&optimizer, bytes, files[i].count), RNN_E_FORMAT);
        check_message(&files[i], "rnn_optimizer_load_memory: ");
        assert_ok(rnn_config_create(&config));
        assert_fails(rnn_config_infer_memory(config, bytes, files[i].count), RNN_E_FORMAT);
        check_message(&files[i], "rnn_config_infer_memory: ");
        assert_true(!model && !optimizer);
        rnn_config_destroy(config);
        free(bytes);
    }
}

/* With a path as long as messages show one. */
static void test_files(void **state)
{
    (void)state;
    char directory[] = "/tmp/rnn-test-XXXXXX", path[256];
    assert_non_null(make_folder(directory));
    snprintf(path, sizeof path, "%s/%0150d", directory, 7);
    for (size_t i = 0; i < FILES; i++) {
        rnn_model *model = NULL;
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(files[i].bytes, 1, files[i].count, file), files[i].count);
        assert_int_equal(fclose(file), 0);
        assert_fails(rnn_load(&model, path), RNN_E_FORMAT);
        check_message(&files[i], "rnn_load: /tmp/rnn-test-");
        assert_null(model);
    }
    assert_int_equal(remove(path), 0);
    assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_in_memory),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
