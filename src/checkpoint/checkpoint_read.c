#include "checkpoint/checkpoint.h"

#include "base/memory.h"
#include "base/utf8.h"
#include "checkpoint/hint.h"
#include "checkpoint/infer.h"

#include <string.h>

static int begins_with(const char *name, const char *prefix)
{
    return !strncmp(name, prefix, strlen(prefix));
}

/* ---- a whole checkpoint ---------------------------------------------------------------------------------------- */

/* Options that the file does not name keep their defaults: it may be older than they are. */
static int32_t read_options(struct rnni_options *options, const struct rnni_safetensors *file, const char *function)
{
    rnni_options_default(options);
    if (!rnni_safetensors_metadata(file, "rnn.hidden_size"))
        return rnni_status_fail(NULL, RNN_E_FORMAT,
                                "%s: __metadata__ has no rnn.hidden_size: not a checkpoint of librnn (for other "
                                "files use rnn_config_infer and rnn_model_load_parameters)",
                                function);
    for (size_t i = 0; i < file->note_count; i++) {
        const char *key = file->notes[i].key;
        if (!begins_with(key, "rnn.") || begins_with(key, RNNI_SAFETENSORS_CHECKSUM))
            continue;
        RNNI_TRY(rnni_options_read(options, key, file->notes[i].value, function));
    }
    rnni_options_drop_idle(options);
    return rnni_options_check(options, NULL, function) ? RNN_E_FORMAT : RNN_OK;
}

/* Whether a tensor of a file belongs to the network: all do, unless the options have a prefix. */
static int is_ours(const struct rnni_options *options, const char *name)
{
    return begins_with(name, options->prefix) || begins_with(name, options->embedding_name) ||
           begins_with(name, options->head_name);
}

/* What could be meant in a file of others by a tensor that it does not have. */
static struct rnni_hint hint_of(const struct rnni_layout *layout, const struct rnni_tensor *tensor,
                                const struct rnni_safetensors *file)
{
    if (layout->embedding && tensor == layout->tensors)
        return rnni_hint_embedding(file, tensor->shape[0], tensor->shape[1]);
    if (layout->classes && tensor->offset == layout->head.weight)
        return rnni_hint_head(file, tensor->shape[0], tensor->shape[1]);
    if (tensor->offset == layout->place->tensor[RNNI_WEIGHT_IH])
        return rnni_hint_prefix(file);
    return (struct rnni_hint){""};
}

/* A tensor that a file of another writer may lack: it is 0 then. */
static int may_lack(const struct rnni_layout *layout, const struct rnni_tensor *tensor,
                    const struct rnni_safetensors *file)
{
    return layout->classes && tensor->offset == layout->head.bias &&
           !rnni_safetensors_metadata(file, "rnn.hidden_size");
}

/* Every tensor of the layout is in the file, in its shape.  Marks them in `known` [file->tensor_count]. */
static int32_t check_known(const struct rnni_layout *layout, int others, const struct rnni_safetensors *file,
                           char *known, const char *function)
{
    for (size_t i = 0; i < layout->tensor_count; i++) {
        const struct rnni_tensor *tensor = &layout->tensors[i];
        const struct rnni_safetensors_tensor *found = rnni_safetensors_find(file, tensor->name);
        if (!found && others && may_lack(layout, tensor, file))
            continue;
        if (!found)
            return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: the checkpoint has no tensor %s%s", function, tensor->name,
                                    others ? hint_of(layout, tensor, file).text : "");
        RNNI_TRY(rnni_safetensors_expect(found, tensor->shape, tensor->rank, function));
        known[found - file->tensors] = 1;
    }
    return RNN_OK;
}

/* The others belong to somebody else, where that is allowed. */
static int32_t check_others(const struct rnni_options *options, int allowed, const struct rnni_safetensors *file,
                            const char *known, const char *function)
{
    for (size_t i = 0; i < file->tensor_count; i++) {
        const char *name = file->tensors[i].name;
        if (!known[i] && !(allowed && !is_ours(options, name)))
            return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: the checkpoint has a tensor %s, its network does not",
                                    function, rnni_utf8_quote(name).text);
    }
    return RNN_OK;
}

static int32_t check_tensors(const struct rnni_layout *layout, const struct rnni_options *options, int others,
                             const struct rnni_safetensors *file, const char *function)
{
    char *known = rnni_memory_take(file->tensor_count, 1);
    if (!known)
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory: cannot check %zu tensors", function,
                                file->tensor_count);
    int32_t status = check_known(layout, others, file, known, function);
    if (!status)
        status = check_others(options, others, file, known, function);
    rnni_memory_release(known);
    return status;
}

