/* Safetensors files as other programs write them, built in memory with any names and shapes, and checks of what
 * rnn_config_infer makes of them. */
#ifndef RNN_TESTS_BUILT_FILE_H
#define RNN_TESTS_BUILT_FILE_H

#include "support/support.h"

struct tensor {
    const char *name;     /* NULL: end of the list */
    size_t rows, columns; /* columns 0: a vector */
};

#define TENSORS(...)                                                                                                   \
    (const struct tensor[])                                                                                            \
    {                                                                                                                  \
        __VA_ARGS__,                                                                                                   \
        {                                                                                                              \
            NULL, 0, 0                                                                                                 \
        }                                                                                                              \
    }

struct bytes {
    unsigned char *at; /* [count], to be freed */
    size_t count;
};

/* Every value encodes the index of its tensor and its index in it, so that exchanged values are found. */
float built_value(size_t tensor, size_t place);
struct bytes built_file(const struct tensor *tensors);
struct bytes file_with_header(const char *header, size_t data); /* of one's own, with so many bytes 0 behind it */

rnn_config *new_config(void);
void set(rnn_config *config, int32_t key, int64_t value);
void assert_option(rnn_config *config, int32_t key, int64_t expected);

struct inferred {
    int64_t cell, inputs, vocabulary, embedding, hidden, layers, classes, direction, bias, projection;
};
void assert_inferred(rnn_config *config, struct inferred inferred);

/* rnn_config_infer finds these options, a network of them can be created, and it loads every tensor under its name.
 * Destroys the configuration. */
void check_inferred(rnn_config *config, const struct tensor *tensors, struct inferred inferred);

/* The last error message begins with `function` and contains `part`. */
void assert_message(const char *function, const char *part);

/* rnn_config_infer refuses the file with a message that contains `part`, and the configuration is unchanged. */
void refuse_to_infer(const struct tensor *tensors, int32_t status, const char *part);
void refuse_to_infer_bytes(struct bytes bytes, int32_t status, const char *part); /* and frees them */

/* A tanh network of 3 inputs and 4 units without biases, with a CRF of 2 or 3 classes under the name `crf`, reads the
 * file: its transitions are tensor number `tensor` of it.  With `refusal` it refuses the file with a message that
 * contains that.  prefix: RNN_PREFIX, or NULL.  Frees the bytes. */
void load_tagger(const char *prefix, const char *crf, size_t classes, struct bytes bytes, size_t tensor,
                 const char *refusal);

#endif
