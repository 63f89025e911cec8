/* Calls of the functions for sequences that callbacks make. */
#include "support/calls.h"

enum { I = 3, C = 4, T = 5 };

static int32_t make(void *user, rnn_sample *sample, size_t index, int64_t seed)
{
    const int32_t *tokens, *classes;
    const float *values, *x, *mask;
    float input[T * I] = {1, 2}, targets[T * C] = {0, 1}, ones[T] = {1, 1, 0, 1, 1};
    int32_t labels[T] = {1, 2, 3, 2, 1}, holes[T] = {0, 1, 1, 0, 1};
    const int32_t *left;
    size_t count, steps;
    (void)user, (void)index, (void)seed;
    CALL(rnn_sample_set_x, sample, input, T * I, T);
    assert_int_equal(rnn_sample_set_tokens(sample, labels, T), RNN_E_STATE);
    CALL(rnn_sample_set_values, sample, targets, T * C);
    CALL(rnn_sample_get_values, sample, &values, &count);
    assert_true(count == T * C && values[1] == 1);
    CALL(rnn_sample_set_classes, sample, labels, T);
    CALL(rnn_sample_set_mask, sample, ones, T);
    CALL(rnn_sample_set_step_mask, sample, holes, T);
    CALL(rnn_sample_set_weight, sample, 0.5);
    CALL(rnn_sample_get_x, sample, &x, &count, &steps);
    assert_true(count == T * I && steps == T && x[1] == 2);
    CALL(rnn_sample_get_tokens, sample, &tokens, &count);
    assert_true(!count && !tokens);
    CALL(rnn_sample_get_classes, sample, &classes, &count);
    assert_true(count == T && classes[2] == 3);
    CALL(rnn_sample_get_mask, sample, &mask, &count);
    assert_true(count == T && mask[2] == 0);
    CALL(rnn_sample_get_step_mask, sample, &left, &count);
    assert_true(count == T && left[2] == 1 && !left[3]);
    return 0;
}

static int32_t make_tokens(void *user, rnn_sample *sample, size_t index, int64_t seed)
{
    int32_t labels[T] = {1, 2, 0, 2, 1};
    (void)user, (void)index, (void)seed;
    CALL(rnn_sample_set_tokens, sample, labels, T);
    CALL(rnn_sample_set_classes, sample, labels, T);
    return 0;
}

static void fit(int tokens)
{
    rnn_config *config;
    rnn_model *model;
    rnn_optimizer *optimizer;
    rnn_loss *loss;
    rnn_trainer *trainer;
    rnn_dataset *data;
    const float *parameters;
    size_t count;
    CALL(rnn_config_create, &config);
    CALL(rnn_config_set_int, config, tokens ? RNN_VOCABULARY : RNN_INPUT_SIZE, I);
    CALL(rnn_config_set_int, config, RNN_HIDDEN_SIZE, 4);
    CALL(rnn_config_set_int, config, RNN_CLASSES, C);
    CALL(rnn_create, &model, config);
    CALL(rnn_model_parameters, model, &parameters, &count);
    CALL(rnn_optimizer_create, &optimizer, RNN_OPTIMIZER_SGD, count);
    CALL(rnn_loss_create, &loss, RNN_LOSS_CROSS_ENTROPY);
    CALL(rnn_trainer_create, &trainer, model, optimizer, loss);
    CALL(rnn_dataset_create_from_source, &data, 3, T, T * C, tokens ? make_tokens : make, NULL);
    CALL(rnn_dataset_set_transform, data, tokens ? make_tokens : make, NULL);
    CALL(rnn_fit, trainer, data, data);
    rnn_dataset_destroy(data);
    rnn_trainer_destroy(trainer);
    rnn_loss_destroy(loss);
    rnn_optimizer_destroy(optimizer);
    rnn_destroy(model);
    rnn_config_destroy(config);
}

void calls_on_samples(void)
{
    fit(0);
    fit(1);
}
