#include "api/rnn_config.h"

#include "api/check.h"
#include "base/memory.h"

RNN_API int32_t rnn_config_create(rnn_config **out)
{
    RNNI_NEED(NULL, out);
    rnn_config *config = rnni_memory_take(1, sizeof *config);
    if (!config)
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for a configuration", __func__);
    rnni_definition_default(&config->definition);
    *out = config;
    return RNN_OK;
}

RNN_API void rnn_config_destroy(rnn_config *config)
{
    if (config)
        rnni_definition_release(&config->definition);
    rnni_memory_release(config);
}

RNN_API int32_t rnn_config_set_int(rnn_config *config, int32_t key, int64_t value)
{
    RNNI_NEED(NULL, config);
    return rnni_options_set_int(&config->definition.options, key, value, &config->message, __func__);
}

RNN_API int32_t rnn_config_set_real(rnn_config *config, int32_t key, double value)
{
    RNNI_NEED(NULL, config);
    return rnni_options_set_real(&config->definition.options, key, value, &config->message, __func__);
}

RNN_API int32_t rnn_config_set_text(rnn_config *config, int32_t key, const char *value)
{
    RNNI_NEED(NULL, config);
    RNNI_NEED(&config->message, value);
    return rnni_options_set_text(&config->definition.options, key, value, &config->message, __func__);
}

RNN_API int32_t rnn_config_get_int(rnn_config *config, int32_t key, int64_t *value)
{
    RNNI_NEED(NULL, config);
    RNNI_NEED(&config->message, value);
    return rnni_options_get_int(&config->definition.options, value, key, &config->message, __func__);
}

RNN_API int32_t rnn_config_get_real(rnn_config *config, int32_t key, double *value)
{
    RNNI_NEED(NULL, config);
    RNNI_NEED(&config->message, value);
    return rnni_options_get_real(&config->definition.options, value, key, &config->message, __func__);
}

RNN_API int32_t rnn_config_get_text(rnn_config *config, int32_t key, const char **value)
{
    RNNI_NEED(NULL, config);
    RNNI_NEED(&config->message, value);
    return rnni_options_get_text(&config->definition.options, value, key, &config->message, __func__);
}

RNN_API const char *rnn_config_last_error(const rnn_config *config)
{
    return config ? config->message.text : "";
}
