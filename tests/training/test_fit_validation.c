/* A validation set of rnn_fit watches the training and has no effect on it. */
#include "support/fitting.h"

#include <string.h>

/* ---- no effect --------------------------------------------------------------------------------------------------- */

/* Parameters, optimiser and losses after a fit with an optimiser as it is created, with validation or without. */
static struct snapshot fitted(double losses[2], int32_t kind, int validated)
{
    struct data data = fitting_data(tasks[1], SEQUENCES, 5), other = fitting_data(tasks[1], 6, 6);
    rnn_dataset *training = fitting_dataset(&data), *validation = fitting_dataset(&other);
    struct run run;
    run_open(&run, data.task, 1);
    struct snapshot of = snapshot_take(run.model, run.optimizer);
    rnn_trainer_destroy(run.trainer);
    rnn_optimizer_destroy(run.optimizer);
    assert_ok(rnn_optimizer_create(&run.optimizer, kind, of.parameters));
    assert_ok(rnn_loss_set_real(run.loss, RNN_SMOOTHING, 0));
    assert_ok(rnn_trainer_create(&run.trainer, run.model, run.optimizer, run.loss));
    run_set(&run, RNN_BATCH_SIZE, BATCH);
    run_set(&run, RNN_EPOCHS, 60); /* some of them without a better validation loss */
    assert_ok(rnn_fit(run.trainer, training, validated ? validation : NULL));
    losses[0] = run_real(&run, RNN_BATCH_LOSS);
    losses[1] = run_real(&run, RNN_TRAINING_LOSS);
    snapshot_release(&of);
    of = snapshot_take(run.model, run.optimizer);
    run_close(&run);
    rnn_dataset_destroy(training);
    rnn_dataset_destroy(validation);
    return of;
}

static void test_validation_has_no_effect(void **state)
{
    (void)state;
    for (int32_t kind = RNN_OPTIMIZER_SGD; kind <= RNN_OPTIMIZER_ADAMW; kind++) {
        double with[2], without[2];
        struct snapshot a = fitted(with, kind, 1), b = fitted(without, kind, 0);
        assert_true(snapshot_equal(&a, &b));
        assert_memory_equal(with, without, sizeof with);
        snapshot_release(&a);
        snapshot_release(&b);
    }
}

/* ---- without a validation set ------------------------------------------------------------------------------------ */

/* What could not work without a validation set is refused before anything is changed. */
static void test_options_that_need_validation(void **state)
{
    (void)state;
    static const int32_t keys[] = {RNN_EARLY_STOP, RNN_KEEP_BEST};
    struct data data = fitting_data(tasks[1], SEQUENCES, 5);
    rnn_dataset *dataset = fitting_dataset(&data);
    for (size_t i = 0; i < 2; i++) {
        struct run run;
        run_open(&run, data.task, 1);
        struct snapshot before = snapshot_take(run.model, run.optimizer);
        run_set(&run, keys[i], 1);
        assert_fails(rnn_fit(run.trainer, dataset, NULL), RNN_E_STATE);
        check_message("rnn_fit(", i ? "for RNN_KEEP_BEST" : "for RNN_EARLY_STOP", __FILE__, __LINE__);
        assert_string_equal(rnn_last_error(), rnn_trainer_last_error(run.trainer));
        assert_same_as_snapshot(&run, &before);
        assert_true(run.event_count == 0 && run_int(&run, RNN_EPOCH) == 0);
        assert_ok(rnn_fit(run.trainer, dataset, dataset));
        snapshot_release(&before);
        run_close(&run);
    }
    rnn_dataset_destroy(dataset);
}

/* ---- the adding problem ------------------------------------------------------------------------------------------ */

/* Hochreiter and Schmidhuber 1997, section 5.4: of numbers from 0 to 1, two of which are marked, the sum. */
static rnn_dataset *sums(size_t count, size_t steps, uint64_t seed)
{
    rnn_dataset *dataset;
    float x[100 * 2];
    assert_true(steps <= 100);
    assert_ok(rnn_dataset_create(&dataset));
    for (size_t i = 0; i < count; i++) {
        fill_uniform(x, steps * 2, &seed);
        size_t first = (size_t)((x[1] + 1) / 2 * (float)(steps / 2));
        size_t second = steps / 2 + (size_t)((x[3] + 1) / 2 * (float)(steps - steps / 2));
        for (size_t t = 0; t < steps; t++) {
            x[2 * t] = (x[2 * t] + 1) / 2;
            x[2 * t + 1] = t == first || t == second ? 1 : 0;
        }
        float sum = x[2 * first] + x[2 * second];
        add_sequence(dataset, x, 2 * steps, NULL, 0, NULL, 0, &sum, 1, steps);
    }
    return dataset;
}

struct size {
    size_t steps, sequences;
    int64_t units;
};

/* The error on a validation set of 200 sequences after a fit that was validated with it; 1/6 is that of always
 * answering 1. */
static double error_after(const struct size *size)
{
    size_t steps = size->steps;
    rnn_dataset *training = sums(size->sequences, steps, 1), *validation = sums(200, steps, 2);
    rnn_config *config;
    rnn_model *model;
    rnn_trainer *trainer;
    const float *values;
    size_t count;
    double error;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, RNN_CELL_LSTM));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 2));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, size->units));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, 1));
    assert_ok(rnn_config_set_int(config, RNN_OUTPUT, RNN_OUTPUT_LAST_STEP));
    assert_ok(rnn_create(&model, config));
    assert_ok(rnn_model_parameters(model, &values, &count));
    rnn_optimizer *adam;
    assert_ok(rnn_optimizer_create(&adam, RNN_OPTIMIZER_ADAM, count));
    assert_ok(rnn_optimizer_set_real(adam, RNN_RATE, 0.005));
    assert_ok(rnn_optimizer_set_real(adam, RNN_MAX_NORM, 1));
    open_trainer(&trainer, model, adam, RNN_LOSS_SQUARED_ERROR);
    assert_ok(rnn_trainer_set_int(trainer, RNN_EPOCHS, 120));
    assert_ok(rnn_fit(trainer, training, validation));
    assert_ok(rnn_trainer_get_real(trainer, RNN_VALIDATION_LOSS, &error));
    rnn_config_destroy(config);
    rnn_destroy(model);
    rnn_optimizer_destroy(adam);
    rnn_trainer_destroy(trainer);
    rnn_dataset_destroy(training);
    rnn_dataset_destroy(validation);
    return error;
}

static const struct size short_run = {20, 320, 16}, long_run = {100, 640, 32}, *chosen = &short_run;

static void test_adding(void **state)
{
    (void)state;
    assert_true(error_after(chosen) < 0.01);
}

/* test_fit_validation [full] */
int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_validation_has_no_effect),
        cmocka_unit_test(test_options_that_need_validation),
        cmocka_unit_test(test_adding),
    };
    if (count > 1 && !strcmp(arguments[1], "full"))
        chosen = &long_run;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
