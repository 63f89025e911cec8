/* A trainer that is saved within an epoch, loaded by another, and goes on with the next batch: the same bits, and no
 * sequence twice or never. */
#include "support/fitting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH "fit_position.safetensors"

enum { EPOCHS = 2, ALL_BATCHES = EPOCHS * BATCHES };

static void close_lesson(struct datasets *datasets)
{
    datasets_close(datasets);
    remove(PATH);
}

static void open_run(struct run *run, const struct datasets *datasets, int64_t model_seed)
{
    run_open(run, datasets->task, model_seed);
    run_set(run, RNN_SHUFFLE, 1);
    run_set(run, RNN_SEED, -77);
    run_set(run, RNN_EPOCHS, EPOCHS);
}

/* Saves at a batch and goes on: what is saved is not disturbed by it. */
struct saver {
    size_t at, batches;
};

static int32_t save_at(void *user, rnn_trainer *trainer, int32_t event)
{
    struct saver *saver = user;
    if (event == RNN_EVENT_BATCH && ++saver->batches == saver->at)
        assert_ok(rnn_trainer_save(trainer, PATH));
    return 0;
}

/* The second run tells what the first has told after the n-th event of a batch. */
static void assert_tells_the_rest(const struct run *rest, const struct run *whole, size_t batches)
{
    size_t from = 0;
    for (size_t seen = 0; seen < batches; from++)
        seen += whole->events[from] == RNN_EVENT_BATCH;
    assert_int_equal(rest->event_count, whole->event_count - from);
    assert_memory_equal(rest->events, whole->events + from, rest->event_count * sizeof *rest->events);
    for (size_t i = 0; i < rest->event_count; i++)
        assert_true(rest->losses[i] == whole->losses[from + i]);
}

static void check_loaded_at(const struct datasets *datasets, struct run *whole, size_t at, int64_t threads)
{
    struct run saved, loaded;
    struct saver saver = {.at = at};
    open_run(&saved, datasets, 1);
    assert_ok(rnn_trainer_set_callback(saved.trainer, save_at, &saver));
    assert_ok(rnn_fit(saved.trainer, datasets->training, datasets->validation));
    assert_same_runs(&saved, whole);
    open_run(&loaded, datasets, 99);
    run_set(&loaded, RNN_THREADS, threads);
    assert_ok(rnn_trainer_load(loaded.trainer, PATH));
    assert_int_equal(run_int(&loaded, RNN_EPOCH), (at - 1) / BATCHES);
    assert_int_equal(run_int(&loaded, RNN_BATCH), (at - 1) % BATCHES + 1);
    assert_int_equal(run_updates(&loaded), at);
    assert_ok(rnn_fit(loaded.trainer, datasets->training, datasets->validation));
    assert_same_runs(&loaded, whole);
    assert_same_bytes(run_bytes(&loaded), run_bytes(whole));
    assert_int_equal(run_updates(&loaded), ALL_BATCHES);
    assert_tells_the_rest(&loaded, whole, at);
    run_close(&saved);
    run_close(&loaded);
}

static void test_loaded_within_an_epoch(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * task_count; i++) { /* each without and with masks and weights */
        struct datasets datasets = i % 2 ? datasets_open_weighted(tasks[i / 2]) : datasets_open(tasks[i / 2]);
        struct run whole;
        open_run(&whole, &datasets, 1);
        assert_ok(rnn_fit(whole.trainer, datasets.training, datasets.validation));
        for (size_t at = 1; at <= ALL_BATCHES; at++)
            check_loaded_at(&datasets, &whole, at, THREADS(1 + (int64_t)(at % 2)));
        run_close(&whole);
        close_lesson(&datasets);
    }
}

