#include "model/options.h"

#include "base/option_rows.h"
#include "base/utf8.h"
#include "cells/registry.h"
#include "math/activation.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#define SIZE_MOST    INT32_MAX
#define FIELD(field) "rnn." #field, offsetof(struct rnni_options, field)
#define LARGEST      1e30
#define PROBABILITY  0.99

const struct rnni_option rnni_options_table[] = {
    INTEGER(RNN_CELL, cell, 1, RNNI_REGISTRY_LAST),
    INTEGER(RNN_INPUT_SIZE, input_size, 0, SIZE_MOST),
    INTEGER(RNN_VOCABULARY, vocabulary, 0, SIZE_MOST),
    INTEGER(RNN_EMBEDDING_SIZE, embedding_size, 0, SIZE_MOST),
    INTEGER(RNN_HIDDEN_SIZE, hidden_size, 1, SIZE_MOST),
    INTEGER(RNN_LAYERS, layers, 1, 1024),
    INTEGER(RNN_CLASSES, classes, 0, SIZE_MOST),
    INTEGER(RNN_SEED, seed, INT64_MIN, INT64_MAX),
    INTEGER(RNN_DIRECTION, direction, RNN_DIRECTION_FORWARD, RNN_DIRECTION_BOTH),
    INTEGER(RNN_MERGE, merge, RNN_MERGE_CONCATENATE, RNN_MERGE_SUM),
    INTEGER(RNN_BIAS, bias, 0, 1),
    INTEGER(RNN_PROJECTION_SIZE, projection_size, 0, SIZE_MOST),
    INTEGER(RNN_RESIDUAL, residual, 0, 1),
    INTEGER(RNN_OUTPUT, output, RNN_OUTPUT_EVERY_STEP, RNN_OUTPUT_MEAN),
    INTEGER(RNN_RESET, reset, RNN_RESET_AFTER, RNN_RESET_BEFORE),
    INTEGER(RNN_PEEPHOLES, peepholes, 0, 1),
    INTEGER(RNN_COUPLE, couple, 0, RNN_COUPLE_INPUT),
    INTEGER(RNN_LAYER_NORM, layer_norm, 0, 1),
    INTEGER(RNN_ACTIVATION_F, activation_f, 0, RNNI_ACTIVATION_LAST),
    INTEGER(RNN_ACTIVATION_G, activation_g, 0, RNNI_ACTIVATION_LAST),
    INTEGER(RNN_ACTIVATION_H, activation_h, 0, RNNI_ACTIVATION_LAST),
    INTEGER(RNN_INITIAL_STATE, initial_state, 0, 1),
    INTEGER(RNN_TIED, tied, 0, 1),
    INTEGER(RNN_CRF, crf, 0, 1),
    INTEGER(RNN_INIT_INPUT, init_input, RNN_INIT_UNIFORM, RNN_INIT_XAVIER),
    INTEGER(RNN_INIT_RECURRENT, init_recurrent, RNN_INIT_UNIFORM, RNN_INIT_ORTHOGONAL),
    INTEGER(RNN_INIT_BIAS, init_bias, RNN_INIT_UNIFORM, RNN_INIT_ZERO),
    {RNN_PRODUCTS, RNNI_INTEGER, "RNN_PRODUCTS", NULL, offsetof(struct rnni_options, products), RNN_PRODUCTS_AUTOMATIC,
     RNN_PRODUCTS_CBLAS, 0, 0, 0}, /* in no file: it is no property of a network */
    {RNN_PRECISION, RNNI_INTEGER, "RNN_PRECISION", NULL, offsetof(struct rnni_options, precision),
     RNN_PRECISION_FLOAT32, RNN_PRECISION_INT8, 0, 0, 0}, /* nor is this */
    REAL(RNN_INIT_RANGE, init_range, 0, LARGEST),
    REAL(RNN_FORGET_BIAS, forget_bias, -LARGEST, LARGEST),
    REAL(RNN_DROPOUT, dropout, 0, PROBABILITY),
    REAL(RNN_RECURRENT_DROPOUT, recurrent_dropout, 0, PROBABILITY),
    REAL(RNN_ZONEOUT, zoneout, 0, PROBABILITY),
    REAL(RNN_ZONEOUT_CELL, zoneout_cell, 0, PROBABILITY),
    REAL(RNN_CLIP, clip, 0, LARGEST),
    REAL(RNN_CELL_CLIP, cell_clip, 0, LARGEST),
    REAL(RNN_ALPHA_F, alpha_f, -LARGEST, LARGEST),
    REAL(RNN_BETA_F, beta_f, -LARGEST, LARGEST),
    REAL(RNN_ALPHA_G, alpha_g, -LARGEST, LARGEST),
    REAL(RNN_BETA_G, beta_g, -LARGEST, LARGEST),
    REAL(RNN_ALPHA_H, alpha_h, -LARGEST, LARGEST),
    REAL(RNN_BETA_H, beta_h, -LARGEST, LARGEST),
    TEXT(RNN_PREFIX, prefix),
    TEXT(RNN_EMBEDDING_NAME, embedding_name),
    TEXT(RNN_HEAD_NAME, head_name),
    TEXT(RNN_CRF_NAME, crf_name),
};
const size_t rnni_options_count = sizeof rnni_options_table / sizeof *rnni_options_table;

