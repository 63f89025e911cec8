/* The options of a network and the one table that describes them: everything else that speaks of options (the setters,
 * the getters, the metadata of a checkpoint) is derived from it. */
#ifndef RNNI_OPTIONS_H
#define RNNI_OPTIONS_H

#include "base/status.h"

struct rnni_options {
    int64_t cell, input_size, vocabulary, embedding_size, hidden_size, layers, classes, seed;
    double init_range;
};

struct rnni_option {
    int32_t key;
    int real;             /* 1: set_real, 0: set_int */
    const char *key_name; /* "RNN_HIDDEN_SIZE" */
    const char *note;     /* its name in a checkpoint: "rnn.hidden_size" */
    size_t field;         /* offset in struct rnni_options */
    int64_t least, most;  /* of an integer */
};

extern const struct rnni_option rnni_options_table[];
extern const size_t rnni_options_count;

void rnni_options_default(struct rnni_options *options);

/* Set and get check the key, its kind and the range of the value; `function` begins the sentence of a failure. */
int32_t rnni_options_set_int(struct rnni_options *options, int32_t key, int64_t value, struct rnni_sentence *sentence,
                             const char *function);
int32_t rnni_options_set_real(struct rnni_options *options, int32_t key, double value, struct rnni_sentence *sentence,
                              const char *function);
int32_t rnni_options_get_int(const struct rnni_options *options, int64_t *value, int32_t key,
                             struct rnni_sentence *sentence, const char *function);
int32_t rnni_options_get_real(const struct rnni_options *options, double *value, int32_t key,
                              struct rnni_sentence *sentence, const char *function);

/* Whether the options together describe a network. */
int32_t rnni_options_check(const struct rnni_options *options, struct rnni_sentence *sentence, const char *function);

#endif
