/* Step masks of datasets: sequences in which no step counts, and every error, after which nothing has changed. */
#include "support/fitting.h"

#include <math.h>

static void open_run(struct run *run, struct task task, int64_t steps)
{
    run_open(run, task, 1);
    run_set(run, RNN_STREAM_STEPS, steps);
    run_set(run, RNN_EPOCHS, 2);
    run_set(run, RNN_KEEP_BEST, 1);
}

/* ---- sequences without a step that counts ------------------------------------------------------------------------ */

/* They change neither the loss nor the parameters, at the end of a batch of all. */
static void check_empty(struct task task)
{
    static const int32_t none[LONGEST];
    struct data data = fitting_data(task, SEQUENCES, 5), fewer = data;
    struct run expected, run;
    double loss, accuracy;
    fewer.count = SEQUENCES - 2;
    rnn_dataset *all = fitting_dataset(&data), *few = fitting_dataset(&fewer);
    for (size_t i = fewer.count; i < SEQUENCES; i++)
        assert_ok(rnn_dataset_set_step_mask(all, i, none, data.sequences[i].steps));
    open_run(&expected, task, 0);
    open_run(&run, task, 0);
    run_set(&expected, RNN_BATCH_SIZE, SEQUENCES);
    run_set(&run, RNN_BATCH_SIZE, SEQUENCES);
    assert_ok(rnn_fit(expected.trainer, few, few));
    assert_ok(rnn_fit(run.trainer, all, all));
    assert_same_runs(&run, &expected);
    for (size_t i = 0; i < fewer.count; i++) /* and all of them: nothing counts */
        assert_ok(rnn_dataset_set_step_mask(all, i, none, data.sequences[i].steps));
    assert_ok(rnn_evaluate(run.trainer, &loss, &accuracy, all));
    assert_true(isnan(loss) && isnan(accuracy));
    run_set(&run, RNN_EPOCHS, 3);
    assert_ok(rnn_fit(run.trainer, all, few));
    assert_true(isnan(run_real(&run, RNN_TRAINING_LOSS)));
    run_close(&expected);
    run_close(&run);
    rnn_dataset_destroy(all);
    rnn_dataset_destroy(few);
}

static void test_empty(void **state)
{
    (void)state;
    for (size_t i = 0; i < task_count; i++)
        if (tasks[i].loss != RNN_LOSS_CTC) /* whose labels then fit into no path, which is a loss */
            check_empty(tasks[i]);
    check_empty((struct task){RNN_LOSS_QUANTILE, 0, RNN_OUTPUT_EVERY_STEP, 0, 0});
    check_empty((struct task){RNN_LOSS_ERROR_TO_SIGNAL, 0, RNN_OUTPUT_EVERY_STEP, 0, 1});
}

