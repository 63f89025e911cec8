/* Which options go together. */
#include "model/options.h"

#include "cells/registry.h"
#include "math/activation.h"
#include "model/cell_form.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- input and sizes --------------------------------------------------------------------------------------------- */

static int32_t check_sizes(const struct rnni_options *options, struct rnni_message *message, const char *function)
{
    if (!options->hidden_size)
        return rnni_status_fail(message, RNN_E_VALUE, "%s: RNN_HIDDEN_SIZE is not set", function);
    if (!options->input_size == !options->vocabulary)
        return rnni_status_fail(message, RNN_E_VALUE,
                                "%s: RNN_INPUT_SIZE is %" PRId64 " and RNN_VOCABULARY is %" PRId64
                                ", expected exactly one of them above 0",
                                function, options->input_size, options->vocabulary);
    if (options->embedding_size && !options->vocabulary)
        return rnni_status_fail(message, RNN_E_VALUE,
                                "%s: RNN_EMBEDDING_SIZE is %" PRId64 ", which needs RNN_VOCABULARY", function,
                                options->embedding_size);
    return RNN_OK;
}

/* The products take their sizes as int, so what follows from the options must be one, too. */
static int32_t check_derived_sizes(const struct rnni_options *o, struct rnni_message *message, const char *function)
{
    struct rnni_cell_form form = rnni_cell_form_of(o);
    if (form.gates * (uint64_t)o->hidden_size > INT32_MAX)
        return rnni_status_fail(message, RNN_E_VALUE,
                                "%s: %zu gates of RNN_HIDDEN_SIZE %" PRId64 " are more than %" PRId32 " rows", function,
                                form.gates, o->hidden_size, INT32_MAX);
    if (o->direction == RNN_DIRECTION_BOTH && o->merge == RNN_MERGE_CONCATENATE && form.width > INT32_MAX / 2)
        return rnni_status_fail(message, RNN_E_VALUE,
                                "%s: two directions of %zu elements are more than %" PRId32 " features", function,
                                form.width, INT32_MAX);
    return RNN_OK;
}

/* ---- what a cell has --------------------------------------------------------------------------------------------- */

static int32_t check_owners(const struct rnni_options *options, struct rnni_message *message, const char *function)
{
    const struct rnni_cell *cell = rnni_registry_cell(options->cell);
    for (size_t i = 0; i < rnni_options_count; i++) {
        const struct rnni_option *option = &rnni_options_table[i];
        if (!rnni_registry_has_option(cell, option->key) && !rnni_options_at_default(options, option))
            return rnni_status_fail(message, RNN_E_VALUE, "%s: %s is set, but %s does not have it", function,
                                    option->key_name, cell->name);
    }
    return RNN_OK;
}

/* ---- activations ------------------------------------------------------------------------------------------------- */

static int32_t check_activation(char letter, int64_t kind, double alpha, double beta, struct rnni_message *message,
                                const char *function)
{
    if (!kind && (!isnan(alpha) || !isnan(beta)))
        return rnni_status_fail(message, RNN_E_VALUE, "%s: RNN_%s_%c is set, which needs RNN_ACTIVATION_%c", function,
                                isnan(alpha) ? "BETA" : "ALPHA", letter, letter);
    const char *expected = kind ? rnni_activation_objection(kind, alpha, beta) : NULL;
    if (expected)
        return rnni_status_fail(message, RNN_E_VALUE, "%s: RNN_ALPHA_%c is %g and RNN_BETA_%c is %g: %s needs %s",
                                function, letter, alpha, letter, beta, rnni_activation_name(kind), expected);
    return RNN_OK;
}

static int32_t check_activations(const struct rnni_options *o, struct rnni_message *message, const char *function)
{
    RNNI_TRY(check_activation('F', o->activation_f, o->alpha_f, o->beta_f, message, function));
    RNNI_TRY(check_activation('G', o->activation_g, o->alpha_g, o->beta_g, message, function));
    return check_activation('H', o->activation_h, o->alpha_h, o->beta_h, message, function);
}

/* ---- options without effect -------------------------------------------------------------------------------------- */

/* Whether any tensor starts by that rule. */
static int starts_by(const struct rnni_options *o, enum rnni_cell_start start)
{
    struct rnni_cell_form form = rnni_cell_form_of(o);
    for (enum rnni_role role = 0; role < RNNI_ROLES; role++)
        if (rnni_cell_has(&form, role) && form.cell->tensors[role].start == start)
            return 1;
    return o->classes && (start == RNNI_START_INPUT || start == RNNI_START_BIAS); /* the head */
}

/* Whether RNN_INIT_RANGE decides how any tensor starts. */
static int starts_uniform(const struct rnni_options *o)
{
    return (o->init_input == RNN_INIT_UNIFORM && starts_by(o, RNNI_START_INPUT)) ||
           (o->init_recurrent == RNN_INIT_UNIFORM && starts_by(o, RNNI_START_RECURRENT)) ||
           (o->init_bias == RNN_INIT_UNIFORM && starts_by(o, RNNI_START_BIAS));
}

void rnni_options_drop_idle(struct rnni_options *options)
{
    if (options->layers == 1) {
        options->dropout = 0;
        options->residual = 0;
    }
    if (!starts_by(options, RNNI_START_BIAS))
        options->init_bias = RNN_INIT_UNIFORM;
    if (!starts_uniform(options))
        options->init_range = 0;
}

