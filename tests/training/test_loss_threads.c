/* Losses on threads: the same bits for every number of them, errors, memory, and the training loop.  Linked with
 * --wrap=rnni_memory_take. */
#include "support/fitting.h"

#include "base/memory.h"
#include "base/share.h"
#include "training/loss_handle.h"

#include <math.h>
#include <string.h>

static size_t allocations, fails_at; /* fails_at 0: none fails */
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    return ++allocations == fails_at ? NULL : __real_rnni_memory_take(count, size);
}

/* ---- batches ----------------------------------------------------------------------------------------------------- */

enum { MOST_ROWS = 2100, MOST_COUNT = 6500, MOST_BATCH = 70, S = 4, MISSING = -9 };

/* Also rows that several pieces of 512 values divide: see loss_rows.c. */
static const struct shape {
    size_t steps, batch, classes;
} shapes[] = {{7, 5, 6}, {30, 70, 3}, {3, 2, 1000}, {1, 1, 3}, {40, 1, 9}};
#define SHAPES (sizeof shapes / sizeof *shapes)

/* What a batch has. */
enum { LENGTHS = 1, MASK = 2, WEIGHTS = 4, OTHER = 8, IN_PLACE = 16, FLAGS = 32 };

struct batch {
    int32_t kind;
    int flags;
    struct shape shape;
    int32_t lengths[MOST_BATCH], label_lengths[MOST_BATCH], labels[MOST_BATCH * S], classes[MOST_ROWS];
    float mask[MOST_ROWS], weights[MOST_BATCH], class_weights[1000], y[MOST_COUNT], values[MOST_COUNT];
};

struct result {
    double value, losses[MOST_BATCH];
    float dy[MOST_COUNT];
};

static int32_t below(size_t end, uint64_t *seed)
{
    return (int32_t)((uniform(seed) + 1) / 2 * (double)end);
}

static void fill(struct batch *b, int32_t kind, int flags, struct shape shape)
{
    uint64_t seed = 11;
    b->kind = kind;
    b->flags = flags;
    b->shape = shape;
    fill_uniform(b->y, MOST_COUNT, &seed);
    for (size_t i = 0; i < MOST_COUNT; i++)
        b->values[i] = flags & OTHER && below(5, &seed) == 0 ? NAN : (float)(uniform(&seed) + 1) / 2;
    for (size_t i = 0; i < MOST_ROWS; i++) {
        b->classes[i] = below(6, &seed) == 0 ? MISSING : below(shape.classes, &seed);
        b->mask[i] = below(4, &seed) == 0 ? 0 : (float)uniform(&seed) + 1;
    }
    for (size_t i = 0; i < 1000; i++)
        b->class_weights[i] = (float)uniform(&seed) + 1;
    for (size_t i = 0; i < MOST_BATCH; i++) {
        b->lengths[i] = i % 3 == 1 ? 0 : below(shape.steps + 1, &seed);
        b->label_lengths[i] = below(S + 1, &seed);
        b->weights[i] = i % 4 == 2 ? 0 : (float)uniform(&seed) + 1;
    }
    for (size_t i = 0; i < MOST_BATCH * S; i++)
        b->labels[i] = 1 + below(shape.classes - 1, &seed);
}

static size_t rows_of(const struct batch *b)
{
    return b->shape.steps * b->shape.batch;
}

static rnn_loss *open_loss(const struct batch *b)
{
    rnn_loss *loss;
    size_t batch = b->shape.batch;
    int real = b->kind != RNN_LOSS_CROSS_ENTROPY && b->kind != RNN_LOSS_CTC;
    assert_ok(rnn_loss_create(&loss, b->kind));
    if (real)
        assert_ok(rnn_loss_set_int(loss, RNN_SKIP_MISSING, (b->flags & OTHER) != 0));
    if (b->kind == RNN_LOSS_CROSS_ENTROPY)
        assert_ok(rnn_loss_set_int(loss, RNN_IGNORED, MISSING));
    if (b->kind == RNN_LOSS_CROSS_ENTROPY && b->flags & OTHER) {
        assert_ok(rnn_loss_set_real(loss, RNN_SMOOTHING, 0.1));
        assert_ok(rnn_loss_set_class_weights(loss, b->class_weights, b->shape.classes));
    }
    if (b->kind == RNN_LOSS_CTC && b->flags & OTHER)
        assert_ok(rnn_loss_set_int(loss, RNN_ZERO_INFINITY, 1));
    assert_ok(rnn_loss_set_batch(loss, b->flags & LENGTHS ? b->lengths : NULL, b->flags & LENGTHS ? batch : 0,
                                 b->shape.steps, batch, b->shape.classes));
    if (b->flags & MASK && b->kind != RNN_LOSS_CTC)
        assert_ok(rnn_loss_set_mask(loss, b->mask, rows_of(b)));
    if (b->flags & MASK && b->kind == RNN_LOSS_CTC)
        assert_ok(rnn_loss_set_label_lengths(loss, b->label_lengths, batch));
    if (b->flags & WEIGHTS)
        assert_ok(rnn_loss_set_sequence_weights(loss, b->weights, batch));
    return loss;
}