/* In pieces too, where such a sequence is one piece. */
static void test_empty_in_pieces(void **state)
{
    static const int32_t none[LONGEST];
    struct data data = fitting_data(tasks[1], SEQUENCES, 5);
    rnn_dataset *dataset = fitting_dataset(&data);
    struct run run;
    (void)state;
    for (size_t i = 0; i < SEQUENCES; i += 2)
        assert_ok(rnn_dataset_set_step_mask(dataset, i, none, data.sequences[i].steps));
    open_run(&run, tasks[1], 1);
    assert_ok(rnn_fit(run.trainer, dataset, dataset));
    assert_true(isfinite(run_real(&run, RNN_VALIDATION_LOSS)));
    assert_int_equal(run_int(&run, RNN_EPOCH), 2);
    run_close(&run);
    rnn_dataset_destroy(dataset);
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

static int32_t change(void *user, rnn_trainer *trainer, int32_t event)
{
    static const int32_t mask[LONGEST] = {1};
    (void)trainer, (void)event;
    assert_fails(rnn_dataset_set_step_mask(user, 0, mask, 1), RNN_E_STATE);
    return 4;
}

static int32_t make_faulty(void *user, rnn_sample *sample, size_t index, int64_t seed)
{
    static const float x[2 * INPUTS] = {1};
    static const int32_t mask[2] = {1, -1}, classes[2] = {0, 1};
    const int32_t *read;
    size_t count;
    (void)index, (void)seed;
    if (*(const int *)user == 0)
        return rnn_sample_set_step_mask(sample, classes, 2); /* before the input */
    assert_ok(rnn_sample_set_x(sample, x, 2 * INPUTS, 2));
    assert_fails(rnn_sample_get_step_mask(NULL, &read, &count), RNN_E_NULL);
    assert_fails(rnn_sample_get_step_mask(sample, NULL, &count), RNN_E_NULL);
    assert_fails(rnn_sample_get_step_mask(sample, &read, NULL), RNN_E_NULL);
    assert_fails(rnn_sample_set_step_mask(sample, NULL, 2), RNN_E_NULL);
    return *(const int *)user == 1 ? rnn_sample_set_step_mask(sample, classes, 1)
                                   : rnn_sample_set_step_mask(sample, mask, 2);
}

static void test_errors(void **state)
{
    const float x[3 * INPUTS] = {0};
    const int32_t mask[3] = {0, 1, 1}, bad[3] = {0, 1, 2}, classes[3] = {99, 1, 0}, wrong[3] = {0, 99, 0};
    const int32_t tokens[3] = {-1, 0, 1}, wrong_tokens[3] = {0, 1, VOCABULARY};
    rnn_dataset *dataset, *sourced;
    struct run run;
    (void)state;
    assert_ok(rnn_dataset_create(&dataset));
    add_sequence(dataset, x, 3 * INPUTS, NULL, 0, classes, 3, NULL, 0, 3);
    assert_fails(rnn_dataset_set_step_mask(NULL, 0, mask, 3), RNN_E_NULL);
    assert_fails(rnn_dataset_set_step_mask(dataset, 1, mask, 3), RNN_E_VALUE);
    check_message("rnn_dataset_set_step_mask(", "index is 1, expected below 1", __FILE__, __LINE__);
    assert_fails(rnn_dataset_set_step_mask(dataset, 0, mask, 2), RNN_E_SIZE);
    check_message("rnn_dataset_set_step_mask(", "mask_count is 2, expected 3 (T = 3)", __FILE__, __LINE__);
    assert_fails(rnn_dataset_set_step_mask(dataset, 0, NULL, 3), RNN_E_NULL);
    assert_fails(rnn_dataset_set_step_mask(dataset, 0, bad, 3), RNN_E_VALUE);
    check_message("rnn_dataset_set_step_mask(", "mask[2] is 2, expected 0 or 1", __FILE__, __LINE__);
    assert_fails(rnn_sample_set_step_mask(NULL, mask, 3), RNN_E_NULL);
    assert_ok(rnn_dataset_create_from_source(&sourced, 1, 3, 3, make_faulty, NULL));
    assert_fails(rnn_dataset_set_step_mask(sourced, 0, mask, 3), RNN_E_STATE);
    rnn_dataset_destroy(sourced);
    run_open(&run, tasks[1], 1);
    assert_fails(rnn_fit(run.trainer, dataset, NULL), RNN_E_VALUE); /* the failed calls have set nothing */
    check_message("rnn_fit(", "class 0 of sequence 0 is 99, expected 0 to 3", __FILE__, __LINE__);
    assert_ok(rnn_dataset_set_step_mask(dataset, 0, mask, 3));
    assert_ok(rnn_trainer_set_callback(run.trainer, change, dataset));
    assert_int_equal(rnn_fit(run.trainer, dataset, NULL), 4);
    assert_ok(rnn_dataset_set_classes(dataset, 0, wrong, 3));
    assert_fails(rnn_fit(run.trainer, dataset, NULL), RNN_E_VALUE);
    check_message("rnn_fit(", "class 1 of sequence 0 is 99, expected 0 to 3", __FILE__, __LINE__);
    assert_ok(rnn_dataset_set_step_mask(dataset, 0, NULL, 0));
    assert_ok(rnn_dataset_set_classes(dataset, 0, mask, 3));
    assert_int_equal(rnn_fit(run.trainer, dataset, NULL), 4);
    rnn_dataset_destroy(dataset);
    run_close(&run);

    assert_ok(rnn_dataset_create(&dataset));
    add_sequence(dataset, NULL, 0, tokens, 3, mask, 3, NULL, 0, 3);
    add_sequence(dataset, NULL, 0, wrong_tokens, 3, mask, 3, NULL, 0, 3);
    assert_ok(rnn_dataset_set_step_mask(dataset, 0, mask, 3));
    assert_ok(rnn_dataset_set_step_mask(dataset, 1, mask, 3));
    run_open(&run, tasks[0], 1);
    assert_fails(rnn_fit(run.trainer, dataset, NULL), RNN_E_VALUE);
    check_message("rnn_fit(", "token 2 of sequence 1 is 5, expected 0 to 4", __FILE__, __LINE__);
    rnn_dataset_destroy(dataset);
    run_close(&run);
}

static void test_errors_of_samples(void **state)
{
    static const char *const parts[] = {"mask_count is 2, expected 0 (T = 0; T is set by rnn_sample_set_x",
                                        "mask_count is 1, expected 2 (T = 2", "mask[1] is -1, expected 0 or 1"};
    (void)state;
    for (int fault = 0; fault < 3; fault++) {
        rnn_dataset *dataset;
        struct run run;
        assert_ok(rnn_dataset_create_from_source(&dataset, 1, 2, 2, make_faulty, &fault));
        run_open(&run, tasks[1], 1);
        assert_fails(rnn_fit(run.trainer, dataset, NULL), fault == 2 ? RNN_E_VALUE : RNN_E_SIZE);
        check_message("rnn_fit(", parts[fault], __FILE__, __LINE__);
        assert_int_equal(run_updates(&run), 0);
        run_close(&run);
        rnn_dataset_destroy(dataset);
    }
}

/* A sequence that goes on must keep the steps that are done. */
static void test_mask_that_changes(void **state)
{
    static const int32_t mask[LONGEST] = {1, 1};
    struct data data = fitting_data(tasks[1], 1, 5);
    struct run run;
    (void)state;
    data.sequences[0].steps = data.sequences[0].classes_count = LONGEST;
    rnn_dataset *dataset = fitting_dataset(&data);
    open_run(&run, tasks[1], 2);
    run_set(&run, RNN_KEEP_BEST, 0);
    run_stop_after_batch(&run, 1, NULL);
    assert_int_equal(rnn_fit(run.trainer, dataset, NULL), 5);
    assert_ok(rnn_dataset_set_step_mask(dataset, 0, mask, LONGEST));
    assert_fails(rnn_fit(run.trainer, dataset, NULL), RNN_E_STATE);
    assert_string_equal(rnn_trainer_last_error(run.trainer), /* before the epoch goes on */
                        "rnn_fit: sequence 0 has 2 steps, expected more than 2, which are done");
    assert_ok(rnn_dataset_set_step_mask(dataset, 0, NULL, 0));
    assert_ok(rnn_fit(run.trainer, dataset, NULL));
    run_close(&run);
    rnn_dataset_destroy(dataset);
}

int main(void)
{
    const struct CMUnitTest tests_of_masks[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_empty_in_pieces),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_errors_of_samples),
        cmocka_unit_test(test_mask_that_changes),
    };
    return cmocka_run_group_tests(tests_of_masks, NULL, NULL);
}
