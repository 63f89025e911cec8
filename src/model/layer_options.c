#include "model/layer_options.h"

#include "base/assertion.h"
#include "base/option_rows.h"
#include "math/activation.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define SIZE_MOST    INT32_MAX
#define LARGEST      1e30
#define PROBABILITY  0.99
#define FIELD(field) "rnn." #field, offsetof(struct rnni_layer_options, field)

static const struct rnni_option options_of_layers[] = {
    INTEGER(RNN_OUTPUT_SIZE, output_size, 0, SIZE_MOST),
    INTEGER(RNN_KERNEL_SIZE, kernel_size, 1, SIZE_MOST),
    INTEGER(RNN_STRIDE, stride, 1, SIZE_MOST),
    INTEGER(RNN_DILATION, dilation, 1, SIZE_MOST),
    INTEGER(RNN_GROUPS, groups, 1, SIZE_MOST),
    INTEGER(RNN_PADDING, padding, RNN_PADDING_CAUSAL, RNN_PADDING_NONE),
    INTEGER(RNN_BIAS, bias, 0, 1),
    INTEGER(RNN_TIED, tied, 0, 1),
    INTEGER(RNN_ACTIVATION, activation, 0, RNNI_ACTIVATION_LAST),
    INTEGER(RNN_SOURCE, source, RNN_SOURCE_INPUT, SIZE_MOST),
    INTEGER(RNN_MERGE, merge, RNN_MERGE_CONCATENATE, RNN_MERGE_SUM),
    INTEGER(RNN_OUTPUT, output, RNN_OUTPUT_LAST_STEP, RNN_OUTPUT_MAXIMUM),
    INTEGER(RNN_INIT_INPUT, init_input, RNN_INIT_UNIFORM, RNN_INIT_XAVIER),
    INTEGER(RNN_INIT_BIAS, init_bias, RNN_INIT_UNIFORM, RNN_INIT_ZERO),
    REAL(RNN_ALPHA, alpha, -LARGEST, LARGEST),
    REAL(RNN_BETA, beta, -LARGEST, LARGEST),
    REAL(RNN_DROPOUT, dropout, 0, PROBABILITY),
    REAL(RNN_EPSILON, epsilon, 0, LARGEST),
    REAL(RNN_INIT_RANGE, init_range, 0, LARGEST),
    TEXT(RNN_PREFIX, prefix),
};

const struct rnni_option_table rnni_layer_options_table = {options_of_layers,
                                                           sizeof options_of_layers / sizeof *options_of_layers};

/* ---- kinds ------------------------------------------------------------------------------------------------------- */

const char *rnni_layer_options_kind_name(int64_t kind)
{
    static const char *const names[] = {"",
                                        "RNN_KIND_RECURRENT",
                                        "RNN_KIND_DENSE",
                                        "RNN_KIND_CONV1D",
                                        "RNN_KIND_EMBEDDING",
                                        "RNN_KIND_AFFINE",
                                        "RNN_KIND_LAYER_NORM",
                                        "RNN_KIND_RMS_NORM",
                                        "RNN_KIND_DROPOUT",
                                        "RNN_KIND_ACTIVATION",
                                        "RNN_KIND_POOLING",
                                        "RNN_KIND_SKIP",
                                        "RNN_KIND_MAGNITUDE"};
    RNNI_ASSERT(kind >= 1 && kind <= RNNI_LAYER_KIND_LAST);
    return names[kind];
}

#define OF(kind) (1 << RNN_KIND_##kind)
#define WEIGHTS  (OF(DENSE) | OF(CONV1D))

/* The options of a network that are not those of a recurrent layer: its input, its head, and what it is as a whole. */
static const int32_t of_the_network[] = {RNN_INPUT_SIZE, RNN_VOCABULARY, RNN_EMBEDDING_SIZE, RNN_CLASSES,   RNN_SEED,
                                         RNN_PRODUCTS,   RNN_OUTPUT,     RNN_EMBEDDING_NAME, RNN_HEAD_NAME, RNN_TIED,
                                         RNN_CRF,        RNN_CRF_NAME,   RNN_PRECISION};

