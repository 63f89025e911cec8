/* Safetensors of other writers, made in memory with any names and shapes, and what rnn_config_infer makes of them. */
#ifndef RNN_TESTS_BUILT_FILE_H
#define RNN_TESTS_BUILT_FILE_H

#include "support/support.h"

struct tensor {
    const char *name;     /* NULL: no more */
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
    unsigned char *at; /* [count], for free */
    size_t count;
};

/* Every value is the number of its tensor and its place in it, so that a mix-up shows. */
float built_value(size_t tensor, size_t place);
struct bytes built_file(const struct tensor *tensors);

rnn_config *new_config(void);
void set(rnn_config *config, int32_t key, int64_t value);
void assert_option(rnn_config *config, int32_t key, int64_t expected);

struct inferred {
    int64_t cell, inputs, vocabulary, embedding, hidden, layers, classes, direction, bias, projection;
};
void assert_inferred(rnn_config *config, struct inferred inferred);

/* The file is told as it should be, its network can be made, and its values are where their names say.  Destroys the
 * configuration. */
void check_inferred(rnn_config *config, const struct tensor *tensors, struct inferred inferred);

/* The last message. */
void assert_message(const char *function, const char *part);

/* The file is refused with a message that has `part`, and the configuration is as it was. */
void refuse_to_infer(const struct tensor *tensors, int32_t status, const char *part);

#endif