/* ---- pairs ------------------------------------------------------------------------------------------------------- */

int64_t rnni_options_features(const struct rnni_options *o)
{
    int64_t width = o->projection_size ? o->projection_size : o->hidden_size;
    return o->direction == RNN_DIRECTION_BOTH && o->merge == RNN_MERGE_CONCATENATE ? 2 * width : width;
}

static int32_t check_pairs(const struct rnni_options *o, struct rnni_message *message, const char *function)
{
    const struct {
        int wrong;
        const char *what;
    } pairs[] = {
        {o->merge == RNN_MERGE_SUM && o->direction != RNN_DIRECTION_BOTH,
         "RNN_MERGE is RNN_MERGE_SUM, which needs RNN_DIRECTION_BOTH"},
        {o->layer_norm && o->reset == RNN_RESET_BEFORE, "RNN_LAYER_NORM is set, which needs RNN_RESET_AFTER"},
        {!isnan(o->forget_bias) && !o->bias, "RNN_FORGET_BIAS is set, which needs RNN_BIAS"},
        {!isnan(o->forget_bias) && o->couple == RNN_COUPLE_FORGET,
         "RNN_FORGET_BIAS is set, but with RNN_COUPLE_FORGET there is no forget gate"},
        {o->init_bias != RNN_INIT_UNIFORM && !starts_by(o, RNNI_START_BIAS),
         "RNN_INIT_BIAS is set, but there is no bias"},
        {o->dropout > 0 && o->layers == 1,
         "RNN_DROPOUT is set, but acts only between layers: RNN_LAYERS is 1, expected at least 2"},
        {o->tied && !o->embedding_size, "RNN_TIED is set, which needs RNN_EMBEDDING_SIZE"},
        {o->tied && o->classes != o->vocabulary, "RNN_TIED is set: RNN_CLASSES and RNN_VOCABULARY differ"},
        {o->tied && o->embedding_size != rnni_options_features(o),
         "RNN_TIED is set: RNN_EMBEDDING_SIZE and the features of the top layer (F) differ"},
        {o->crf && !o->classes, "RNN_CRF is set, which needs RNN_CLASSES"},
        {o->crf && o->output != RNN_OUTPUT_EVERY_STEP, "RNN_CRF is set, which needs RNN_OUTPUT_EVERY_STEP"},
        {o->residual && o->layers == 1,
         "RNN_RESIDUAL is set, but acts from the second layer on: RNN_LAYERS is 1, expected at least 2"},
        {o->init_range > 0 && !starts_uniform(o), "RNN_INIT_RANGE is set, but no tensor starts as RNN_INIT_UNIFORM"},
        {o->clip > 0 && o->clip < (double)FLT_MIN, "RNN_CLIP is too small for a float"},
        {o->cell_clip > 0 && o->cell_clip < (double)FLT_MIN, "RNN_CELL_CLIP is too small for a float"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (pairs[i].wrong)
            return rnni_status_fail(message, RNN_E_VALUE, "%s: %s", function, pairs[i].what);
    return RNN_OK;
}

/* Tensors are found by their names, so no two may have the same. */
static int32_t check_names(const struct rnni_options *o, struct rnni_message *message, const char *function)
{
    if (o->embedding_size && o->classes && !strcmp(o->embedding_name, o->head_name))
        return rnni_status_fail(message, RNN_E_VALUE, "%s: RNN_EMBEDDING_NAME and RNN_HEAD_NAME are both \"%s\"",
                                function, o->head_name);
    return RNN_OK;
}

/* What a cell mixes into its output must be as wide as that is, in every layer. */
static int32_t check_mixed_input(const struct rnni_options *o, struct rnni_message *message, const char *function)
{
    const struct rnni_cell *cell = rnni_registry_cell(o->cell);
    int64_t inputs = o->vocabulary ? o->embedding_size : o->input_size;
    if (!cell->mixes_input)
        return RNN_OK;
    if (inputs != o->hidden_size)
        return rnni_status_fail(message, RNN_E_VALUE,
                                "%s: %s is %" PRId64 " and RNN_HIDDEN_SIZE is %" PRId64
                                ", expected the same: %s mixes its input into its output",
                                function, o->vocabulary ? "RNN_EMBEDDING_SIZE" : "RNN_INPUT_SIZE", inputs,
                                o->hidden_size, cell->name);
    if (o->layers > 1 && o->direction == RNN_DIRECTION_BOTH && o->merge == RNN_MERGE_CONCATENATE)
        return rnni_status_fail(message, RNN_E_VALUE,
                                "%s: layers of two directions need RNN_MERGE_SUM: %s mixes its input into its output",
                                function, cell->name);
    return RNN_OK;
}

int32_t rnni_options_check(const struct rnni_options *options, struct rnni_message *message, const char *function)
{
    RNNI_TRY(check_sizes(options, message, function));
    RNNI_TRY(check_owners(options, message, function));
    RNNI_TRY(check_activations(options, message, function));
    RNNI_TRY(check_pairs(options, message, function));
    RNNI_TRY(check_names(options, message, function));
    RNNI_TRY(check_mixed_input(options, message, function));
    return check_derived_sizes(options, message, function);
}
