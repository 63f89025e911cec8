/* rnn_fit against a loop over other functions of rnn.h: bit for bit, with every loss; shuffling, validation. */
#include "support/fitting.h"

#include <math.h>
#include <string.h>

#ifndef RNNI_NO_THREADS
#include <pthread.h>
#endif

enum { EPOCHS = 3 };

/* ---- the loop ---------------------------------------------------------------------------------------------------- */

/* Runs both and compares them bit by bit.  The loop leaves out batch `left_out` (from 0; -1: none) of the second epoch.
 */
static int fit_equals_loop(struct task task, int left_out, int64_t threads)
{
    struct data data = fitting_data(task, SEQUENCES, 5);
    rnn_dataset *dataset = fitting_dataset(&data);
    struct run run;
    struct loop loop = loop_open(task, 1);
    double losses[EPOCHS][BATCHES];
    int same = 1;
    loop.seed = -3;
    run_open(&run, task, 1);
    run_set(&run, RNN_SEED, loop.seed);
    run_set(&run, RNN_THREADS, threads);
    assert_ok(rnn_fit(run.trainer, dataset, NULL));
    for (int epoch = 0; epoch < EPOCHS; epoch++)
        loop_epoch(&loop, &data, epoch, losses[epoch], epoch == 1 ? left_out : -1);
    struct snapshot a = snapshot_take(run.model, run.optimizer), b = snapshot_take(loop.model, loop.optimizer);
    same = snapshot_equal(&a, &b);
    for (size_t i = 0, n = 0; i < run.event_count; i++)
        if (run.events[i] == RNN_EVENT_BATCH) {
            same &= run.losses[i] == losses[n / BATCHES][n % BATCHES];
            n++;
        }
    same &= run_events(&run, RNN_EVENT_BATCH) == EPOCHS * BATCHES;
    same &= run_real(&run, RNN_TRAINING_LOSS) == loop_mean(&data, losses[EPOCHS - 1]);
    snapshot_release(&a);
    snapshot_release(&b);
    loop_close(&loop);
    run_close(&run);
    rnn_dataset_destroy(dataset);
    return same;
}

static void test_equals_loop(void **state)
{
    (void)state;
    for (size_t i = 0; i < task_count; i++)
        for (int64_t threads = 1; threads <= THREADS(2); threads++)
            if (!fit_equals_loop(tasks[i], -1, threads)) {
                print_error("task %zu with %d threads differs from the loop\n", i, (int)threads);
                fail();
            }
}

/* One update less, and the comparison finds it. */
static void test_planted_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < task_count; i++)
        for (int batch = 0; batch < BATCHES; batch++)
            assert_false(fit_equals_loop(tasks[i], batch, 1));
}

/* The keys of the losses, and that of the masks, are not passed over. */
static void test_options_count(void **state)
{
    (void)state;
    static const struct {
        size_t task;
        int32_t key;
        double value;
    } changes[] = {{0, RNN_SMOOTHING, 0.2}, {0, RNN_IGNORED, 1}, {8, RNN_DELTA, 0.1},   {10, RNN_BLANK, 0},
                   {1, RNN_SEED, 7},        {0, RNN_SHUFFLE, 1}, {0, RNN_BATCH_SIZE, 5}};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct data data = fitting_data(tasks[changes[i].task], SEQUENCES, 5);
        for (size_t s = 0; s < SEQUENCES; s++) /* no label is a blank, either blank; no class is ignored by both */
            for (size_t t = 0; t < LONGEST; t++)
                data.sequences[s].classes[t] = data.sequences[s].classes[t] == 3 ? 3 : 1;
        rnn_dataset *dataset = fitting_dataset(&data);
        struct run a, b;
        run_open(&a, data.task, 1);
        run_open(&b, data.task, 1);
        if (changes[i].key == RNN_SMOOTHING || changes[i].key == RNN_DELTA)
            assert_ok(rnn_loss_set_real(b.loss, changes[i].key, changes[i].value));
        else if (changes[i].key == RNN_IGNORED || changes[i].key == RNN_BLANK)
            assert_ok(rnn_loss_set_int(b.loss, changes[i].key, (int64_t)changes[i].value));
        else
            run_set(&b, changes[i].key, (int64_t)changes[i].value);
        assert_ok(rnn_fit(a.trainer, dataset, NULL));
        assert_ok(rnn_fit(b.trainer, dataset, NULL));
        assert_true(run_real(&a, RNN_TRAINING_LOSS) != run_real(&b, RNN_TRAINING_LOSS));
        run_close(&a);
        run_close(&b);
        rnn_dataset_destroy(dataset);
    }
}

