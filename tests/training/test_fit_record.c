/* The record of rnn_fit: the best validation loss, its parameters, the epochs since.  A fit that follows a finished one
 * starts a new record; a stop, a failure or rnn_trainer_load continues it. */
#include "support/fitting.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH "fit_record.safetensors"

enum { EPOCHS = 12 };

/* A run with keep-best, at a rate that lets the validation rise and fall, and what its record has to be. */
struct recorded {
    struct run run;
    struct datasets datasets;
    struct snapshot best, last; /* at the best validation, at the last event */
    double best_loss, min_delta;
    int64_t best_epoch;
    int32_t stop_event; /* the stop_at-th from now on */
    size_t stop_at, event_count;
    double losses[MAX_EVENTS]; /* of the batches */
};

static int32_t keep_record(void *user, rnn_trainer *trainer, int32_t event)
{
    struct recorded *r = user;
    double loss = run_real(&r->run, RNN_VALIDATION_LOSS);
    (void)trainer;
    snapshot_release(&r->last);
    r->last = snapshot_take(r->run.model, r->run.optimizer);
    if (event == RNN_EVENT_BATCH)
        r->losses[r->event_count++] = run_real(&r->run, RNN_BATCH_LOSS);
    if (event == RNN_EVENT_VALIDATION && loss < r->best_loss - r->min_delta) {
        snapshot_release(&r->best);
        r->best = snapshot_take(r->run.model, r->run.optimizer);
        r->best_loss = loss;
        r->best_epoch = run_int(&r->run, RNN_EPOCH);
    }
    return event == r->stop_event && --r->stop_at == 0;
}

static void forget(struct recorded *r)
{
    snapshot_release(&r->best);
    r->best = (struct snapshot){0};
    r->best_loss = (double)INFINITY;
    r->best_epoch = 0;
}

static void recorded_open(struct recorded *r, struct task task)
{
    *r = (struct recorded){.best_loss = (double)INFINITY, .datasets = datasets_open(task)};
    run_open(&r->run, task, 1);
    run_set(&r->run, RNN_EPOCHS, EPOCHS);
    run_set(&r->run, RNN_KEEP_BEST, 1);
    assert_ok(rnn_optimizer_set_real(r->run.optimizer, RNN_RATE, 0.2));
    assert_ok(rnn_trainer_set_callback(r->run.trainer, keep_record, r));
}

static void recorded_close(struct recorded *r)
{
    snapshot_release(&r->best);
    snapshot_release(&r->last);
    run_close(&r->run);
    datasets_close(&r->datasets);
    remove(PATH);
}

static int32_t fit(struct recorded *r)
{
    return rnn_fit(r->run.trainer, r->datasets.training, r->datasets.validation);
}

static int has_parameters(const struct run *run, const struct snapshot *of)
{
    const float *values;
    size_t count;
    assert_ok(rnn_model_parameters(run->model, &values, &count));
    return of->values && !memcmp(values, of->values, count * sizeof *values);
}

/* The call is refused with that status and text, and the trainer with all that it has is as it was. */
static void assert_nothing_to_do(struct recorded *r, const char *part)
{
    struct bytes before = run_bytes(&r->run);
    struct snapshot model = snapshot_take(r->run.model, r->run.optimizer);
    size_t count_before = r->event_count;
    assert_fails(fit(r), RNN_E_STATE);
    check_message("rnn_fit(", part, __FILE__, __LINE__);
    check_message("rnn_fit(", "nothing is left to do", __FILE__, __LINE__);
    assert_string_equal(rnn_last_error(), rnn_trainer_last_error(r->run.trainer));
    assert_same_bytes(before, run_bytes(&r->run));
    assert_same_as_snapshot(&r->run, &model);
    assert_int_equal(r->event_count, count_before);
    snapshot_release(&model);
}

/* ---- a second training ------------------------------------------------------------------------------------------- */

