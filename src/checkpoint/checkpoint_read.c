#include "checkpoint/checkpoint.h"

#include "base/memory.h"
#include "base/utf8.h"
#include "checkpoint/hint.h"
#include "checkpoint/infer.h"
#include "checkpoint/view.h"

#include <stdio.h>
#include <string.h>

static int begins_with(const char *name, const char *prefix)
{
    return !strncmp(name, prefix, strlen(prefix));
}

/* ---- the definition ---------------------------------------------------------------------------------------------- */

#define LAYER "rnn.layer." /* of a list, followed by its index and the name of an option: "rnn.layer.2.stride" */

/* The index in such a key, and where the name of the option begins; NULL where there is none. */
static const char *read_index(size_t *index, const char *key)
{
    const char *digit = key + strlen(LAYER);
    for (*index = 0; *digit >= '0' && *digit <= '9' && *index <= RNNI_LAYERS_MOST; digit++)
        *index = 10 * *index + (size_t)(*digit - '0');
    const char *first = key + strlen(LAYER);
    int is_number = digit > first && (*first != '0' || digit == first + 1);
    return is_number && *digit == '.' ? digit + 1 : NULL;
}

/* Layers with the defaults of their kinds. */
static int32_t read_kinds(struct rnni_definition *definition, const struct rnni_safetensors *file, const char *function)
{
    for (size_t i = 0; i < RNNI_LAYERS_MOST; i++) {
        char key[64];
        snprintf(key, sizeof key, LAYER "%zu.kind", i);
        const char *text = rnni_safetensors_metadata(file, key);
        if (!text)
            break;
        int64_t kind = 0;
        size_t k = 0;
        for (; text[k] >= '0' && text[k] <= '9' && k < 4; k++)
            kind = 10 * kind + (text[k] - '0');
        kind = text[k] ? 0 : kind;
        if (rnni_definition_add(definition, kind, NULL, function) == RNN_E_MEMORY)
            return RNN_E_MEMORY;
        if (definition->layer_count == i)
            return rnni_status_fail(NULL, RNN_E_UNSUPPORTED,
                                    "%s: the checkpoint's %s is \"%s\", not supported by this version", function, key,
                                    rnni_utf8_quote(text).text);
    }
    return RNN_OK;
}

static int32_t read_layer_option(struct rnni_definition *definition, const char *key, const char *text,
                                 const char *function)
{
    size_t index;
    const char *name = read_index(&index, key);
    if (name && index < definition->layer_count && !strcmp(name, "kind"))
        return RNN_OK;
    if (!name || index >= definition->layer_count)
        return rnni_status_fail(NULL, RNN_E_UNSUPPORTED, "%s: unknown option %s in the checkpoint", function,
                                rnni_utf8_quote(key).text);
    struct rnni_layer_options *layer = &definition->layers[index];
    const struct rnni_option *option = rnni_layer_options_find(layer, name);
    if (!option)
        return rnni_status_fail(NULL, RNN_E_UNSUPPORTED, "%s: unknown option %s in the checkpoint", function,
                                rnni_utf8_quote(key).text);
    if (!rnni_layer_options_read(layer, option, text))
        return rnni_status_fail(NULL, option->key == RNN_CELL ? RNN_E_UNSUPPORTED : RNN_E_FORMAT,
                                "%s: the checkpoint's %s is \"%s\", not supported by this version", function,
                                rnni_utf8_quote(key).text, rnni_utf8_quote(text).text);
    return RNN_OK;
}

/* Options that the file does not name keep their defaults: it may be older than they are. */
static int32_t read_options(struct rnni_definition *definition, const struct rnni_safetensors *file,
                            const char *function)
{
    for (size_t i = 0; i < file->note_count; i++) {
        const char *key = file->notes[i].key, *text = file->notes[i].value;
        if (!begins_with(key, "rnn.") || begins_with(key, RNNI_SAFETENSORS_CHECKSUM))
            continue;
        if (begins_with(key, LAYER))
            RNNI_TRY(read_layer_option(definition, key, text, function));
        else
            RNNI_TRY(rnni_options_read(&definition->options, key, text, function));
    }
    if (definition->layer_count)
        return RNN_OK; /* which is checked as the list is made */
    rnni_options_drop_idle(&definition->options);
    return rnni_options_check(&definition->options, NULL, function) ? RNN_E_FORMAT : RNN_OK;
}

/* Whatever the status, the definition is to be released. */
static int32_t read_definition(struct rnni_definition *definition, const struct rnni_safetensors *file,
                               const char *function)
{
    rnni_definition_default(definition);
    if (!rnni_view_is_of_librnn(file))
        return rnni_status_fail(NULL, RNN_E_FORMAT,
                                "%s: __metadata__ has no rnn.hidden_size: not a checkpoint of librnn (for other "
                                "files use rnn_config_infer and rnn_model_load_parameters)",
                                function);
    RNNI_TRY(read_kinds(definition, file, function));
    return read_options(definition, file, function);
}

/* ---- tensors ----------------------------------------------------------------------------------------------------- */

