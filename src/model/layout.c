#include "model/layout.h"

#include "base/memory.h"
#include "math/narrow.h"
#include "training/optimizer_tensors.h"

#include <stdio.h>
#include <string.h>

/* ---- names ------------------------------------------------------------------------------------------------------- */

static const char *const stems[RNNI_ROLES] = {
    [RNNI_WEIGHT_IH] = "weight_ih",     [RNNI_WEIGHT_HH] = "weight_hh", [RNNI_BIAS_IH] = "bias_ih",
    [RNNI_BIAS_HH] = "bias_hh",         [RNNI_WEIGHT_HR] = "weight_hr", [RNNI_PEEPHOLE] = "peephole",
    [RNNI_NORM_IH] = "norm_ih",         [RNNI_NORM_HH] = "norm_hh",     [RNNI_NORM_C] = "norm_c",
    [RNNI_NORM_C_BIAS] = "norm_c_bias", [RNNI_INITIAL_H] = "initial_h", [RNNI_INITIAL_C] = "initial_c",
};

void rnni_layout_role_name(char *name, size_t size, const char *prefix, enum rnni_role role, size_t layer, int reverse)
{
    snprintf(name, size, "%s%s_l%zu%s", prefix, stems[role], layer, reverse ? "_reverse" : "");
}

int rnni_layout_read_name(const char *name, enum rnni_role *role, size_t *layer, int *reverse)
{
    for (*role = 0; *role < RNNI_ROLES; ++*role) {
        char again[64];
        size_t length = strlen(stems[*role]);
        if (strncmp(name, stems[*role], length) != 0 || strncmp(name + length, "_l", 2) != 0)
            continue;
        *layer = 0;
        for (const char *digit = name + length + 2; *digit >= '0' && *digit <= '9' && *layer < 10000; digit++)
            *layer = 10 * *layer + (size_t)(*digit - '0');
        for (*reverse = 0; *reverse < 2; ++*reverse) {
            rnni_layout_role_name(again, sizeof again, "", *role, *layer, *reverse);
            if (!strcmp(again, name))
                return 1;
        }
    }
    return 0;
}

const struct rnni_tensor *rnni_layout_find(const struct rnni_layout *layout, const char *name)
{
    for (size_t i = 0; i < layout->tensor_count; i++)
        if (!strcmp(layout->tensors[i].name, name))
            return &layout->tensors[i];
    return NULL;
}

/* ---- tensors ----------------------------------------------------------------------------------------------------- */

int32_t rnni_layout_room(struct rnni_layout *layout, size_t count, struct rnni_message *message, const char *function)
{
    size_t wanted = layout->tensor_count + count;
    if (wanted <= layout->tensor_room)
        return RNN_OK;
    struct rnni_tensor *tensors = rnni_memory_take(2 * wanted, sizeof *tensors);
    if (!tensors)
        return rnni_status_fail(message, RNN_E_MEMORY, "%s: out of memory for the table of tensors", function);
    if (layout->tensor_count)
        memcpy(tensors, layout->tensors, layout->tensor_count * sizeof *tensors);
    rnni_memory_release(layout->tensors);
    layout->tensors = tensors;
    layout->tensor_room = 2 * wanted;
    return RNN_OK;
}

size_t rnni_layout_add(struct rnni_layout *layout, const char *prefix, const char *name, const size_t *shape,
                       size_t rank)
{
    RNNI_ASSERT(layout->tensor_count < layout->tensor_room && rank >= 1);
    struct rnni_tensor *tensor = &layout->tensors[layout->tensor_count++];
    size_t columns = 0; /* 0: a vector */
    snprintf(tensor->name, sizeof tensor->name, "%s%s", prefix, name);
    tensor->rank = rank;
    tensor->count = 1;
    for (size_t i = 0; i < rank; i++) {
        tensor->shape[i] = shape[i];
        tensor->count = rnni_memory_multiply(tensor->count, shape[i]);
        if (i)
            columns = rnni_memory_multiply(columns ? columns : 1, shape[i]);
    }
    tensor->offset = layout->parameter_count;
    layout->parameter_count = rnni_memory_add(layout->parameter_count, tensor->count);
    layout->tensors_hash = rnni_optimizer_tensors_hash(layout->tensors_hash, tensor->name, shape[0], columns);
    return tensor->offset;
}

/* A matrix or, for 0 columns, a vector. */
static size_t add_named(struct rnni_layout *layout, const char *prefix, const char *name, size_t rows, size_t columns)
{
    size_t shape[] = {rows, columns};
    return rnni_layout_add(layout, prefix, name, shape, columns ? 2 : 1);
}

size_t rnni_layout_add_packed(size_t *used, size_t count)
{
    size_t offset = *used;
    *used = rnni_memory_add(offset, rnni_memory_multiply(count / RNNI_BLOCK + 1, RNNI_BLOCK));
    return offset;
}

