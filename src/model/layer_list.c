#include "model/layer_list.h"

#include "base/memory.h"
#include "math/activation.h"
#include "math/panels.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* While a list is made: who gets the message, and the beginning of it, which names the layer. */
struct maker {
    struct rnni_layer_list *list;
    struct rnni_layout *layout;
    const struct rnni_definition *definition;
    struct rnni_message *message;
    const char *function;
    char about[96]; /* "rnn_create: layer 2" */
};

static int32_t out_of_memory(const struct maker *maker)
{
    return rnni_status_fail(maker->message, RNN_E_MEMORY, "%s: out of memory for a list of %zu layers", maker->function,
                            maker->definition->layer_count);
}

/* ---- lengths ----------------------------------------------------------------------------------------------------- */

size_t rnni_layer_list_length(const struct rnni_list_layer *layer, size_t length, size_t waits)
{
    if (layer->options.kind == RNN_KIND_POOLING)
        return length > 0;
    return length > waits ? (length - waits - 1) / (size_t)layer->options.stride + 1 : 0;
}

size_t rnni_layer_list_waits(const struct rnni_list_layer *layer)
{
    return layer->options.kind == RNN_KIND_CONV1D && layer->options.padding == RNN_PADDING_NONE ? layer->reach : 0;
}

static int changes_length(const struct rnni_list_layer *layer)
{
    return layer->options.kind == RNN_KIND_POOLING ||
           (layer->options.kind == RNN_KIND_CONV1D && (layer->options.stride > 1 || rnni_layer_list_waits(layer)));
}

/* ---- tensors ----------------------------------------------------------------------------------------------------- */

static void add_weight(struct maker *maker, struct rnni_list_layer *layer, const size_t *shape, size_t rank)
{
    layer->tensors.weight = rnni_layout_add(maker->layout, layer->options.prefix, "weight", shape, rank);
    layer->tensors.weight_count = maker->layout->tensors[maker->layout->tensor_count - 1].count;
}

static void add_bias(struct maker *maker, struct rnni_list_layer *layer)
{
    layer->tensors.bias = rnni_layout_add(maker->layout, layer->options.prefix, "bias", &layer->outputs, 1);
    layer->tensors.bias_count = layer->outputs;
}

static void describe_product(struct rnni_list_layer *layer)
{
    struct rnni_layer_product *product = &layer->product;
    size_t groups = (size_t)layer->options.groups, kernel = (size_t)layer->options.kernel_size;
    product->groups = groups;
    product->inputs = rnni_memory_multiply(kernel, layer->inputs / groups);
    product->outputs = layer->outputs / groups;
}

/* ---- kinds: what leaves them ------------------------------------------------------------------------------------- */

static int32_t check_activation(const struct maker *maker, const struct rnni_layer_options *o)
{
    if (!o->activation && (!isnan(o->alpha) || !isnan(o->beta)))
        return rnni_status_fail(maker->message, RNN_E_VALUE, "%s: %s is set, which needs RNN_ACTIVATION", maker->about,
                                isnan(o->alpha) ? "RNN_BETA" : "RNN_ALPHA");
    const char *expected = o->activation ? rnni_activation_objection(o->activation, o->alpha, o->beta) : NULL;
    if (expected)
        return rnni_status_fail(maker->message, RNN_E_VALUE, "%s: RNN_ALPHA is %g and RNN_BETA is %g: %s needs %s",
                                maker->about, o->alpha, o->beta, rnni_activation_name(o->activation), expected);
    return RNN_OK;
}

static int32_t check_output_size(const struct maker *maker, const struct rnni_layer_options *o)
{
    if (!o->output_size)
        return rnni_status_fail(maker->message, RNN_E_VALUE, "%s: RNN_OUTPUT_SIZE is not set", maker->about);
    return RNN_OK;
}

/* The weight is the table of the embedding [V,E], so this is [O,K]. */
static int32_t tie(struct maker *maker, struct rnni_list_layer *layer)
{
    const struct rnni_list_layer *table = maker->list->layers;
    if (table->options.kind != RNN_KIND_EMBEDDING || table->inputs != layer->outputs || table->outputs != layer->inputs)
        return rnni_status_fail(
            maker->message, RNN_E_VALUE,
            "%s: RNN_TIED is set: expected an embedding of %zu tokens and %zu features as the first "
            "layer",
            maker->about, layer->outputs, layer->inputs);
    layer->tensors = table->tensors;
    return RNN_OK;
}

