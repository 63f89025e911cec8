#include "support/tensor_options.h"

rnn_model *tensor_model(int32_t cell, int64_t inputs, int64_t units)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, cell));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, inputs));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, units));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, 2));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

struct tensor_setup tensor_open(int32_t cell, int64_t inputs, int64_t units)
{
    struct tensor_setup t = {.model = tensor_model(cell, inputs, units)};
    assert_ok(rnn_session_create(&t.session, t.model, RNN_TRAINING));
    assert_ok(rnn_model_parameters(t.model, &t.p, &t.count));
    assert_ok(rnn_session_gradients(t.session, &t.g, &t.count));
    return t;
}

void tensor_close(struct tensor_setup *t)
{
    rnn_session_destroy(t->session);
    rnn_destroy(t->model);
}

void tensor_set_factors(rnn_optimizer *optimizer, const char *prefix, double rate, double decay)
{
    assert_ok(rnn_optimizer_set_tensors_real(optimizer, prefix, RNN_RATE_FACTOR, rate));
    assert_ok(rnn_optimizer_set_tensors_real(optimizer, prefix, RNN_DECAY_FACTOR, decay));
}

rnn_optimizer *tensor_optimizer(const rnn_model *model, int32_t kind)
{
    rnn_optimizer *o;
    assert_ok(rnn_optimizer_create_for_model(&o, kind, model));
    assert_ok(rnn_optimizer_set_real(o, RNN_WEIGHT_DECAY, 0.1));
    assert_ok(rnn_optimizer_set_real(o, RNN_MAX_NORM, 2));
    tensor_set_factors(o, "weight_", 1 / 3.0, 0.7);
    assert_ok(rnn_optimizer_exempt_biases(o));
    assert_ok(rnn_optimizer_set_tensors_int(o, "bias_hh", RNN_FROZEN, 1));
    if (kind >= RNN_OPTIMIZER_ADAM)
        assert_ok(rnn_optimizer_set_int(o, RNN_AMSGRAD, 1));
    return o;
}

double tensor_rate_factor(rnn_optimizer *optimizer, const char *name)
{
    double value = -1;
    assert_ok(rnn_optimizer_get_tensor_real(optimizer, name, RNN_RATE_FACTOR, &value));
    return value;
}

void tensor_check_refused(int32_t found, int32_t status, const rnn_optimizer *optimizer, const char *part,
                          const char *file, int line)
{
    const char *message = optimizer ? rnn_optimizer_last_error(optimizer) : rnn_last_error();
    if (found == status && strstr(message, part) && !strcmp(message, rnn_last_error()))
        return;
    print_error("%s (%s), expected %s\n", rnn_status_string(found), message, part);
    _fail(file, line);
}