/* ---- threads ----------------------------------------------------------------------------------------------------- */

#ifndef RNNI_NO_THREADS
enum { TRAINERS = 3 };

struct learner {
    struct run run;
    const rnn_dataset *dataset;
    int32_t status;
};

static void *learn(void *of)
{
    struct learner *learner = of;
    learner->status = rnn_fit(learner->run.trainer, learner->dataset, learner->dataset);
    return NULL;
}

/* Trainers on threads of their own that read one dataset: as one after the other. */
static void test_trainers_at_once(void **state)
{
    (void)state;
    struct data data = fitting_data(tasks[1], SEQUENCES, 5);
    rnn_dataset *dataset = fitting_dataset(&data);
    struct learner learners[TRAINERS], alone = {.dataset = dataset};
    pthread_t threads[TRAINERS];
    for (size_t i = 0; i < TRAINERS; i++) {
        learners[i].dataset = dataset;
        run_open(&learners[i].run, data.task, (int64_t)i);
        assert_ok(rnn_trainer_set_callback(learners[i].run.trainer, NULL, NULL));
    }
    for (size_t i = 0; i < TRAINERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, learn, &learners[i]), 0);
    for (size_t i = 0; i < TRAINERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (size_t i = 0; i < TRAINERS; i++) {
        assert_int_equal(learners[i].status, RNN_OK);
        run_open(&alone.run, data.task, (int64_t)i);
        learn(&alone);
        assert_same_runs(&alone.run, &learners[i].run);
        run_close(&alone.run);
        run_close(&learners[i].run);
    }
    rnn_dataset_destroy(dataset);
}
#endif

/* ---- shuffling --------------------------------------------------------------------------------------------------- */

/* Sequences whose loss, at a rate of 0 and one a batch, tells which it is; the order of 4 epochs. */
enum { SHOWN = 4 };

static void show_orders(size_t orders[SHOWN][SEQUENCES], int64_t seed, int64_t shuffle)
{
    struct data data = fitting_data(tasks[8], SEQUENCES, 9);
    rnn_dataset *dataset = fitting_dataset(&data);
    struct run run;
    double loss_of[SEQUENCES], accuracy;
    for (size_t s = 0; s < SEQUENCES; s++) {
        struct data one = {.task = data.task, .count = 1, .sequences = {data.sequences[s]}};
        rnn_model *model = fitting_model(data.task, 1);
        loss_of[s] = loop_evaluate(&accuracy, model, &one);
        rnn_destroy(model);
    }
    run_open(&run, data.task, 1);
    assert_ok(rnn_optimizer_set_real(run.optimizer, RNN_RATE, 0));
    run_set(&run, RNN_BATCH_SIZE, 1);
    run_set(&run, RNN_EPOCHS, SHOWN);
    run_set(&run, RNN_SHUFFLE, shuffle);
    run_set(&run, RNN_SEED, seed);
    assert_ok(rnn_fit(run.trainer, dataset, NULL));
    size_t n = 0;
    for (size_t i = 0; i < run.event_count; i++)
        for (size_t s = 0; s < SEQUENCES && run.events[i] == RNN_EVENT_BATCH; s++)
            if (run.losses[i] == loss_of[s]) {
                assert_true(n < SHOWN * SEQUENCES);
                orders[n / SEQUENCES][n % SEQUENCES] = s;
                n++;
            }
    assert_int_equal(n, SHOWN * SEQUENCES);
    run_close(&run);
    rnn_dataset_destroy(dataset);
}

