/* What the fuzz targets share. */
#ifndef RNN_FUZZ_H
#define RNN_FUZZ_H

#include "rnn.h"

#include <stddef.h>
#include <stdint.h>

/* For libFuzzer.  Bytes of any kind; a fault ends the program. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

/* Ends the program, with the line, if what must hold does not. */
#define fuzz_demand(condition) ((condition) ? (void)0 : fuzz_fail(#condition, __FILE__, __LINE__))
void fuzz_fail(const char *condition, const char *file, int line);

/* Whether the last message of this thread begins with the name of that function. */
int fuzz_message_is_of(const char *function);

/* The path of a file with these bytes, which lives until the next call. */
const char *fuzz_file_of(const uint8_t *bytes, size_t count);

/* What rnn_save_memory writes; free it. */
uint8_t *fuzz_saved(const rnn_model *model, size_t *size);

/* Two tokens, two hidden units, two classes: 18 parameters. */
rnn_model *fuzz_tiny_model(void);

/* The bytes as a source of numbers; 0 when they have ended. */
struct fuzz_bytes {
    const uint8_t *at;
    size_t left;
};
uint8_t fuzz_byte(struct fuzz_bytes *bytes);
int64_t fuzz_integer(struct fuzz_bytes *bytes);             /* mostly small */
double fuzz_real(struct fuzz_bytes *bytes);                 /* also NaN, infinities and subnormal numbers */
float *fuzz_floats(struct fuzz_bytes *bytes, size_t count); /* free it */
char *fuzz_text(struct fuzz_bytes *bytes);                  /* at most 255 bytes before its final 0; free it */

#endif
