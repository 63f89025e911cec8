/* What rnn_fit tells its callback, what may be done there, and how it ends: stopped, early, with the best parameters.
 */
#include "support/fitting.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define PATH "fit_events.safetensors"

enum { TASK = 1 }; /* cross-entropy of real numbers, with dropout */

/* A run that is validated and saves after every epoch. */
struct bench {
    struct run run;
    rnn_dataset *training, *validation;
    struct data data;
};

static void bench_open(struct bench *bench, const char *path)
{
    struct data other = fitting_data(tasks[TASK], 6, 6);
    bench->data = fitting_data(tasks[TASK], SEQUENCES, 5);
    bench->training = fitting_dataset(&bench->data);
    bench->validation = fitting_dataset(&other);
    run_open(&bench->run, tasks[TASK], 1);
    assert_ok(rnn_trainer_set_checkpoint(bench->run.trainer, path));
}

static void bench_close(struct bench *bench)
{
    run_close(&bench->run);
    rnn_dataset_destroy(bench->training);
    rnn_dataset_destroy(bench->validation);
    remove(PATH);
}

static int32_t bench_fit(struct bench *bench)
{
    return rnn_fit(bench->run.trainer, bench->training, bench->validation);
}

/* ---- order ------------------------------------------------------------------------------------------------------- */

static void test_order_of_events(void **state)
{
    (void)state;
    static const int32_t epoch[] = {RNN_EVENT_BATCH,      RNN_EVENT_BATCH,      RNN_EVENT_BATCH,
                                    RNN_EVENT_VALIDATION, RNN_EVENT_CHECKPOINT, RNN_EVENT_EPOCH};
    struct bench b;
    bench_open(&b, PATH);
    assert_ok(bench_fit(&b));
    assert_int_equal(b.run.event_count, 3 * 6);
    for (size_t i = 0; i < b.run.event_count; i++)
        assert_int_equal(b.run.events[i], epoch[i % 6]);
    bench_close(&b);
}

static void test_events_without_validation(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, PATH);
    assert_ok(rnn_trainer_set_checkpoint(b.run.trainer, NULL));
    assert_ok(rnn_fit(b.run.trainer, b.training, NULL));
    assert_int_equal(b.run.event_count, 3 * 4);
    for (size_t i = 0; i < b.run.event_count; i++)
        assert_int_equal(b.run.events[i], i % 4 < 3 ? RNN_EVENT_BATCH : RNN_EVENT_EPOCH);
    assert_true(isnan(run_real(&b.run, RNN_VALIDATION_LOSS)));
    assert_null(fopen(PATH, "rb"));
    bench_close(&b);
}

/* What can be read at each event. */
static int32_t read_progress(void *user, rnn_trainer *trainer, int32_t event)
{
    int64_t *seen = user, epoch = -1, batch = -1;
    assert_ok(rnn_trainer_get_int(trainer, RNN_EPOCH, &epoch));
    assert_ok(rnn_trainer_get_int(trainer, RNN_BATCH, &batch));
    seen[0] += event == RNN_EVENT_BATCH;
    assert_int_equal(batch, (seen[0] - 1) % BATCHES + 1);
    assert_int_equal(epoch, event == RNN_EVENT_BATCH ? (seen[0] - 1) / BATCHES : seen[0] / BATCHES);
    return 0;
}

static void test_progress(void **state)
{
    (void)state;
    struct bench b;
    int64_t batches = 0;
    bench_open(&b, PATH);
    assert_ok(rnn_trainer_set_callback(b.run.trainer, read_progress, &batches));
    assert_ok(bench_fit(&b));
    assert_int_equal(batches, 3 * BATCHES);
    assert_ok(rnn_trainer_set_callback(b.run.trainer, NULL, NULL));
    run_set(&b.run, RNN_EPOCHS, 4);
    assert_ok(bench_fit(&b));
    assert_int_equal(batches, 3 * BATCHES);
    assert_int_equal(run_int(&b.run, RNN_EPOCH), 4);
    bench_close(&b);
}

/* ---- stopping ---------------------------------------------------------------------------------------------------- */