static int32_t make_dense(struct maker *maker, struct rnni_list_layer *layer)
{
    const struct rnni_layer_options *o = &layer->options;
    RNNI_TRY(check_output_size(maker, o));
    RNNI_TRY(check_activation(maker, o));
    layer->outputs = (size_t)o->output_size;
    size_t shape[] = {layer->outputs, layer->inputs};
    if (o->tied)
        RNNI_TRY(tie(maker, layer));
    else
        add_weight(maker, layer, shape, 2);
    if (o->bias)
        add_bias(maker, layer);
    describe_product(layer);
    return RNN_OK;
}

static int32_t make_conv1d(struct maker *maker, struct rnni_list_layer *layer)
{
    const struct rnni_layer_options *o = &layer->options;
    RNNI_TRY(check_output_size(maker, o));
    RNNI_TRY(check_activation(maker, o));
    layer->outputs = (size_t)o->output_size;
    size_t groups = (size_t)o->groups;
    if (layer->inputs % groups || layer->outputs % groups)
        return rnni_status_fail(maker->message, RNN_E_VALUE,
                                "%s: RNN_GROUPS is %zu, which does not divide %zu inputs and RNN_OUTPUT_SIZE %zu",
                                maker->about, groups, layer->inputs, layer->outputs);
    layer->reach = rnni_memory_multiply((size_t)o->kernel_size - 1, (size_t)o->dilation);
    if (layer->reach > INT32_MAX || rnni_memory_multiply((size_t)o->kernel_size, layer->inputs) > INT32_MAX)
        return rnni_status_fail(maker->message, RNN_E_VALUE,
                                "%s: RNN_KERNEL_SIZE is %" PRId64 ", too large for RNN_DILATION %" PRId64
                                " and %zu inputs",
                                maker->about, o->kernel_size, o->dilation, layer->inputs);
    size_t shape[] = {layer->outputs, layer->inputs / groups, (size_t)o->kernel_size};
    add_weight(maker, layer, shape, 3);
    if (o->bias)
        add_bias(maker, layer);
    describe_product(layer);
    maker->list->whole |= rnni_layer_list_is_centred(layer);
    return RNN_OK;
}

static int32_t make_embedding(struct maker *maker, struct rnni_list_layer *layer)
{
    const struct rnni_layer_options *o = &layer->options;
    RNNI_TRY(check_output_size(maker, o));
    if (!maker->layout->vocabulary || layer != maker->list->layers)
        return rnni_status_fail(maker->message, RNN_E_VALUE,
                                "%s: an embedding must be the first layer, and needs RNN_VOCABULARY", maker->about);
    layer->outputs = (size_t)o->output_size;
    size_t shape[] = {layer->inputs, layer->outputs};
    add_weight(maker, layer, shape, 2);
    return RNN_OK;
}

/* A factor and perhaps a summand for each feature. */
static int32_t make_features(struct maker *maker, struct rnni_list_layer *layer)
{
    const struct rnni_layer_options *o = &layer->options;
    size_t shape[] = {layer->inputs};
    layer->outputs = layer->inputs;
    size_t first = maker->layout->tensor_count;
    add_weight(maker, layer, shape, 1);
    if (o->kind == RNN_KIND_AFFINE || (o->kind == RNN_KIND_LAYER_NORM && o->bias))
        add_bias(maker, layer);
    for (size_t i = first; i < maker->layout->tensor_count; i++)
        maker->layout->tensors[i].fixed = o->kind == RNN_KIND_AFFINE;
    return RNN_OK;
}

static int32_t make_elementwise(struct maker *maker, struct rnni_list_layer *layer)
{
    const struct rnni_layer_options *o = &layer->options;
    layer->outputs = layer->inputs;
    if (o->kind == RNN_KIND_ACTIVATION && !o->activation)
        return rnni_status_fail(maker->message, RNN_E_VALUE, "%s: RNN_ACTIVATION is not set", maker->about);
    if (o->kind == RNN_KIND_DROPOUT && !(o->dropout > 0))
        return rnni_status_fail(maker->message, RNN_E_VALUE, "%s: RNN_DROPOUT is not set", maker->about);
    return check_activation(maker, o);
}

static int32_t make_magnitude(struct maker *maker, struct rnni_list_layer *layer)
{
    if (layer->inputs % 2)
        return rnni_status_fail(maker->message, RNN_E_VALUE,
                                "%s: %zu features enter, expected an even number: real parts, then imaginary ones",
                                maker->about, layer->inputs);
    layer->outputs = layer->inputs / 2;
    return RNN_OK;
}

static int32_t make_pooling(struct maker *maker, struct rnni_list_layer *layer)
{
    layer->outputs = layer->inputs;
    maker->list->whole = maker->layout->pools = 1;
    return RNN_OK;
}

