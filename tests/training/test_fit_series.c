/* rnn_fit and rnn_evaluate with losses whose targets are narrower than the outputs, and with the error-to-signal ratio:
 * the same mean in batches of any size, progress, and datasets that do not fit. */
#include "support/support.h"

#include <math.h>
#include <string.h>

enum { SEQUENCES = 12, LONGEST = 9, I = 2, Y = 6 };

static const int32_t kinds[] = {RNN_LOSS_QUANTILE, RNN_LOSS_GAUSSIAN, RNN_LOSS_ERROR_TO_SIGNAL};
static const float levels[] = {0.1f, 0.5f, 0.9f};

static size_t width_of(int32_t kind)
{
    return kind == RNN_LOSS_QUANTILE ? Y / 3 : kind == RNN_LOSS_GAUSSIAN ? Y / 2 : Y;
}

struct example {
    size_t steps;
    float x[LONGEST * I], values[LONGEST * Y], mask[LONGEST];
};

/* Targets that the input gives, with noise. */
static struct example example_of(size_t index, size_t width)
{
    uint64_t seed = index + 1;
    struct example e = {.steps = 1 + index % LONGEST};
    fill_uniform(e.x, LONGEST * I, &seed);
    for (size_t i = 0; i < e.steps * width; i++)
        e.values[i] = e.x[i / width * I] * 2 + 1 + (float)uniform(&seed) / 8;
    for (size_t t = 0; t < e.steps; t++)
        e.mask[t] = (t + index) % 4 == 3 ? 0 : 1;
    return e;
}

static rnn_dataset *dataset_of(size_t width)
{
    rnn_dataset *dataset;
    assert_ok(rnn_dataset_create(&dataset));
    for (size_t i = 0; i < SEQUENCES; i++) {
        struct example e = example_of(i, width);
        add_sequence(dataset, e.x, e.steps * I, NULL, 0, NULL, 0, e.values, e.steps * width, e.steps);
        assert_ok(rnn_dataset_set_mask(dataset, i, e.mask, e.steps));
        assert_ok(rnn_dataset_set_weight(dataset, i, 0.5 + (double)(i % 3)));
    }
    return dataset;
}

static rnn_model *model_of(size_t outputs)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, RNN_CELL_GRU));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, I));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 8));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, (int64_t)outputs));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static rnn_loss *loss_of(int32_t kind)
{
    rnn_loss *loss;
    assert_ok(rnn_loss_create(&loss, kind));
    if (kind == RNN_LOSS_QUANTILE)
        assert_ok(rnn_loss_set_quantiles(loss, levels, 3));
    return loss;
}

struct run {
    rnn_model *model;
    rnn_optimizer *optimizer;
    rnn_loss *loss;
    rnn_trainer *trainer;
};

static struct run open_run(int32_t kind, size_t outputs)
{
    struct run run;
    const float *values;
    size_t count;
    run.model = model_of(outputs);
    run.loss = loss_of(kind);
    assert_ok(rnn_model_parameters(run.model, &values, &count));
    assert_ok(rnn_optimizer_create(&run.optimizer, RNN_OPTIMIZER_ADAM, count));
    assert_ok(rnn_optimizer_set_real(run.optimizer, RNN_RATE, 0.02));
    assert_ok(rnn_trainer_create(&run.trainer, run.model, run.optimizer, run.loss));
    return run;
}

static void close_run(struct run *run)
{
    rnn_trainer_destroy(run->trainer);
    rnn_loss_destroy(run->loss);
    rnn_optimizer_destroy(run->optimizer);
    rnn_destroy(run->model);
}

/* The mean, sequence by sequence: by the kind's own function, and the weights by their definition. */
static double mean_of(const struct run *run, int32_t kind)
{
    rnn_session *session;
    double sum = 0, weights = 0;
    assert_ok(rnn_session_create(&session, run->model, RNN_INFERENCE));
    for (size_t i = 0; i < SEQUENCES; i++) {
        size_t width = width_of(kind), counted = 0;
        struct example e = example_of(i, width);
        float y[LONGEST * Y];
        double value, weight = 0.5 + (double)(i % 3);
        rnn_loss *loss = loss_of(kind);
        for (size_t t = 0; t < e.steps; t++)
            counted += e.mask[t] > 0;
        double units = kind == RNN_LOSS_ERROR_TO_SIGNAL ? counted > 0 : (double)counted * (double)width;
        units *= kind == RNN_LOSS_QUANTILE ? 3 : 1;
        assert_ok(rnn_reset_state(session, 1));
        assert_ok(rnn_forward(session, y, e.steps * Y, e.x, e.steps * I, NULL, 0, e.steps));
        assert_ok(rnn_loss_set_int(loss, RNN_REDUCTION, RNN_SUM));
        assert_ok(rnn_loss_set_batch(loss, NULL, 0, e.steps, 1, Y));
        assert_ok(rnn_loss_set_mask(loss, e.mask, e.steps));
        assert_ok(rnn_loss_of_values(loss, &value, NULL, 0, y, e.steps * Y, e.values, e.steps * width));
        sum += weight * value;
        weights += weight * units;
        rnn_loss_destroy(loss);
    }
    rnn_session_destroy(session);
    return sum / weights;
}