static int32_t compute(rnn_loss *loss, const struct batch *b, struct result *r)
{
    size_t rows = rows_of(b), count = rows * b->shape.classes;
    const float *y = b->y;
    if (b->flags & IN_PLACE) {
        memcpy(r->dy, b->y, count * sizeof *y);
        y = r->dy;
    }
    if (b->kind == RNN_LOSS_CTC)
        return rnn_loss_of_classes(loss, &r->value, r->dy, count, y, count, b->labels, b->shape.batch * S);
    if (b->kind == RNN_LOSS_CROSS_ENTROPY)
        return rnn_loss_of_classes(loss, &r->value, r->dy, count, y, count, b->classes, rows);
    return rnn_loss_of_values(loss, &r->value, r->dy, count, y, count, b->values, count);
}

static void compute_all(rnn_loss *loss, const struct batch *b, struct result *r)
{
    memset(r, 0x5a, sizeof *r);
    assert_ok(compute(loss, b, r));
    assert_ok(rnn_loss_get_sequence_losses(loss, r->losses, b->shape.batch));
}

/* ---- the same bits ----------------------------------------------------------------------------------------------- */

enum { MANY = 64 };
static const size_t numbers[] = {2, 3, 5, MANY, 1};

static void check_bits(int32_t kind, int flags, struct shape shape)
{
    static struct batch b;
    static struct result expected, found;
    fill(&b, kind, flags, shape);
    rnn_loss *loss = open_loss(&b);
    compute_all(loss, &b, &expected);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (numbers[i] == MANY && flags % 8 != 5) /* they take long to start */
            continue;
        assert_ok(rnn_loss_set_threads(loss, numbers[i]));
        compute_all(loss, &b, &found);
        assert_memory_equal(&found, &expected, sizeof found);
    }
    rnn_loss_destroy(loss);
}

static void test_bits(void **state)
{
    (void)state;
    for (int32_t kind = RNN_LOSS_CROSS_ENTROPY; kind <= RNN_LOSS_CTC; kind++)
        for (int flags = 0; flags < FLAGS; flags++)
            for (size_t s = 0; s < SHAPES; s++)
                check_bits(kind, flags, shapes[s]);
}

/* The sum of the losses of sequences, which the oracles of other tests are for, is that of the batch. */
static void test_sums(void **state)
{
    (void)state;
    static struct batch b;
    static struct result r;
    for (int32_t kind = RNN_LOSS_CROSS_ENTROPY; kind <= RNN_LOSS_CTC; kind++) {
        fill(&b, kind, LENGTHS | MASK | WEIGHTS | OTHER, shapes[1]);
        rnn_loss *loss = open_loss(&b);
        double sum = 0;
        assert_ok(rnn_loss_set_int(loss, RNN_REDUCTION, RNN_SUM));
        assert_ok(rnn_loss_set_threads(loss, 3));
        compute_all(loss, &b, &r);
        for (size_t i = 0; i < b.shape.batch; i++)
            sum += (double)b.weights[i] * r.losses[i];
        assert_close(r.value, sum, 1e-12);
        assert_true(r.value > 1);
        rnn_loss_destroy(loss);
    }
}

/* ---- what is shared ---------------------------------------------------------------------------------------------- */

static void backwards(void *user, size_t count, rnn_task task, void *context)
{
    *(size_t *)user += count;
    while (count-- > 0)
        task(context, count);
}