static void test_shuffling(void **state)
{
    (void)state;
    size_t orders[SHOWN][SEQUENCES], again[SHOWN][SEQUENCES], others[SHOWN][SEQUENCES];
    show_orders(orders, 1, 1);
    show_orders(again, 1, 1);
    show_orders(others, 2, 1);
    assert_memory_equal(orders, again, sizeof orders);
    assert_memory_not_equal(orders, others, sizeof orders);
    for (size_t epoch = 0; epoch < SHOWN; epoch++) {
        unsigned seen = 0;
        for (size_t i = 0; i < SEQUENCES; i++)
            seen |= 1u << orders[epoch][i];
        assert_int_equal(seen, (1u << SEQUENCES) - 1); /* each once */
        for (size_t other = 0; other < epoch; other++)
            assert_memory_not_equal(orders[epoch], orders[other], sizeof orders[epoch]);
    }
    show_orders(orders, 1, 0);
    for (size_t i = 0; i < SHOWN * SEQUENCES; i++)
        assert_int_equal(orders[i / SEQUENCES][i % SEQUENCES], i % SEQUENCES);
}

/* Each of three comes first about as often as the others: 600 seeds, 6 standard deviations. */
static void test_shuffling_is_fair(void **state)
{
    (void)state;
    struct data data = fitting_data(tasks[8], 3, 9);
    rnn_dataset *dataset = fitting_dataset(&data);
    size_t first[3] = {0};
    double losses[3], accuracy;
    struct run run;
    run_open(&run, data.task, 1);
    for (size_t s = 0; s < 3; s++) {
        struct data one = {.task = data.task, .count = 1, .sequences = {data.sequences[s]}};
        losses[s] = loop_evaluate(&accuracy, run.model, &one);
    }
    assert_ok(rnn_optimizer_set_real(run.optimizer, RNN_RATE, 0));
    run_set(&run, RNN_BATCH_SIZE, 1);
    run_set(&run, RNN_SHUFFLE, 1);
    for (int64_t i = 0; i < 600; i++) {
        run.event_count = 0;
        run_set(&run, RNN_SEED, i);
        run_set(&run, RNN_EPOCHS, i + 1);
        assert_ok(rnn_fit(run.trainer, dataset, NULL));
        for (size_t s = 0; s < 3; s++)
            first[s] += run.losses[0] == losses[s];
    }
    for (size_t s = 0; s < 3; s++)
        assert_in_range(first[s], 200 - 70, 200 + 70);
    run_close(&run);
    rnn_dataset_destroy(dataset);
}

/* ---- evaluation and validation ----------------------------------------------------------------------------------- */

static void test_evaluate(void **state)
{
    (void)state;
    for (size_t i = 0; i < task_count; i++) {
        struct data data = fitting_data(tasks[i], SEQUENCES, 3);
        rnn_dataset *dataset = fitting_dataset(&data);
        struct run run;
        double loss = -1, accuracy = -1, loop_accuracy, alone = -1;
        run_open(&run, tasks[i], 8);
        struct snapshot before = snapshot_take(run.model, run.optimizer);
        assert_ok(rnn_evaluate(run.trainer, &loss, &accuracy, dataset));
        assert_true(loss == loop_evaluate(&loop_accuracy, run.model, &data));
        assert_true(accuracy == loop_accuracy || (isnan(accuracy) && isnan(loop_accuracy)));
        assert_int_equal(isnan(accuracy) != 0, tasks[i].loss != RNN_LOSS_CROSS_ENTROPY);
        assert_ok(rnn_evaluate(run.trainer, &alone, NULL, dataset));
        assert_true(alone == loss);
        assert_same_as_snapshot(&run, &before);
        assert_true(isnan(run_real(&run, RNN_VALIDATION_LOSS)) && run.event_count == 0);
        snapshot_release(&before);
        run_close(&run);
        rnn_dataset_destroy(dataset);
    }
}