/* Of a weight that a CBLAS reads where it is, there is no copy. */
static size_t add_panels(struct rnni_layout *layout, size_t k, size_t units, size_t gates)
{
    return layout->blas
               ? RNNI_ABSENT
               : rnni_layout_add_packed(&layout->packed_count, rnni_narrow_count(layout->precision, k, units, gates));
}

static size_t add_back(struct rnni_layout *layout, size_t k, size_t units)
{
    return layout->blas ? RNNI_ABSENT : rnni_layout_add_packed(&layout->back_count, rnni_panels_count(k, units, 1));
}

/* ---- layers ------------------------------------------------------------------------------------------------------ */

int rnni_layout_has(const struct rnni_options *options, enum rnni_role role)
{
    struct rnni_cell_form form = rnni_cell_form_of(options);
    return rnni_cell_has(&form, role);
}

static void add_tensors(struct rnni_layout *layout, struct rnni_direction_place *place, const char *prefix, size_t k,
                        int reverse)
{
    for (enum rnni_role role = 0; role < RNNI_ROLES; role++) {
        place->tensor[role] = RNNI_ABSENT;
        if (!rnni_cell_has(&layout->form, role))
            continue;
        struct rnni_cell_shape shape = rnni_cell_shape(&layout->form, role, place->inputs);
        char name[sizeof layout->tensors->name];
        rnni_layout_role_name(name, sizeof name, prefix, role, k, reverse);
        place->tensor[role] = add_named(layout, "", name, shape.rows, shape.columns);
    }
}

static void add_run(struct rnni_layout *layout, const struct rnni_options *options, size_t k, size_t direction)
{
    struct rnni_direction_place *place = &layout->place[k * layout->directions + direction];
    place->inputs = k ? layout->features : layout->inputs;
    add_tensors(layout, place, options->prefix, k, layout->reversed || direction);
}

/* A tied head has the weight of the table [V,E], which is [C,F]. */
static void add_head(struct rnni_layout *layout, const char *name, int is_tied)
{
    layout->head.weight =
        is_tied ? layout->tensors[0].offset : add_named(layout, name, "weight", layout->classes, layout->features);
    layout->head.bias = add_named(layout, name, "bias", layout->classes, 0);
}

static void add_crf(struct rnni_layout *layout, const char *name)
{
    layout->crf = add_named(layout, name, "start_transitions", layout->classes, 0);
    add_named(layout, name, "end_transitions", layout->classes, 0);
    add_named(layout, name, "transitions", layout->classes, layout->classes);
}

static void take_topology(struct rnni_layout *layout, const struct rnni_options *options)
{
    layout->layers = (size_t)options->layers;
    layout->directions = options->direction == RNN_DIRECTION_BOTH ? 2 : 1;
    layout->reversed = options->direction == RNN_DIRECTION_REVERSE;
    layout->reverses = options->direction != RNN_DIRECTION_FORWARD;
    layout->sums = options->merge == RNN_MERGE_SUM;
    layout->residual = (int)options->residual;
    layout->output = options->output;
    layout->pools = options->output != RNN_OUTPUT_EVERY_STEP;
    layout->rates = (struct rnni_rates){.dropout = options->dropout,
                                        .recurrent = options->recurrent_dropout,
                                        .zoneout = {options->zoneout, options->zoneout_cell}};
    layout->zones = options->zoneout > 0 || options->zoneout_cell > 0;
}

static void take_sizes(struct rnni_layout *layout, const struct rnni_options *options)
{
    size_t all = layout->directions * layout->form.width;
    layout->vocabulary = (size_t)options->vocabulary;
    layout->embedding = (size_t)options->embedding_size;
    layout->one_hot = layout->vocabulary && !layout->embedding;
    layout->features = layout->sums ? layout->form.width : all;
    layout->top_width = layout->output == RNN_OUTPUT_LAST_STEP ? all : layout->features;
    layout->classes = (size_t)options->classes;
    layout->outputs = layout->classes ? layout->classes : layout->features;
    layout->inputs = layout->embedding    ? layout->embedding
                     : layout->vocabulary ? layout->vocabulary
                                          : (size_t)options->input_size;
}

/* ---- packed copies ----------------------------------------------------------------------------------------------- */

size_t rnni_layout_add_table(struct rnni_layout *layout, size_t rows, size_t columns)
{
    if (!layout->precision)
        return RNNI_ABSENT;
    return rnni_layout_add_packed(&layout->packed_count,
                                  rnni_memory_multiply(rows, rnni_narrow_table_row(layout->precision, columns)));
}

