/* The options of one layer of a list (RNN_KIND_... of rnn.h), and the one table that describes them.  A recurrent layer
 * has those of a network (options.h), without its input and its head. */
#ifndef RNNI_LAYER_OPTIONS_H
#define RNNI_LAYER_OPTIONS_H

#include "model/options.h"

struct rnni_layer_options {
    int64_t kind;              /* RNN_KIND_... */
    struct rnni_options stack; /* RNN_KIND_RECURRENT */
    int64_t output_size, kernel_size, stride, dilation, groups, padding;
    int64_t bias, tied, activation, source, merge, output, init_input, init_bias;
    double alpha, beta, dropout, epsilon, init_range;
    char prefix[RNNI_TEXT_SIZE];
};

#define RNNI_LAYER_KIND_LAST 12 /* kinds are 1 to this */

extern const struct rnni_option_table rnni_layer_options_table; /* of all kinds but the recurrent one */

const char *rnni_layer_options_kind_name(int64_t kind); /* "RNN_KIND_DENSE" */

/* Of layer `index`, whose tensors are named "{index}.weight" and so on. */
void rnni_layer_options_default(struct rnni_layer_options *options, int64_t kind, size_t index);

/* The struct and the table in which a layer's options are. */
void *rnni_layer_options_values(const struct rnni_layer_options *options);
const struct rnni_option_table *rnni_layer_options_table_of(const struct rnni_layer_options *options);

/* Whether a layer of that kind has the option. */
int rnni_layer_options_has(int64_t kind, int32_t key);

/* Set and get check the key, its kind and the range of the value; `function` begins the message of a failure. */
int32_t rnni_layer_options_set_int(struct rnni_layer_options *options, int32_t key, int64_t value,
                                   struct rnni_message *message, const char *function);
int32_t rnni_layer_options_set_real(struct rnni_layer_options *options, int32_t key, double value,
                                    struct rnni_message *message, const char *function);
int32_t rnni_layer_options_set_text(struct rnni_layer_options *options, int32_t key, const char *value,
                                    struct rnni_message *message, const char *function);
int32_t rnni_layer_options_get_int(const struct rnni_layer_options *options, int64_t *value, int32_t key,
                                   struct rnni_message *message, const char *function);
int32_t rnni_layer_options_get_real(const struct rnni_layer_options *options, double *value, int32_t key,
                                    struct rnni_message *message, const char *function);
int32_t rnni_layer_options_get_text(const struct rnni_layer_options *options, const char **value, int32_t key,
                                    struct rnni_message *message, const char *function);

/* The option that a file names so: "stride".  NULL where the layer has none of that name. */
const struct rnni_option *rnni_layer_options_find(const struct rnni_layer_options *options, const char *name);

/* From the text that stands for its value in a file; 0 where it takes no such value. */
int rnni_layer_options_read(struct rnni_layer_options *options, const struct rnni_option *option, const char *text);

/* Whether an option has its default value, of layer `index`. */
int rnni_layer_options_at_default(const struct rnni_layer_options *options, const struct rnni_option *option,
                                  size_t index);

#endif