static void test_means(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        struct run run = open_run(kinds[k], Y);
        rnn_dataset *dataset = dataset_of(width_of(kinds[k]));
        double expected = mean_of(&run, kinds[k]), loss, accuracy;
        for (int64_t size = 1; size <= SEQUENCES + 1; size += 3) {
            assert_ok(rnn_trainer_set_int(run.trainer, RNN_BATCH_SIZE, size));
            assert_ok(rnn_trainer_set_int(run.trainer, RNN_THREADS, THREADS(2)));
            assert_ok(rnn_evaluate(run.trainer, &loss, &accuracy, dataset));
            assert_close(loss, expected, 1e-6);
            assert_true(isnan(accuracy));
        }
        rnn_dataset_destroy(dataset);
        close_run(&run);
    }
}

static void test_training_lowers_the_loss(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        struct run run = open_run(kinds[k], Y);
        rnn_dataset *dataset = dataset_of(width_of(kinds[k]));
        double before, after;
        assert_ok(rnn_trainer_set_int(run.trainer, RNN_BATCH_SIZE, 4));
        assert_ok(rnn_trainer_set_int(run.trainer, RNN_EPOCHS, 30));
        assert_ok(rnn_evaluate(run.trainer, &before, NULL, dataset));
        assert_ok(rnn_fit(run.trainer, dataset, NULL));
        assert_ok(rnn_evaluate(run.trainer, &after, NULL, dataset));
        assert_true(after < (kinds[k] == RNN_LOSS_GAUSSIAN ? before - 0.5 : before / 2));
        rnn_dataset_destroy(dataset);
        close_run(&run);
    }
}

#define REFUSED(call, status, part)                                                                                    \
    do {                                                                                                               \
        assert_fails((call), (status));                                                                                \
        if (!strstr(rnn_last_error(), (part)))                                                                         \
            fail_msg("%s: %s", (part), rnn_last_error());                                                              \
    } while (0)

static void test_refused(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        struct run run = open_run(kinds[k], Y), other = open_run(kinds[k], 7);
        rnn_dataset *dataset = dataset_of(width_of(kinds[k])), *wide = dataset_of(Y);
        double loss;
        REFUSED(rnn_fit(run.trainer, wide, NULL), RNN_E_SIZE, "sequence 0 has 6 values, expected");
        REFUSED(rnn_fit(run.trainer, dataset, wide), RNN_E_SIZE, "validation: sequence 0 has 6 values");
        REFUSED(rnn_evaluate(run.trainer, &loss, NULL, wide), RNN_E_SIZE, "sequence 0 has 6 values");
        REFUSED(rnn_fit(other.trainer, dataset, NULL), RNN_E_SIZE,
                "the model has 7 outputs (Y), expected a multiple of");
        rnn_dataset_destroy(dataset);
        rnn_dataset_destroy(wide);
        close_run(&run);
        close_run(&other);
    }
}

/* A NaN target ends a fit, which names the sequence. */
static void test_missing_target(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        struct run run = open_run(kinds[k], Y);
        size_t width = width_of(kinds[k]);
        rnn_dataset *dataset = dataset_of(width);
        struct example e = example_of(5, width);
        e.values[0] = NAN;
        assert_ok(rnn_dataset_set_values(dataset, 5, e.values, e.steps * width));
        REFUSED(rnn_fit(run.trainer, dataset, NULL), RNN_E_NONFINITE, "sequence 5");
        if (kinds[k] != RNN_LOSS_ERROR_TO_SIGNAL) {
            assert_ok(rnn_loss_set_int(run.loss, RNN_SKIP_MISSING, 1));
            assert_ok(rnn_fit(run.trainer, dataset, NULL));
        }
        rnn_dataset_destroy(dataset);
        close_run(&run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_means),
        cmocka_unit_test(test_training_lowers_the_loss),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_missing_target),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
