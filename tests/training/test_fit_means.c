/* The losses of rnn_fit and rnn_evaluate are means over all that counts, in whatever batches: compared with sums made
 * sequence by sequence. */
#include "support/loss_call.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 64, SHORT = 3, LONG = 300, TOKENS = 9, WIDTH = 4, SKIPPED = -100 };

struct example {
    size_t steps, classes_count;
    int32_t tokens[LONG], classes[LONG];
    float values[LONG * WIDTH];
};

/* Of 3 or 300 steps; every fifth has no target that counts, the others some. */
static void fill_examples(struct example *examples, int32_t loss)
{
    uint64_t seed = 3;
    for (size_t i = 0; i < COUNT; i++) {
        struct example *e = &examples[i];
        e->steps = uniform(&seed) > 0.5f ? LONG : SHORT;
        e->classes_count = loss != RNN_LOSS_CTC ? e->steps : i % 3 ? 2 : 4; /* 4 labels do not fit into 3 steps */
        fill_uniform(e->values, LONG * WIDTH, &seed);
        for (size_t t = 0; t < LONG; t++) {
            e->tokens[t] = (int32_t)((uniform(&seed) + 1) / 2 * TOKENS);
            e->classes[t] = 1 + (int32_t)((uniform(&seed) + 1) / 2 * (WIDTH - 1));
            if (loss == RNN_LOSS_CROSS_ENTROPY && (i % 5 == 0 || t % 4 == 1))
                e->classes[t] = SKIPPED;
        }
        for (size_t k = 0; k < LONG * WIDTH && loss == RNN_LOSS_BINARY_CROSS_ENTROPY; k++)
            e->values[k] = (e->values[k] + 1) / 2;
    }
}

static int has_classes(int32_t loss)
{
    return loss == RNN_LOSS_CROSS_ENTROPY || loss == RNN_LOSS_CTC;
}

static rnn_dataset *dataset_of(const struct example *examples, int32_t loss, int pooled)
{
    rnn_dataset *dataset;
    assert_ok(rnn_dataset_create(&dataset));
    for (size_t i = 0; i < COUNT; i++) {
        const struct example *e = &examples[i];
        size_t rows = pooled ? 1 : e->steps, classes = loss == RNN_LOSS_CTC ? e->classes_count : rows;
        if (has_classes(loss))
            add_sequence(dataset, NULL, 0, e->tokens, e->steps, e->classes, classes, NULL, 0, e->steps);
        else
            add_sequence(dataset, NULL, 0, e->tokens, e->steps, NULL, 0, e->values, rows * WIDTH, e->steps);
    }
    return dataset;
}

static rnn_model *model_of(int pooled)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, RNN_CELL_GRU));
    assert_ok(rnn_config_set_int(config, RNN_VOCABULARY, TOKENS));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 8));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, WIDTH));
    assert_ok(rnn_config_set_int(config, RNN_OUTPUT, pooled ? RNN_OUTPUT_LAST_STEP : RNN_OUTPUT_EVERY_STEP));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

/* ---- one sequence ------------------------------------------------------------------------------------------------ */

/* The loss of one element by its definition. */
static double element(int32_t loss, double y, double target, double delta)
{
    double d = y - target;
    if (loss == RNN_LOSS_BINARY_CROSS_ENTROPY)
        return log1p(exp(-y)) + (1 - target) * y;
    if (loss == RNN_LOSS_SQUARED_ERROR)
        return d * d;
    if (loss == RNN_LOSS_ABSOLUTE_ERROR)
        return fabs(d);
    return fabs(d) <= delta ? d * d / 2 : delta * (fabs(d) - delta / 2);
}

static double cross_entropy(const float *y, int32_t target)
{
    double sum = 0;
    for (size_t c = 0; c < WIDTH; c++)
        sum += exp((double)y[c] - (double)y[target]);
    return log(sum);
}

