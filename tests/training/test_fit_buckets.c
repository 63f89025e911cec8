/* RNN_BUCKETS and RNN_MEMORY_LIMIT: the order of an epoch, what its batches need, and that they take no more.  Linked
 * with --wrap=rnni_memory_take. */
#include "support/fitting.h"

#include "base/memory.h"
#include "fit/trainer.h"
#include "session/network_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH "fit_buckets.safetensors"

static size_t taken; /* bytes */
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    taken += count * size;
    return __real_rnni_memory_take(count, size);
}

static size_t draw(size_t end, uint64_t *seed)
{
    return (size_t)((uniform(seed) + 1) / 2 * (float)end) % end;
}

/* Sequences of 1 to `longest` steps, without targets. */
static rnn_dataset *random_lengths(size_t count, size_t longest, uint64_t *seed)
{
    static const float x[64];
    rnn_dataset *dataset;
    assert_ok(rnn_dataset_create(&dataset));
    for (size_t i = 0; i < count; i++) {
        size_t steps = 1 + draw(longest, seed);
        assert_ok(rnn_dataset_add(dataset, NULL, x, steps, steps));
    }
    return dataset;
}

/* ---- the order --------------------------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

static void lengths_of(size_t *lengths, const rnn_dataset *dataset, const size_t *order, size_t count)
{
    for (size_t i = 0; i < count; i++)
        lengths[i] = dataset->sequences[order[i]].steps;
}

static void assert_permutation(const size_t *order, size_t count)
{
    size_t *copy = malloc(count * sizeof *copy);
    assert_non_null(copy);
    memcpy(copy, order, count * sizeof *copy);
    qsort(copy, count, sizeof *copy, by_value);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(copy[i], i);
    free(copy);
}

/* The lengths of the batches are those of the windows of the shuffled order, sorted, each batch once. */
static void check_batches(const rnn_dataset *dataset, const size_t *order, const size_t *plain, size_t batch,
                          size_t window)
{
    size_t count = dataset->count, wanted[128], is[128];
    int used[128] = {0};
    lengths_of(wanted, dataset, plain, count);
    lengths_of(is, dataset, order, count);
    for (size_t first = 0; first < count; first += window)
        qsort(wanted + first, count - first < window ? count - first : window, sizeof *wanted, by_value);
    for (size_t at = 0; at < count; at += batch) {
        size_t size = count - at < batch ? count - at : batch, found = count;
        for (size_t k = 0; k < count && found == count; k += batch)
            if (!used[k] && (count - k < batch ? count - k : batch) == size &&
                !memcmp(is + at, wanted + k, size * sizeof *is))
                found = k;
        assert_true(found < count);
        assert_true(size == batch || found == at); /* the smaller one stays last */
        used[found] = 1;
    }
}

static void check_order(size_t count, size_t batch, size_t buckets, uint64_t *seed)
{
    rnn_dataset *dataset = random_lengths(count, 20, seed);
    size_t plain[128], order[128], again[128];
    struct rnn_trainer trainer = {.options = {.seed = 3, .epoch = 2, .batch_size = (int64_t)batch, .shuffle = 1}};
    trainer.order = plain;
    rnni_epoch_set_order(&trainer, dataset);
    trainer.options.buckets = (int64_t)buckets;
    trainer.order = order;
    rnni_epoch_set_order(&trainer, dataset);
    trainer.order = again;
    rnni_epoch_set_order(&trainer, dataset);
    assert_memory_equal(order, again, count * sizeof *order);
    assert_permutation(order, count);
    check_batches(dataset, order, plain, batch, batch * buckets);
    trainer.options.epoch = 3;
    rnni_epoch_set_order(&trainer, dataset);
    assert_true(count < 20 || memcmp(order, again, count * sizeof *order) != 0);
    trainer.options.shuffle = 0; /* sorted within windows alone; equal lengths as they were added */
    rnni_epoch_set_order(&trainer, dataset);
    for (size_t i = 1; i < count; i++) {
        size_t a = dataset->sequences[again[i - 1]].steps, b = dataset->sequences[again[i]].steps;
        assert_true(i % (batch * buckets) == 0 || a < b || (a == b && again[i - 1] < again[i]));
    }
    rnn_dataset_destroy(dataset);
}

static void test_order(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (size_t count = 1; count <= 100; count += 1 + count / 7)
        for (size_t batch = 1; batch <= 9; batch += 2)
            for (size_t buckets = 1; buckets <= 64; buckets *= 3)
                check_order(count, batch, buckets, &seed);
}

