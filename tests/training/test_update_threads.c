/* Updates of arrays on threads: the same bits for every number of them, and errors.  Linked with
 * --wrap=rnni_memory_take. */
#include "support/tensor_options.h"

#include "base/memory.h"
#include "base/share.h"
#include "training/optimizer.h"

#include <math.h>
#include <stdlib.h>

static size_t allocations, fails_at; /* fails_at 0: none fails */
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    return ++allocations == fails_at ? NULL : __real_rnni_memory_take(count, size);
}

enum { UPDATES = 4, MOST = 5000 };

enum { MANY = 64 };
static const size_t numbers[] = {1, 2, 3, 5, MANY};
#define NUMBERS (sizeof numbers / sizeof *numbers)

/* ---- the same bits ----------------------------------------------------------------------------------------------- */

/* What an optimiser is told beside its kind. */
enum { CLIPS = 1, DECAYS = 2, OTHER = 4, FLAGS = 8 };

static rnn_optimizer *optimizer_with(int32_t kind, int flags, size_t count)
{
    rnn_optimizer *optimizer;
    assert_ok(rnn_optimizer_create(&optimizer, kind, count));
    if (flags & CLIPS) {
        assert_ok(rnn_optimizer_set_real(optimizer, RNN_MAX_NORM, 0.9));
        assert_ok(rnn_optimizer_set_real(optimizer, RNN_MAX_ABS, 0.05));
    }
    if (flags & DECAYS)
        assert_ok(rnn_optimizer_set_real(optimizer, RNN_WEIGHT_DECAY, 0.1));
    if (flags & OTHER && (kind == RNN_OPTIMIZER_ADAM || kind == RNN_OPTIMIZER_ADAMW))
        assert_ok(rnn_optimizer_set_int(optimizer, RNN_AMSGRAD, 1));
    if (flags & OTHER && (kind == RNN_OPTIMIZER_SGD || kind == RNN_OPTIMIZER_RMSPROP))
        assert_ok(rnn_optimizer_set_real(optimizer, RNN_MOMENTUM, 0.9));
    return optimizer;
}

/* The file, in memory that the caller frees. */
static void *bytes_of(const rnn_optimizer *optimizer, size_t *size)
{
    assert_ok(rnn_optimizer_save_memory(optimizer, NULL, 0, size));
    void *bytes = malloc(*size);
    assert_non_null(bytes);
    assert_ok(rnn_optimizer_save_memory(optimizer, bytes, *size, size));
    return bytes;
}

/* Updates p [count], and gives the file of the optimiser, which is destroyed. */
static void *run(rnn_optimizer *optimizer, float *p, size_t count, size_t threads, size_t *size)
{
    float g[MOST];
    uint64_t seed = 8;
    fill_uniform(p, count, &seed);
    assert_ok(rnn_optimizer_set_threads(optimizer, threads));
    for (size_t n = 0; n < UPDATES; n++) {
        fill_uniform(g, count, &seed);
        assert_ok(rnn_optimizer_step_arrays(optimizer, p, count, g, count));
    }
    void *bytes = bytes_of(optimizer, size);
    rnn_optimizer_destroy(optimizer);
    return bytes;
}

static void check_bits(rnn_optimizer *(*create)(int32_t kind, int flags, size_t count), int32_t kind, int flags,
                       size_t count)
{
    float expected[MOST], found[MOST];
    size_t size, other;
    void *bytes = run(create(kind, flags, count), expected, count, 1, &size);
    for (size_t i = 1; i < NUMBERS; i++) {
        if (numbers[i] == MANY && count % 2) /* they take long to start */
            continue;
        void *others = run(create(kind, flags, count), found, count, numbers[i], &other);
        assert_memory_equal(found, expected, count * sizeof *found);
        assert_int_equal(other, size); /* the threads are in no file */
        assert_memory_equal(others, bytes, size);
        free(others);
    }
    free(bytes);
}

static void test_bits(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 3, 17, 1000, MOST};
    for (int32_t kind = RNN_OPTIMIZER_SGD; kind <= RNN_OPTIMIZER_ADAMW; kind++)
        for (int flags = 0; flags < FLAGS; flags++)
            for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
                check_bits(optimizer_with, kind, flags, counts[i]);
}

static rnn_optimizer *optimizer_of_tensors(int32_t kind, int flags, size_t count)
{
    (void)flags;
    rnn_model *model = tensor_model(RNN_CELL_LSTM, 5, 20);
    const float *p;
    size_t parameters;
    assert_ok(rnn_model_parameters(model, &p, &parameters));
    assert_int_equal(parameters, count);
    rnn_optimizer *optimizer = tensor_optimizer(model, kind);
    rnn_destroy(model);
    return optimizer;
}

/* With frozen tensors and factors: spans end within the parts of threads. */
static void test_bits_of_tensors(void **state)
{
    (void)state;
    rnn_model *model = tensor_model(RNN_CELL_LSTM, 5, 20);
    const float *p;
    size_t count;
    assert_ok(rnn_model_parameters(model, &p, &count));
    rnn_destroy(model);
    assert_in_range(count, 1, MOST);
    for (int32_t kind = RNN_OPTIMIZER_SGD; kind <= RNN_OPTIMIZER_ADAMW; kind++)
        check_bits(optimizer_of_tensors, kind, 0, count);
}

