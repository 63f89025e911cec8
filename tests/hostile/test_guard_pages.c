/* Arrays that end at a page that cannot be read, at addresses that are multiples of 4 alone: forward, backward, steps,
 * losses, softmax and updates of all widths from 1 to 70, with every set of kernels of this machine. A read or write
 * past an end is a fault of the processor, so the program ends; the results have the bits of those in other arrays.
 * random_calls places the arrays of all other functions so. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */

#include "support/support.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { T = 2, B = 2, WIDEST = 70, MOST = T * B * WIDEST, ARRAYS = 5 };

/* Array i: so many floats in front of a page that cannot be read. */
static float *guarded(size_t i, size_t count)
{
    static char *pages;
    size_t page = (size_t)sysconf(_SC_PAGESIZE), room = (MOST * sizeof(float) / page + 1) * page;
    if (!pages) {
        pages = mmap(NULL, ARRAYS * (room + page), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        assert_true(pages != MAP_FAILED);
        for (size_t k = 0; k < ARRAYS; k++)
            assert_int_equal(mprotect(pages + k * (room + page), room, PROT_READ | PROT_WRITE), 0);
    }
    assert_true(i < ARRAYS && count <= MOST);
    return (float *)(void *)(pages + i * (room + page) + room) - count;
}

/* Where the arrays of a run lie. */
struct arrays {
    float *x, *y, *dx, *dy, *more;
};

static struct arrays guarded_arrays(size_t count)
{
    return (struct arrays){guarded(0, count), guarded(1, count), guarded(2, count), guarded(3, count),
                           guarded(4, count)};
}

static struct arrays other_arrays(void)
{
    static _Alignas(64) float others[ARRAYS][MOST];
    return (struct arrays){others[0], others[1], others[2], others[3], others[4]};
}

static void assert_equal(const struct arrays *a, const struct arrays *b, size_t count)
{
    assert_memory_equal(a->y, b->y, count * sizeof(float));
    assert_memory_equal(a->dx, b->dx, count * sizeof(float));
    assert_memory_equal(a->dy, b->dy, count * sizeof(float));
    assert_memory_equal(a->more, b->more, count * sizeof(float));
}

/* ---- networks ---------------------------------------------------------------------------------------------------- */

static rnn_model *make_model(int32_t cell, size_t width)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, cell));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, (int64_t)width));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, (int64_t)width));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, (int64_t)width));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static void train(rnn_model *model, size_t width, struct arrays a)
{
    size_t count = T * B * width;
    uint64_t seed = width;
    rnn_session *session;
    assert_ok(rnn_session_create(&session, model, RNN_TRAINING));
    assert_ok(rnn_reset_state(session, B));
    fill_uniform(a.x, count, &seed);
    fill_uniform(a.dy, count, &seed);
    memset(a.more, 0, count * sizeof(float));
    assert_ok(rnn_forward(session, a.y, count, a.x, count, NULL, 0, T));
    assert_ok(rnn_backward(session, a.dx, count, a.dy, count));
    assert_ok(rnn_step(session, a.more + count - B * width, B * width, a.x + count - B * width, B * width));
    rnn_session_destroy(session);
}

static void infer(rnn_model *model, int32_t precision, size_t width, struct arrays a)
{
    size_t count = T * B * width;
    rnn_session *session;
    assert_ok(rnn_model_set_precision(model, precision));
    assert_ok(rnn_session_create(&session, model, RNN_INFERENCE));
    assert_ok(rnn_reset_state(session, B));
    assert_ok(rnn_forward(session, a.y, count, a.x, count, NULL, 0, T));
    assert_ok(rnn_session_get_state(session, RNN_STATE_H, a.more + count - B * width, B * width));
    assert_ok(rnn_session_set_state(session, RNN_STATE_H, a.more + count - B * width, B * width));
    rnn_session_destroy(session);
}

static void test_networks(void **state)
{
    (void)state;
    for (int32_t cell = RNN_CELL_TANH; cell <= LAST_CELL; cell++)
        for (size_t width = 1; width <= WIDEST; width++) {
            size_t count = T * B * width;
            struct arrays a = guarded_arrays(count), b = other_arrays();
            rnn_model *model = make_model(cell, width);
            train(model, width, a);
            train(model, width, b);
            assert_equal(&a, &b, count);
            for (int32_t precision = RNN_PRECISION_FLOAT32; precision <= RNN_PRECISION_INT8; precision++) {
                infer(model, precision, width, a);
                infer(model, precision, width, b);
                assert_equal(&a, &b, count);
            }
            rnn_destroy(model);
        }
}

/* ---- flat arrays ------------------------------------------------------------------------------------------------- */

static void update(size_t width, struct arrays a)
{
    rnn_optimizer *optimizer;
    for (int32_t kind = RNN_OPTIMIZER_SGD; kind <= RNN_OPTIMIZER_ADAMW; kind++) {
        assert_ok(rnn_optimizer_create(&optimizer, kind, width));
        assert_ok(rnn_optimizer_set_real(optimizer, RNN_MAX_NORM, 0.5));
        assert_ok(rnn_optimizer_step_arrays(optimizer, a.dx, width, a.x, width));
        rnn_optimizer_destroy(optimizer);
    }
}

static void lose(size_t width, struct arrays a)
{
    static const int32_t kinds[] = {RNN_LOSS_BINARY_CROSS_ENTROPY, RNN_LOSS_SQUARED_ERROR, RNN_LOSS_ABSOLUTE_ERROR,
                                    RNN_LOSS_HUBER};
    size_t count = T * B * width;
    int32_t targets[T * B] = {0, (int32_t)width - 1, 0, 0};
    uint64_t seed = 9;
    double value;
    fill_uniform(a.x, count, &seed);
    memset(a.dx, 0, count * sizeof(float));
    assert_ok(rnn_softmax(a.y, count, a.x, count, width));
    assert_ok(rnn_softmax_cross_entropy(&value, a.more, count, a.x, count, targets, T * B, width));
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        rnn_loss *loss;
        assert_ok(rnn_loss_create(&loss, kinds[i]));
        assert_ok(rnn_loss_set_batch(loss, NULL, 0, T, B, width));
        assert_ok(rnn_loss_of_values(loss, &value, a.dy, count, a.x, count, a.y, count));
        a.dx[i % count] += (float)value;
        rnn_loss_destroy(loss);
    }
}

static void test_flat_arrays(void **state)
{
    (void)state;
    for (size_t width = 1; width <= WIDEST; width++) {
        size_t count = T * B * width;
        struct arrays a = guarded_arrays(count), b = other_arrays();
        lose(width, a);
        lose(width, b);
        assert_equal(&a, &b, count);
        struct arrays c = guarded_arrays(width);
        memcpy(c.x, b.x, width * sizeof(float));
        memcpy(c.dx, b.dx, width * sizeof(float));
        update(width, c);
        update(width, b);
        assert_memory_equal(c.dx, b.dx, width * sizeof(float));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_flat_arrays),
    };
    return run_with_all_kernels(tests, sizeof tests / sizeof *tests);
}