/* The features and the level of the output that a skip brings back. */
static int32_t make_skip(struct maker *maker, struct rnni_list_layer *layer)
{
    const struct rnni_layer_options *o = &layer->options;
    struct rnni_list_layer *layers = maker->list->layers;
    size_t index = (size_t)(layer - layers), features = layers[0].inputs, level = 0;
    if (o->source != RNN_SOURCE_INPUT && (o->source < 0 || (size_t)o->source >= index))
        return rnni_status_fail(maker->message, RNN_E_VALUE,
                                "%s: RNN_SOURCE is %" PRId64 ", expected a layer below, or RNN_SOURCE_INPUT",
                                maker->about, o->source);
    layer->source = o->source == RNN_SOURCE_INPUT ? RNNI_ABSENT : (size_t)o->source;
    if (layer->source == RNNI_ABSENT && maker->layout->vocabulary)
        return rnni_status_fail(maker->message, RNN_E_VALUE,
                                "%s: RNN_SOURCE is RNN_SOURCE_INPUT, but the network's input is tokens", maker->about);
    if (layer->source == RNNI_ABSENT) {
        maker->list->input_is_source = 1;
    } else {
        features = layers[layer->source].outputs;
        level = layers[layer->source].above;
        layers[layer->source].is_source = 1;
    }
    if (level != layer->level)
        return rnni_status_fail(maker->message, RNN_E_VALUE,
                                "%s: the layers between RNN_SOURCE and this one change the length of sequences",
                                maker->about);
    if (o->merge == RNN_MERGE_SUM && features != layer->inputs)
        return rnni_status_fail(maker->message, RNN_E_VALUE,
                                "%s: RNN_SOURCE has %zu features and the layer below has %zu, expected the same for "
                                "RNN_MERGE_SUM",
                                maker->about, features, layer->inputs);
    layer->outputs = o->merge == RNN_MERGE_SUM ? layer->inputs : rnni_memory_add(layer->inputs, features);
    if (layer->outputs > INT32_MAX)
        return rnni_status_fail(maker->message, RNN_E_VALUE, "%s: more than 2^31 - 1 features", maker->about);
    return RNN_OK;
}

/* ---- the recurrent kind ------------------------------------------------------------------------------------------ */

/* The stack of a layer as a network without a head. */
static void take_stack_options(const struct maker *maker, struct rnni_list_layer *layer)
{
    struct rnni_options *o = &layer->options.stack;
    const struct rnni_options *network = &maker->definition->options;
    o->seed = network->seed;
    o->products = maker->layout->blas ? RNN_PRODUCTS_CBLAS : RNN_PRODUCTS_OWN;
    o->precision = network->precision;
    o->vocabulary = layer == maker->list->layers ? network->vocabulary : 0;
    o->input_size = o->vocabulary ? 0 : (int64_t)layer->inputs;
}