/* After a training on data that is easy, one on other data ends with the best parameters of its own. */
static void test_second_training(void **state)
{
    (void)state;
    struct data easy = fitting_data(tasks[8], SEQUENCES, 5);
    struct recorded r;
    recorded_open(&r, tasks[8]);
    for (size_t i = 0; i < SEQUENCES; i++)
        memset(easy.sequences[i].values, 0, sizeof easy.sequences[i].values);
    rnn_dataset *first = fitting_dataset(&easy);
    assert_ok(rnn_optimizer_set_real(r.run.optimizer, RNN_RATE, 0.02));
    assert_ok(rnn_optimizer_set_int(r.run.optimizer, RNN_PLATEAU, 0));
    run_set(&r.run, RNN_EPOCHS, 30);
    assert_ok(rnn_fit(r.run.trainer, first, first));
    double before = run_real(&r.run, RNN_BEST_LOSS);
    struct snapshot old = snapshot_take(r.run.model, r.run.optimizer);
    forget(&r);
    run_set(&r.run, RNN_EPOCHS, 60);
    assert_ok(fit(&r));
    assert_true(r.best_loss > before); /* it can not beat the easy one */
    assert_true(run_real(&r.run, RNN_BEST_LOSS) == r.best_loss);
    assert_true(has_parameters(&r.run, &r.best));
    assert_false(has_parameters(&r.run, &old));
    snapshot_release(&old);
    rnn_dataset_destroy(first);
    recorded_close(&r);
}

static double rate_now(const struct recorded *r)
{
    double rate;
    assert_ok(rnn_optimizer_get_real(r->run.optimizer, RNN_CURRENT_RATE, &rate));
    return rate;
}

/* The best loss of the plateau schedule is one of this training, too; without validation its count is the caller's. */
static void test_plateaus_of_a_second_training(void **state)
{
    (void)state;
    struct recorded r;
    recorded_open(&r, tasks[8]);
    rnn_optimizer *o = r.run.optimizer;
    assert_ok(rnn_optimizer_set_int(o, RNN_SCHEDULE, RNN_SCHEDULE_CONSTANT));
    assert_ok(rnn_optimizer_set_int(o, RNN_WARMUP, 0));
    assert_ok(rnn_optimizer_set_real(o, RNN_RATE, 0.01));
    assert_ok(rnn_optimizer_report(o, 1e-6)); /* of another training */
    run_set(&r.run, RNN_EPOCHS, 1);
    assert_ok(fit(&r));
    assert_close(rate_now(&r), 0.01, 1e-12); /* the first report of this one */
    run_set(&r.run, RNN_EPOCHS, 2);
    assert_ok(rnn_optimizer_report(o, 1e-6));
    assert_ok(fit(&r)); /* a new training */
    assert_close(rate_now(&r), 0.01, 1e-12);
    run_set(&r.run, RNN_EPOCHS, 3);
    run_set(&r.run, RNN_KEEP_BEST, 0);
    assert_ok(rnn_optimizer_report(o, 1e-6));
    assert_ok(rnn_fit(r.run.trainer, r.datasets.training, NULL));
    assert_ok(rnn_optimizer_report(o, 1)); /* which is worse */
    assert_close(rate_now(&r), 0.007, 1e-12);
    recorded_close(&r);
}

/* ---- nothing to do ----------------------------------------------------------------------------------------------- */

static void test_all_epochs_are_over(void **state)
{
    (void)state;
    struct recorded r;
    recorded_open(&r, tasks[1]);
    run_set(&r.run, RNN_EPOCHS, 0);
    assert_nothing_to_do(&r, "0 epochs are completed, expected RNN_EPOCHS, now 0, to be larger");
    run_set(&r.run, RNN_EPOCHS, 2);
    assert_ok(fit(&r));
    assert_nothing_to_do(&r, "2 epochs are completed, expected RNN_EPOCHS, now 2, to be larger");
    run_set(&r.run, RNN_EPOCHS, 1);
    assert_nothing_to_do(&r, "2 epochs are completed, expected RNN_EPOCHS, now 1, to be larger");
    run_set(&r.run, RNN_EPOCHS, 3);
    assert_ok(fit(&r));
    assert_int_equal(run_int(&r.run, RNN_EPOCH), 3);
    recorded_close(&r);
}