static int recurrent_has(int32_t key)
{
    for (size_t i = 0; i < sizeof of_the_network / sizeof *of_the_network; i++)
        if (of_the_network[i] == key)
            return 0;
    return 1;
}

int rnni_layer_options_has(int64_t kind, int32_t key)
{
    static const struct rnni_option_owner owners[] = {
        {RNN_OUTPUT_SIZE, WEIGHTS | OF(EMBEDDING)},
        {RNN_KERNEL_SIZE, OF(CONV1D)},
        {RNN_STRIDE, OF(CONV1D)},
        {RNN_DILATION, OF(CONV1D)},
        {RNN_GROUPS, OF(CONV1D)},
        {RNN_PADDING, OF(CONV1D)},
        {RNN_BIAS, WEIGHTS | OF(LAYER_NORM)},
        {RNN_TIED, OF(DENSE)},
        {RNN_ACTIVATION, WEIGHTS | OF(ACTIVATION)},
        {RNN_SOURCE, OF(SKIP)},
        {RNN_MERGE, OF(SKIP)},
        {RNN_OUTPUT, OF(POOLING)},
        {RNN_INIT_INPUT, WEIGHTS},
        {RNN_INIT_BIAS, WEIGHTS},
        {RNN_ALPHA, WEIGHTS | OF(ACTIVATION)},
        {RNN_BETA, WEIGHTS | OF(ACTIVATION)},
        {RNN_DROPOUT, OF(DROPOUT)},
        {RNN_EPSILON, OF(LAYER_NORM) | OF(RMS_NORM)},
        {RNN_INIT_RANGE, WEIGHTS},
        {RNN_PREFIX, WEIGHTS | OF(EMBEDDING) | OF(AFFINE) | OF(LAYER_NORM) | OF(RMS_NORM)},
    };
    if (kind == RNN_KIND_RECURRENT)
        return recurrent_has(key);
    return rnni_option_is_of(owners, sizeof owners / sizeof *owners, (int32_t)kind, key);
}

void rnni_layer_options_default(struct rnni_layer_options *options, int64_t kind, size_t index)
{
    memset(options, 0, sizeof *options);
    options->kind = kind;
    rnni_options_default(&options->stack);
    options->kernel_size = options->stride = options->dilation = options->groups = 1;
    options->padding = RNN_PADDING_CAUSAL;
    options->bias = 1;
    options->source = RNN_SOURCE_INPUT;
    options->merge = RNN_MERGE_CONCATENATE;
    options->output = RNN_OUTPUT_LAST_STEP;
    options->init_input = RNN_INIT_UNIFORM;
    options->init_bias = RNN_INIT_UNIFORM;
    options->alpha = options->beta = (double)NAN;
    options->epsilon = kind == RNN_KIND_RMS_NORM ? 0x1p-23 : 1e-5; /* PyTorch's */
    snprintf(options->prefix, sizeof options->prefix, "%zu.", index);
    memcpy(options->stack.prefix, options->prefix, sizeof options->prefix);
}

int rnni_layer_options_at_default(const struct rnni_layer_options *options, const struct rnni_option *option,
                                  size_t index)
{
    struct rnni_layer_options standard;
    rnni_layer_options_default(&standard, options->kind, index);
    return rnni_option_equal(rnni_layer_options_values(options), rnni_layer_options_values(&standard), option);
}

/* ---- setting and getting ----------------------------------------------------------------------------------------- */

void *rnni_layer_options_values(const struct rnni_layer_options *options)
{
    const void *values = options->kind == RNN_KIND_RECURRENT ? (const void *)&options->stack : options;
    return (void *)(uintptr_t)values;
}

const struct rnni_option_table *rnni_layer_options_table_of(const struct rnni_layer_options *options)
{
    return options->kind == RNN_KIND_RECURRENT ? &rnni_options_all : &rnni_layer_options_table;
}