/* Tasks of a call on a team of 3. */
static size_t tasks_of(int32_t kind, struct shape shape)
{
    static struct batch b;
    static struct result expected, found;
    size_t started = 0;
    fill(&b, kind, 0, shape);
    rnn_loss *loss = open_loss(&b);
    struct rnni_team *team = rnni_team_lend(3, backwards, &started);
    assert_non_null(team);
    compute_all(loss, &b, &expected);
    rnni_loss_lend(loss, team);
    compute_all(loss, &b, &found);
    rnni_loss_lend(loss, NULL);
    rnni_team_release(team);
    assert_memory_equal(&found, &expected, sizeof found);
    size_t before = started;
    compute_all(loss, &b, &found); /* alone again */
    assert_int_equal(started, before);
    rnn_loss_destroy(loss);
    return started;
}

static void test_division(void **state)
{
    (void)state;
    rnni_share_from(RNNI_SHARE_LEAST);
    for (int32_t kind = RNN_LOSS_CROSS_ENTROPY; kind <= RNN_LOSS_CTC; kind++) {
        assert_true(tasks_of(kind, (struct shape){70, 30, 3}) >= 3);
        assert_int_equal(tasks_of(kind, (struct shape){3, 2, 3}), 0); /* too small */
    }
    rnni_share_from(0);
    assert_int_equal(tasks_of(RNN_LOSS_CTC, (struct shape){9, 2, 3}), 2); /* no more than sequences */
    assert_int_equal(tasks_of(RNN_LOSS_CTC, (struct shape){9, 1, 3}), 0);
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

static int32_t sets_threads(void *user, rnn_loss *loss, double *value, double *weight, float *dy, const float *y,
                            size_t y_count)
{
    (void)weight;
    (void)dy;
    (void)y;
    (void)y_count;
    *value = 1;
    *(int32_t *)user = rnn_loss_set_threads(loss, 2);
    return RNN_OK;
}

static void test_refused(void **state)
{
    (void)state;
    static struct batch b;
    static struct result expected, found;
    fill(&b, RNN_LOSS_CTC, LENGTHS, shapes[0]);
    rnn_loss *loss = open_loss(&b);
    compute_all(loss, &b, &expected);
    assert_ok(rnn_loss_set_threads(loss, 2));
    assert_fails(rnn_loss_set_threads(NULL, 2), RNN_E_NULL);
    assert_fails(rnn_loss_set_threads(loss, 0), RNN_E_VALUE);
    assert_string_equal(rnn_loss_last_error(loss), "rnn_loss_set_threads: threads is 0, expected 1 to 1024");
    assert_fails(rnn_loss_set_threads(loss, 1025), RNN_E_VALUE);
    assert_string_equal(rnn_loss_last_error(loss), "rnn_loss_set_threads: threads is 1025, expected 1 to 1024");
    compute_all(loss, &b, &found); /* on two threads, with the same batch */
    assert_memory_equal(&found, &expected, sizeof found);
    rnn_loss_destroy(loss);

    int32_t status = RNN_OK;
    float y = 1;
    double value;
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CUSTOM));
    assert_ok(rnn_loss_set_callback(loss, sets_threads, &status));
    assert_ok(rnn_loss_set_batch(loss, NULL, 0, 1, 1, 1));
    assert_ok(rnn_loss_set_threads(loss, 3));
    assert_ok(rnn_loss_of_values(loss, &value, NULL, 0, &y, 1, NULL, 0));
    assert_int_equal(status, RNN_E_STATE);
    rnn_loss_destroy(loss);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static void test_each_allocation_fails(void **state)
{
    (void)state;
    static struct batch b;
    static struct result expected, found, untouched;
    for (int32_t kind = RNN_LOSS_CROSS_ENTROPY; kind <= RNN_LOSS_CTC; kind++) {
        fill(&b, kind, LENGTHS, shapes[0]);
        rnn_loss *loss = open_loss(&b);
        compute_all(loss, &b, &expected);
        rnn_loss_destroy(loss);
        memset(&untouched, 0x5a, sizeof untouched);
        for (size_t i = 1, failures = 1; failures; i++) {
            loss = open_loss(&b);
            failures = allocations = 0;
            fails_at = i;
            found = untouched;
            while (rnn_loss_set_threads(loss, 3) != RNN_OK) {
                assert_int_equal(++failures, 1);
                assert_string_equal(rnn_loss_last_error(loss), "rnn_loss_set_threads: cannot start 3 threads");
            }
            for (int32_t status; (status = compute(loss, &b, &found)) != RNN_OK;) {
                assert_int_equal(status, RNN_E_MEMORY);
                assert_int_equal(++failures, 1);
                assert_non_null(strstr(rnn_loss_last_error(loss), "out of memory"));
                assert_memory_equal(&found, &untouched, sizeof found);
            }
            fails_at = 0;
            compute_all(loss, &b, &found);
            assert_memory_equal(&found, &expected, sizeof found);
            rnn_loss_destroy(loss);
        }
    }
}