/* Clipping by norm, too, is that of a session. */
static void test_as_a_session(void **state)
{
    (void)state;
    for (int32_t kind = RNN_OPTIMIZER_SGD; kind <= RNN_OPTIMIZER_ADAMW; kind++) {
        struct tensor_setup t = tensor_open(RNN_CELL_LSTM, 5, 20);
        rnn_optimizer *one = tensor_optimizer(t.model, kind), *two = tensor_optimizer(t.model, kind);
        float p[MOST];
        uint64_t seed = 4;
        memcpy(p, t.p, t.count * sizeof *p);
        assert_ok(rnn_optimizer_set_threads(two, 3));
        for (size_t n = 0; n < UPDATES; n++) {
            fill_uniform(t.g, t.count, &seed);
            assert_ok(rnn_optimizer_step_arrays(two, p, t.count, t.g, t.count));
            assert_ok(rnn_optimizer_step(one, t.session));
            assert_memory_equal(p, t.p, t.count * sizeof *p);
        }
        rnn_optimizer_destroy(one);
        rnn_optimizer_destroy(two);
        tensor_close(&t);
    }
}

/* So many that threads share them. */
static void test_many(void **state)
{
    (void)state;
    enum { COUNT = 150001 };
    float *arrays = malloc(3 * sizeof(float) * COUNT), *g = arrays + 2 * COUNT;
    uint64_t seed = 2;
    assert_non_null(arrays);
    fill_uniform(arrays, COUNT, &seed);
    fill_uniform(g, COUNT, &seed);
    memcpy(arrays + COUNT, arrays, sizeof(float) * COUNT);
    rnni_share_from(RNNI_SHARE_LEAST);
    for (size_t i = 0; i < 2; i++) {
        rnn_optimizer *optimizer = optimizer_with(RNN_OPTIMIZER_ADAM, CLIPS, COUNT);
        assert_ok(rnn_optimizer_set_threads(optimizer, 1 + i));
        for (size_t n = 0; n < UPDATES; n++)
            assert_ok(rnn_optimizer_step_arrays(optimizer, arrays + i * COUNT, COUNT, g, COUNT));
        rnn_optimizer_destroy(optimizer);
    }
    rnni_share_from(0);
    assert_memory_equal(arrays, arrays + COUNT, sizeof(float) * COUNT);
    free(arrays);
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

static void test_refused(void **state)
{
    (void)state;
    rnn_optimizer *optimizer = optimizer_with(RNN_OPTIMIZER_ADAM, 0, 100);
    assert_fails(rnn_optimizer_set_threads(NULL, 2), RNN_E_NULL);
    assert_fails(rnn_optimizer_set_threads(optimizer, 0), RNN_E_VALUE);
    assert_string_equal(rnn_optimizer_last_error(optimizer),
                        "rnn_optimizer_set_threads: threads is 0, expected 1 to 1024");
    assert_fails(rnn_optimizer_set_threads(optimizer, 1025), RNN_E_VALUE);
    assert_string_equal(rnn_optimizer_last_error(optimizer),
                        "rnn_optimizer_set_threads: threads is 1025, expected 1 to 1024");
    rnn_optimizer_destroy(optimizer);
}

/* On every number of threads the first bad element is named, and nothing changes. */
static void test_nonfinite(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    float p[COUNT], before[COUNT], g[COUNT];
    for (size_t i = 0; i < NUMBERS; i++) {
        uint64_t seed = 3;
        size_t size, other;
        rnn_optimizer *optimizer = optimizer_with(RNN_OPTIMIZER_ADAM, CLIPS, COUNT);
        assert_ok(rnn_optimizer_set_threads(optimizer, numbers[i]));
        fill_uniform(p, COUNT, &seed);
        fill_uniform(g, COUNT, &seed);
        assert_ok(rnn_optimizer_step_arrays(optimizer, p, COUNT, g, COUNT));
        memcpy(before, p, sizeof p);
        void *bytes = bytes_of(optimizer, &size);
        g[977] = NAN;
        g[613] = INFINITY;
        assert_fails(rnn_optimizer_step_arrays(optimizer, p, COUNT, g, COUNT), RNN_E_NONFINITE);
        assert_non_null(strstr(rnn_optimizer_last_error(optimizer), "gradients[613]"));
        void *others = bytes_of(optimizer, &other);
        assert_memory_equal(p, before, sizeof p);
        assert_int_equal(other, size);
        assert_memory_equal(others, bytes, size);
        free(bytes);
        free(others);
        g[977] = g[613] = 0;
        assert_ok(rnn_optimizer_step_arrays(optimizer, p, COUNT, g, COUNT)); /* still usable */
        rnn_optimizer_destroy(optimizer);
    }
}

static void test_without_memory(void **state)
{
    (void)state;
    float p = 1, g = 1;
    rnn_optimizer *optimizer = optimizer_with(RNN_OPTIMIZER_SGD, 0, 1);
    assert_ok(rnn_optimizer_set_threads(optimizer, 2));
    allocations = 0;
    fails_at = 1;
    assert_fails(rnn_optimizer_set_threads(optimizer, 3), RNN_E_MEMORY);
    fails_at = 0;
    assert_string_equal(rnn_optimizer_last_error(optimizer), "rnn_optimizer_set_threads: cannot start 3 threads");
    assert_int_equal(rnni_team_threads(optimizer->team), 2);
    allocations = 0;
    assert_ok(rnn_optimizer_step_arrays(optimizer, &p, 1, &g, 1));
    assert_int_equal(allocations, 0);
    assert_close((double)p, 0.99, 1e-6);
    rnn_optimizer_destroy(optimizer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bits),           cmocka_unit_test(test_bits_of_tensors),
        cmocka_unit_test(test_as_a_session),   cmocka_unit_test(test_many),
        cmocka_unit_test(test_refused),        cmocka_unit_test(test_nonfinite),
        cmocka_unit_test(test_without_memory),
    };
    rnni_share_from(0);
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    rnni_team_insist(1); /* every part is run by its own thread */
    return failures + cmocka_run_group_tests(tests, NULL, NULL);
}
