/* Numbers that are not finite: rnn_fit says which sequence makes them, or leaves its batch out. */
#include "support/fitting.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH "fit_nonfinite.safetensors"

enum {
    EPOCHS = 3,
    DIRTY = BATCH + 1
}; /* the sequence that is not finite, in the second batch where none is shuffled */

static struct data dirty_data(struct task task, size_t sequence, float wrong)
{
    struct data data = fitting_data(task, SEQUENCES, 5);
    (task.tokens ? data.sequences[sequence].values : data.sequences[sequence].x)[0] = wrong;
    return data;
}

/* Whether a task has numbers that can be wrong: not where classes are learned of tokens. */
static int can_be_dirty(struct task task)
{
    return !task.tokens || (task.loss != RNN_LOSS_CROSS_ENTROPY && task.loss != RNN_LOSS_CTC);
}

/* ---- the batch --------------------------------------------------------------------------------------------------- */

/* The callback's view of the last batch. */
struct watch {
    struct run *run;
    struct snapshot last;
};

static int32_t keep_last(void *user, rnn_trainer *trainer, int32_t event)
{
    struct watch *watch = user;
    (void)trainer;
    if (event == RNN_EVENT_BATCH) {
        snapshot_release(&watch->last);
        watch->last = snapshot_take(watch->run->model, watch->run->optimizer);
    }
    return 0;
}

/* One clean epoch, then one with a number in its second batch that is not finite, then on with clean data. */
static void check_nonfinite(struct task task, float wrong)
{
    struct data data = fitting_data(task, SEQUENCES, 5), dirty = data;
    double losses[BATCHES];
    (task.tokens ? dirty.sequences[BATCH + 1].values : dirty.sequences[BATCH + 1].x)[0] = wrong;
    rnn_dataset *clean = fitting_dataset(&data), *other = fitting_dataset(&dirty);
    struct loop loop = loop_open(task, 1);
    struct run run;
    run_open(&run, task, 1);
    struct watch watch = {&run, snapshot_take(run.model, run.optimizer)};
    assert_ok(rnn_trainer_set_callback(run.trainer, keep_last, &watch));
    run_set(&run, RNN_EPOCHS, 1);
    assert_ok(rnn_fit(run.trainer, clean, NULL));
    run_set(&run, RNN_EPOCHS, 2);
    assert_fails(rnn_fit(run.trainer, other, NULL), RNN_E_NONFINITE);
    check_message("rnn_fit(", "rnn_fit: epoch 2, batch 2: sequence 5: the loss is infinite or not a number", __FILE__,
                  __LINE__);
    assert_string_equal(rnn_last_error(), rnn_trainer_last_error(run.trainer));
    assert_same_as_snapshot(&run, &watch.last);
    assert_int_equal(run_int(&run, RNN_EPOCH), 1);
    assert_int_equal(run_int(&run, RNN_BATCH), 1);
    assert_ok(rnn_fit(run.trainer, clean, NULL));
    assert_int_equal(run_int(&run, RNN_EPOCH), 2);

    loop_epoch(&loop, &data, 0, losses, -1);
    loop_epoch(&loop, &data, 1, losses, -1); /* each batch once */
    struct snapshot expected = snapshot_take(loop.model, loop.optimizer);
    assert_same_as_snapshot(&run, &expected);
    snapshot_release(&expected);
    snapshot_release(&watch.last);
    loop_close(&loop);
    run_close(&run);
    rnn_dataset_destroy(clean);
    rnn_dataset_destroy(other);
}

static void test_numbers_that_are_not_finite(void **state)
{
    (void)state;
    for (size_t i = 0; i < task_count; i++)
        if (!tasks[i].tokens)
            check_nonfinite(tasks[i], NAN);
    check_nonfinite(tasks[6], INFINITY);
    check_nonfinite(tasks[7], NAN);
}

/* ---- the sequence ------------------------------------------------------------------------------------------------ */