static void check_stop(int32_t event, size_t at, int32_t with)
{
    struct bench b;
    bench_open(&b, PATH);
    run_set(&b.run, RNN_EARLY_STOP, 1);
    assert_ok(rnn_optimizer_set_real(b.run.optimizer, RNN_RATE, 0)); /* the second validation is not better */
    b.run.stop_event = event;
    b.run.stop_at = at;
    b.run.stop_with = with;
    assert_int_equal(bench_fit(&b), with);
    assert_int_equal(b.run.events[b.run.event_count - 1], event);
    assert_int_equal(run_events(&b.run, event), at);
    size_t batches = run_events(&b.run, RNN_EVENT_BATCH);
    assert_int_equal(run_int(&b.run, RNN_EPOCH), (batches - (event == RNN_EVENT_BATCH)) / BATCHES);
    b.run.stop_event = 0;
    run_set(&b.run, RNN_EARLY_STOP, 0);
    assert_ok(bench_fit(&b));
    assert_int_equal(run_int(&b.run, RNN_EPOCH), 3);
    assert_int_equal(run_events(&b.run, RNN_EVENT_BATCH), 3 * BATCHES); /* none twice, none left out */
    bench_close(&b);
}

static void test_stop_at_every_event(void **state)
{
    (void)state;
    static const int32_t statuses[] = {1, INT32_MAX, -1, RNN_E_NONFINITE, INT32_MIN};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        for (size_t at = 1; at <= 2 * BATCHES; at++)
            check_stop(RNN_EVENT_BATCH, at, statuses[i]);
        for (size_t at = 1; at <= 2; at++) {
            check_stop(RNN_EVENT_VALIDATION, at, statuses[i]);
            check_stop(RNN_EVENT_CHECKPOINT, at, statuses[i]);
            check_stop(RNN_EVENT_EPOCH, at, statuses[i]);
        }
        check_stop(RNN_EVENT_EARLY_STOP, 1, statuses[i]);
    }
}

/* Stopped within an epoch it has made the batches before, and goes on with the next one. */
static void test_stopped_within_an_epoch(void **state)
{
    (void)state;
    struct bench b;
    struct loop loop = loop_open(tasks[TASK], 1);
    double losses[BATCHES];
    bench_open(&b, NULL);
    b.run.stop_event = RNN_EVENT_BATCH;
    b.run.stop_at = 2;
    b.run.stop_with = 5;
    assert_int_equal(rnn_fit(b.run.trainer, b.training, NULL), 5);
    b.data.count = 2 * BATCH;
    loop_epoch(&loop, &b.data, 0, losses, -1);
    struct snapshot expected = snapshot_take(loop.model, loop.optimizer);
    assert_same_as_snapshot(&b.run, &expected);
    snapshot_release(&expected);
    assert_ok(rnn_fit(b.run.trainer, b.training, NULL));
    loop_close(&loop);
    loop = loop_open(tasks[TASK], 1);
    b.data.count = SEQUENCES;
    for (int64_t epoch = 0; epoch < 3; epoch++)
        loop_epoch(&loop, &b.data, epoch, losses, -1);
    expected = snapshot_take(loop.model, loop.optimizer);
    assert_same_as_snapshot(&b.run, &expected);
    snapshot_release(&expected);
    loop_close(&loop);
    bench_close(&b);
}

/* ---- within the callback ----------------------------------------------------------------------------------------- */

