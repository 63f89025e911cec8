/* A list of layers: in a configuration, and in a model. */
#include "api/check.h"
#include "api/rnn_config.h"
#include "model/equivalent_list.h"
#include "model/model.h"

static int32_t check_layer(struct rnni_caller caller, size_t layer, size_t count)
{
    if (layer >= count)
        return rnni_status_fail(caller.message, RNN_E_VALUE, "%s: layer is %zu, but the list has %zu layers",
                                caller.function, layer, count);
    return RNN_OK;
}

/* ---- in a configuration ------------------------------------------------------------------------------------------ */

/* Returns from the calling public function where the configuration has no such layer; else `options` are its. */
#define FIND_LAYER(options)                                                                                            \
    RNNI_NEED(NULL, config);                                                                                           \
    struct rnni_caller caller = {&config->message, __func__};                                                          \
    RNNI_TRY(check_layer(caller, layer, config->definition.layer_count));                                              \
    struct rnni_layer_options *options = &config->definition.layers[layer]

RNN_API int32_t rnn_config_add_layer(rnn_config *config, size_t *index, int32_t kind)
{
    RNNI_NEED(NULL, config);
    RNNI_TRY(rnni_definition_add(&config->definition, kind, &config->message, __func__));
    if (index)
        *index = config->definition.layer_count - 1;
    return RNN_OK;
}

RNN_API int32_t rnn_config_layer_count(rnn_config *config, size_t *count)
{
    RNNI_NEED(NULL, config);
    RNNI_NEED(&config->message, count);
    *count = config->definition.layer_count;
    return RNN_OK;
}

RNN_API int32_t rnn_config_set_layer_int(rnn_config *config, size_t layer, int32_t key, int64_t value)
{
    FIND_LAYER(options);
    return rnni_layer_options_set_int(options, key, value, caller.message, caller.function);
}

RNN_API int32_t rnn_config_set_layer_real(rnn_config *config, size_t layer, int32_t key, double value)
{
    FIND_LAYER(options);
    return rnni_layer_options_set_real(options, key, value, caller.message, caller.function);
}

RNN_API int32_t rnn_config_set_layer_text(rnn_config *config, size_t layer, int32_t key, const char *value)
{
    FIND_LAYER(options);
    RNNI_NEED(caller.message, value);
    return rnni_layer_options_set_text(options, key, value, caller.message, caller.function);
}

RNN_API int32_t rnn_config_get_layer_int(rnn_config *config, size_t layer, int32_t key, int64_t *value)
{
    FIND_LAYER(options);
    RNNI_NEED(caller.message, value);
    return rnni_layer_options_get_int(options, value, key, caller.message, caller.function);
}

RNN_API int32_t rnn_config_get_layer_real(rnn_config *config, size_t layer, int32_t key, double *value)
{
    FIND_LAYER(options);
    RNNI_NEED(caller.message, value);
    return rnni_layer_options_get_real(options, value, key, caller.message, caller.function);
}

RNN_API int32_t rnn_config_get_layer_text(rnn_config *config, size_t layer, int32_t key, const char **value)
{
    FIND_LAYER(options);
    RNNI_NEED(caller.message, value);
    return rnni_layer_options_get_text(options, value, key, caller.message, caller.function);
}

/* ---- in a model -------------------------------------------------------------------------------------------------- */

/* Of its list, or of that which computes the same. */
static int32_t count_layers(struct rnni_caller caller, size_t *count, const struct rnn_model *model)
{
    const char *objection = model->list.count ? NULL : rnni_equivalent_list_objection(&model->options);
    if (objection)
        return rnni_status_fail(caller.message, RNN_E_UNSUPPORTED, "%s: no list of layers computes this network: %s",
                                caller.function, objection);
    *count = model->list.count ? model->list.count : rnni_equivalent_list_count(&model->options);
    return RNN_OK;
}

/* A layer of the equivalent list is made in `made`. */
static int32_t find_layer(struct rnni_caller caller, const struct rnni_layer_options **options,
                          struct rnni_layer_options *made, const struct rnn_model *model, size_t layer)
{
    size_t count = 0;
    RNNI_TRY(count_layers(caller, &count, model));
    RNNI_TRY(check_layer(caller, layer, count));
    if (!model->list.count)
        rnni_equivalent_list_layer(made, &model->options, layer);
    *options = model->list.count ? &model->list.layers[layer].options : made;
    return RNN_OK;
}

/* Returns from the calling public function where the model has no such layer; else `options` are its, or `made`. */
#define FIND_LAYER_OF_MODEL(options)                                                                                   \
    RNNI_NEED(NULL, model);                                                                                            \
    struct rnni_caller caller = {NULL, __func__};                                                                      \
    const struct rnni_layer_options *options;                                                                          \
    struct rnni_layer_options made;                                                                                    \
    RNNI_TRY(find_layer(caller, &options, &made, model, layer))

RNN_API int32_t rnn_model_output_size(const rnn_model *model, size_t *outputs)
{
    RNNI_NEED(NULL, model);
    RNNI_NEED(NULL, outputs);
    *outputs = model->layout.outputs;
    return RNN_OK;
}

RNN_API int32_t rnn_model_layer_count(const rnn_model *model, size_t *count)
{
    RNNI_NEED(NULL, model);
    RNNI_NEED(NULL, count);
    return count_layers((struct rnni_caller){NULL, __func__}, count, model);
}

RNN_API int32_t rnn_model_layer_kind(const rnn_model *model, size_t layer, int32_t *kind)
{
    FIND_LAYER_OF_MODEL(options);
    RNNI_NEED(caller.message, kind);
    *kind = (int32_t)options->kind;
    return RNN_OK;
}

RNN_API int32_t rnn_model_get_layer_int(const rnn_model *model, size_t layer, int32_t key, int64_t *value)
{
    FIND_LAYER_OF_MODEL(options);
    RNNI_NEED(caller.message, value);
    return rnni_layer_options_get_int(options, value, key, caller.message, caller.function);
}

RNN_API int32_t rnn_model_get_layer_real(const rnn_model *model, size_t layer, int32_t key, double *value)
{
    FIND_LAYER_OF_MODEL(options);
    RNNI_NEED(caller.message, value);
    return rnni_layer_options_get_real(options, value, key, caller.message, caller.function);
}

RNN_API int32_t rnn_model_get_layer_text(const rnn_model *model, size_t layer, int32_t key, const char **value)
{
    FIND_LAYER_OF_MODEL(options);
    RNNI_NEED(caller.message, value);
    RNNI_TRY(rnni_layer_options_get_text(options, value, key, caller.message, caller.function));
    if (options == &made) /* RNN_PREFIX, the one text of a layer, where it lives as long as the model */
        *value = rnni_equivalent_list_prefix(&model->options, made.kind);
    return RNN_OK;
}
