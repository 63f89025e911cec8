#include "session/describe.h"

#include "base/memory.h"
#include "cells/registry.h"
#include "math/kernels.h"
#include "model/equivalent_list.h"
#include "session/network_session.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What has been written so far, or would have been. */
struct writer {
    char *text;
    size_t capacity, used;
};

static void put(struct writer *writer, const char *format, ...) RNNI_PRINTF(2, 3);
static void put(struct writer *writer, const char *format, ...)
{
    size_t left = writer->used < writer->capacity ? writer->capacity - writer->used : 0;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(left ? writer->text + writer->used : NULL, left, format, arguments);
    va_end(arguments);
    writer->used += length > 0 ? (size_t)length : 0;
}

/* To a tenth of the largest unit that is below the number. */
static void put_bytes(struct writer *writer, size_t bytes)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0, tenths = bytes;
    if (bytes == SIZE_MAX) {
        put(writer, "beyond the address space");
        return;
    }
    if (bytes < 10240) {
        put(writer, "%zu bytes", bytes);
        return;
    }
    for (tenths = bytes / 1024 * 10 + bytes % 1024 * 10 / 1024, unit = 1; tenths >= 10240 && unit < 4; unit++)
        tenths /= 1024;
    put(writer, "%zu.%zu %s", tenths / 10, tenths % 10, units[unit]);
}

static void put_first_line(struct writer *writer, const struct rnn_model *model)
{
    static const char *const directions[] = {"", "forward", "reverse", "both directions"};
    const struct rnni_options *o = &model->options;
    put(writer, "%s, %s, %" PRId64 " layer%s of %" PRId64 " units", model->layout.form.cell->label,
        directions[o->direction], o->layers, o->layers == 1 ? "" : "s", o->hidden_size);
    if (o->vocabulary)
        put(writer, ", %" PRId64 " tokens", o->vocabulary);
    else
        put(writer, ", %" PRId64 " features", o->input_size);
    if (o->classes)
        put(writer, ", %" PRId64 " outputs", o->classes);
    put(writer, "\n");
}

/* Whether an option is told elsewhere, as those are that no file has. */
static int is_told(const struct rnni_option *option)
{
    return option->key <= RNN_CLASSES || option->key == RNN_DIRECTION || !option->note;
}

/* The value of an option in front of `begin` and behind its name. */
static void put_option(struct writer *writer, const char *begin, const void *values, const struct rnni_option *option)
{
    const void *value = (const char *)values + option->field;
    const char *name = option->note + strlen("rnn.");
    if (option->kind == RNNI_INTEGER)
        put(writer, "%s%s %" PRId64, begin, name, *(const int64_t *)value);
    else if (option->kind == RNNI_REAL)
        put(writer, "%s%s %g", begin, name, *(const double *)value);
    else
        put(writer, "%s%s \"%s\"", begin, name, (const char *)value);
}

static void put_options(struct writer *writer, const struct rnni_options *options)
{
    for (size_t i = 0; i < rnni_options_count; i++) {
        const struct rnni_option *option = &rnni_options_table[i];
        if (is_told(option) || rnni_options_at_default(options, option))
            continue;
        put_option(writer, "  ", options, option);
        put(writer, "\n");
    }
}

/* ---- a list of layers -------------------------------------------------------------------------------------------- */

/* "RNN_KIND_CONV1D" as "conv1d". */
static void put_kind(struct writer *writer, int64_t kind)
{
    for (const char *c = rnni_layer_options_kind_name(kind) + strlen("RNN_KIND_"); *c; c++)
        put(writer, "%c", *c == '_' ? ' ' : *c >= 'A' ? *c - 'A' + 'a' : *c); /* capitals and digits */
}

/* From so many features to so many. */
static void put_layer(struct writer *writer, const struct rnni_layer_options *o, size_t index, size_t inputs,
                      size_t outputs)
{
    const struct rnni_option_table *table = rnni_layer_options_table_of(o);
    put(writer, "  %zu ", index);
    if (o->kind == RNN_KIND_RECURRENT)
        put(writer, "%s", rnni_registry_cell(o->stack.cell)->label);
    else
        put_kind(writer, o->kind);
    put(writer, ", %zu to %zu features", inputs, outputs);
    for (size_t i = 0; i < table->count; i++) {
        const struct rnni_option *option = &table->options[i];
        if (!option->note || option->key == RNN_CELL || option->key == RNN_OUTPUT_SIZE ||
            !rnni_layer_options_has(o->kind, option->key) || rnni_layer_options_at_default(o, option, index))
            continue;
        put_option(writer, ", ", rnni_layer_options_values(o), option);
    }
    put(writer, "\n");
}