static double ctc(const float *y, const struct example *e)
{
    double loss;
    assert_ok(loss_call_run(&(struct loss_call){.kind = RNN_LOSS_CTC,
                                                .reduction = RNN_MEAN,
                                                .value = &loss,
                                                .y = y,
                                                .y_count = e->steps * WIDTH,
                                                .classes = e->classes,
                                                .classes_count = e->classes_count,
                                                .T = e->steps,
                                                .B = 1,
                                                .C = WIDTH,
                                                .zero_infinity = 1}));
    return loss;
}

/* What there is to be summed of a sequence and by what it is divided. */
static void add_example(double *sum, double *weight, const float *y, const struct example *e, int32_t loss, int pooled,
                        double delta)
{
    if (loss == RNN_LOSS_CTC) {
        *sum += ctc(y, e);
        *weight += 1;
        return;
    }
    for (size_t t = 0; t < (pooled ? 1 : e->steps); t++)
        for (size_t c = 0; c < WIDTH; c++) {
            if (loss != RNN_LOSS_CROSS_ENTROPY) {
                *sum += element(loss, (double)y[t * WIDTH + c], (double)e->values[t * WIDTH + c], delta);
                *weight += 1;
            } else if (c == 0 && e->classes[t] != SKIPPED) {
                *sum += cross_entropy(y + t * WIDTH, e->classes[t]);
                *weight += 1;
            }
        }
}

static double expected_mean(rnn_model *model, const struct example *examples, int32_t loss, int pooled, double delta)
{
    float y[LONG * WIDTH];
    double sum = 0, weight = 0;
    rnn_session *session;
    assert_ok(rnn_session_create(&session, model, RNN_INFERENCE));
    for (size_t i = 0; i < COUNT; i++) {
        const struct example *e = &examples[i];
        assert_ok(rnn_reset_state(session, 1));
        assert_ok(
            rnn_forward_tokens(session, y, (pooled ? 1 : e->steps) * WIDTH, e->tokens, e->steps, NULL, 0, e->steps));
        add_example(&sum, &weight, y, e, loss, pooled, delta);
    }
    rnn_session_destroy(session);
    return sum / weight;
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

static rnn_trainer *trainer_of(rnn_model *model, int32_t loss, int64_t batch, double delta)
{
    rnn_optimizer *optimizer;
    rnn_trainer *trainer;
    const float *values;
    size_t count;
    assert_ok(rnn_model_parameters(model, &values, &count));
    assert_ok(rnn_optimizer_create(&optimizer, RNN_OPTIMIZER_SGD, count));
    assert_ok(rnn_optimizer_set_real(optimizer, RNN_RATE, 0));
    rnn_loss *handle;
    assert_ok(rnn_loss_create(&handle, loss));
    if (loss == RNN_LOSS_CROSS_ENTROPY)
        assert_ok(rnn_loss_set_int(handle, RNN_IGNORED, SKIPPED));
    if (loss == RNN_LOSS_HUBER)
        assert_ok(rnn_loss_set_real(handle, RNN_DELTA, delta));
    if (loss == RNN_LOSS_CTC)
        assert_ok(rnn_loss_set_int(handle, RNN_ZERO_INFINITY, 1));
    assert_ok(rnn_trainer_create(&trainer, model, optimizer, handle));
    rnn_loss_destroy(handle);
    assert_ok(rnn_trainer_set_int(trainer, RNN_BATCH_SIZE, batch));
    assert_ok(rnn_trainer_set_int(trainer, RNN_EPOCHS, 1));
    rnn_optimizer_destroy(optimizer);
    return trainer;
}

static void check_means(int32_t loss, int pooled)
{
    static const int64_t batches[] = {1, 8, 9, COUNT};
    const double delta = 0.4;
    struct example *examples = calloc(COUNT, sizeof *examples);
    assert_non_null(examples);
    fill_examples(examples, loss);
    rnn_dataset *dataset = dataset_of(examples, loss, pooled);
    rnn_model *model = model_of(pooled);
    double expected = expected_mean(model, examples, loss, pooled, delta);
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
        double evaluated = -1, training = -1, validation = -1;
        rnn_trainer *trainer = trainer_of(model, loss, batches[i], delta);
        assert_ok(rnn_evaluate(trainer, &evaluated, NULL, dataset));
        assert_ok(rnn_fit(trainer, dataset, dataset));
        assert_ok(rnn_trainer_get_real(trainer, RNN_TRAINING_LOSS, &training));
        assert_ok(rnn_trainer_get_real(trainer, RNN_VALIDATION_LOSS, &validation));
        assert_close(evaluated, expected, 1e-7);
        assert_close(training, expected, 1e-7);
        assert_true(validation == evaluated);
        rnn_trainer_destroy(trainer);
    }
    rnn_destroy(model);
    rnn_dataset_destroy(dataset);
    free(examples);
}

