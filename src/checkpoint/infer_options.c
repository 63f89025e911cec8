#include "checkpoint/infer.h"

#include "base/utf8.h"
#include "cells/registry.h"
#include "checkpoint/hint.h"
#include "model/layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A tensor of layer k, or NULL. */
static const struct rnni_safetensors_tensor *find(const struct rnni_options *options,
                                                  const struct rnni_safetensors *file, enum rnni_role role, size_t k,
                                                  int reverse)
{
    char name[sizeof((struct rnni_tensor *)0)->name];
    rnni_layout_role_name(name, sizeof name, options->prefix, role, k, reverse);
    return rnni_safetensors_find(file, name);
}

static const struct rnni_safetensors_tensor *find_named(const struct rnni_safetensors *file, const char *prefix,
                                                        const char *last)
{
    char name[RNNI_TEXT_SIZE + 32];
    snprintf(name, sizeof name, "%s%s", prefix, last);
    return rnni_safetensors_find(file, name);
}

/* Two sizes of at least 1 are what every weight has. */
static int32_t check_matrix(const struct rnni_safetensors_tensor *weight, const char *function)
{
    if (weight && (weight->rank != 2 || !weight->shape[0] || !weight->shape[1]))
        return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: tensor \"%s\" is not a matrix", function,
                                rnni_utf8_quote(weight->name).text);
    return RNN_OK;
}

/* Some cells have a vector. */
static int32_t check_weight_hh(const struct rnni_safetensors_tensor *weight, const char *function)
{
    return weight && weight->rank == 1 && weight->shape[0] ? RNN_OK : check_matrix(weight, function);
}

static int32_t set(struct rnni_options *options, int32_t key, uint64_t value, const char *function)
{
    return rnni_options_set_int(options, key, value > INT32_MAX ? INT64_MAX : (int64_t)value, NULL, function)
               ? RNN_E_FORMAT
               : RNN_OK;
}

/* "[4,3]", "[4]", or "absent" */
struct shape {
    char text[48];
};

static struct shape shape_of(const struct rnni_safetensors_tensor *weight)
{
    struct shape shape = {"absent"};
    if (weight && weight->rank == 1)
        snprintf(shape.text, sizeof shape.text, "[%" PRIu64 "]", weight->shape[0]);
    else if (weight)
        snprintf(shape.text, sizeof shape.text, "[%" PRIu64 ",%" PRIu64 "]", weight->shape[0], weight->shape[1]);
    return shape;
}

/* The weights of the first layer: [GH,K], [GH,R] or [GH], [P,H]; NULL: there is none. */
struct weights {
    const struct rnni_safetensors_tensor *ih, *hh, *hr;
};

static int is_matrix(const struct rnni_safetensors_tensor *weight)
{
    return weight && weight->rank == 2;
}

/* Whether a cell of that many gates has these weights; H is 0 where they do not tell it, and then taken from the gates.
 */
static int fits(const struct rnni_cell *cell, size_t gates, const struct weights *weights, uint64_t *hidden)
{
    const struct rnni_cell_tensor *hh = &cell->tensors[RNNI_WEIGHT_HH];
    uint64_t rows = weights->ih->shape[0], size = *hidden ? *hidden : rows / gates;
    int same = (hh->rows != RNNI_NONE) == (weights->hh != NULL) && (hh->columns != RNNI_NONE) == is_matrix(weights->hh);
    if (!same || !size || rows / gates != size || rows % gates || (cell->mixes_input && weights->ih->shape[1] != size))
        return 0;
    *hidden = size;
    return 1;
}

/* The cell that fits, of those that look the same the one that the options have already; 0: none does.  The number of
 * rows alone does not tell a cell that mixes its input from others: only the options do. */
static int choose_cell(struct rnni_options *options, const struct weights *weights, uint64_t *hidden)
{
    struct rnni_cell_form now = rnni_cell_form_of(options);
    if (fits(now.cell, rnni_registry_has_option(now.cell, RNN_COUPLE) ? now.gates : now.cell->gates, weights, hidden))
        return 1;
    for (options->cell = 1; options->cell <= RNNI_REGISTRY_LAST; options->cell++) {
        const struct rnni_cell *cell = rnni_registry_cell(options->cell);
        if (!cell->mixes_input && fits(cell, cell->gates, weights, hidden))
            return 1;
    }
    return 0;
}