/* After an early stop a later fit is a new training, with a count of its own. */
static void test_fit_after_an_early_stop(void **state)
{
    (void)state;
    struct recorded r;
    recorded_open(&r, tasks[1]);
    run_set(&r.run, RNN_EARLY_STOP, 2);
    assert_ok(rnn_optimizer_set_real(r.run.optimizer, RNN_RATE, 0)); /* no epoch is better than the first */
    assert_ok(fit(&r));
    assert_int_equal(run_int(&r.run, RNN_EPOCH), 3);
    struct snapshot before = snapshot_take(r.run.model, r.run.optimizer);
    assert_ok(fit(&r));
    assert_int_equal(run_int(&r.run, RNN_EPOCH), 6);
    assert_ok(rnn_optimizer_set_real(r.run.optimizer, RNN_RATE, 0.05));
    forget(&r);
    assert_ok(fit(&r));
    assert_true(run_int(&r.run, RNN_EPOCH) > 6);
    assert_true(has_parameters(&r.run, &r.best));
    assert_false(has_parameters(&r.run, &before));
    snapshot_release(&before);
    recorded_close(&r);
}

/* A run that has stopped early and is loaded has stopped early, until it is allowed more. */
static void test_loaded_after_an_early_stop(void **state)
{
    (void)state;
    struct recorded r;
    recorded_open(&r, tasks[1]);
    run_set(&r.run, RNN_EARLY_STOP, 2);
    assert_ok(rnn_optimizer_set_real(r.run.optimizer, RNN_RATE, 0));
    assert_ok(fit(&r));
    assert_ok(rnn_trainer_save(r.run.trainer, PATH));
    assert_ok(rnn_trainer_load(r.run.trainer, PATH));
    assert_nothing_to_do(&r, "after 2 epochs without a better validation loss, expected RNN_EARLY_STOP, now 2, to be");
    run_set(&r.run, RNN_EARLY_STOP, 4);
    assert_ok(fit(&r));
    assert_int_equal(run_int(&r.run, RNN_EPOCH), 5);
    assert_ok(rnn_trainer_load(r.run.trainer, PATH));
    run_set(&r.run, RNN_EARLY_STOP, 0);
    assert_ok(fit(&r));
    assert_int_equal(run_int(&r.run, RNN_EPOCH), EPOCHS);
    recorded_close(&r);
}

/* ---- a stop ------------------------------------------------------------------------------------------------------ */

/* What a file of the trainer has as its current parameters, as a trainer without keep-best loads them. */
static void assert_saves(struct recorded *r, const struct snapshot *expected)
{
    struct run loaded;
    assert_ok(rnn_trainer_save(r->run.trainer, PATH));
    run_open(&loaded, tasks[1], 99);
    assert_ok(rnn_trainer_load(loaded.trainer, PATH));
    assert_same_as_snapshot(&loaded, expected);
    run_close(&loaded);
}

/* Stopped anywhere: the model has the best, the trainer the current parameters; it goes on as if it had not stopped, or
 * another does that has loaded it. */
static void check_stop(const struct recorded *whole, int32_t event, size_t at, int load)
{
    struct recorded r;
    recorded_open(&r, tasks[1]);
    r.stop_event = event;
    r.stop_at = at;
    assert_int_equal(fit(&r), 1);
    assert_true(has_parameters(&r.run, r.best_epoch ? &r.best : &r.last));
    assert_saves(&r, &r.last);
    if (load) {
        struct recorded other;
        recorded_open(&other, tasks[1]);
        assert_ok(rnn_trainer_load(other.run.trainer, PATH));
        assert_true(has_parameters(&other.run, r.best_epoch ? &r.best : &r.last));
        recorded_close(&r);
        r = other;
        assert_ok(rnn_trainer_set_callback(r.run.trainer, NULL, NULL));
    }
    assert_ok(fit(&r));
    assert_same_runs(&r.run, &whole->run);
    assert_same_bytes(run_bytes(&r.run), run_bytes((struct run *)(uintptr_t)&whole->run));
    recorded_close(&r);
}