static void check_named(const struct run *run, const char *format, size_t sequence)
{
    char part[64];
    snprintf(part, sizeof part, format, sequence);
    check_message("rnn_fit(", part, __FILE__, __LINE__);
    assert_string_equal(rnn_last_error(), rnn_trainer_last_error(run->trainer));
}

/* Whichever it is, in whatever order and batches. */
static void test_every_sequence_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < task_count; i++)
        for (size_t s = 0; s < SEQUENCES && can_be_dirty(tasks[i]) && tasks[i].loss != RNN_LOSS_CTC; s++) {
            struct data data = dirty_data(tasks[i], s, NAN);
            data.sequences[s].classes[0] = 1; /* not ignored, were it the only one */
            data.sequences[s].classes[data.sequences[s].steps - 1] = 1;
            rnn_dataset *dataset = fitting_dataset(&data);
            for (int64_t batch = 1; batch <= SEQUENCES; batch += 5) {
                struct run run;
                run_open(&run, tasks[i], 1);
                run_set(&run, RNN_SHUFFLE, 1);
                run_set(&run, RNN_BATCH_SIZE, batch);
                assert_fails(rnn_fit(run.trainer, dataset, NULL), RNN_E_NONFINITE);
                check_named(&run, ": sequence %zu: the loss", s);
                run_close(&run);
            }
            rnn_dataset_destroy(dataset);
        }
}

/* A network of one feature that is to answer the same number at every step of a sequence. */
struct far {
    float target;
    size_t steps;
};

static void open_far(struct run *run, rnn_dataset **dataset, const struct far *far, size_t count, double dropout)
{
    static const float x[10] = {0.5f, -0.5f, 0.25f};
    rnn_config *config;
    *run = (struct run){0};
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 1));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 2));
    assert_ok(rnn_config_set_int(config, RNN_LAYERS, 2));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, 1));
    assert_ok(rnn_config_set_real(config, RNN_DROPOUT, dropout));
    assert_ok(rnn_create(&run->model, config));
    rnn_config_destroy(config);
    run->optimizer = fitting_optimizer(run->model);
    open_trainer(&run->trainer, run->model, run->optimizer, RNN_LOSS_SQUARED_ERROR);
    run_set(run, RNN_SHUFFLE, 0);
    run_set(run, RNN_EPOCHS, 1);
    assert_ok(rnn_dataset_create(dataset));
    for (size_t i = 0; i < count; i++) {
        float targets[10];
        for (size_t t = 0; t < 10; t++)
            targets[t] = far[i].target;
        add_sequence(*dataset, x, far[i].steps, NULL, 0, NULL, 0, targets, far[i].steps, far[i].steps);
    }
}

/* Every derivative is finite as a float, even in the smallest batch, but not their sum over the steps of one sequence.
 */
static const struct far one_is_far[] = {{0.5f, 1}, {0.25f, 1}, {3e38f, 10}, {0.5f, 1}};

/* A loss that is finite and a gradient that is not: the tensor and the sequence. */
static void test_gradient_that_is_not_finite(void **state)
{
    (void)state;
    for (int64_t batch = 1; batch <= 4; batch++)
        for (int drops = 0; drops <= 1; drops++) {
            struct run run;
            rnn_dataset *dataset;
            char where[80];
            open_far(&run, &dataset, one_is_far, 4, 0.3 * drops);
            run_set(&run, RNN_BATCH_SIZE, batch);
            assert_fails(rnn_fit(run.trainer, dataset, NULL), RNN_E_NONFINITE);
            snprintf(where, sizeof where,
                     "rnn_fit: epoch 1, batch %d: sequence 2: rnn_optimizer_step: the gradient of ",
                     (int)(2 / batch) + 1);
            check_message("rnn_fit(", where, __FILE__, __LINE__);
            assert_string_equal(rnn_last_error(), rnn_trainer_last_error(run.trainer));
            assert_int_equal(run_updates(&run), 2 / batch);
            assert_true(isfinite(run_real(&run, RNN_BATCH_LOSS)));
            run_close(&run);
            rnn_dataset_destroy(dataset);
        }
}

