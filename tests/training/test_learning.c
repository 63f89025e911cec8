/* An LSTM that learns by each optimiser, held to the losses of PyTorch's in golden/torch_optimizers.h. */
#include "support/learning_task.h"

#include <math.h>
#include <string.h>

/* |actual - expected| / (1 + |expected|) over 200 updates, float32 against double. generate_optimizers.py prints what
 * PyTorch's own float32 differs by: SGD 1e-7, RMSprop 2e-7, Adam 7e-7, Adagrad 1.9e-6, AdamW 5.5e-6; times about eight
 * for other orders of sums. Where g is divided by its own size, rounding of small gradients becomes a step, which is
 * why these are further off. */
#define TOLERANCE_SGD   1e-6
#define TOLERANCE_OTHER 4e-5

static double tolerance_of(const struct golden_curve *curve)
{
    return curve->kind == RNN_OPTIMIZER_SGD ? TOLERANCE_SGD : TOLERANCE_OTHER;
}

static void learn(double losses[TASK_UPDATES], const struct golden_curve *curve, size_t threads)
{
    struct learning_task task;
    rnn_session *session;
    learning_open(&task);
    rnn_optimizer *optimizer = learning_optimizer_of(curve, task.parameters);
    assert_ok(rnn_session_create(&session, task.model, RNN_TRAINING));
    assert_ok(rnn_session_set_threads(session, threads));
    for (size_t n = 0; n < TASK_UPDATES; n++)
        losses[n] = learning_update(&task, session, optimizer, n);
    rnn_session_destroy(session);
    rnn_optimizer_destroy(optimizer);
    learning_close(&task);
}

/* The first loss that differs, or their number where none does. */
static size_t first_difference(const double *losses, const struct golden_curve *curve)
{
    size_t n = 0;
    while (n < TASK_UPDATES && close_enough(losses[n], curve->losses[n], tolerance_of(curve)))
        n++;
    return n;
}

static void test_curves_equal_pytorch(void **state)
{
    (void)state;
    for (const struct golden_curve *curve = golden_curves; curve < golden_curves + TASK_CURVES; curve++) {
        double losses[TASK_UPDATES];
        learn(losses, curve, 1);
        size_t n = first_difference(losses, curve);
        if (n < TASK_UPDATES)
            fail_msg("%s: loss %zu is %.9g, PyTorch has %.9g", curve->name, n, losses[n], curve->losses[n]);
    }
}

static void test_threads_change_nothing(void **state)
{
    (void)state;
    double one[TASK_UPDATES], two[TASK_UPDATES];
    for (const struct golden_curve *curve = golden_curves; curve < golden_curves + TASK_CURVES; curve++) {
        learn(one, curve, 1);
        learn(two, curve, THREADS(2));
        assert_memory_equal(one, two, sizeof one);
    }
}

/* Each curve is another one: none could pass for that of another kind; nor could one of which a number was moved. */
static void test_curves_are_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < TASK_CURVES; i++)
        for (size_t k = 0; k < TASK_CURVES; k++)
            assert_int_equal(first_difference(golden_curves[i].losses, &golden_curves[k]) == TASK_UPDATES, i == k);
    for (size_t i = 0; i < TASK_CURVES; i++)
        for (size_t n = 0; n < TASK_UPDATES; n++) {
            double moved[TASK_UPDATES];
            memcpy(moved, golden_curves[i].losses, sizeof moved);
            moved[n] += 2 * tolerance_of(&golden_curves[i]) * (1 + moved[n]);
            assert_int_equal(first_difference(moved, &golden_curves[i]), n);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_curves_equal_pytorch),
        cmocka_unit_test(test_threads_change_nothing),
        cmocka_unit_test(test_curves_are_told_apart),
    };
    return run_with_all_products(tests, sizeof tests / sizeof *tests);
}