static void test_stops(void **state)
{
    (void)state;
    static const int32_t others[] = {RNN_EVENT_VALIDATION, RNN_EVENT_EPOCH};
    struct recorded whole;
    recorded_open(&whole, tasks[1]);
    assert_ok(fit(&whole));
    assert_true(whole.best_epoch > 1 && whole.best_epoch < EPOCHS);
    assert_true(has_parameters(&whole.run, &whole.best));
    assert_false(has_parameters(&whole.run, &whole.last));
    assert_saves(&whole, &whole.last);
    for (int load = 0; load <= 1; load++) {
        for (size_t at = 1; at <= EPOCHS * BATCHES; at++)
            check_stop(&whole, RNN_EVENT_BATCH, at, load);
        for (size_t i = 0; i < 2; i++)
            for (size_t at = 1; at < EPOCHS; at++)
                check_stop(&whole, others[i], at, load);
    }
    recorded_close(&whole);
}

/* What the caller puts into the model between a stop and the next fit is what that begins with; what he reads is not.
 */
static void test_parameters_of_the_caller(void **state)
{
    (void)state;
    struct recorded with, without;
    for (struct recorded *r = &with; r; r = r == &with ? &without : NULL) {
        recorded_open(r, tasks[1]);
        run_set(&r->run, RNN_KEEP_BEST, r == &with);
        r->stop_event = RNN_EVENT_EPOCH;
        r->stop_at = EPOCHS - 1;
        assert_int_equal(fit(r), 1);
        rnn_model *own = fitting_model(tasks[1], 12);
        const float *values;
        size_t count;
        assert_ok(rnn_model_parameters(own, &values, &count));
        assert_ok(rnn_model_set_parameters(r->run.model, values, count));
        rnn_destroy(own);
        assert_ok(rnn_trainer_save(r->run.trainer, PATH));
        assert_ok(fit(r));
    }
    assert_int_equal(with.event_count, without.event_count);
    assert_memory_equal(with.losses, without.losses, with.event_count * sizeof *with.losses);
    assert_true(snapshot_equal(&with.last, &without.last));
    recorded_close(&with);
    recorded_close(&without);
}

/* After a finished fit the next one trains the model as it is: with the best parameters. */
static void test_fit_after_a_finished_one(void **state)
{
    (void)state;
    struct task task = tasks[5];
    task.dropout = 0;
    struct recorded r;
    recorded_open(&r, task);
    assert_ok(fit(&r));
    assert_true(r.best_epoch < EPOCHS);
    struct data data = fitting_data(task, SEQUENCES, 5);
    struct loop loop = loop_open(task, 1);
    double losses[BATCHES];
    assert_ok(rnn_model_set_parameters(loop.model, r.best.values, r.best.parameters));
    assert_ok(rnn_optimizer_set_real(loop.optimizer, RNN_RATE, 0));
    assert_ok(rnn_optimizer_set_real(r.run.optimizer, RNN_RATE, 0));
    loop_epoch(&loop, &data, EPOCHS, losses, -1);
    r.event_count = 0;
    run_set(&r.run, RNN_EPOCHS, EPOCHS + 1);
    assert_ok(fit(&r));
    assert_int_equal(r.event_count, BATCHES);
    assert_memory_equal(r.losses, losses, sizeof losses);
    loop_close(&loop);
    recorded_close(&r);
}

/* A checkpoint that cannot be written ends each fit after an epoch; the record goes on all the same. */
static void test_failures_continue_the_record(void **state)
{
    (void)state;
    struct recorded whole, r;
    recorded_open(&whole, tasks[1]);
    run_set(&whole.run, RNN_EARLY_STOP, 5);
    assert_ok(fit(&whole));
    recorded_open(&r, tasks[1]);
    run_set(&r.run, RNN_EARLY_STOP, 5);
    for (int64_t epoch = 1; epoch <= run_int(&whole.run, RNN_EPOCH); epoch++) {
        assert_ok(rnn_trainer_set_checkpoint(r.run.trainer, "no/such/folder/file"));
        assert_fails(fit(&r), RNN_E_IO);
        assert_int_equal(run_int(&r.run, RNN_EPOCH), epoch);
        assert_true(has_parameters(&r.run, &r.best));
    }
    assert_same_runs(&r.run, &whole.run);
    assert_nothing_to_do(&r, "");
    recorded_close(&r);
    recorded_close(&whole);
}