static int32_t make_recurrent(struct maker *maker, struct rnni_list_layer *layer)
{
    struct rnni_layout stack, *layout = maker->layout;
    take_stack_options(maker, layer);
    RNNI_TRY(rnni_options_check(&layer->options.stack, maker->message, maker->about));
    RNNI_TRY(rnni_layout_create(&stack, &layer->options.stack, maker->message, maker->about));
    layer->outputs = stack.features;
    layer->stack_first = layout->parameter_count;
    maker->list->whole |= stack.reverses;
    int32_t status = rnni_layout_room(layout, stack.tensor_count, maker->message, maker->function);
    for (size_t i = 0; i < stack.tensor_count && !status; i++)
        rnni_layout_add(layout, "", stack.tensors[i].name, stack.tensors[i].shape, stack.tensors[i].rank);
    rnni_layout_release(&stack);
    return status;
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

static int32_t make_layer(struct maker *maker, struct rnni_list_layer *layer)
{
    static int32_t (*const makers[])(struct maker *, struct rnni_list_layer *) = {
        [RNN_KIND_RECURRENT] = make_recurrent,
        [RNN_KIND_DENSE] = make_dense,
        [RNN_KIND_CONV1D] = make_conv1d,
        [RNN_KIND_EMBEDDING] = make_embedding,
        [RNN_KIND_AFFINE] = make_features,
        [RNN_KIND_LAYER_NORM] = make_features,
        [RNN_KIND_RMS_NORM] = make_features,
        [RNN_KIND_DROPOUT] = make_elementwise,
        [RNN_KIND_ACTIVATION] = make_elementwise,
        [RNN_KIND_POOLING] = make_pooling,
        [RNN_KIND_SKIP] = make_skip,
        [RNN_KIND_MAGNITUDE] = make_magnitude,
    };
    size_t index = (size_t)(layer - maker->list->layers);
    int64_t kind = layer->options.kind;
    snprintf(maker->about, sizeof maker->about, "%s: layer %zu (%s)", maker->function, index,
             rnni_layer_options_kind_name(kind));
    if (index == 0 && maker->layout->vocabulary && kind != RNN_KIND_EMBEDDING && kind != RNN_KIND_RECURRENT)
        return rnni_status_fail(maker->message, RNN_E_VALUE,
                                "%s: tokens enter an embedding or, one-hot, a recurrent layer", maker->about);
    RNNI_TRY(rnni_layout_room(maker->layout, 2, maker->message, maker->function));
    RNNI_TRY(makers[kind](maker, layer));
    layer->above = layer->level + (changes_length(layer) ? 1 : 0);
    return RNN_OK;
}

/* Tensors are found by their names, so no two may have the same. */
static int32_t check_names(const struct maker *maker)
{
    const struct rnni_list_layer *layers = maker->list->layers;
    for (size_t i = 0; i < maker->list->count; i++)
        for (size_t j = 0; j < i; j++) {
            int recurrent = layers[i].options.kind == RNN_KIND_RECURRENT;
            const struct rnni_layer_options *a = &layers[i].options, *b = &layers[j].options;
            if (recurrent != (b->kind == RNN_KIND_RECURRENT) || !rnni_layer_options_has(a->kind, RNN_PREFIX) ||
                !rnni_layer_options_has(b->kind, RNN_PREFIX))
                continue;
            const char *prefix = recurrent ? a->stack.prefix : a->prefix;
            if (!strcmp(prefix, recurrent ? b->stack.prefix : b->prefix))
                return rnni_status_fail(maker->message, RNN_E_VALUE, "%s: RNN_PREFIX of layers %zu and %zu is \"%s\"",
                                        maker->function, j, i, prefix);
        }
    return RNN_OK;
}

/* Of the network's own options, those that a list has. */
static int32_t check_network(const struct maker *maker)
{
    static const int32_t allowed[] = {RNN_INPUT_SIZE, RNN_VOCABULARY, RNN_SEED, RNN_PRODUCTS, RNN_PRECISION};
    const struct rnni_options *o = &maker->definition->options;
    for (size_t i = 0; i < rnni_options_count; i++) {
        const struct rnni_option *option = &rnni_options_table[i];
        int found = 0;
        for (size_t k = 0; k < sizeof allowed / sizeof *allowed; k++)
            found |= allowed[k] == option->key;
        if (!found && !rnni_options_at_default(o, option))
            return rnni_status_fail(maker->message, RNN_E_VALUE,
                                    "%s: %s is set for the network, which has a list of layers: expected "
                                    "rnn_config_set_layer_int, _real or _text",
                                    maker->function, option->key_name);
    }
    if (!o->input_size == !o->vocabulary)
        return rnni_status_fail(maker->message, RNN_E_VALUE,
                                "%s: RNN_INPUT_SIZE is %" PRId64 " and RNN_VOCABULARY is %" PRId64
                                ", expected exactly one of them above 0",
                                maker->function, o->input_size, o->vocabulary);
    return RNN_OK;
}

static int32_t make_layers(struct maker *maker)
{
    struct rnni_layer_list *list = maker->list;
    size_t features = maker->layout->inputs, level = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct rnni_list_layer *layer = &list->layers[i];
        layer->options = maker->definition->layers[i];
        layer->tensors = (struct rnni_layer_tensors){RNNI_ABSENT, RNNI_ABSENT, 0, 0};
        layer->source = RNNI_ABSENT;
        layer->inputs = features;
        layer->level = level;
        RNNI_TRY(make_layer(maker, layer));
        features = layer->outputs;
        level = layer->above;
    }
    list->levels = level + 1;
    maker->layout->features = maker->layout->outputs = features;
    return check_names(maker);
}

int32_t rnni_layer_list_create(struct rnni_layer_list *list, struct rnni_layout *layout,
                               const struct rnni_definition *definition, struct rnni_message *message,
                               const char *function)
{
    struct maker maker = {
        .list = list, .layout = layout, .definition = definition, .message = message, .function = function};
    memset(list, 0, sizeof *list);
    memset(layout, 0, sizeof *layout);
    RNNI_TRY(check_network(&maker));
    RNNI_TRY(rnni_layout_begin(layout, &definition->options, message, function));
    list->layers = rnni_memory_take(definition->layer_count, sizeof *list->layers);
    if (!list->layers)
        return out_of_memory(&maker);
    list->count = definition->layer_count;
    RNNI_TRY(make_layers(&maker));
    layout->reverses = list->whole;
    layout->changes_length = list->levels > 1;
    return RNN_OK;
}

void rnni_layer_list_release(struct rnni_layer_list *list)
{
    rnni_memory_release(list->layers);
    memset(list, 0, sizeof *list);
}