/* Where no sequence makes it alone none is named. */
static void test_no_sequence_alone(void **state)
{
    (void)state;
    static const struct far all_are_far[] = {{2e38f, 1}, {2e38f, 1}, {2e38f, 1}, {2e38f, 1}};
    struct run run;
    rnn_dataset *dataset;
    open_far(&run, &dataset, all_are_far, 4, 0);
    assert_fails(rnn_fit(run.trainer, dataset, NULL), RNN_E_NONFINITE);
    check_message("rnn_fit(", "rnn_fit: epoch 1, batch 1: rnn_optimizer_step: the gradient of ", __FILE__, __LINE__);
    assert_int_equal(run_updates(&run), 0);
    run_close(&run);
    rnn_dataset_destroy(dataset);
}

/* ---- left out ---------------------------------------------------------------------------------------------------- */

static double mean_without_second(const struct data *data, const double losses[BATCHES])
{
    double sum = 0, all = 0;
    for (size_t i = 0; i < BATCHES; i += 2) {
        const struct sequence *batch[BATCH];
        size_t count = 0;
        for (size_t s = i * BATCH; s < (i + 1) * BATCH && s < data->count; s++)
            batch[count++] = &data->sequences[s];
        sum += losses[i] * loop_weight(data->task, batch, count);
        all += loop_weight(data->task, batch, count);
    }
    return sum / all;
}

/* As the loop without that batch. */
static void check_skipped(struct task task)
{
    struct data data = dirty_data(task, DIRTY, NAN);
    rnn_dataset *dataset = fitting_dataset(&data);
    struct loop loop = loop_open(task, 1);
    struct run run;
    double losses[BATCHES];
    run_open(&run, task, 1);
    run_set(&run, RNN_SKIP_NONFINITE, 1);
    assert_ok(rnn_fit(run.trainer, dataset, NULL));
    for (int64_t epoch = 0; epoch < EPOCHS; epoch++)
        loop_epoch(&loop, &data, epoch, losses, 1);
    struct snapshot expected = snapshot_take(loop.model, loop.optimizer);
    assert_same_as_snapshot(&run, &expected);
    assert_int_equal(run_int(&run, RNN_SKIPPED), EPOCHS);
    assert_int_equal(run_updates(&run), EPOCHS * (BATCHES - 1));
    assert_int_equal(run_events(&run, RNN_EVENT_BATCH), EPOCHS * BATCHES);
    assert_int_equal(run_int(&run, RNN_BATCH), BATCHES);
    assert_true(isnan(run.losses[1])); /* it is told of, with its loss */
    assert_close(run_real(&run, RNN_TRAINING_LOSS), mean_without_second(&data, losses), 1e-12);
    snapshot_release(&expected);
    run_close(&run);
    loop_close(&loop);
    rnn_dataset_destroy(dataset);
}

static void test_batches_are_skipped(void **state)
{
    (void)state;
    for (size_t i = 0; i < task_count; i++)
        if (can_be_dirty(tasks[i]))
            check_skipped(tasks[i]);
}

static void test_gradients_are_skipped(void **state)
{
    (void)state;
    struct run run;
    rnn_dataset *dataset;
    open_far(&run, &dataset, one_is_far, 4, 0);
    run_set(&run, RNN_BATCH_SIZE, 1);
    run_set(&run, RNN_SKIP_NONFINITE, 1);
    run_set(&run, RNN_EPOCHS, 5);
    assert_ok(rnn_fit(run.trainer, dataset, NULL));
    assert_int_equal(run_updates(&run), 5 * 3);
    assert_int_equal(run_int(&run, RNN_SKIPPED), 5);
    assert_true(run_real(&run, RNN_TRAINING_LOSS) < 10);
    run_close(&run);
    rnn_dataset_destroy(dataset);
}