/* A loss that is smaller by less is not better: neither for the stop nor for what is kept. */
static void test_min_delta(void **state)
{
    (void)state;
    static const double deltas[] = {0, 1e-4, 0.01, 0.05, 1e30};
    int64_t epochs[5];
    for (size_t i = 0; i < 5; i++) {
        struct recorded r;
        recorded_open(&r, tasks[1]);
        r.min_delta = deltas[i];
        assert_ok(rnn_trainer_set_real(r.run.trainer, RNN_MIN_DELTA, deltas[i]));
        run_set(&r.run, RNN_EARLY_STOP, 3);
        assert_ok(rnn_optimizer_set_real(r.run.optimizer, RNN_RATE, 0.01)); /* the losses fall slowly */
        assert_ok(fit(&r));
        epochs[i] = run_int(&r.run, RNN_EPOCH);
        assert_true(run_real(&r.run, RNN_BEST_LOSS) == r.best_loss);
        assert_true(has_parameters(&r.run, &r.best));
        assert_int_equal(epochs[i], r.best_epoch + 3 < EPOCHS ? r.best_epoch + 3 : EPOCHS);
        recorded_close(&r);
    }
    assert_int_equal(epochs[0], EPOCHS);
    assert_int_equal(epochs[4], 4); /* the first is the best */
    assert_true(epochs[3] < EPOCHS);
}

/* The option is not in files; the loss that it is compared to is. */
static void test_min_delta_is_resumed(void **state)
{
    (void)state;
    struct recorded whole, r;
    double delta;
    for (int half = 0; half < 2; half++) {
        struct recorded *it = half ? &r : &whole;
        recorded_open(it, tasks[1]);
        it->min_delta = 0.02;
        assert_ok(rnn_trainer_set_real(it->run.trainer, RNN_MIN_DELTA, 0.02));
        assert_ok(rnn_optimizer_set_real(it->run.optimizer, RNN_RATE, 0.01));
        run_set(&it->run, RNN_EARLY_STOP, 4);
        run_set(&it->run, RNN_EPOCHS, half ? 3 : EPOCHS);
        assert_ok(fit(it));
    }
    assert_ok(rnn_trainer_save(r.run.trainer, PATH));
    assert_ok(rnn_trainer_set_real(r.run.trainer, RNN_MIN_DELTA, 0.5));
    assert_ok(rnn_trainer_load(r.run.trainer, PATH));
    assert_ok(rnn_trainer_get_real(r.run.trainer, RNN_MIN_DELTA, &delta));
    assert_true(delta == 0.5);
    assert_ok(rnn_trainer_set_real(r.run.trainer, RNN_MIN_DELTA, 0.02));
    run_set(&r.run, RNN_EPOCHS, EPOCHS);
    assert_ok(fit(&r));
    assert_same_runs(&r.run, &whole.run);
    remove(PATH);
    recorded_close(&r);
    recorded_close(&whole);
}

int main(void)
{
    const struct CMUnitTest tests_of_the_record[] = {
        cmocka_unit_test(test_second_training),
        cmocka_unit_test(test_plateaus_of_a_second_training),
        cmocka_unit_test(test_all_epochs_are_over),
        cmocka_unit_test(test_fit_after_an_early_stop),
        cmocka_unit_test(test_loaded_after_an_early_stop),
        cmocka_unit_test(test_stops),
        cmocka_unit_test(test_parameters_of_the_caller),
        cmocka_unit_test(test_fit_after_a_finished_one),
        cmocka_unit_test(test_failures_continue_the_record),
        cmocka_unit_test(test_min_delta),
        cmocka_unit_test(test_min_delta_is_resumed),
    };
    return cmocka_run_group_tests(tests_of_the_record, NULL, NULL);
}
