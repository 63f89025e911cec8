/* Checks that a file has exactly the tensors of the network that was inferred from it.  A missing or extra name shows
 * that the file is of another network. */
#include "base/utf8.h"
#include "checkpoint/hint.h"
#include "checkpoint/infer.h"
#include "model/layout.h"

#include <string.h>

/* What follows `begin` in a name; NULL if the name begins otherwise. */
static const char *behind(const char *name, const char *begin)
{
    size_t length = strlen(begin);
    return strncmp(name, begin, length) ? NULL : name + length;
}

static int begins_with_one(const char *name, const char *const *begins, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (behind(name, begins[i]))
            return 1;
    return 0;
}

/* ---- weights in parts ------------------------------------------------------------------------------------------- */

/* weight_hh_l0_g and weight_hh_l0_v of torch.nn.utils.weight_norm that could not be joined, _orig, _u and _mask of
 * others, and what torch.nn.utils.parametrize makes. */
static int is_part(const char *name)
{
    static const char *const begins[] = {"weight_", "bias_"}, *const parametrized[] = {"weight", "bias"};
    static const char *const ends[] = {"_g", "_v", "_u", "_orig", "_mask"};
    const char *of = behind(name, "parametrizations.");
    if (of || !begins_with_one(name, begins, 2))
        return of && begins_with_one(of, parametrized, 2);
    const char *end = strrchr(name, '_');
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (!strcmp(end, ends[i]))
            return 1;
    return 0;
}

int32_t rnni_infer_check_whole(const char *prefix, const struct rnni_safetensors *file, const char *function)
{
    for (size_t i = 0; i < file->tensor_count; i++) {
        const char *name = file->tensors[i].name, *last = behind(name, prefix);
        if (last && is_part(last))
            return rnni_status_fail(NULL, RNN_E_UNSUPPORTED,
                                    "%s: \"%s\" is part of a weight; only weight norm over dimension 0, g [rows,1] "
                                    "and v [rows,columns], is joined: call torch.nn.utils.remove_weight_norm or "
                                    "parametrize.remove_parametrizations before saving",
                                    function, rnni_utf8_quote(name).text);
    }
    return RNN_OK;
}

/* ---- layers ------------------------------------------------------------------------------------------------------ */

static int32_t check_run(const struct rnni_options *options, const struct rnni_safetensors *file, size_t layer,
                         int reverse, const char *function)
{
    for (enum rnni_role role = 0; role < RNNI_ROLES; role++) {
        char name[sizeof((struct rnni_tensor *)0)->name];
        rnni_layout_role_name(name, sizeof name, options->prefix, role, layer, reverse);
        if (rnni_layout_has(options, role) && !rnni_safetensors_find(file, name))
            return rnni_status_fail(NULL, RNN_E_FORMAT,
                                    "%s: the file has no tensor \"%s\", which other layers or directions have",
                                    function, rnni_utf8_quote(name).text);
    }
    return RNN_OK;
}

static int32_t check_layers(const struct rnni_options *options, const struct rnni_safetensors *file,
                            const char *function)
{
    for (size_t k = 0; k < (size_t)options->layers; k++) {
        if (options->direction != RNN_DIRECTION_REVERSE)
            RNNI_TRY(check_run(options, file, k, 0, function));
        if (options->direction != RNN_DIRECTION_FORWARD)
            RNNI_TRY(check_run(options, file, k, 1, function));
    }
    return RNN_OK;
}

/* ---- extra tensors ----------------------------------------------------------------------------------------------- */

static int is_of_layers(const struct rnni_options *options, const char *last)
{
    enum rnni_role role;
    size_t layer;
    int reverse;
    if (!rnni_layout_read_name(last, &role, &layer, &reverse))
        return 0;
    int there = options->direction == RNN_DIRECTION_BOTH || reverse == (options->direction == RNN_DIRECTION_REVERSE);
    return there && layer < (size_t)options->layers && rnni_layout_has(options, role);
}

static int is_of_crf(const char *last)
{
    return !strcmp(last, "start_transitions") || !strcmp(last, "end_transitions") || !strcmp(last, "transitions");
}

static int is_ours(const struct rnni_options *options, const char *name)
{
    const char *last = behind(name, options->prefix);
    if (last && is_of_layers(options, last))
        return 1;
    last = behind(name, options->embedding_name);
    if (last && options->embedding_size && !strcmp(last, "weight"))
        return 1;
    last = behind(name, options->head_name);
    if (last && options->classes && (!strcmp(last, "weight") || !strcmp(last, "bias")))
        return 1;
    last = behind(name, options->crf_name);
    return last && options->crf && is_of_crf(last);
}

/* Whether only the network could have a tensor of that name. */
static int could_be_ours(const struct rnni_options *options, const char *name)
{
    static const char *const begins[] = {"weight_", "bias_", "peephole_", "norm_", "parametrizations."};
    const char *last = behind(name, options->prefix);
    return (last && begins_with_one(last, begins, sizeof begins / sizeof *begins)) ||
           (*options->embedding_name && behind(name, options->embedding_name)) ||
           (*options->head_name && behind(name, options->head_name)) ||
           (options->crf && *options->crf_name && behind(name, options->crf_name));
}

static int32_t check_others(const struct rnni_options *options, const struct rnni_safetensors *file,
                            const char *function)
{
    for (size_t i = 0; i < file->tensor_count; i++) {
        const char *name = file->tensors[i].name;
        if (!is_ours(options, name) && could_be_ours(options, name))
            return rnni_status_fail(NULL, RNN_E_FORMAT,
                                    "%s: the file has \"%s\", but its other tensors describe a network without it",
                                    function, rnni_utf8_quote(name).text);
    }
    return RNN_OK;
}

/* ---- ties -------------------------------------------------------------------------------------------------------- */

static int is_named(const char *name, const char *prefix, const char *end)
{
    const char *last = behind(name, prefix);
    return last && !strcmp(last, end);
}

int32_t rnni_infer_check_ties(const struct rnni_options *options, const struct rnni_safetensors *file,
                              const char *function)
{
    for (size_t i = 0; i < file->note_count; i++) {
        const char *name = file->notes[i].key, *last = behind(name, options->prefix);
        enum rnni_role role;
        size_t layer;
        int reverse;
        int wanted = (last && rnni_layout_read_name(last, &role, &layer, &reverse)) ||
                     is_named(name, options->embedding_name, "weight") || is_named(name, options->head_name, "weight");
        if (wanted && !rnni_safetensors_find(file, name))
            return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: the file has no tensor \"%s\"%s", function,
                                    rnni_utf8_quote(name).text, rnni_hint_tie(file->notes[i].value).text);
    }
    return RNN_OK;
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

int32_t rnni_infer_check(const struct rnni_options *options, const struct rnni_safetensors *file, const char *function)
{
    RNNI_TRY(check_layers(options, file, function));
    return check_others(options, file, function);
}