/* RNN_COUPLE and a projection belong to some cells. */
static int32_t check_cell(const struct rnni_options *options, const struct weights *weights, uint64_t hidden,
                          const char *function)
{
    const struct rnni_cell *cell = rnni_registry_cell(options->cell);
    uint64_t gates = weights->ih->shape[0] / hidden;
    if (weights->hr && cell->tensors[RNNI_WEIGHT_HR].rows == RNNI_NONE)
        return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: \"%s\" is a projection, but \"%s\" has %" PRIu64 " gates",
                                function, rnni_utf8_quote(weights->hr->name).text,
                                rnni_utf8_quote(weights->ih->name).text, gates);
    if (options->couple && (!rnni_registry_has_option(cell, RNN_COUPLE) || gates == cell->gates))
        return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: \"%s\" has %" PRIu64 " gates, but RNN_COUPLE is set", function,
                                rnni_utf8_quote(weights->ih->name).text, gates);
    return RNN_OK;
}

/* H, P and the cell. */
static int32_t infer_cell(struct rnni_options *options, const struct weights *weights, const char *function)
{
    const struct rnni_safetensors_tensor *ih = weights->ih, *hh = weights->hh, *hr = weights->hr;
    uint64_t rows = ih->shape[0], hidden = hr ? hr->shape[1] : is_matrix(hh) ? hh->shape[1] : 0;
    int apart = (hidden && rows % hidden) || (hh && hh->shape[0] != rows) ||
                (hr && (!is_matrix(hh) || hr->shape[0] != hh->shape[1]));
    int found = !apart && choose_cell(options, weights, &hidden);
    if (!found && !apart && hidden)
        return rnni_status_fail(NULL, RNN_E_UNSUPPORTED, "%s: no cell has %" PRIu64 " gates", function, rows / hidden);
    if (!found)
        return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: inconsistent shapes: \"%s\" %s, weight_hh %s, weight_hr %s",
                                function, rnni_utf8_quote(ih->name).text, shape_of(ih).text, shape_of(hh).text,
                                shape_of(hr).text);
    RNNI_TRY(check_cell(options, weights, hidden, function));
    RNNI_TRY(set(options, RNN_HIDDEN_SIZE, hidden, function));
    return set(options, RNN_PROJECTION_SIZE, hr ? hr->shape[0] : 0, function);
}

/* F, once the cell and the directions are known. */
static size_t features_of(const struct rnni_options *options)
{
    int64_t width = options->projection_size ? options->projection_size : options->hidden_size;
    int apart = options->direction == RNN_DIRECTION_BOTH && options->merge == RNN_MERGE_CONCATENATE;
    return (size_t)width * (apart ? 2 : 1);
}

static int32_t check_width(const struct rnni_safetensors_tensor *weight, uint64_t expected, const char *function)
{
    RNNI_TRY(check_matrix(weight, function));
    if (weight && weight->shape[1] != expected)
        return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: rows of \"%s\" have %" PRIu64 " elements, expected %" PRIu64,
                                function, rnni_utf8_quote(weight->name).text, weight->shape[1], expected);
    return RNN_OK;
}

/* A weight_ih (NULL: none) has the rows of the first, and `columns`. */
static int32_t check_like(const struct rnni_safetensors_tensor *ih, const struct rnni_safetensors_tensor *first,
                          uint64_t columns, const char *function)
{
    RNNI_TRY(check_width(ih, columns, function));
    if (ih && ih->shape[0] != first->shape[0])
        return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: \"%s\" has %" PRIu64 " rows, \"%s\" %" PRIu64, function,
                                rnni_utf8_quote(ih->name).text, ih->shape[0], rnni_utf8_quote(first->name).text,
                                first->shape[0]);
    return RNN_OK;
}

/* Layers are counted by their names; each must have the gates of the first and be as wide as the one below it is, lest
 * a small file ask for a large network. */
static int32_t infer_layers(struct rnni_options *options, const struct rnni_safetensors *file,
                            const struct rnni_safetensors_tensor *first, int reverse, const char *function)
{
    size_t layers = 1;
    const struct rnni_safetensors_tensor *other = reverse ? NULL : find(options, file, RNNI_WEIGHT_IH, 0, 1);
    options->direction = other ? RNN_DIRECTION_BOTH : reverse ? RNN_DIRECTION_REVERSE : RNN_DIRECTION_FORWARD;
    RNNI_TRY(check_like(other, first, first->shape[1], function));
    for (const struct rnni_safetensors_tensor *ih; (ih = find(options, file, RNNI_WEIGHT_IH, layers, reverse)) != NULL;
         layers++)
        RNNI_TRY(check_like(ih, first, features_of(options), function));
    return set(options, RNN_LAYERS, layers, function);
}