/* A key that is an option of other layers or of the network gets a message of its own. */
static int32_t check_key(const struct rnni_layer_options *options, int32_t key, struct rnni_message *message,
                         const char *function)
{
    const struct rnni_option_table *tables[] = {&rnni_options_all, &rnni_layer_options_table};
    const struct rnni_option *own = rnni_option_find(rnni_layer_options_table_of(options), key), *option = own;
    for (size_t i = 0; i < 2 && !option; i++)
        option = rnni_option_find(tables[i], key);
    if (!option || (own && rnni_layer_options_has(options->kind, key)))
        return RNN_OK; /* one that is in no table is found out below */
    return rnni_status_fail(message, RNN_E_VALUE, "%s: key %s is not an option of %s", function, option->key_name,
                            rnni_layer_options_kind_name(options->kind));
}

int32_t rnni_layer_options_set_int(struct rnni_layer_options *options, int32_t key, int64_t value,
                                   struct rnni_message *message, const char *function)
{
    RNNI_TRY(check_key(options, key, message, function));
    if (options->kind == RNN_KIND_RECURRENT)
        return rnni_options_set_int(&options->stack, key, value, message, function);
    RNNI_TRY(rnni_options_check_int(key, value, message, function));
    return rnni_option_set_int(&rnni_layer_options_table, options, key, value, message, function);
}

int32_t rnni_layer_options_set_real(struct rnni_layer_options *options, int32_t key, double value,
                                    struct rnni_message *message, const char *function)
{
    RNNI_TRY(check_key(options, key, message, function));
    return rnni_option_set_real(rnni_layer_options_table_of(options), rnni_layer_options_values(options), key, value,
                                message, function);
}

int32_t rnni_layer_options_set_text(struct rnni_layer_options *options, int32_t key, const char *value,
                                    struct rnni_message *message, const char *function)
{
    RNNI_TRY(check_key(options, key, message, function));
    return rnni_option_set_text(rnni_layer_options_table_of(options), rnni_layer_options_values(options), key, value,
                                message, function);
}

int32_t rnni_layer_options_get_int(const struct rnni_layer_options *options, int64_t *value, int32_t key,
                                   struct rnni_message *message, const char *function)
{
    RNNI_TRY(check_key(options, key, message, function));
    return rnni_option_get_int(rnni_layer_options_table_of(options), rnni_layer_options_values(options), value, key,
                               message, function);
}

int32_t rnni_layer_options_get_real(const struct rnni_layer_options *options, double *value, int32_t key,
                                    struct rnni_message *message, const char *function)
{
    RNNI_TRY(check_key(options, key, message, function));
    return rnni_option_get_real(rnni_layer_options_table_of(options), rnni_layer_options_values(options), value, key,
                                message, function);
}

int32_t rnni_layer_options_get_text(const struct rnni_layer_options *options, const char **value, int32_t key,
                                    struct rnni_message *message, const char *function)
{
    RNNI_TRY(check_key(options, key, message, function));
    return rnni_option_get_text(rnni_layer_options_table_of(options), rnni_layer_options_values(options), value, key,
                                message, function);
}

/* ---- in files ---------------------------------------------------------------------------------------------------- */

const struct rnni_option *rnni_layer_options_find(const struct rnni_layer_options *options, const char *name)
{
    const struct rnni_option_table *options_of = rnni_layer_options_table_of(options);
    for (size_t i = 0; i < options_of->count; i++) {
        const struct rnni_option *option = &options_of->options[i];
        if (option->note && !strcmp(option->note + strlen("rnn."), name))
            return rnni_layer_options_has(options->kind, option->key) ? option : NULL;
    }
    return NULL;
}

int rnni_layer_options_read(struct rnni_layer_options *options, const struct rnni_option *option, const char *text)
{
    struct rnni_layer_options read = *options;
    void *values = rnni_layer_options_values(&read);
    if (rnni_option_read(values, option, text))
        return 0;
    if (option->kind == RNNI_INTEGER &&
        rnni_options_check_int(option->key, *(const int64_t *)((const char *)values + option->field), NULL, ""))
        return 0;
    *options = read;
    return 1;
}