/* Whose tensors they are that are looked for in a file. */
struct owner {
    const struct rnni_layout *layout;
    const struct rnni_options *options;
    const struct rnni_layer_list *list;
};

static int is_of_list(const struct rnni_layer_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        const char *prefix = rnni_view_prefix(&list->layers[i]);
        if (prefix && begins_with(name, prefix))
            return 1;
    }
    return 0;
}

/* Whether a tensor of a file belongs to the network: all do, unless the options have a prefix. */
static int is_ours(const struct owner *owner, const char *name)
{
    const struct rnni_options *options = owner->options;
    if (owner->list->count)
        return is_of_list(owner->list, name);
    return begins_with(name, options->prefix) || begins_with(name, options->embedding_name) ||
           begins_with(name, options->head_name) || (options->crf && begins_with(name, options->crf_name));
}

/* What could be meant in a file of others by a tensor that it does not have. */
static struct rnni_hint hint_of(const struct rnni_layout *layout, const struct rnni_tensor *tensor,
                                const struct rnni_safetensors *file)
{
    const char *tie = rnni_view_tie(file, tensor->name);
    if (tie)
        return rnni_hint_tie(tie);
    if (!layout->place)
        return (struct rnni_hint){""};
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
    return layout->classes && tensor->offset == layout->head.bias && !rnni_view_is_of_librnn(file);
}

/* Every tensor of the layout is in the file, in its shape.  Marks them in `known` [view->file.tensor_count]. */
static int32_t check_known(const struct rnni_layout *layout, int others, const struct rnni_view *view, char *known,
                           const char *function)
{
    const struct rnni_safetensors *file = &view->file;
    for (size_t i = 0; i < layout->tensor_count; i++) {
        const struct rnni_tensor *tensor = &layout->tensors[i];
        const struct rnni_safetensors_tensor *found = rnni_safetensors_find(file, tensor->name);
        if (!found && others && may_lack(layout, tensor, file))
            continue;
        if (!found)
            return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: the checkpoint has no tensor %s%s", function, tensor->name,
                                    others ? hint_of(layout, tensor, file).text : "");
        RNNI_TRY(rnni_fold_expect(rnni_view_fold(view, found), tensor->shape, tensor->rank, function));
        known[found - file->tensors] = 1;
    }
    return RNN_OK;
}

/* The others belong to somebody else, where that is allowed. */
static int32_t check_others(const struct owner *owner, int allowed, const struct rnni_safetensors *file,
                            const char *known, const char *function)
{
    for (size_t i = 0; i < file->tensor_count; i++) {
        const char *name = file->tensors[i].name;
        if (!known[i] && !(allowed && !is_ours(owner, name)))
            return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: the checkpoint has a tensor %s, its network does not",
                                    function, rnni_utf8_quote(name).text);
    }
    return RNN_OK;
}

static int32_t check_tensors(const struct owner *owner, int others, const struct rnni_view *view, const char *function)
{
    char *known = rnni_memory_take(view->file.tensor_count, 1);
    if (!known)
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory: cannot check %zu tensors", function,
                                view->file.tensor_count);
    int32_t status = check_known(owner->layout, others, view, known, function);
    if (!status)
        status = check_others(owner, others, &view->file, known, function);
    rnni_memory_release(known);
    return status;
}

static int32_t check_top_layer_of(const struct rnni_options *options, const struct rnni_safetensors *file,
                                  const char *function)
{
    char name[sizeof((struct rnni_tensor *)0)->name];
    rnni_layout_role_name(name, sizeof name, options->prefix, RNNI_WEIGHT_IH, (size_t)options->layers - 1,
                          options->direction != RNN_DIRECTION_FORWARD);
    if (!rnni_safetensors_find(file, name))
        return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: the checkpoint has no tensor %s", function, name);
    return RNN_OK;
}

/* A file of some hundred bytes that claims a thousand layers is found out before the table of their tensors is made:
 * the top layers are there, and each layer has a tensor. */
static int32_t check_top_layers(const struct rnni_definition *definition, const struct rnni_safetensors *file,
                                const char *function)
{
    size_t layers = 0;
    for (size_t i = 0; i < definition->layer_count; i++)
        if (definition->layers[i].kind == RNN_KIND_RECURRENT) {
            RNNI_TRY(check_top_layer_of(&definition->layers[i].stack, file, function));
            layers += (size_t)definition->layers[i].stack.layers;
        }
    if (layers > file->tensor_count)
        return rnni_status_fail(NULL, RNN_E_FORMAT, "%s: the checkpoint has %zu tensors for %zu recurrent layers",
                                function, file->tensor_count, layers);
    return definition->layer_count ? RNN_OK : check_top_layer_of(&definition->options, file, function);
}

static int32_t check_layout(const struct rnni_definition *definition, const struct rnni_view *view,
                            const char *function)
{
    struct rnni_layout layout;
    struct rnni_layer_list list = {.count = 0};
    struct owner owner = {&layout, &definition->options, &list};
    int32_t status = definition->layer_count ? rnni_layer_list_create(&list, &layout, definition, NULL, function)
                                             : rnni_layout_create(&layout, &definition->options, NULL, function);
    if (definition->layer_count && status == RNN_E_VALUE)
        status = RNN_E_FORMAT;
    if (!status)
        status = check_tensors(&owner, 0, view, function);
    rnni_layer_list_release(&list);
    rnni_layout_release(&layout);
    return status;
}

