/* The options of a network and the one table that describes them: everything else that speaks of options (the setters,
 * the getters, the metadata of a checkpoint) is derived from it. */
#ifndef RNNI_OPTIONS_H
#define RNNI_OPTIONS_H

#include "base/option.h"

/* Reals that are unset are not a number. */
struct rnni_options {
    int64_t cell, input_size, vocabulary, embedding_size, hidden_size, layers, classes, seed, products, precision;
    int64_t direction, merge, bias, projection_size, residual, output;
    int64_t reset, peepholes, couple, layer_norm, initial_state, tied, crf, activation_f, activation_g, activation_h;
    int64_t init_input, init_recurrent, init_bias;
    double init_range, forget_bias, dropout, recurrent_dropout, zoneout, zoneout_cell, clip, cell_clip;
    double alpha_f, beta_f, alpha_g, beta_g, alpha_h, beta_h;
    char prefix[RNNI_TEXT_SIZE], embedding_name[RNNI_TEXT_SIZE], head_name[RNNI_TEXT_SIZE];
    char crf_name[RNNI_TEXT_SIZE];
};

extern const struct rnni_option rnni_options_table[];
extern const size_t rnni_options_count;
extern const struct rnni_option_table rnni_options_all; /* the same */

void rnni_options_default(struct rnni_options *options);

/* Whether an option has its default value. */
int rnni_options_at_default(const struct rnni_options *options, const struct rnni_option *option);

int rnni_options_has_default(const struct rnni_options *options, int32_t key);

/* RNN_E_VALUE for a value within the range of the key that it does not take. */
int32_t rnni_options_check_int(int32_t key, int64_t value, struct rnni_message *message, const char *function);

/* Set and get check the key, its kind and the range of the value; `function` begins the message of a failure. */
int32_t rnni_options_set_int(struct rnni_options *options, int32_t key, int64_t value, struct rnni_message *message,
                             const char *function);
int32_t rnni_options_set_real(struct rnni_options *options, int32_t key, double value, struct rnni_message *message,
                              const char *function);
int32_t rnni_options_set_text(struct rnni_options *options, int32_t key, const char *value,
                              struct rnni_message *message, const char *function);
int32_t rnni_options_get_int(const struct rnni_options *options, int64_t *value, int32_t key,
                             struct rnni_message *message, const char *function);
int32_t rnni_options_get_real(const struct rnni_options *options, double *value, int32_t key,
                              struct rnni_message *message, const char *function);
int32_t rnni_options_get_text(const struct rnni_options *options, const char **value, int32_t key,
                              struct rnni_message *message, const char *function);

/* The option that a checkpoint names so.  RNN_E_UNSUPPORTED for one that is unknown and for a cell, RNN_E_FORMAT for
 * another value that this version does not take. */
int32_t rnni_options_read(struct rnni_options *options, const char *note, const char *text, const char *function);

/* Puts options that have no effect at their defaults: rnn_create refuses them, but earlier versions wrote them into
 * files (options_check.c). */
void rnni_options_drop_idle(struct rnni_options *options);

/* F (options_check.c). */
int64_t rnni_options_features(const struct rnni_options *options);

/* Whether the options together describe a network, and each of them has an effect (options_check.c). */
int32_t rnni_options_check(const struct rnni_options *options, struct rnni_message *message, const char *function);

#endif