/* What the first layer has beside its weights. */
static void infer_parts(struct rnni_options *options, const struct rnni_safetensors *file, int reverse)
{
    const struct rnni_cell_tensor *tensors = rnni_registry_cell(options->cell)->tensors;
    options->bias = find(options, file, RNNI_BIAS_IH, 0, reverse) != NULL;
    options->peepholes = tensors[RNNI_PEEPHOLE].rows != RNNI_NONE && find(options, file, RNNI_PEEPHOLE, 0, reverse);
    options->layer_norm = tensors[RNNI_NORM_IH].rows != RNNI_NONE && find(options, file, RNNI_NORM_IH, 0, reverse);
}

/* Refuses a file without a tensor under a name that the caller has set, if another tensor would fit: the name may be
 * wrong. */
static int32_t check_absent(const struct rnni_options *options, int32_t key, const char *name, struct rnni_hint hint,
                            const char *function)
{
    if (rnni_options_has_default(options, key) || !*hint.text)
        return RNN_OK;
    return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: the file has no tensor \"%sweight\"%s", function, name, hint.text);
}

static int32_t infer_input(struct rnni_options *options, const struct rnni_safetensors *file, uint64_t inputs,
                           const char *function)
{
    const struct rnni_safetensors_tensor *table = find_named(file, options->embedding_name, "weight");
    RNNI_TRY(check_width(table, inputs, function));
    if (!table)
        RNNI_TRY(check_absent(options, RNN_EMBEDDING_NAME, options->embedding_name,
                              rnni_hint_embedding(file, 0, inputs), function));
    uint64_t vocabulary = table ? table->shape[0] : options->vocabulary ? inputs : 0;
    RNNI_TRY(set(options, RNN_VOCABULARY, vocabulary, function));
    RNNI_TRY(set(options, RNN_EMBEDDING_SIZE, table ? table->shape[1] : 0, function));
    return set(options, RNN_INPUT_SIZE, vocabulary ? 0 : inputs, function);
}

static int32_t infer_head(struct rnni_options *options, const struct rnni_safetensors *file, const char *function)
{
    const struct rnni_safetensors_tensor *head = find_named(file, options->head_name, "weight");
    RNNI_TRY(check_width(head, features_of(options), function));
    if (!head)
        RNNI_TRY(check_absent(options, RNN_HEAD_NAME, options->head_name, rnni_hint_head(file, 0, features_of(options)),
                              function));
    return set(options, RNN_CLASSES, head ? head->shape[0] : 0, function);
}

/* The transitions show by their names that there is a CRF; the others are checked like all tensors. */
static int32_t infer_crf(struct rnni_options *options, const struct rnni_safetensors *file, const char *function)
{
    const struct rnni_safetensors_tensor *transitions = find_named(file, options->crf_name, "transitions");
    options->crf = transitions && options->classes;
    RNNI_TRY(check_width(options->crf ? transitions : NULL, (uint64_t)options->classes, function));
    if (options->crf && (!find_named(file, options->crf_name, "start_transitions") ||
                         !find_named(file, options->crf_name, "end_transitions")))
        return rnni_status_fail(NULL, RNN_E_FORMAT,
                                "%s: the file has \"%s\", expected start_transitions and end_transitions as well",
                                function, rnni_utf8_quote(transitions->name).text);
    return RNN_OK;
}

int32_t rnni_infer(struct rnni_options *options, const struct rnni_safetensors *file, const char *function)
{
    RNNI_TRY(rnni_infer_check_whole(options->prefix, file, function));
    RNNI_TRY(rnni_infer_check_ties(options, file, function));
    int reverse = !find(options, file, RNNI_WEIGHT_IH, 0, 0);
    const struct rnni_safetensors_tensor *ih = find(options, file, RNNI_WEIGHT_IH, 0, reverse);
    const struct weights weights = {ih, find(options, file, RNNI_WEIGHT_HH, 0, reverse),
                                    find(options, file, RNNI_WEIGHT_HR, 0, reverse)};
    if (!ih)
        return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: the file has no tensor \"%sweight_ih_l0\"%s", function,
                                options->prefix, rnni_hint_prefix(file).text);
    RNNI_TRY(check_matrix(ih, function));
    RNNI_TRY(check_weight_hh(weights.hh, function));
    RNNI_TRY(check_matrix(weights.hr, function));
    RNNI_TRY(infer_cell(options, &weights, function));
    RNNI_TRY(infer_layers(options, file, ih, reverse, function));
    infer_parts(options, file, reverse);
    RNNI_TRY(infer_input(options, file, ih->shape[1], function));
    RNNI_TRY(infer_head(options, file, function));
    RNNI_TRY(infer_crf(options, file, function));
    return rnni_infer_check(options, file, function);
}
