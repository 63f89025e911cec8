/* Memory of datasets and trainers: what finds none has changed nothing, and a fit that has begun takes none.  Linked
 * with --wrap=rnni_memory_take. */
#include "support/fitting.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH "fit_memory.safetensors"

/* The library's allocations pass here; the one of that number, from 1, finds nothing. */
static size_t takes, fail_at;
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    return ++takes == fail_at ? NULL : __real_rnni_memory_take(count, size);
}

/* Each allocation of the call in turn finds none; in the end, with all of them, the call works.  `after` is what holds
 * after a failure. */
#define for_each_failing_take(call, after)                                                                             \
    do {                                                                                                               \
        int32_t status_;                                                                                               \
        size_t n_ = 0;                                                                                                 \
        do {                                                                                                           \
            takes = 0;                                                                                                 \
            fail_at = ++n_;                                                                                            \
            status_ = (call);                                                                                          \
            int reached_ = takes >= fail_at;                                                                           \
            fail_at = 0;                                                                                               \
            if (status_) {                                                                                             \
                assert_int_equal(status_, RNN_E_MEMORY);                                                               \
                check_message(#call, "", __FILE__, __LINE__);                                                          \
                after;                                                                                                 \
            }                                                                                                          \
            assert_int_equal(!status_, !reached_);                                                                     \
        } while (status_);                                                                                             \
        assert_true(n_ > 1);                                                                                           \
    } while (0)

static void test_memory_of_datasets(void **state)
{
    (void)state;
    static const float x[2] = {1, 2};
    static const int32_t k[2] = {1, 0};
    rnn_dataset *d = NULL;
    size_t count = 0, expected = 0;
    for_each_failing_take(rnn_dataset_create(&d), assert_null(d));
    for (; expected < 200; expected++) /* with the list growing now and then */
        for_each_failing_take(rnn_dataset_add(d, NULL, x, 2, 2), {
            assert_ok(rnn_dataset_count(d, &count));
            assert_int_equal(count, expected);
        });
    for_each_failing_take(rnn_dataset_set_classes(d, 7, k, 2), (void)0);
    for_each_failing_take(rnn_dataset_set_values(d, 7, x, 2), (void)0);
    for_each_failing_take(rnn_dataset_set_mask(d, 7, x, 2), (void)0);
    for_each_failing_take(rnn_dataset_set_step_mask(d, 7, k, 2), (void)0);
    rnn_dataset_destroy(d);
}

static void test_memory_of_trainers(void **state)
{
    (void)state;
    struct run run = {.model = fitting_model(tasks[0], 1)};
    run.optimizer = fitting_optimizer(run.model);
    run.loss = fitting_loss(tasks[0]);
    for_each_failing_take(rnn_trainer_create(&run.trainer, run.model, run.optimizer, run.loss),
                          assert_null(run.trainer));
    for_each_failing_take(rnn_trainer_set_checkpoint(run.trainer, PATH), (void)0);
    run_close(&run);
}

static void test_memory_of_files(void **state)
{
    (void)state;
    struct data data = fitting_data(tasks[1], SEQUENCES, 5);
    rnn_dataset *dataset = fitting_dataset(&data);
    struct run from, to;
    run_open(&from, tasks[1], 1);
    run_open(&to, tasks[1], 2);
    run_set(&from, RNN_KEEP_BEST, 1);
    run_set(&to, RNN_KEEP_BEST, 1);
    assert_ok(rnn_fit(from.trainer, dataset, dataset));
    for_each_failing_take(rnn_trainer_save(from.trainer, PATH), assert_null(fopen(PATH, "rb")));
    struct snapshot after = snapshot_take(from.model, from.optimizer);
    for_each_failing_take(rnn_trainer_load(to.trainer, PATH), {
        struct run untouched;
        run_open(&untouched, tasks[1], 2);
        assert_same_bytes(run_bytes(&to), run_bytes(&untouched));
        run_close(&untouched);
    });
    assert_same_as_snapshot(&to, &after);
    snapshot_release(&after);
    run_close(&from);
    run_close(&to);
    rnn_dataset_destroy(dataset);
    remove(PATH);
}

/* ---- rnn_fit ----------------------------------------------------------------------------------------------------- */

struct attempt {
    struct run run;
    struct datasets datasets;
};

/* What its loss has: nothing of these; class weights, masks and weights of sequences; step masks; or a callback. */
enum extra { PLAIN, WEIGHTED, MASKED, CUSTOM, EXTRAS };

static int32_t half_the_squares(void *user, rnn_loss *loss, double *value, double *weight, float *dy, const float *y,
                                size_t y_count)
{
    (void)user, (void)loss, (void)weight;
    *value = 0;
    for (size_t i = 0; i < y_count; i++)
        *value += (double)y[i] * (double)y[i] / 2;
    if (dy)
        memcpy(dy, y, y_count * sizeof *dy);
    return 0;
}

static rnn_loss *loss_of(struct task task, enum extra extra)
{
    static const float class_weights[OUTPUTS] = {0.5f, 2, 1, 0.25f};
    rnn_loss *loss;
    if (extra != CUSTOM) {
        loss = fitting_loss(task);
        if (extra == WEIGHTED && task.loss == RNN_LOSS_CROSS_ENTROPY)
            assert_ok(rnn_loss_set_class_weights(loss, class_weights, OUTPUTS));
        return loss;
    }
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CUSTOM));
    assert_ok(rnn_loss_set_callback(loss, half_the_squares, NULL));
    assert_ok(rnn_loss_set_int(loss, RNN_IGNORED, IGNORED));
    return loss;
}