/* Where nothing counts there is no mean. */
static void test_evaluate_nothing(void **state)
{
    (void)state;
    struct data data = fitting_data(tasks[0], 2, 3);
    struct run run;
    double loss = -1, accuracy = -1;
    for (size_t i = 0; i < 2 * LONGEST; i++)
        data.sequences[i / LONGEST].classes[i % LONGEST] = IGNORED;
    rnn_dataset *dataset = fitting_dataset(&data);
    run_open(&run, data.task, 8);
    assert_ok(rnn_evaluate(run.trainer, &loss, &accuracy, dataset));
    assert_true(isnan(loss) && isnan(accuracy));
    run_close(&run);
    rnn_dataset_destroy(dataset);
}

/* Losses that are not finite are handed out. */
static void test_evaluate_what_is_not_finite(void **state)
{
    (void)state;
    struct data data = fitting_data(tasks[8], 2, 3);
    struct run run;
    double loss = -1;
    data.sequences[1].values[0] = NAN;
    rnn_dataset *dataset = fitting_dataset(&data);
    run_open(&run, data.task, 8);
    assert_ok(rnn_evaluate(run.trainer, &loss, NULL, dataset));
    assert_true(isnan(loss));
    run_close(&run);
    rnn_dataset_destroy(dataset);
}

/* Validation does not change the training, its loss is that of the loop, and it is reported to the optimiser. */
static void test_validation(void **state)
{
    (void)state;
    for (size_t i = 0; i < task_count; i++) {
        struct data data = fitting_data(tasks[i], SEQUENCES, 5), other = fitting_data(tasks[i], 6, 6);
        rnn_dataset *training = fitting_dataset(&data), *validation = fitting_dataset(&other);
        struct loop loop = loop_open(tasks[i], 1);
        struct run run;
        double best = (double)INFINITY, loss = 0, losses[BATCHES], accuracy;
        run_open(&run, tasks[i], 1);
        assert_ok(rnn_fit(run.trainer, training, validation));
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            loop_epoch(&loop, &data, epoch, losses, -1);
            loss = loop_evaluate(&accuracy, loop.model, &other);
            best = loss < best ? loss : best;
            assert_ok(rnn_optimizer_report(loop.optimizer, loss));
        }
        struct snapshot expected = snapshot_take(loop.model, loop.optimizer);
        assert_same_as_snapshot(&run, &expected);
        assert_true(run_real(&run, RNN_VALIDATION_LOSS) == loss);
        assert_true(run_real(&run, RNN_BEST_LOSS) == best);
        snapshot_release(&expected);
        run_close(&run);
        loop_close(&loop);
        rnn_dataset_destroy(training);
        rnn_dataset_destroy(validation);
    }
}

int main(void)
{
    const struct CMUnitTest tests_of_fit[] = {
        cmocka_unit_test(test_equals_loop),
        cmocka_unit_test(test_planted_fault),
        cmocka_unit_test(test_options_count),
#ifndef RNNI_NO_THREADS
        cmocka_unit_test(test_trainers_at_once),
#endif
        cmocka_unit_test(test_shuffling),
        cmocka_unit_test(test_shuffling_is_fair),
        cmocka_unit_test(test_evaluate),
        cmocka_unit_test(test_evaluate_nothing),
        cmocka_unit_test(test_evaluate_what_is_not_finite),
        cmocka_unit_test(test_validation),
    };
    return cmocka_run_group_tests(tests_of_fit, NULL, NULL);
}