static void put_list(struct writer *writer, const struct rnn_model *model)
{
    const struct rnni_layout *layout = &model->layout;
    put(writer, "list of %zu layer%s, %zu %s, %zu outputs\n", model->list.count, model->list.count == 1 ? "" : "s",
        layout->inputs, layout->vocabulary ? "tokens" : "features", layout->outputs);
    for (size_t i = 0; i < model->list.count; i++) {
        const struct rnni_list_layer *layer = &model->list.layers[i];
        put_layer(writer, &layer->options, i, layer->inputs, layer->outputs);
    }
}

/* Of a network without a list. */
static void put_equivalent_list(struct writer *writer, const struct rnn_model *model)
{
    const struct rnni_layout *layout = &model->layout;
    const char *objection = rnni_equivalent_list_objection(&model->options);
    size_t count = objection ? 0 : rnni_equivalent_list_count(&model->options);
    size_t features = layout->vocabulary ? layout->vocabulary : layout->inputs;
    if (objection)
        put(writer, "no list of layers computes the same: %s\n", objection);
    else
        put(writer, "as a list of layers:\n");
    for (size_t i = 0; i < count; i++) {
        struct rnni_layer_options layer;
        rnni_equivalent_list_layer(&layer, &model->options, i);
        size_t outputs = layer.kind == RNN_KIND_EMBEDDING ? layout->embedding
                         : layer.kind == RNN_KIND_DENSE   ? layout->classes
                                                          : layout->features;
        put_layer(writer, &layer, i, features, outputs);
        features = outputs;
    }
}

static void put_products(struct writer *writer, const struct rnni_layout *layout)
{
    static const char *const precisions[] = {"", ", weights in bf16", ", weights in int8"};
    const struct rnni_blas *blas = layout->blas;
    if (blas)
        put(writer, "products: CBLAS (%s)\n", blas->name);
    else
        put(writer, "products: own kernels (%s)%s\n", rnni_kernels()->name, precisions[layout->precision]);
}

static void put_tensors(struct writer *writer, const struct rnni_layout *layout)
{
    for (size_t i = 0; i < layout->tensor_count; i++) {
        const struct rnni_tensor *tensor = &layout->tensors[i];
        put(writer, "  %s [%zu", tensor->name, tensor->shape[0]);
        for (size_t k = 1; k < tensor->rank; k++)
            put(writer, ",%zu", tensor->shape[k]);
        put(writer, "]\n");
    }
}

static void put_memory(struct writer *writer, const struct rnn_model *model, size_t steps, size_t batch)
{
    size_t rows = rnni_memory_multiply(steps, batch);
    put(writer, "%zu parameters\nmemory: model ", model->layout.parameter_count);
    put_bytes(writer, rnni_model_bytes(model));
    put(writer, "; session for %zu step%s of %zu sequence%s: inference ", steps, steps == 1 ? "" : "s", batch,
        batch == 1 ? "" : "s");
    put_bytes(writer, rnni_network_session_bytes(model, 0, steps, batch, rows));
    put(writer, ", training ");
    put_bytes(writer, rnni_network_session_bytes(model, 1, steps, batch, rows));
    put(writer, "\n");
}

size_t rnni_describe(const struct rnn_model *model, char *text, size_t capacity, size_t steps, size_t batch)
{
    struct writer writer = {.text = text, .capacity = capacity};
    if (model->list.count) {
        put_list(&writer, model);
    } else {
        put_first_line(&writer, model);
        put_options(&writer, &model->options);
        put_equivalent_list(&writer, model);
    }
    put_tensors(&writer, &model->layout);
    put_products(&writer, &model->layout);
    put_memory(&writer, model, steps, batch);
    return writer.used + 1;
}