/* With all that takes memory: validation, the best parameters, a checkpoint, threads. */
static void attempt_open(struct attempt *attempt, struct task task, int64_t threads, enum extra extra)
{
    attempt->datasets = extra == WEIGHTED ? datasets_open_weighted(task) : datasets_open(task);
    if (extra == MASKED) {
        struct data training = fitting_data(task, SEQUENCES, 5), validation = fitting_data(task, 6, 6);
        fitting_set_step_masks(attempt->datasets.training, &training);
        fitting_set_step_masks(attempt->datasets.validation, &validation);
    }
    run_open_with(&attempt->run, task, 1, loss_of(task, extra));
    run_set(&attempt->run, RNN_KEEP_BEST, 1);
    run_set(&attempt->run, RNN_THREADS, threads);
    assert_ok(rnn_trainer_set_checkpoint(attempt->run.trainer, PATH));
}

static void attempt_close(struct attempt *attempt)
{
    run_close(&attempt->run);
    datasets_close(&attempt->datasets);
    remove(PATH);
}

static void write_old_checkpoint(void)
{
    FILE *file = fopen(PATH, "wb");
    assert_non_null(file);
    assert_true(fputs("old", file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void assert_old_checkpoint(void)
{
    struct bytes is = read_file(PATH);
    assert_int_equal(is.count, 3);
    assert_memory_equal(is.data, "old", 3);
    free(is.data);
}

/* By a trainer that has no memory of a fit yet. */
static void check_memory_of_evaluate(struct task task, int64_t threads, enum extra extra)
{
    struct attempt a;
    double loss = -1;
    attempt_open(&a, task, threads, extra);
    for_each_failing_take(rnn_evaluate(a.run.trainer, &loss, NULL, a.datasets.validation), assert_true(loss == -1));
    attempt_close(&a);
}

/* What fails has not begun: in the end the run is that of one that has found all memory at once. */
static void check_memory_of_fit(struct task task, int64_t threads, enum extra extra)
{
    struct attempt a, whole;
    attempt_open(&whole, task, threads, extra);
    assert_ok(rnn_fit(whole.run.trainer, whole.datasets.training, whole.datasets.validation));
    attempt_open(&a, task, threads, extra);
    rnn_trainer *trainer = a.run.trainer;
    write_old_checkpoint();
    struct bytes before = run_bytes(&a.run);
    for_each_failing_take(rnn_fit(trainer, a.datasets.training, a.datasets.validation), {
        struct bytes is = run_bytes(&a.run);
        assert_int_equal(is.count, before.count);
        assert_memory_equal(is.data, before.data, is.count);
        free(is.data);
        assert_int_equal(a.run.event_count, 0);
        assert_old_checkpoint();
    });
    assert_same_runs(&a.run, &whole.run);
    assert_same_bytes(run_bytes(&a.run), run_bytes(&whole.run));
    free(before.data);
    attempt_close(&a);
    attempt_close(&whole);
}

static void test_memory_of_fit(void **state)
{
    (void)state;
    for (size_t i = 0; i < task_count; i++)
        for (int64_t threads = 1; threads <= THREADS(2); threads++)
            for (enum extra extra = PLAIN; extra < EXTRAS; extra++)
                if (extra != CUSTOM || tasks[i].loss != RNN_LOSS_CTC) { /* whose labels are not [T] */
                    check_memory_of_evaluate(tasks[i], threads, extra);
                    check_memory_of_fit(tasks[i], threads, extra);
                }
}

/* ---- a fit that has begun ---------------------------------------------------------------------------------------- */

static int32_t count_from_the_first_update(void *user, rnn_trainer *trainer, int32_t event)
{
    size_t *events = user;
    (void)trainer;
    if (!*events) {
        assert_int_equal(event, RNN_EVENT_BATCH);
        takes = 0;
    }
    ++*events;
    return 0;
}

static void check_no_allocation(struct task task, int64_t threads, enum extra extra)
{
    struct attempt a;
    size_t events = 0;
    attempt_open(&a, task, threads, extra);
    run_set(&a.run, RNN_EPOCHS, 5);
    assert_ok(rnn_trainer_set_callback(a.run.trainer, count_from_the_first_update, &events));
    assert_ok(rnn_fit(a.run.trainer, a.datasets.training, a.datasets.validation));
    assert_int_equal(takes, 0);
    assert_int_equal(events, 5 * (BATCHES + 3));
    attempt_close(&a);
}

static void test_no_allocation_after_the_first_update(void **state)
{
    (void)state;
    for (size_t i = 0; i < task_count; i++)
        for (int64_t threads = 1; threads <= THREADS(2); threads++)
            for (enum extra extra = PLAIN; extra < EXTRAS; extra++)
                if (extra != CUSTOM || tasks[i].loss != RNN_LOSS_CTC) /* whose labels are not [T] */
                    check_no_allocation(tasks[i], threads, extra);
}

int main(void)
{
    const struct CMUnitTest tests_of_memory[] = {
        cmocka_unit_test(test_memory_of_datasets),
        cmocka_unit_test(test_memory_of_trainers),
        cmocka_unit_test(test_memory_of_files),
        cmocka_unit_test(test_memory_of_fit),
        cmocka_unit_test(test_no_allocation_after_the_first_update),
    };
    return cmocka_run_group_tests(tests_of_memory, NULL, NULL);
}
