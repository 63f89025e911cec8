#include "model/equivalent_list.h"

#include "base/assertion.h"

#include <math.h>
#include <string.h>

const char *rnni_equivalent_list_objection(const struct rnni_options *options)
{
    if (options->output == RNN_OUTPUT_LAST_STEP && options->direction != RNN_DIRECTION_FORWARD)
        return "RNN_OUTPUT_LAST_STEP of a reverse direction is the step t = 0, and a pooling layer takes the last "
               "valid step";
    return NULL;
}

/* The kinds of the layers; their number. */
static size_t kinds_of(int64_t kinds[4], const struct rnni_options *options)
{
    size_t count = 0;
    if (options->embedding_size)
        kinds[count++] = RNN_KIND_EMBEDDING;
    kinds[count++] = RNN_KIND_RECURRENT;
    if (options->output != RNN_OUTPUT_EVERY_STEP)
        kinds[count++] = RNN_KIND_POOLING;
    if (options->classes)
        kinds[count++] = RNN_KIND_DENSE;
    return count;
}

size_t rnni_equivalent_list_count(const struct rnni_options *options)
{
    int64_t kinds[4];
    return kinds_of(kinds, options);
}

const char *rnni_equivalent_list_prefix(const struct rnni_options *options, int64_t kind)
{
    return kind == RNN_KIND_EMBEDDING ? options->embedding_name
           : kind == RNN_KIND_DENSE   ? options->head_name
                                      : options->prefix;
}

/* The options that a recurrent layer has; those that act on the head alone have no effect there. */
static void take_recurrent(struct rnni_layer_options *layer, const struct rnni_options *options)
{
    for (size_t i = 0; i < rnni_options_count; i++)
        if (rnni_layer_options_has(RNN_KIND_RECURRENT, rnni_options_table[i].key))
            rnni_option_copy(&layer->stack, options, &rnni_options_table[i]);
    rnni_options_drop_idle(&layer->stack);
}

/* The range of initial weights is that of the recurrent layers, which is not the rule of dense ones. */
static void take_head(struct rnni_layer_options *layer, const struct rnni_options *options)
{
    layer->output_size = options->classes;
    layer->tied = options->tied;
    layer->init_input = options->init_input;
    layer->init_bias = options->init_bias;
    layer->init_range = options->init_range;
    if (!(layer->init_range > 0) && rnni_options_features(options) != options->hidden_size)
        layer->init_range = 1 / sqrt((double)options->hidden_size);
}

void rnni_equivalent_list_layer(struct rnni_layer_options *layer, const struct rnni_options *options, size_t index)
{
    int64_t kinds[4] = {0};
    size_t count = kinds_of(kinds, options);
    RNNI_ASSERT(!rnni_equivalent_list_objection(options) && index < count);
    (void)count;
    rnni_layer_options_default(layer, kinds[index], index);
    if (kinds[index] == RNN_KIND_RECURRENT)
        take_recurrent(layer, options);
    else if (kinds[index] == RNN_KIND_DENSE)
        take_head(layer, options);
    else if (kinds[index] == RNN_KIND_EMBEDDING)
        layer->output_size = options->embedding_size;
    else
        layer->output = options->output;
    if (rnni_layer_options_has(kinds[index], RNN_PREFIX))
        memcpy(layer->prefix, rnni_equivalent_list_prefix(options, kinds[index]), sizeof layer->prefix);
}
