#include "checkpoint/view.h"

#include "base/memory.h"
#include "base/status.h"

#include <stdio.h>
#include <string.h>

#define PARAMETRIZATIONS "parametrizations."

struct maker {
    struct rnni_view *view;
    const struct rnni_safetensors *file;
    const struct rnni_options *options;
    const struct rnni_layer_list *list;
    char *text; /* the next name goes here */
    const char *function;
};

static int begins_with(const char *name, const char *prefix)
{
    return !strncmp(name, prefix, strlen(prefix));
}

static int ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), of_end = strlen(end);
    return length >= of_end && !strcmp(name + length - of_end, end);
}

const char *rnni_view_prefix(const struct rnni_list_layer *layer)
{
    const struct rnni_layer_options *o = &layer->options;
    if (!rnni_layer_options_has(o->kind, RNN_PREFIX))
        return NULL;
    return o->kind == RNN_KIND_RECURRENT ? o->stack.prefix : o->prefix;
}

int rnni_view_is_of_librnn(const struct rnni_safetensors *file)
{
    return rnni_safetensors_metadata(file, "rnn.hidden_size") || rnni_safetensors_metadata(file, "rnn.layer.0.kind");
}

/* The first bytes of `a`, and behind them those of `b`; gives the length. */
static size_t join(char *to, const char *a, size_t a_count, const char *b, size_t b_count)
{
    memcpy(to, a, a_count);
    memcpy(to + a_count, b, b_count);
    to[a_count + b_count] = 0;
    return a_count + b_count;
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

/* Appends a tensor, for which there is room. */
static struct rnni_fold *append(struct rnni_view *view, const struct rnni_safetensors_tensor *tensor)
{
    size_t i = view->file.tensor_count++;
    view->file.tensors[i] = *tensor;
    view->folds[i].part[RNNI_FOLD_TENSOR] = tensor;
    return &view->folds[i];
}

/* NULL where there is none, or it is part of another. */
static struct rnni_safetensors_tensor *find(const struct rnni_view *view, const char *name)
{
    const struct rnni_safetensors_tensor *found = rnni_safetensors_find(&view->file, name);
    return found && found->name ? &view->file.tensors[found - view->file.tensors] : NULL;
}

static struct rnni_fold *fold_of(const struct rnni_view *view, const struct rnni_safetensors_tensor *tensor)
{
    return &view->folds[tensor - view->file.tensors];
}

const struct rnni_fold *rnni_view_fold(const struct rnni_view *view, const struct rnni_safetensors_tensor *tensor)
{
    return fold_of(view, tensor);
}

/* Makes a tensor part of another: it has no name of its own any more. */
static const struct rnni_safetensors_tensor *take(const struct rnni_view *view, struct rnni_safetensors_tensor *tensor)
{
    if (!tensor)
        return NULL;
    tensor->name = NULL;
    return fold_of(view, tensor)->part[RNNI_FOLD_TENSOR];
}

/* Leaves out what is part of another tensor, and sorts the names. */
static int32_t settle(struct rnni_view *view, const char *function)
{
    size_t kept = 0;
    for (size_t i = 0; i < view->file.tensor_count; i++)
        if (view->file.tensors[i].name) {
            view->file.tensors[kept] = view->file.tensors[i];
            view->folds[kept++] = view->folds[i];
        }
    view->file.tensor_count = kept;
    return rnni_safetensors_sort_names(&view->file, function);
}

/* ---- tied tensors ------------------------------------------------------------------------------------------------ */

static const struct rnni_safetensors_tensor *tied(const struct rnni_safetensors *file, size_t note)
{
    return rnni_safetensors_find(file, file->notes[note].key) ? NULL
                                                              : rnni_safetensors_find(file, file->notes[note].value);
}

static size_t count_ties(const struct rnni_safetensors *file)
{
    size_t count = 0;
    for (size_t i = 0; i < file->note_count; i++)
        count += tied(file, i) != NULL;
    return count;
}

static void add_ties(const struct maker *maker)
{
    struct rnni_view *view = maker->view;
    for (size_t i = 0; i < maker->file->note_count; i++) {
        const struct rnni_safetensors_tensor *kept = tied(maker->file, i);
        if (!kept)
            continue;
        struct rnni_safetensors_tensor *tie = &view->ties[view->tie_count++];
        *tie = *kept;
        tie->name = maker->file->notes[i].key;
        append(view, tie);
    }
}

const char *rnni_view_tie(const struct rnni_safetensors *file, const char *name)
{
    for (size_t i = 0; i < file->note_count; i++)
        if (!strcmp(file->notes[i].key, name))
            return file->notes[i].value;
    return NULL;
}

/* ---- what stands before all names ---------------------------------------------------------------------------------
 */

/* Whether the network has names that begin so. */
static int is_wanted(const struct maker *maker, const char *prefix)
{
    for (size_t i = 0; i < maker->list->count; i++) {
        const char *name = rnni_view_prefix(&maker->list->layers[i]);
        if (name && begins_with(name, prefix))
            return 1;
    }
    return !maker->list->count &&
           (begins_with(maker->options->prefix, prefix) || begins_with(maker->options->embedding_name, prefix) ||
            begins_with(maker->options->head_name, prefix) ||
            (maker->options->crf && begins_with(maker->options->crf_name, prefix)));
}

static int strip(const struct maker *maker, const char *prefix)
{
    struct rnni_safetensors *file = &maker->view->file;
    for (size_t i = 0; i < file->tensor_count; i++)
        if (!begins_with(file->tensors[i].name, prefix))
            return 0;
    if (!file->tensor_count || is_wanted(maker, prefix))
        return 0;
    for (size_t i = 0; i < file->tensor_count; i++)
        file->tensors[i].name += strlen(prefix);
    for (size_t i = 0; i < file->note_count; i++)
        if (begins_with(file->notes[i].key, prefix))
            file->notes[i].key += strlen(prefix);
    return 1;
}

/* ---- weight norm ------------------------------------------------------------------------------------------------- */

/* Where the parametrizations of a module begin in a name; NULL: nowhere. */
static const char *find_parametrizations(const char *name)
{
    const char *found = NULL;
    for (const char *at = name; (at = strstr(at, PARAMETRIZATIONS)) != NULL; at++)
        if (at == name || at[-1] == '.')
            found = at;
    return found;
}

/* Both tensors that may be one weight: where v is NAME_v, g is NAME_g. */
static void join_pair(struct maker *maker, struct rnni_safetensors_tensor *v, const char *end_v, const char *end_g)
{
    struct rnni_view *view = maker->view;
    size_t stem = strlen(v->name) - strlen(end_v);
    int parametrized = end_v[0] == '.';
    const char *begin = parametrized ? find_parametrizations(v->name) : NULL;
    if (parametrized && (!begin || (size_t)(begin - v->name) + strlen(PARAMETRIZATIONS) >= stem))
        return;
    join(maker->text, v->name, stem, end_g, strlen(end_g));
    struct rnni_safetensors_tensor *g = find(view, maker->text);
    if (!g || !rnni_fold_fits(v, g) || fold_of(view, g)->kind) /* v has its old name, so it is no fold yet */
        return;
    size_t before = begin ? (size_t)(begin - v->name) : stem;
    size_t from = begin ? before + strlen(PARAMETRIZATIONS) : stem;
    size_t length = join(maker->text, v->name, before, v->name + from, stem - from);
    if (memchr(maker->text + before, '.', length - before) || find(view, maker->text))
        return;
    struct rnni_fold *fold = fold_of(view, v);
    fold->kind = RNNI_FOLD_WEIGHT_NORM;
    fold->part[RNNI_FOLD_MAGNITUDE] = take(view, g);
    v->name = maker->text;
    maker->text += length + 1;
}

static const char *const pair_ends[][2] = {{"_v", "_g"}, {".original1", ".original0"}};
#define PAIR_ENDS (sizeof pair_ends / sizeof *pair_ends)

static void join_pairs(struct maker *maker)
{
    struct rnni_safetensors *file = &maker->view->file;
    for (size_t i = 0; i < file->tensor_count; i++)
        for (size_t e = 0; e < PAIR_ENDS; e++)
            if (file->tensors[i].name && ends_with(file->tensors[i].name, pair_ends[e][0])) {
                join_pair(maker, &file->tensors[i], pair_ends[e][0], pair_ends[e][1]);
                break;
            }
}

/* ---- cells ------------------------------------------------------------------------------------------------------- */

static int is_of_cell(const char *name)
{
    static const char *const ends[] = {"weight_ih", "weight_hh", "bias_ih", "bias_hh"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends_with(name, ends[i]))
            return 1;
    return 0;
}

static void name_cells(struct maker *maker)
{
    struct rnni_safetensors *file = &maker->view->file;
    for (size_t i = 0; i < file->tensor_count; i++) {
        if (!is_of_cell(file->tensors[i].name))
            continue;
        const char *name = file->tensors[i].name;
        size_t length = join(maker->text, name, strlen(name), "_l0", 3);
        if (find(maker->view, maker->text))
            continue;
        file->tensors[i].name = maker->text;
        maker->text += length + 1;
    }
}

/* ---- batch norm -------------------------------------------------------------------------------------------------- */

static struct rnni_safetensors_tensor *find_behind(const struct rnni_view *view, const char *prefix, const char *last)
{
    char name[RNNI_TEXT_SIZE + 32];
    snprintf(name, sizeof name, "%s%s", prefix, last);
    return find(view, name);
}

/* Where an affine layer has no such tensor in the file, it gets one. */
static struct rnni_fold *find_or_append(struct maker *maker, struct rnni_safetensors_tensor *found,
                                        const struct rnni_safetensors_tensor *like, const char *prefix,
                                        const char *last)
{
    if (found)
        return fold_of(maker->view, found);
    struct rnni_fold *fold = append(maker->view, like);
    maker->view->file.tensors[fold - maker->view->folds].name = maker->text;
    maker->text += join(maker->text, prefix, strlen(prefix), last, strlen(last)) + 1;
    return fold;
}

static void join_batch_norm(struct maker *maker, const char *prefix)
{
    struct rnni_view *view = maker->view;
    struct rnni_safetensors_tensor *mean = find_behind(view, prefix, "running_mean");
    struct rnni_safetensors_tensor *variance = find_behind(view, prefix, "running_var");
    struct rnni_safetensors_tensor *weight = find_behind(view, prefix, "weight"),
                                   *bias = find_behind(view, prefix, "bias");
    if (!mean || !variance || (weight && fold_of(view, weight)->kind) || (bias && fold_of(view, bias)->kind))
        return;
    struct rnni_fold parts = {.kind = RNNI_FOLD_BATCH_WEIGHT};
    parts.part[RNNI_FOLD_WEIGHT] = weight ? fold_of(view, weight)->part[RNNI_FOLD_TENSOR] : NULL;
    parts.part[RNNI_FOLD_BIAS] = bias ? fold_of(view, bias)->part[RNNI_FOLD_TENSOR] : NULL;
    parts.part[RNNI_FOLD_MEAN] = take(view, mean);
    parts.part[RNNI_FOLD_VARIANCE] = take(view, variance);
    parts.part[RNNI_FOLD_BATCHES] = take(view, find_behind(view, prefix, "num_batches_tracked"));
    *find_or_append(maker, weight, parts.part[RNNI_FOLD_VARIANCE], prefix, "weight") = parts;
    parts.kind = RNNI_FOLD_BATCH_BIAS;
    *find_or_append(maker, bias, parts.part[RNNI_FOLD_VARIANCE], prefix, "bias") = parts;
}

static const char *affine_prefix(const struct rnni_layer_list *list, size_t index)
{
    const struct rnni_layer_options *o = &list->layers[index].options;
    return o->kind == RNN_KIND_AFFINE ? o->prefix : NULL;
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

/* Bytes of the names that may be made of one. */
static size_t room_for(const char *name)
{
    for (size_t e = 0; e < PAIR_ENDS; e++)
        if (ends_with(name, pair_ends[e][0]))
            return 2 * strlen(name) + sizeof "_l0";
    return is_of_cell(name) ? strlen(name) + sizeof "_l0" : 0;
}

/* Bytes of all names that may be made, and the number of affine layers. */
static size_t count_text(const struct maker *maker, size_t *affine)
{
    size_t bytes = 1;
    *affine = 0;
    for (size_t i = 0; i < maker->list->count; i++)
        if (affine_prefix(maker->list, i)) {
            bytes += 2 * (strlen(affine_prefix(maker->list, i)) + sizeof "weight");
            ++*affine;
        }
    for (size_t i = 0; i < maker->file->tensor_count; i++)
        bytes += room_for(maker->file->tensors[i].name);
    for (size_t i = 0; i < maker->file->note_count; i++)
        bytes += room_for(maker->file->notes[i].key);
    return bytes;
}

static int32_t take_room(struct maker *maker)
{
    struct rnni_view *view = maker->view;
    size_t affine, text = count_text(maker, &affine), ties = count_ties(maker->file);
    size_t most = maker->file->tensor_count + ties + 2 * affine;
    view->file.tensors = rnni_memory_take(most, sizeof *view->file.tensors);
    view->file.tensor_names = rnni_memory_take(most, sizeof *view->file.tensor_names);
    view->file.notes = rnni_memory_take(maker->file->note_count, sizeof *view->file.notes);
    view->folds = rnni_memory_take(most, sizeof *view->folds);
    view->ties = rnni_memory_take(ties, sizeof *view->ties);
    maker->text = view->text = rnni_memory_take(text, 1);
    if (!view->file.tensors || !view->file.tensor_names || !view->file.notes || !view->folds || !view->ties ||
        !view->text)
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for the names of %zu tensors", maker->function,
                                most);
    if (maker->file->note_count)
        memcpy(view->file.notes, maker->file->notes, maker->file->note_count * sizeof *view->file.notes);
    return RNN_OK;
}

static int32_t adapt(struct maker *maker)
{
    struct rnni_view *view = maker->view;
    add_ties(maker);
    while (strip(maker, "module.") || strip(maker, "_orig_mod.")) {
    }
    RNNI_TRY(settle(view, maker->function));
    join_pairs(maker);
    RNNI_TRY(settle(view, maker->function));
    name_cells(maker);
    for (size_t i = 0; i < maker->list->count; i++)
        if (affine_prefix(maker->list, i))
            join_batch_norm(maker, affine_prefix(maker->list, i));
    return settle(view, maker->function);
}

int32_t rnni_view_create(struct rnni_view *view, const struct rnni_safetensors *file,
                         const struct rnni_options *options, const struct rnni_layer_list *list, const char *function)
{
    struct maker maker = {view, file, options, list, NULL, function};
    *view = (struct rnni_view){.file = *file};
    view->file.tensors = NULL;
    view->file.tensor_names = NULL;
    view->file.notes = NULL;
    view->file.tensor_count = 0;
    RNNI_TRY(take_room(&maker));
    for (size_t i = 0; i < file->tensor_count; i++)
        append(view, &file->tensors[i]);
    return rnni_view_is_of_librnn(file) ? settle(view, function) : adapt(&maker);
}

void rnni_view_release(struct rnni_view *view)
{
    rnni_memory_release(view->file.tensors);
    rnni_memory_release(view->file.tensor_names);
    rnni_memory_release(view->file.notes);
    rnni_memory_release(view->folds);
    rnni_memory_release(view->ties);
    rnni_memory_release(view->text);
    *view = (struct rnni_view){.tie_count = 0};
}
