/* The safetensors format: https://github.com/huggingface/safetensors
 *
 *     8 bytes      n, the length of the header, little-endian
 *     n bytes      the header, JSON: {"__metadata__": {"key": "text", ...},
 *                                     "name": {"dtype": "F32", "shape": [2,3], "data_offsets": [0,24]}, ...}
 *     the rest     the data: the tensors, row-major and little-endian, without overlap, gap or remainder
 *
 * A file is read from its beginning to the end of its header, and then the tensors that are asked for.  Nothing here
 * knows of networks or handles.  `function` is always the name of the public function that is running, and where there
 * is one the path of the file, for the message of a failure. */
#ifndef RNNI_SAFETENSORS_H
#define RNNI_SAFETENSORS_H

#include "io/file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RNNI_SAFETENSORS_RANK   8         /* the largest that is read; the format itself has no limit */
#define RNNI_SAFETENSORS_HEADER 100000000 /* the longest header, in bytes, that the format allows */
/* Behind this, in __metadata__, the name of a tensor and as its value the CRC-32 of its bytes, 8 hexadecimal digits. */
#define RNNI_SAFETENSORS_CHECKSUM "rnn.crc32."

#define RNNI_SAFETENSORS_PIECE 262144 /* bytes of the data that are read at once; it stays in the cache */

/* ---- reading -------------------------------------------------------------------------------------------------- */

struct rnni_safetensors_tensor {
    const char *name;
    const char *dtype; /* "F32" and so on, one of the format's names */
    size_t rank;
    uint64_t shape[RNNI_SAFETENSORS_RANK]; /* as the header has it: size_t may be too narrow */
    uint64_t begin, end;                   /* bytes in the data */
    const char *checksum;                  /* what __metadata__ has of it, or NULL */
};

struct rnni_safetensors_note {
    const char *key;
    const char *value;
};

struct rnni_safetensors_name { /* of a table sorted by name */
    const char *name;
    size_t index;
};

/* A file whose header is parsed.  All zeros is an empty one. */
struct rnni_safetensors {
    struct rnni_safetensors_tensor *tensors; /* [tensor_count], in the order of their data; names differ */
    size_t tensor_count;
    struct rnni_safetensors_note *notes; /* [note_count], __metadata__ in the order of the header; keys differ */
    size_t note_count;
    struct rnni_file file; /* the caller's, which must stay open as long as tensors are read */
    uint64_t data;         /* where the data begins in it */
    unsigned char *room;   /* for a piece of the data, or NULL for a file in memory */

    char *text;                                 /* all strings, one after the other */
    struct rnni_safetensors_name *tensor_names; /* [tensor_count] */
    struct rnni_safetensors_name *note_names;   /* [note_count] */
};

/* Reads the header, checks everything that the format demands and fills `out`, which is all zeros again after a
 * failure.  RNN_E_IO: as rnni_file_read.  RNN_E_FORMAT: malformed, or another size than the header tells.
 * RNN_E_UNSUPPORTED: a rank above 8, or a dtype that the format does not know (yet).
 * Memory: at most a small multiple of the header's actual bytes, whatever numbers it holds, and a piece. */
int32_t rnni_safetensors_open(struct rnni_safetensors *out, const struct rnni_file *file, const char *function);
/* The same for bytes in memory, which must live as long as tensors are read. */
int32_t rnni_safetensors_parse(struct rnni_safetensors *out, const unsigned char *bytes, size_t count,
                               const char *function);
void rnni_safetensors_release(struct rnni_safetensors *file); /* takes a half-built one, NULL and all zeros */

/* By name; NULL where there is none. */
const struct rnni_safetensors_tensor *rnni_safetensors_find(const struct rnni_safetensors *file, const char *name);
const char *rnni_safetensors_metadata(const struct rnni_safetensors *file, const char *key);

/* Fills tensor_names [tensor_count] from the tensors, for rnni_safetensors_find.  RNN_E_FORMAT: two names are equal. */
int32_t rnni_safetensors_sort_names(struct rnni_safetensors *file, const char *function);

/* Is the tensor F32, F16, BF16 or F64 (else RNN_E_UNSUPPORTED) and of this shape (else RNN_E_FORMAT)? */
int32_t rnni_safetensors_expect(const struct rnni_safetensors_tensor *tensor, const size_t *shape, size_t rank,
                                const char *function);
/* The numbers of a tensor that rnni_safetensors_expect has let pass.  F16 and BF16 are widened, which is exact; F64 is
 * rounded to the nearest float.
 * RNN_E_IO: as rnni_file_read.  RNN_E_FORMAT: the file has a checksum of the tensor, which its bytes do not give.
 * `out` is then in an unknown state. */
int32_t rnni_safetensors_read_floats(float *out, const struct rnni_safetensors *file,
                                     const struct rnni_safetensors_tensor *tensor, const char *function);

/* Does the tensor begin at `begin` of the data, and is it as long as its dtype and shape say?  For the parser. */
int32_t rnni_safetensors_check(const struct rnni_safetensors_tensor *tensor, uint64_t begin, const char *function);

/* ---- writing -------------------------------------------------------------------------------------------------- */

struct rnni_safetensors_source {
    const char *name;
    const size_t *shape; /* [rank] */
    size_t rank;
    const float *values; /* the product of shape */
};

/* What a file is to hold.  Names and keys must be UTF-8 and differ. */
struct rnni_safetensors_content {
    const struct rnni_safetensors_note *notes;
    size_t note_count;
    const struct rnni_safetensors_source *tensors;
    size_t tensor_count;
    bool checksums;     /* behind the notes, that of each tensor */
    bool bf16_matrices; /* tensors of several dimensions are BF16 in the file, rounded to the nearest; else all are F32
                         */
    const float *exact; /* the values of a tensor that is F32 in every file; NULL: there is none */
};

/* The size of the file in bytes.  RNN_E_UNSUPPORTED: the header would be longer than the format allows. */
int32_t rnni_safetensors_size(size_t *size, const struct rnni_safetensors_content *content, const char *function);
/* Writes exactly that many bytes; the same content always gives the same bytes. */
void rnni_safetensors_write(unsigned char *out, const struct rnni_safetensors_content *content);

#endif