#define assert_not_here(call)                                                                                          \
    do {                                                                                                               \
        assert_fails(call, RNN_E_STATE);                                                                               \
        assert_memory_equal(rnn_last_error(), #call, strcspn(#call, "("));                                             \
        assert_string_equal(rnn_last_error(), rnn_trainer_last_error(trainer));                                        \
    } while (0)

static void use_model(rnn_model *model)
{
    const float x[INPUTS] = {1, 2, 3};
    float y[OUTPUTS];
    rnn_session *session;
    assert_ok(rnn_session_create(&session, model, RNN_TRAINING));
    assert_ok(rnn_forward(session, y, OUTPUTS, x, INPUTS, NULL, 0, 1));
    assert_ok(rnn_backward(session, NULL, 0, y, OUTPUTS));
    rnn_session_destroy(session);
}

/* Of a dataset that rnn_fit is reading. */
static void refuse_changes(rnn_dataset *dataset)
{
    const float ones[LONGEST * INPUTS] = {1};
    const int32_t class = 0;
    assert_fails(rnn_dataset_add(dataset, NULL, ones, INPUTS, 1), RNN_E_STATE);
    assert_fails(rnn_dataset_add_tokens(dataset, NULL, &class, 1), RNN_E_STATE);
    assert_fails(rnn_dataset_set_classes(dataset, 0, &class, 1), RNN_E_STATE);
    assert_fails(rnn_dataset_set_values(dataset, 0, ones, 1), RNN_E_STATE);
    assert_fails(rnn_dataset_set_mask(dataset, 0, NULL, 0), RNN_E_STATE);
    assert_fails(rnn_dataset_set_weight(dataset, 0, 2), RNN_E_STATE);
    assert_non_null(strstr(rnn_last_error(), "rnn_dataset_set_weight: rnn_fit or rnn_evaluate is reading the dataset"));
}

static int32_t try_everything(void *user, rnn_trainer *trainer, int32_t event)
{
    struct bench *b = user;
    double loss = -1, accuracy = -1;
    assert_not_here(rnn_trainer_set_int(trainer, RNN_BATCH_SIZE, 1));
    assert_not_here(rnn_trainer_set_int(trainer, RNN_EPOCHS, 100));
    assert_not_here(rnn_trainer_set_int(trainer, RNN_EARLY_STOP, 100));
    assert_not_here(rnn_trainer_set_int(trainer, RNN_SKIP_NONFINITE, 1));
    assert_not_here(rnn_trainer_set_real(trainer, RNN_MIN_DELTA, 1));
    assert_not_here(rnn_trainer_set_callback(trainer, NULL, NULL));
    assert_not_here(rnn_trainer_set_checkpoint(trainer, "elsewhere"));
    assert_not_here(rnn_trainer_load(trainer, PATH));
    assert_not_here(rnn_fit(trainer, b->training, b->validation));
    assert_not_here(rnn_evaluate(trainer, &loss, &accuracy, b->validation));
    assert_true(loss == -1 && accuracy == -1);
    refuse_changes(b->training);
    refuse_changes(b->validation);
    assert_ok(rnn_trainer_save(trainer, PATH));
    assert_fails(rnn_trainer_save(trainer, "no/such/folder/file"), RNN_E_IO);
    assert_ok(rnn_optimizer_set_real(b->run.optimizer, RNN_RATE, 0.02)); /* what it is */
    use_model(b->run.model);
    b->run.event_count++;
    (void)event;
    return 0;
}

static void test_what_a_callback_may(void **state)
{
    (void)state;
    struct bench b, plain;
    bench_open(&b, PATH);
    bench_open(&plain, NULL);
    assert_ok(rnn_trainer_set_callback(b.run.trainer, try_everything, &b));
    assert_ok(bench_fit(&b));
    assert_int_equal(b.run.event_count, 3 * 6);
    assert_ok(bench_fit(&plain));
    assert_same_runs(&b.run, &plain.run);
    run_set(&b.run, RNN_BATCH_SIZE, 1); /* again allowed */
    bench_close(&b);
    bench_close(&plain);
}

/* What the callback sets of the optimiser holds from the next update on. */
static int32_t set_rate(void *user, rnn_trainer *trainer, int32_t event)
{
    (void)trainer;
    return event == RNN_EVENT_BATCH ? rnn_optimizer_set_real(user, RNN_RATE, 0.5) : 0;
}

static void test_callback_sets_the_rate(void **state)
{
    (void)state;
    struct bench b;
    struct loop loop = loop_open(tasks[TASK], 1);
    double losses[BATCHES];
    bench_open(&b, NULL);
    assert_ok(rnn_trainer_set_callback(b.run.trainer, set_rate, b.run.optimizer));
    run_set(&b.run, RNN_EPOCHS, 1);
    assert_ok(rnn_fit(b.run.trainer, b.training, NULL));
    const struct sequence *of[SEQUENCES];
    for (size_t i = 0; i < SEQUENCES; i++)
        of[i] = &b.data.sequences[i];
    for (size_t i = 0; i < BATCHES; i++) {
        loop_begin(&loop, 0, i);
        losses[i] = loop_batch(&loop, of + i * BATCH, i + 1 < BATCHES ? BATCH : SEQUENCES - i * BATCH, 1);
        assert_ok(rnn_optimizer_set_real(loop.optimizer, RNN_RATE, 0.5));
    }
    assert_true(run_real(&b.run, RNN_BATCH_LOSS) == losses[BATCHES - 1]);
    struct snapshot expected = snapshot_take(loop.model, loop.optimizer);
    assert_same_as_snapshot(&b.run, &expected);
    snapshot_release(&expected);
    loop_close(&loop);
    bench_close(&b);
}

/* Reduction on plateaus, too: the reports from then on count. */
static int32_t switch_plateaus_on(void *user, rnn_trainer *trainer, int32_t event)
{
    struct bench *b = user;
    (void)trainer;
    if (event == RNN_EVENT_EPOCH && run_int(&b->run, RNN_EPOCH) == 2)
        assert_ok(rnn_optimizer_set_int(b->run.optimizer, RNN_PLATEAU, 1));
    return 0;
}

static void test_callback_sets_plateaus(void **state)
{
    (void)state;
    struct bench b;
    double rate;
    bench_open(&b, NULL);
    rnn_optimizer *o = b.run.optimizer;
    assert_ok(rnn_optimizer_set_int(o, RNN_PLATEAU, 0));
    assert_ok(rnn_optimizer_set_int(o, RNN_SCHEDULE, RNN_SCHEDULE_CONSTANT));
    assert_ok(rnn_optimizer_set_int(o, RNN_WARMUP, 0));
    assert_ok(rnn_optimizer_set_real(o, RNN_RATE, 1e-30)); /* too small to learn: no report is better than the first */
    assert_ok(rnn_optimizer_set_real(o, RNN_MINIMUM_RATE, 0));
    assert_ok(rnn_trainer_set_callback(b.run.trainer, switch_plateaus_on, &b));
    run_set(&b.run, RNN_EPOCHS, 5);
    assert_ok(bench_fit(&b));
    assert_ok(rnn_optimizer_get_real(o, RNN_CURRENT_RATE, &rate));
    assert_close(rate / 1e-30, 0.7 * 0.7, 1e-9); /* the third epoch is the first report, then two are not better */
    bench_close(&b);
}

/* ---- early stop, best parameters --------------------------------------------------------------------------------- */

enum { LONG = 30 };

/* At a rate that lets the validation rise and fall; the epochs that these losses allow. */
static size_t expected_epochs(const struct run *run, int64_t early_stop)
{
    double best = (double)INFINITY;
    size_t epoch = 0, at = 0;
    for (size_t i = 0; i < run->event_count; i++) {
        if (run->events[i] != RNN_EVENT_VALIDATION)
            continue;
        epoch++;
        if (run->losses[i] < best) {
            best = run->losses[i];
            at = epoch;
        }
        if (early_stop && epoch - at >= (size_t)early_stop)
            break;
    }
    return epoch;
}

static void test_early_stop(void **state)
{
    (void)state;
    for (int64_t early_stop = 0; early_stop <= 4; early_stop++) {
        struct bench b;
        bench_open(&b, NULL);
        assert_ok(rnn_optimizer_set_real(b.run.optimizer, RNN_RATE, 0.2));
        run_set(&b.run, RNN_EPOCHS, LONG);
        run_set(&b.run, RNN_EARLY_STOP, early_stop);
        assert_ok(bench_fit(&b));
        size_t epochs = run_events(&b.run, RNN_EVENT_EPOCH);
        assert_int_equal(epochs, expected_epochs(&b.run, early_stop));
        assert_int_equal(run_int(&b.run, RNN_EPOCH), epochs);
        assert_int_equal(run_events(&b.run, RNN_EVENT_EARLY_STOP), early_stop != 0);
        assert_true(early_stop ? epochs < LONG : epochs == LONG);
        assert_int_equal(b.run.events[b.run.event_count - 1], RNN_EVENT_EPOCH); /* comes last */
        if (early_stop)
            assert_int_equal(b.run.events[b.run.event_count - 2], RNN_EVENT_EARLY_STOP);
        bench_close(&b);
    }
}

/* Whether epoch 1, 2, ... is better than the best one before: '+' it is, and the rate lets it learn what it is
 * validated on; '-' it is not, at a rate of 0. */
static const char pattern[] = "+-+--+-+-+-+---++--+-";

static int32_t set_rate_by_pattern(void *user, rnn_trainer *trainer, int32_t event)
{
    struct bench *b = user;
    int64_t epoch = run_int(&b->run, RNN_EPOCH);
    (void)trainer;
    if (event == RNN_EVENT_VALIDATION && pattern[epoch - 1] == '+')
        assert_true(run_real(&b->run, RNN_VALIDATION_LOSS) == run_real(&b->run, RNN_BEST_LOSS));
    b->run.event_count += event == RNN_EVENT_EARLY_STOP;
    if (event != RNN_EVENT_EPOCH)
        return 0;
    return rnn_optimizer_set_real(b->run.optimizer, RNN_RATE, pattern[epoch] == '+' ? 0.02 : 0);
}

/* A better epoch begins the counting anew. */
static void test_early_stop_counts_from_the_best(void **state)
{
    (void)state;
    static const size_t ends[] = {2, 5, 15}; /* with early stop after 1, 2, 3 */
    for (int64_t early_stop = 1; early_stop <= 3; early_stop++) {
        struct bench b;
        bench_open(&b, NULL);
        run_set(&b.run, RNN_EARLY_STOP, early_stop);
        run_set(&b.run, RNN_EPOCHS, (int64_t)strlen(pattern));
        assert_ok(rnn_trainer_set_callback(b.run.trainer, set_rate_by_pattern, &b));
        assert_ok(rnn_fit(b.run.trainer, b.training, b.training));
        assert_int_equal(run_int(&b.run, RNN_EPOCH), ends[early_stop - 1]);
        assert_int_equal(b.run.event_count, 1);
        bench_close(&b);
    }
}

/* The parameters at the best validation so far. */
struct best {
    struct run *run;
    struct snapshot taken;
    double loss;
    int64_t epoch;
};

static int32_t take_best(void *user, rnn_trainer *trainer, int32_t event)
{
    struct best *best = user;
    double loss = run_real(best->run, RNN_VALIDATION_LOSS);
    (void)trainer;
    if (event == RNN_EVENT_VALIDATION && loss < best->loss) {
        snapshot_release(&best->taken);
        best->taken = snapshot_take(best->run->model, best->run->optimizer);
        best->loss = loss;
        best->epoch = run_int(best->run, RNN_EPOCH);
    }
    return 0;
}

static int has_parameters(const struct run *run, const float *values)
{
    const float *is;
    size_t count;
    assert_ok(rnn_model_parameters(run->model, &is, &count));
    return !memcmp(is, values, count * sizeof *is);
}

static void test_keep_best(void **state)
{
    (void)state;
    for (int64_t keep = 0; keep <= 1; keep++) {
        struct bench b;
        bench_open(&b, NULL);
        struct best best = {&b.run, {0}, (double)INFINITY, 0};
        assert_ok(rnn_trainer_set_callback(b.run.trainer, take_best, &best));
        assert_ok(rnn_optimizer_set_real(b.run.optimizer, RNN_RATE, 0.2));
        run_set(&b.run, RNN_EPOCHS, LONG);
        run_set(&b.run, RNN_EARLY_STOP, 3);
        run_set(&b.run, RNN_KEEP_BEST, keep);
        assert_ok(bench_fit(&b));
        assert_true(best.epoch > 0 && best.epoch < run_int(&b.run, RNN_EPOCH));
        assert_true(run_real(&b.run, RNN_BEST_LOSS) == best.loss);
        assert_int_equal(has_parameters(&b.run, best.taken.values), keep);
        snapshot_release(&best.taken);
        bench_close(&b);
    }
}

/* A better epoch of which no copy was kept makes the older copy worthless. */
static void test_keep_best_switched_on_and_off(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, NULL);
    run_set(&b.run, RNN_EPOCHS, 4);
    run_set(&b.run, RNN_KEEP_BEST, 1);
    b.run.stop_event = RNN_EVENT_EPOCH;
    b.run.stop_with = 1;
    b.run.stop_at = 1;
    assert_int_equal(bench_fit(&b), 1);
    double first = run_real(&b.run, RNN_BEST_LOSS);
    run_set(&b.run, RNN_KEEP_BEST, 0);
    b.run.stop_at = 3;
    assert_int_equal(bench_fit(&b), 1);
    assert_true(run_real(&b.run, RNN_BEST_LOSS) < first);
    struct snapshot third = snapshot_take(b.run.model, b.run.optimizer);
    run_set(&b.run, RNN_KEEP_BEST, 1);
    assert_ok(rnn_optimizer_set_real(b.run.optimizer, RNN_RATE, 0)); /* the fourth epoch is not better */
    assert_ok(bench_fit(&b));
    assert_true(has_parameters(&b.run, third.values));
    snapshot_release(&third);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests_of_events[] = {
        cmocka_unit_test(test_order_of_events),
        cmocka_unit_test(test_events_without_validation),
        cmocka_unit_test(test_progress),
        cmocka_unit_test(test_stop_at_every_event),
        cmocka_unit_test(test_stopped_within_an_epoch),
        cmocka_unit_test(test_what_a_callback_may),
        cmocka_unit_test(test_callback_sets_the_rate),
        cmocka_unit_test(test_callback_sets_plateaus),
        cmocka_unit_test(test_early_stop),
        cmocka_unit_test(test_early_stop_counts_from_the_best),
        cmocka_unit_test(test_keep_best),
        cmocka_unit_test(test_keep_best_switched_on_and_off),
    };
    return cmocka_run_group_tests(tests_of_events, NULL, NULL);
}