/* A file of some hundred bytes that claims a thousand layers is found out before the table of their tensors is made. */
static int32_t check_top_layer(const struct rnni_options *options, const struct rnni_safetensors *file,
                               const char *function)
{
    char name[sizeof((struct rnni_tensor *)0)->name];
    rnni_layout_role_name(name, sizeof name, options->prefix, RNNI_WEIGHT_IH, (size_t)options->layers - 1,
                          options->direction != RNN_DIRECTION_FORWARD);
    if (!rnni_safetensors_find(file, name))
        return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: the checkpoint has no tensor %s", function, name);
    return RNN_OK;
}

static int32_t check_layout(const struct rnni_options *options, const struct rnni_safetensors *file,
                            const char *function)
{
    struct rnni_layout layout;
    int32_t status = rnni_layout_create(&layout, options, NULL, function);
    if (status)
        return status;
    status = check_tensors(&layout, options, 0, file, function);
    rnni_layout_release(&layout);
    return status;
}

/* Into [parameter_count] values, which are in an unknown state where it fails. */
static int32_t read_values(float *values, const struct rnni_layout *layout, const struct rnni_safetensors *file,
                           const char *function)
{
    for (size_t i = 0; i < layout->tensor_count; i++) {
        const struct rnni_tensor *tensor = &layout->tensors[i];
        const struct rnni_safetensors_tensor *found = rnni_safetensors_find(file, tensor->name);
        if (found)
            RNNI_TRY(rnni_safetensors_read_floats(values + tensor->offset, file, found, function));
        else
            memset(values + tensor->offset, 0, tensor->count * sizeof *values);
    }
    return RNN_OK;
}

static int32_t fill_notes(struct rnn_model *model, const struct rnni_safetensors *file, const char *function)
{
    struct rnni_metadata **end = &model->notes;
    for (size_t i = 0; i < file->note_count; i++) {
        const char *key = file->notes[i].key;
        if (!begins_with(key, "rnn.") && strcmp(key, "format") != 0 &&
            !rnni_metadata_append(&end, key, file->notes[i].value))
            return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for the metadata of the checkpoint",
                                    function);
    }
    return RNN_OK;
}

int32_t rnni_checkpoint_read(struct rnn_model **out, const struct rnni_safetensors *file, const char *function)
{
    struct rnni_options options;
    struct rnn_model *model = NULL;
    RNNI_TRY(read_options(&options, file, function));
    RNNI_TRY(check_top_layer(&options, file, function));
    RNNI_TRY(check_layout(&options, file, function));
    RNNI_TRY(rnni_model_create(&model, &options, NULL, function));
    int32_t status = fill_notes(model, file, function);
    if (!status)
        status = read_values(model->parameters, &model->layout, file, function);
    if (status) {
        rnni_model_drop(model);
        return status;
    }
    rnni_model_parameters_changed(model, NULL);
    *out = model;
    return RNN_OK;
}

int32_t rnni_checkpoint_read_parameters(struct rnn_model *model, const struct rnni_safetensors *file,
                                        const char *function)
{
    RNNI_TRY(rnni_infer_check_whole(&model->options, file, function));
    RNNI_TRY(check_tensors(&model->layout, &model->options, 1, file, function));
    float *values = rnni_memory_take(model->layout.parameter_count, sizeof *values); /* the file may yet fail */
    if (!values)
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for %zu parameters", function,
                                model->layout.parameter_count);
    int32_t status = read_values(values, &model->layout, file, function);
    if (!status) {
        memcpy(model->parameters, values, model->layout.parameter_count * sizeof *values);
        rnni_model_parameters_changed(model, NULL);
    }
    rnni_memory_release(values);
    return status;
}

/* ---- options alone --------------------------------------------------------------------------------------------- */

int32_t rnni_checkpoint_infer(struct rnni_options *options, const struct rnni_safetensors *file, const char *function)
{
    struct rnni_options found = *options;
    RNNI_TRY(rnni_safetensors_metadata(file, "rnn.hidden_size") ? read_options(&found, file, function)
                                                                : rnni_infer(&found, file, function));
    found.products = options->products; /* in no file */
    *options = found;
    return RNN_OK;
}