/* rnni_loss_reserve for threads is enough for that many, and fewer. */
static void test_reserved_memory(void **state)
{
    (void)state;
    static struct batch b;
    static struct result r;
    for (int32_t kind = RNN_LOSS_CROSS_ENTROPY; kind <= RNN_LOSS_CTC; kind++)
        for (size_t threads = 1; threads <= 9; threads += 4) {
            fill(&b, kind, LENGTHS, shapes[0]);
            rnn_loss *loss = open_loss(&b);
            assert_true(rnni_loss_reserve(loss, b.shape.steps, b.shape.batch, b.shape.classes, S, threads));
            assert_ok(rnn_loss_set_threads(loss, threads));
            allocations = 0;
            compute_all(loss, &b, &r);
            assert_int_equal(allocations, 0);
            assert_ok(rnn_loss_set_threads(loss, 1));
            compute_all(loss, &b, &r);
            assert_int_equal(allocations, 0);
            rnn_loss_destroy(loss);
        }
}

/* ---- the training loop ------------------------------------------------------------------------------------------- */

static int32_t forbid_allocations(void *user, rnn_trainer *trainer, int32_t event)
{
    (void)trainer;
    if (event == RNN_EVENT_BATCH)
        assert_true(!*(int *)user || !allocations); /* since the last batch of the epoch */
    *(int *)user = event == RNN_EVENT_BATCH;
    allocations = 0;
    return RNN_OK;
}

/* Whatever the threads of the trainer and of the caller's loss and optimiser, the run is the same. */
static void test_fit(void **state)
{
    (void)state;
    for (size_t i = 0; i < task_count; i++) {
        struct datasets sets = datasets_open_weighted(tasks[i]);
        struct run alone;
        run_open(&alone, tasks[i], 5);
        assert_ok(rnn_fit(alone.trainer, sets.training, sets.validation));
        for (size_t threads = 2; threads < 6; threads += 3) {
            struct run run;
            run_open(&run, tasks[i], 5);
            run_set(&run, RNN_THREADS, (int64_t)threads);
            assert_ok(rnn_loss_set_threads(run.loss, 3));
            assert_ok(rnn_optimizer_set_threads(run.optimizer, 4));
            assert_ok(rnn_fit(run.trainer, sets.training, sets.validation));
            assert_same_runs(&run, &alone);
            run_close(&run);
        }
        run_close(&alone);
        datasets_close(&sets);
    }
}

/* No memory is taken in a batch on threads: what all of them need was taken before. */
static void test_memory_of_fit(void **state)
{
    (void)state;
    for (size_t i = 0; i < task_count; i++) {
        struct datasets sets = datasets_open(tasks[i]);
        struct run run;
        run_open(&run, tasks[i], 5);
        run_set(&run, RNN_THREADS, 3);
        int counts = 0;
        assert_ok(rnn_trainer_set_callback(run.trainer, forbid_allocations, &counts));
        assert_ok(rnn_fit(run.trainer, sets.training, sets.validation));
        assert_int_equal(run_updates(&run), 3 * BATCHES);
        run_close(&run);
        datasets_close(&sets);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bits),
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_division),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_each_allocation_fails),
        cmocka_unit_test(test_reserved_memory),
        cmocka_unit_test(test_fit),
        cmocka_unit_test(test_memory_of_fit),
    };
    rnni_share_from(0);
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    rnni_team_insist(1); /* every part is run by its own thread */
    return failures + cmocka_run_group_tests(tests, NULL, NULL);
}