static void place_run(struct rnni_layout *layout, struct rnni_direction_place *place)
{
    const struct rnni_cell_form *form = &layout->form;
    size_t gates = rnni_memory_multiply(form->gates, form->hidden);
    size_t inputs = place->inputs, hidden = form->hidden, width = form->width;
    place->packed_ih = place->packed_hh = place->packed_hr = RNNI_ABSENT;
    place->back_ih = place->back_hh = place->back_hr = RNNI_ABSENT;
    place->packed_bias = rnni_layout_add_packed(&layout->packed_count, gates);
    if (rnni_layout_is_one_hot(layout, place)) {
        place->packed_ih = layout->precision
                               ? rnni_layout_add_table(layout, inputs, gates)
                               : rnni_layout_add_packed(&layout->packed_count, rnni_memory_multiply(gates, inputs));
    } else {
        place->packed_ih = add_panels(layout, inputs, hidden, form->gates);
        place->back_ih = add_back(layout, gates, inputs);
    }
    if (rnni_cell_has_matrix(form, RNNI_WEIGHT_HH)) {
        place->packed_hh = add_panels(layout, width, hidden, form->gates);
        place->back_hh = add_back(layout, gates, width);
    }
    if (rnni_cell_has_matrix(form, RNNI_WEIGHT_HR)) {
        place->packed_hr = add_panels(layout, hidden, width, 1);
        place->back_hr = add_back(layout, width, hidden);
    }
}

void rnni_layout_place(struct rnni_layout *layout, int64_t precision)
{
    layout->precision = precision;
    layout->packed_count = layout->back_count = 0;
    layout->packed_table =
        layout->embedding ? rnni_layout_add_table(layout, layout->vocabulary, layout->embedding) : RNNI_ABSENT;
    for (size_t i = 0; i < layout->layers * layout->directions; i++)
        place_run(layout, &layout->place[i]);
    if (!layout->classes)
        return;
    layout->head.packed = add_panels(layout, layout->features, layout->classes, 1);
    layout->head.back = add_back(layout, layout->classes, layout->features);
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

/* Who makes the products. */
static int32_t take_provider(struct rnni_layout *layout, const struct rnni_options *options,
                             struct rnni_message *message, const char *function)
{
    const char *reason;
    if (options->precision && options->products == RNN_PRODUCTS_CBLAS)
        return rnni_status_fail(message, RNN_E_VALUE,
                                "%s: RNN_PRODUCTS is RNN_PRODUCTS_CBLAS and RNN_PRECISION is %s, expected "
                                "RNN_PRODUCTS_OWN or RNN_PRECISION_FLOAT32",
                                function, rnni_narrow_name(options->precision));
    layout->blas = rnni_products_choose(options->precision ? RNN_PRODUCTS_OWN : options->products, &reason);
    if (!layout->blas && options->products == RNN_PRODUCTS_CBLAS)
        return rnni_status_fail(message, RNN_E_UNSUPPORTED, "%s: RNN_PRODUCTS is RNN_PRODUCTS_CBLAS, but %s", function,
                                reason);
    return RNN_OK;
}

int32_t rnni_layout_create(struct rnni_layout *layout, const struct rnni_options *options, struct rnni_message *message,
                           const char *function)
{
    memset(layout, 0, sizeof *layout);
    layout->crf = RNNI_ABSENT;
    RNNI_TRY(take_provider(layout, options, message, function));
    layout->form = rnni_cell_form_of(options);
    take_topology(layout, options);
    take_sizes(layout, options);
    size_t runs = layout->layers * layout->directions;
    layout->tensor_room = 6 + RNNI_ROLES * runs;
    layout->tensors = rnni_memory_take(layout->tensor_room, sizeof *layout->tensors);
    layout->place = rnni_memory_take(runs, sizeof *layout->place);
    if (!layout->tensors || !layout->place) {
        rnni_layout_release(layout);
        return rnni_status_fail(message, RNN_E_MEMORY, "%s: out of memory for the table of tensors", function);
    }
    if (layout->embedding)
        add_named(layout, options->embedding_name, "weight", layout->vocabulary, layout->embedding);
    for (size_t k = 0; k < layout->layers; k++)
        for (size_t direction = 0; direction < layout->directions; direction++)
            add_run(layout, options, k, direction);
    if (layout->classes)
        add_head(layout, options->head_name, options->tied != 0);
    if (options->crf)
        add_crf(layout, options->crf_name);
    rnni_layout_place(layout, options->precision);
    return RNN_OK;
}

int32_t rnni_layout_begin(struct rnni_layout *layout, const struct rnni_options *options, struct rnni_message *message,
                          const char *function)
{
    RNNI_TRY(take_provider(layout, options, message, function));
    layout->form = (struct rnni_cell_form){
        .elementwise = rnni_elementwise(), .gates_kernels = rnni_gates(), .product_kernels = rnni_product_kernels()};
    layout->directions = 1;
    layout->crf = RNNI_ABSENT;
    layout->vocabulary = (size_t)options->vocabulary;
    layout->inputs = layout->vocabulary ? layout->vocabulary : (size_t)options->input_size;
    return RNN_OK;
}

void rnni_layout_release(struct rnni_layout *layout)
{
    rnni_memory_release(layout->tensors);
    rnni_memory_release(layout->place);
    layout->tensors = NULL;
    layout->place = NULL;
}