/* ---- how large --------------------------------------------------------------------------------------------------- */

static void check_size(rnn_model *model, size_t count, size_t batch, int64_t pieces, uint64_t *seed)
{
    rnn_dataset *dataset = random_lengths(count, 20, seed);
    struct rnn_trainer trainer = {.model = model, .options = {.batch_size = (int64_t)batch, .stream_steps = pieces}};
    struct rnni_epoch_size size = rnni_epoch_size(&trainer, dataset);
    size_t lengths[128], rows = 0, wanted = batch < count ? batch : count;
    for (size_t i = 0; i < count; i++) {
        lengths[i] = dataset->sequences[i].steps;
        lengths[i] = pieces && lengths[i] > (size_t)pieces ? (size_t)pieces : lengths[i];
    }
    qsort(lengths, count, sizeof *lengths, by_value);
    for (size_t i = 0; i < wanted; i++)
        rows += lengths[count - 1 - i];
    assert_int_equal(size.rows, rows);
    assert_int_equal(size.batch, wanted);
    assert_int_equal(size.steps, lengths[count - 1]);
    for (size_t i = 0; i < count; i++)
        assert_true(dataset->sequences[i].steps < dataset->sequences[size.longest].steps ||
                    (dataset->sequences[i].steps == dataset->sequences[size.longest].steps && i >= size.longest));
    rnn_dataset_destroy(dataset);
}

static void test_size(void **state)
{
    (void)state;
    uint64_t seed = 1;
    rnn_model *model = fitting_model(tasks[0], 1);
    for (size_t count = 1; count <= 40; count++)
        for (size_t batch = 1; batch <= 50; batch += 3)
            for (int64_t pieces = 0; pieces <= 24; pieces += 4)
                check_size(model, count, batch, pieces, &seed);
    rnn_destroy(model);
}

/* ---- rnn_fit ----------------------------------------------------------------------------------------------------- */

static void open_run(struct run *run, struct task task, int64_t model_seed)
{
    run_open(run, task, model_seed);
    run_set(run, RNN_BUCKETS, 2);
    run_set(run, RNN_SHUFFLE, 1);
    run_set(run, RNN_SEED, 5);
    run_set(run, RNN_EPOCHS, 2);
}

static void test_resumed(void **state)
{
    (void)state;
    struct datasets datasets = datasets_open(tasks[1]);
    struct run whole, plain;
    open_run(&whole, tasks[1], 1);
    assert_ok(rnn_fit(whole.trainer, datasets.training, datasets.validation));
    assert_int_equal(run_events(&whole, RNN_EVENT_BATCH), 2 * BATCHES);
    open_run(&plain, tasks[1], 1);
    run_set(&plain, RNN_BUCKETS, 0);
    assert_ok(rnn_fit(plain.trainer, datasets.training, datasets.validation));
    assert_true(run_real(&plain, RNN_TRAINING_LOSS) != run_real(&whole, RNN_TRAINING_LOSS));
    run_close(&plain);
    for (size_t at = 1; at <= 2 * BATCHES; at++) {
        struct run stopped, resumed;
        open_run(&stopped, tasks[1], 1);
        run_stop_after_batch(&stopped, at, PATH);
        assert_int_equal(rnn_fit(stopped.trainer, datasets.training, datasets.validation), 5);
        run_close(&stopped);
        open_run(&resumed, tasks[1], 99);
        assert_ok(rnn_trainer_load(resumed.trainer, PATH));
        if (at % BATCHES) {
            run_set(&resumed, RNN_BUCKETS, 1);
            assert_fails(rnn_fit(resumed.trainer, datasets.training, datasets.validation), RNN_E_STATE);
            check_message("rnn_fit(", "RNN_BUCKETS is 1, expected 2", __FILE__, __LINE__);
            run_set(&resumed, RNN_BUCKETS, 2);
        }
        assert_ok(rnn_fit(resumed.trainer, datasets.training, datasets.validation));
        assert_same_runs(&resumed, &whole);
        run_close(&resumed);
    }
    run_close(&whole);
    datasets_close(&datasets);
    remove(PATH);
}

static int32_t never(void *user, rnn_sample *sample, size_t index, int64_t seed)
{
    (void)user, (void)sample, (void)index, (void)seed;
    fail();
    return 1;
}