const struct rnni_option_table rnni_options_all = {rnni_options_table,
                                                   sizeof rnni_options_table / sizeof *rnni_options_table};

void rnni_options_default(struct rnni_options *options)
{
    *options = (struct rnni_options){
        .cell = 1,
        .layers = 1,
        .direction = RNN_DIRECTION_FORWARD,
        .merge = RNN_MERGE_CONCATENATE,
        .bias = 1,
        .output = RNN_OUTPUT_EVERY_STEP,
        .reset = RNN_RESET_AFTER,
        .init_input = RNN_INIT_UNIFORM,
        .init_recurrent = RNN_INIT_UNIFORM,
        .init_bias = RNN_INIT_UNIFORM,
        .forget_bias = (double)NAN,
        .alpha_f = (double)NAN,
        .beta_f = (double)NAN,
        .alpha_g = (double)NAN,
        .beta_g = (double)NAN,
        .alpha_h = (double)NAN,
        .beta_h = (double)NAN,
        .embedding_name = "embedding.",
        .head_name = "head.",
        .crf_name = "crf.",
    };
}

int rnni_options_at_default(const struct rnni_options *options, const struct rnni_option *option)
{
    struct rnni_options standard;
    rnni_options_default(&standard);
    return rnni_option_equal(options, &standard, option);
}

int rnni_options_has_default(const struct rnni_options *options, int32_t key)
{
    return rnni_options_at_default(options, rnni_option_find(&rnni_options_all, key));
}

static int is_bias_init(int64_t value)
{
    return value != RNN_INIT_XAVIER && value != RNN_INIT_ORTHOGONAL;
}

int32_t rnni_options_check_int(int32_t key, int64_t value, struct rnni_message *message, const char *function)
{
    if (key == RNN_INIT_BIAS && !is_bias_init(value))
        return rnni_status_fail(message, RNN_E_VALUE,
                                "%s: value of RNN_INIT_BIAS is %" PRId64 ", expected RNN_INIT_UNIFORM or RNN_INIT_ZERO",
                                function, value);
    return RNN_OK;
}

int32_t rnni_options_set_int(struct rnni_options *options, int32_t key, int64_t value, struct rnni_message *message,
                             const char *function)
{
    RNNI_TRY(rnni_options_check_int(key, value, message, function));
    return rnni_option_set_int(&rnni_options_all, options, key, value, message, function);
}

int32_t rnni_options_set_real(struct rnni_options *options, int32_t key, double value, struct rnni_message *message,
                              const char *function)
{
    return rnni_option_set_real(&rnni_options_all, options, key, value, message, function);
}

int32_t rnni_options_set_text(struct rnni_options *options, int32_t key, const char *value,
                              struct rnni_message *message, const char *function)
{
    return rnni_option_set_text(&rnni_options_all, options, key, value, message, function);
}

int32_t rnni_options_get_int(const struct rnni_options *options, int64_t *value, int32_t key,
                             struct rnni_message *message, const char *function)
{
    return rnni_option_get_int(&rnni_options_all, options, value, key, message, function);
}

int32_t rnni_options_get_real(const struct rnni_options *options, double *value, int32_t key,
                              struct rnni_message *message, const char *function)
{
    return rnni_option_get_real(&rnni_options_all, options, value, key, message, function);
}

int32_t rnni_options_get_text(const struct rnni_options *options, const char **value, int32_t key,
                              struct rnni_message *message, const char *function)
{
    return rnni_option_get_text(&rnni_options_all, options, value, key, message, function);
}

int32_t rnni_options_read(struct rnni_options *options, const char *note, const char *text, const char *function)
{
    const struct rnni_option *option = rnni_option_find_note(&rnni_options_all, note);
    if (!option)
        return rnni_status_fail(NULL, RNN_E_UNSUPPORTED, "%s: unknown option %s in the checkpoint", function,
                                rnni_utf8_quote(note).text);
    int32_t status = rnni_option_read(options, option, text);
    if (status || !is_bias_init(options->init_bias))
        return rnni_status_fail(NULL, option->key == RNN_CELL ? RNN_E_UNSUPPORTED : RNN_E_FORMAT,
                                "%s: the checkpoint's %s is \"%s\", not supported by this version", function,
                                option->note, rnni_utf8_quote(text).text);
    return RNN_OK;
}