/* Into [parameter_count] values, which are in an unknown state where it fails. */
static int32_t read_values(float *values, const struct rnni_layout *layout, const struct rnni_view *view,
                           const char *function)
{
    for (size_t i = 0; i < layout->tensor_count; i++) {
        const struct rnni_tensor *tensor = &layout->tensors[i];
        const struct rnni_safetensors_tensor *found = rnni_safetensors_find(&view->file, tensor->name);
        if (found)
            RNNI_TRY(rnni_fold_read(values + tensor->offset, rnni_view_fold(view, found), &view->file, tensor->shape[0],
                                    tensor->count, function));
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

static int32_t fill_model(struct rnn_model *model, const struct rnni_view *view, const char *function)
{
    RNNI_TRY(fill_notes(model, &view->file, function));
    RNNI_TRY(read_values(model->parameters, &model->layout, view, function));
    rnni_model_parameters_changed(model, NULL);
    return RNN_OK;
}

static int32_t create_model(struct rnn_model **out, const struct rnni_definition *definition,
                            const struct rnni_view *view, const char *function)
{
    struct rnn_model *model = NULL;
    RNNI_TRY(check_top_layers(definition, &view->file, function));
    RNNI_TRY(check_layout(definition, view, function));
    RNNI_TRY(rnni_model_create(&model, definition, NULL, function));
    int32_t status = fill_model(model, view, function);
    if (status)
        rnni_model_drop(model);
    else
        *out = model;
    return status;
}

int32_t rnni_checkpoint_read(struct rnn_model **out, const struct rnni_safetensors *file, const char *function)
{
    static const struct rnni_layer_list none;
    struct rnni_definition definition;
    struct rnni_view view = {.tie_count = 0};
    int32_t status = read_definition(&definition, file, function);
    if (!status)
        status = rnni_view_create(&view, file, &definition.options, &none, function);
    if (!status)
        status = create_model(out, &definition, &view, function);
    rnni_view_release(&view);
    rnni_definition_release(&definition);
    return status;
}

static int32_t check_whole(const struct rnn_model *model, const struct rnni_safetensors *file, const char *function)
{
    for (size_t i = 0; i < model->list.count; i++) {
        const char *prefix = rnni_view_prefix(&model->list.layers[i]);
        if (prefix)
            RNNI_TRY(rnni_infer_check_whole(prefix, file, function));
    }
    return model->list.count ? RNN_OK : rnni_infer_check_whole(model->options.prefix, file, function);
}

static int32_t read_parameters(struct rnn_model *model, const struct rnni_view *view, const char *function)
{
    struct owner owner = {&model->layout, &model->options, &model->list};
    RNNI_TRY(check_whole(model, &view->file, function));
    RNNI_TRY(check_tensors(&owner, 1, view, function));
    float *values = rnni_memory_take(model->layout.parameter_count, sizeof *values); /* the file may yet fail */
    if (!values)
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for %zu parameters", function,
                                model->layout.parameter_count);
    int32_t status = read_values(values, &model->layout, view, function);
    if (!status) {
        memcpy(model->parameters, values, model->layout.parameter_count * sizeof *values);
        rnni_model_parameters_changed(model, NULL);
    }
    rnni_memory_release(values);
    return status;
}

int32_t rnni_checkpoint_read_parameters(struct rnn_model *model, const struct rnni_safetensors *file,
                                        const char *function)
{
    struct rnni_view view;
    int32_t status = rnni_view_create(&view, file, &model->options, &model->list, function);
    if (!status)
        status = read_parameters(model, &view, function);
    rnni_view_release(&view);
    return status;
}

/* ---- options alone --------------------------------------------------------------------------------------------- */

/* Those of a file of another writer, into options that have none of their list. */
static int32_t infer(struct rnni_definition *found, const struct rnni_definition *definition,
                     const struct rnni_safetensors *file, const char *function)
{
    static const struct rnni_layer_list none;
    struct rnni_view view;
    rnni_definition_default(found);
    if (definition->layer_count)
        return rnni_status_fail(NULL, RNN_E_UNSUPPORTED,
                                "%s: the configuration has a list of layers, which only a checkpoint of librnn tells",
                                function);
    found->options = definition->options;
    int32_t status = rnni_view_create(&view, file, &found->options, &none, function);
    if (!status)
        status = rnni_infer(&found->options, &view.file, function);
    rnni_view_release(&view);
    return status;
}

int32_t rnni_checkpoint_infer(struct rnni_definition *definition, const struct rnni_safetensors *file,
                              const char *function)
{
    struct rnni_definition found;
    int32_t status = rnni_view_is_of_librnn(file) ? read_definition(&found, file, function)
                                                  : infer(&found, definition, file, function);
    if (status) {
        rnni_definition_release(&found);
        return status;
    }
    found.options.products = definition->options.products; /* in no file */
    rnni_definition_release(definition);
    *definition = found;
    return RNN_OK;
}