static void test_means_do_not_depend_on_the_batch_size(void **state)
{
    (void)state;
    for (int32_t loss = RNN_LOSS_CROSS_ENTROPY; loss <= RNN_LOSS_CTC; loss++)
        for (int pooled = 0; pooled <= (loss != RNN_LOSS_CTC); pooled++)
            check_means(loss, pooled);
}

/* ---- no target --------------------------------------------------------------------------------------------------- */

static int32_t expect_no_mean(void *user, rnn_trainer *trainer, int32_t event)
{
    double loss = -1, training = -1;
    int64_t batch;
    assert_ok(rnn_trainer_get_real(trainer, RNN_BATCH_LOSS, &loss));
    assert_ok(rnn_trainer_get_real(trainer, RNN_TRAINING_LOSS, &training));
    assert_ok(rnn_trainer_get_int(trainer, RNN_BATCH, &batch));
    if (event != RNN_EVENT_BATCH)
        return 0;
    assert_true(batch == 1 ? loss == 0 && isnan(training) : training == loss && loss > 0);
    ++*(int *)user;
    return 0;
}

/* A batch without a target that counts has the loss 0 and no part in the mean, which is not a number as long as there
 * is nothing to make it of; a validation without one is never the best. */
static void test_no_target(void **state)
{
    (void)state;
    static const int32_t tokens[2] = {1, 2}, none[2] = {SKIPPED, SKIPPED}, some[2] = {SKIPPED, 1};
    rnn_model *model = model_of(0);
    rnn_trainer *trainer = trainer_of(model, RNN_LOSS_CROSS_ENTROPY, 1, 1);
    rnn_dataset *nothing, *both;
    double loss = -1, accuracy = -1;
    int batches = 0;
    assert_ok(rnn_dataset_create(&nothing));
    assert_ok(rnn_dataset_create(&both));
    add_sequence(nothing, NULL, 0, tokens, 2, none, 2, NULL, 0, 2);
    add_sequence(both, NULL, 0, tokens, 2, none, 2, NULL, 0, 2);
    add_sequence(both, NULL, 0, tokens, 2, some, 2, NULL, 0, 2);
    assert_ok(rnn_evaluate(trainer, &loss, &accuracy, nothing));
    assert_true(isnan(loss) && isnan(accuracy));
    assert_ok(rnn_trainer_set_int(trainer, RNN_SHUFFLE, 0));
    assert_ok(rnn_trainer_set_callback(trainer, expect_no_mean, &batches));
    assert_ok(rnn_fit(trainer, both, nothing));
    assert_int_equal(batches, 2);
    assert_ok(rnn_trainer_get_real(trainer, RNN_VALIDATION_LOSS, &loss));
    assert_true(isnan(loss));
    assert_ok(rnn_trainer_get_real(trainer, RNN_BEST_LOSS, &loss));
    assert_true(isnan(loss));
    rnn_trainer_destroy(trainer);
    rnn_destroy(model);
    rnn_dataset_destroy(nothing);
    rnn_dataset_destroy(both);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_means_do_not_depend_on_the_batch_size),
        cmocka_unit_test(test_no_target),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