static void test_sources_are_refused(void **state)
{
    (void)state;
    struct run run;
    rnn_dataset *dataset;
    assert_ok(rnn_dataset_create_from_source(&dataset, 10, LONGEST, LONGEST, never, NULL));
    open_run(&run, tasks[1], 1);
    assert_fails(rnn_fit(run.trainer, dataset, NULL), RNN_E_STATE);
    check_message("rnn_fit(", "RNN_BUCKETS is 2, expected 0: the lengths of sequences from a source", __FILE__,
                  __LINE__);
    rnn_dataset_destroy(dataset);
    run_close(&run);
}

/* ---- the limit --------------------------------------------------------------------------------------------------- */

static void test_limit(void **state)
{
    (void)state;
    struct datasets datasets = datasets_open(tasks[1]);
    struct run run;
    double loss = -1;
    open_run(&run, tasks[1], 1);
    run_set(&run, RNN_MEMORY_LIMIT, 1);
    struct bytes before = run_bytes(&run);
    assert_fails(rnn_evaluate(run.trainer, &loss, NULL, datasets.validation), RNN_E_MEMORY);
    check_message("rnn_evaluate(", "expected at most 1 (RNN_MEMORY_LIMIT); sequence ", __FILE__, __LINE__);
    assert_fails(rnn_fit(run.trainer, datasets.training, datasets.validation), RNN_E_MEMORY);
    check_message("rnn_fit(", "expected at most 1 (RNN_MEMORY_LIMIT); sequence ", __FILE__, __LINE__);
    int64_t needed = bytes_named();
    assert_true(needed > 1000);
    run_set(&run, RNN_MEMORY_LIMIT, needed - 1);
    assert_fails(rnn_fit(run.trainer, datasets.training, datasets.validation), RNN_E_MEMORY);
    assert_same_bytes(before, run_bytes(&run));
    assert_int_equal(run.event_count, 0);
    run_set(&run, RNN_MEMORY_LIMIT, needed);
    assert_ok(rnn_fit(run.trainer, datasets.training, datasets.validation));
    run_close(&run);
    datasets_close(&datasets);
}

/* 64 sequences, of which one is long, in one batch: memory for the steps that there are, and the padded arrays of the
 * batch; not for 64 long sequences. */
static void test_one_long_sequence(void **state)
{
    (void)state;
    enum { COUNT = 64, LONG = 20000, SHORT = 40 };
    struct run run;
    rnn_dataset *dataset;
    float *x = calloc(LONG * INPUTS, sizeof *x);
    int32_t *classes = calloc(LONG, sizeof *classes);
    assert_true(x && classes);
    assert_ok(rnn_dataset_create(&dataset));
    for (size_t i = 0; i < COUNT; i++) {
        size_t steps = i == 17 ? LONG : SHORT;
        assert_ok(rnn_dataset_add(dataset, NULL, x, steps * INPUTS, steps));
        assert_ok(rnn_dataset_set_classes(dataset, i, classes, steps));
    }
    run_open(&run, tasks[1], 1);
    run_set(&run, RNN_BATCH_SIZE, COUNT);
    run_set(&run, RNN_EPOCHS, 1);
    run_set(&run, RNN_MEMORY_LIMIT, 1);
    assert_fails(rnn_fit(run.trainer, dataset, NULL), RNN_E_MEMORY);
    check_message("rnn_fit(", "sequence 17 of training, with 20000 steps in a batch, is the longest", __FILE__,
                  __LINE__);
    int64_t needed = bytes_named();
    size_t rows = LONG + (COUNT - 1) * SHORT, padded = LONG * COUNT;
    size_t arrays = padded * (INPUTS + 2 * OUTPUTS + 2) * sizeof(float);
    size_t session = rnni_network_session_bytes(run.model, 1, LONG, COUNT, rows);
    assert_in_range((size_t)needed, arrays + session, arrays + session + arrays / 10);
    assert_true(session < rnni_network_session_bytes(run.model, 1, LONG, COUNT, padded) / 40);
    run_set(&run, RNN_MEMORY_LIMIT, needed);
    taken = 0;
    assert_ok(rnn_fit(run.trainer, dataset, NULL));
    assert_true(taken < (size_t)needed + (size_t)needed / 10);
    run_close(&run);
    rnn_dataset_destroy(dataset);
    free(x);
    free(classes);
}

int main(void)
{
    const struct CMUnitTest tests_of_buckets[] = {
        cmocka_unit_test(test_order),   cmocka_unit_test(test_size),
        cmocka_unit_test(test_resumed), cmocka_unit_test(test_sources_are_refused),
        cmocka_unit_test(test_limit),   cmocka_unit_test(test_one_long_sequence),
    };
    return cmocka_run_group_tests(tests_of_buckets, NULL, NULL);
}
