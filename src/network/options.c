#include "network/options.h"

#include <inttypes.h>
#include <stddef.h>

#define SIZE_MOST INT32_MAX
#define INTEGER(key, field, least, most)                                                                               \
    {                                                                                                                  \
        key, 0, #key, "rnn." #field, offsetof(struct rnni_options, field), least, most                                 \
    }
#define REAL(key, field)                                                                                               \
    {                                                                                                                  \
        key, 1, #key, "rnn." #field, offsetof(struct rnni_options, field), 0, 0                                        \
    }

const struct rnni_option rnni_options_table[] = {
    INTEGER(RNN_CELL, cell, RNN_CELL_TANH, RNN_CELL_TANH),
    INTEGER(RNN_INPUT_SIZE, input_size, 0, SIZE_MOST),
    INTEGER(RNN_VOCABULARY, vocabulary, 0, SIZE_MOST),
    INTEGER(RNN_EMBEDDING_SIZE, embedding_size, 0, SIZE_MOST),
    INTEGER(RNN_HIDDEN_SIZE, hidden_size, 1, SIZE_MOST),
    INTEGER(RNN_LAYERS, layers, 1, 1024),
    INTEGER(RNN_CLASSES, classes, 0, SIZE_MOST),
    INTEGER(RNN_SEED, seed, INT64_MIN, INT64_MAX),
    REAL(RNN_INIT_RANGE, init_range),
};
const size_t rnni_options_count = sizeof rnni_options_table / sizeof *rnni_options_table;

void rnni_options_default(struct rnni_options *options)
{
    *options = (struct rnni_options){.cell = RNN_CELL_TANH, .layers = 1};
}

static int32_t find(const struct rnni_option **found, int32_t key, int real, struct rnni_sentence *sentence,
                    const char *function)
{
    for (const struct rnni_option *o = rnni_options_table; o < rnni_options_table + rnni_options_count; o++) {
        if (o->key != key)
            continue;
        *found = o;
        if (o->real == real)
            return RNN_OK;
        return rnni_status_fail(sentence, RNN_E_VALUE, "%s: key %s is %s option: expected %s", function, o->key_name,
                                o->real ? "a real" : "an integer",
                                o->real ? "the _real function" : "the _int function");
    }
    return rnni_status_fail(sentence, RNN_E_VALUE, "%s: key is %" PRId32 ", which is no option", function, key);
}

static void *field(const struct rnni_options *options, const struct rnni_option *option)
{
    return (char *)(uintptr_t)options + option->field;
}

int32_t rnni_options_set_int(struct rnni_options *options, int32_t key, int64_t value, struct rnni_sentence *sentence,
                             const char *function)
{
    const struct rnni_option *option = NULL;
    int32_t status = find(&option, key, 0, sentence, function);
    if (status)
        return status;
    if (value < option->least || value > option->most)
        return rnni_status_fail(sentence, RNN_E_VALUE,
                                "%s: value of %s is %" PRId64 ", expected %" PRId64 " to %" PRId64, function,
                                option->key_name, value, option->least, option->most);
    *(int64_t *)field(options, option) = value;
    return RNN_OK;
}

int32_t rnni_options_set_real(struct rnni_options *options, int32_t key, double value, struct rnni_sentence *sentence,
                              const char *function)
{
    const struct rnni_option *option = NULL;
    int32_t status = find(&option, key, 1, sentence, function);
    if (status)
        return status;
    if (!(value >= 0 && value <= 1e30))
        return rnni_status_fail(sentence, RNN_E_VALUE, "%s: value of %s is %g, expected 0 to 1e30", function,
                                option->key_name, value);
    *(double *)field(options, option) = value;
    return RNN_OK;
}

int32_t rnni_options_get_int(const struct rnni_options *options, int64_t *value, int32_t key,
                             struct rnni_sentence *sentence, const char *function)
{
    const struct rnni_option *option = NULL;
    int32_t status = find(&option, key, 0, sentence, function);
    if (status)
        return status;
    *value = *(const int64_t *)field(options, option);
    return RNN_OK;
}

int32_t rnni_options_get_real(const struct rnni_options *options, double *value, int32_t key,
                              struct rnni_sentence *sentence, const char *function)
{
    const struct rnni_option *option = NULL;
    int32_t status = find(&option, key, 1, sentence, function);
    if (status)
        return status;
    *value = *(const double *)field(options, option);
    return RNN_OK;
}

int32_t rnni_options_check(const struct rnni_options *options, struct rnni_sentence *sentence, const char *function)
{
    if (!options->hidden_size)
        return rnni_status_fail(sentence, RNN_E_VALUE, "%s: RNN_HIDDEN_SIZE is not set", function);
    if (!options->input_size == !options->vocabulary)
        return rnni_status_fail(sentence, RNN_E_VALUE,
                                "%s: RNN_INPUT_SIZE is %" PRId64 " and RNN_VOCABULARY is %" PRId64
                                ", expected exactly one of them to be set",
                                function, options->input_size, options->vocabulary);
    if (options->embedding_size && !options->vocabulary)
        return rnni_status_fail(sentence, RNN_E_VALUE,
                                "%s: RNN_EMBEDDING_SIZE is %" PRId64 ", which needs RNN_VOCABULARY", function,
                                options->embedding_size);
    return RNN_OK;
}