/* Where every batch is skipped nothing is learned, and there is no mean. */
static void test_nothing_is_left(void **state)
{
    (void)state;
    struct data data = dirty_data(tasks[8], 1, NAN);
    data.count = 3;
    rnn_dataset *dataset = fitting_dataset(&data);
    struct run run;
    run_open(&run, data.task, 1);
    struct snapshot before = snapshot_take(run.model, run.optimizer);
    run_set(&run, RNN_SKIP_NONFINITE, 1);
    assert_ok(rnn_fit(run.trainer, dataset, NULL));
    assert_same_as_snapshot(&run, &before);
    assert_int_equal(run_int(&run, RNN_SKIPPED), EPOCHS);
    assert_true(isnan(run_real(&run, RNN_TRAINING_LOSS)));
    snapshot_release(&before);
    run_close(&run);
    rnn_dataset_destroy(dataset);
}

/* Stopped at a batch, the skipped one too, saved and loaded: the same bits and the same count. */
static void test_skipped_and_resumed(void **state)
{
    (void)state;
    struct data data = dirty_data(tasks[1], DIRTY, NAN);
    rnn_dataset *dataset = fitting_dataset(&data);
    struct run whole;
    run_open(&whole, data.task, 1);
    run_set(&whole, RNN_SKIP_NONFINITE, 1);
    assert_ok(rnn_fit(whole.trainer, dataset, NULL));
    for (size_t at = 1; at <= EPOCHS * BATCHES; at++) {
        struct run first, rest;
        run_open(&first, data.task, 1);
        run_set(&first, RNN_SKIP_NONFINITE, 1);
        first.stop_event = RNN_EVENT_BATCH;
        first.stop_at = at;
        first.stop_with = 1;
        assert_int_equal(rnn_fit(first.trainer, dataset, NULL), 1);
        assert_ok(rnn_trainer_save(first.trainer, PATH));
        run_open(&rest, data.task, 99);
        run_set(&rest, RNN_SKIP_NONFINITE, 1);
        assert_ok(rnn_trainer_load(rest.trainer, PATH));
        assert_int_equal(run_int(&rest, RNN_SKIPPED), (at + 1) / BATCHES);
        assert_ok(rnn_fit(rest.trainer, dataset, NULL));
        assert_same_runs(&rest, &whole);
        assert_same_bytes(run_bytes(&rest), run_bytes(&whole));
        run_close(&first);
        run_close(&rest);
    }
    run_close(&whole);
    rnn_dataset_destroy(dataset);
    remove(PATH);
}

/* A validation that is not finite is no best one, and ends nothing. */
static void test_validation_that_is_not_finite(void **state)
{
    (void)state;
    struct data data = fitting_data(tasks[8], SEQUENCES, 5), other = data;
    struct run run;
    other.sequences[2].values[1] = NAN;
    rnn_dataset *training = fitting_dataset(&data), *validation = fitting_dataset(&other);
    run_open(&run, data.task, 1);
    run_set(&run, RNN_KEEP_BEST, 1);
    assert_ok(rnn_fit(run.trainer, training, validation));
    assert_int_equal(run_int(&run, RNN_EPOCH), EPOCHS);
    assert_true(isnan(run_real(&run, RNN_VALIDATION_LOSS)) && isnan(run_real(&run, RNN_BEST_LOSS)));
    run_set(&run, RNN_EPOCHS, EPOCHS + 1);
    assert_ok(rnn_fit(run.trainer, training, training));
    assert_true(run_real(&run, RNN_BEST_LOSS) == run_real(&run, RNN_VALIDATION_LOSS));
    run_close(&run);
    rnn_dataset_destroy(training);
    rnn_dataset_destroy(validation);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_that_are_not_finite),
        cmocka_unit_test(test_every_sequence_is_named),
        cmocka_unit_test(test_gradient_that_is_not_finite),
        cmocka_unit_test(test_no_sequence_alone),
        cmocka_unit_test(test_batches_are_skipped),
        cmocka_unit_test(test_gradients_are_skipped),
        cmocka_unit_test(test_nothing_is_left),
        cmocka_unit_test(test_skipped_and_resumed),
        cmocka_unit_test(test_validation_that_is_not_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