/* Stopped at a batch, the same trainer goes on with the next, again and again. */
static void test_stopped_at_every_batch(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * task_count; i++) { /* each without and with masks and weights */
        struct datasets datasets = i % 2 ? datasets_open_weighted(tasks[i / 2]) : datasets_open(tasks[i / 2]);
        struct run whole, run;
        open_run(&whole, &datasets, 1);
        assert_ok(rnn_fit(whole.trainer, datasets.training, datasets.validation));
        open_run(&run, &datasets, 1);
        run.stop_event = RNN_EVENT_BATCH;
        run.stop_with = 3;
        for (run.stop_at = 1; run.stop_at <= ALL_BATCHES; run.stop_at++)
            assert_int_equal(rnn_fit(run.trainer, datasets.training, datasets.validation), 3);
        assert_ok(rnn_fit(run.trainer, datasets.training, datasets.validation));
        assert_same_runs(&run, &whole);
        assert_same_bytes(run_bytes(&run), run_bytes(&whole));
        assert_int_equal(run.event_count, whole.event_count);
        run_close(&whole);
        run_close(&run);
        close_lesson(&datasets);
    }
}

/* ---- another order ----------------------------------------------------------------------------------------------- */

static void assert_not_continued(struct run *run, const rnn_dataset *training, const char *part)
{
    struct bytes before = run_bytes(run);
    assert_fails(rnn_fit(run->trainer, training, NULL), RNN_E_STATE);
    check_message("rnn_fit(", part, __FILE__, __LINE__);
    check_message("rnn_fit(", "4 sequences of epoch 1 are done", __FILE__, __LINE__);
    assert_string_equal(rnn_last_error(), rnn_trainer_last_error(run->trainer));
    assert_same_bytes(before, run_bytes(run));
    assert_int_equal(run->event_count, 0);
}

/* The sequences that are left are known only as long as their order is the same. */
static void test_other_orders_are_refused(void **state)
{
    (void)state;
    struct datasets datasets = datasets_open(tasks[1]);
    struct data data = fitting_data(tasks[1], SEQUENCES - 1, 5);
    rnn_dataset *smaller = fitting_dataset(&data);
    struct run first, run, whole;
    open_run(&first, &datasets, 1);
    first.stop_event = RNN_EVENT_BATCH;
    first.stop_with = 1;
    first.stop_at = 1;
    assert_int_equal(rnn_fit(first.trainer, datasets.training, NULL), 1);
    assert_ok(rnn_trainer_save(first.trainer, PATH));
    open_run(&run, &datasets, 9);
    assert_ok(rnn_trainer_load(run.trainer, PATH));
    assert_not_continued(&run, smaller, "the number of training sequences is 10, expected 11");
    run_set(&run, RNN_BATCH_SIZE, BATCH + 1);
    assert_not_continued(&run, datasets.training, "RNN_BATCH_SIZE is 5, expected 4");
    run_set(&run, RNN_BATCH_SIZE, BATCH);
    run_set(&run, RNN_SHUFFLE, 0);
    assert_not_continued(&run, datasets.training, "RNN_SHUFFLE is 0, expected 1");
    run_set(&run, RNN_SHUFFLE, 1);
    run_set(&run, RNN_SEED, 5);
    assert_not_continued(&run, datasets.training, "RNN_SEED is 5, expected -77");
    run_set(&run, RNN_SEED, -77);
    assert_ok(rnn_fit(run.trainer, datasets.training, NULL));
    open_run(&whole, &datasets, 1);
    assert_ok(rnn_fit(whole.trainer, datasets.training, NULL));
    assert_same_runs(&run, &whole);

    run_set(&run, RNN_EPOCHS, EPOCHS + 1); /* between epochs everything may be another */
    run_set(&run, RNN_BATCH_SIZE, BATCH - 1);
    run_set(&run, RNN_SEED, 3);
    assert_ok(rnn_fit(run.trainer, smaller, NULL));
    rnn_dataset_destroy(smaller);
    run_close(&first);
    run_close(&run);
    run_close(&whole);
    close_lesson(&datasets);
}

int main(void)
{
    const struct CMUnitTest tests_of_positions[] = {
        cmocka_unit_test(test_loaded_within_an_epoch),
        cmocka_unit_test(test_stopped_at_every_batch),
        cmocka_unit_test(test_other_orders_are_refused),
    };
    return cmocka_run_group_tests(tests_of_positions, NULL, NULL);
}
