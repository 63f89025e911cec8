/* Training in parallel: two sessions of one model, each on its half of a batch, and one update by the sum of their
 * gradients. */
#include "support/learning_task.h"

#include <pthread.h>
#include <string.h>

enum { HALF = TASK_BATCH / 2, UPDATES = 40, MOST = 4096 };

/* What is left after the last update, and the losses on the way. */
struct result {
    float parameters[MOST];
    double losses[UPDATES];
};

struct worker {
    const struct learning_task *task;
    rnn_session *session;
    size_t update, first;
    double loss;
};

/* A failed assertion outside the main thread ends the whole program, which is a failure too. */
static void *work(void *argument)
{
    struct worker *w = argument;
    float *gradients;
    size_t count;
    w->loss = learning_gradients(w->task, w->session, w->update, w->first, HALF, RNN_SUM) / TASK_ROWS;
    assert_ok(rnn_session_gradients(w->session, &gradients, &count));
    for (size_t i = 0; i < count; i++)
        gradients[i] /= TASK_ROWS;
    return NULL;
}

static void run_both(struct worker workers[2], int at_once)
{
    pthread_t threads[2];
    for (size_t i = 0; i < 2; i++) {
        if (at_once)
            assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
        else
            work(&workers[i]);
    }
    for (size_t i = 0; at_once && i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void add_second_to_first(const struct worker workers[2])
{
    float *second;
    size_t count;
    assert_ok(rnn_session_gradients(workers[1].session, &second, &count));
    assert_ok(rnn_session_add_gradients(workers[0].session, second, count));
}

static void keep_parameters(struct result *result, const struct learning_task *task)
{
    const float *view;
    size_t count;
    memset(result->parameters, 0, sizeof result->parameters);
    assert_ok(rnn_model_parameters(task->model, &view, &count));
    assert_true(count <= MOST);
    memcpy(result->parameters, view, count * sizeof *view);
}

static void train_in_halves(struct result *result, const struct golden_curve *curve, int at_once)
{
    struct learning_task task;
    struct worker workers[2] = {{.task = &task}, {.task = &task, .first = HALF}};
    learning_open(&task);
    rnn_optimizer *optimizer = learning_optimizer_of(curve, task.parameters);
    for (size_t i = 0; i < 2; i++)
        assert_ok(rnn_session_create(&workers[i].session, task.model, RNN_TRAINING));
    for (size_t n = 0; n < UPDATES; n++) {
        workers[0].update = workers[1].update = n;
        run_both(workers, at_once);
        add_second_to_first(workers);
        assert_ok(rnn_optimizer_step(optimizer, workers[0].session));
        result->losses[n] = workers[0].loss + workers[1].loss;
    }
    keep_parameters(result, &task);
    for (size_t i = 0; i < 2; i++)
        rnn_session_destroy(workers[i].session);
    rnn_optimizer_destroy(optimizer);
    learning_close(&task);
}

static void train_whole(struct result *result, const struct golden_curve *curve)
{
    struct learning_task task;
    rnn_session *session;
    learning_open(&task);
    rnn_optimizer *optimizer = learning_optimizer_of(curve, task.parameters);
    assert_ok(rnn_session_create(&session, task.model, RNN_TRAINING));
    for (size_t n = 0; n < UPDATES; n++)
        result->losses[n] = learning_update(&task, session, optimizer, n);
    keep_parameters(result, &task);
    rnn_session_destroy(session);
    rnn_optimizer_destroy(optimizer);
    learning_close(&task);
}

static void test_threads_give_the_same_bits(void **state)
{
    (void)state;
    static struct result once, again, in_turn;
    for (size_t i = 0; i < TASK_CURVES; i++) {
        train_in_halves(&once, &golden_curves[i], 1);
        train_in_halves(&again, &golden_curves[i], 1);
        train_in_halves(&in_turn, &golden_curves[i], 0);
        assert_memory_equal(&once, &again, sizeof once);
        assert_memory_equal(&once, &in_turn, sizeof once);
    }
}

/* Close to a session with the whole batch: the sums have another order. 1e-5 is a hundred roundings. */
static void test_halves_are_the_whole(void **state)
{
    (void)state;
    static struct result halves, whole;
    for (size_t i = 0; i < TASK_CURVES; i++) {
        train_in_halves(&halves, &golden_curves[i], 1);
        train_whole(&whole, &golden_curves[i]);
        for (size_t n = 0; n < UPDATES; n++)
            assert_close(halves.losses[n], whole.losses[n], 1e-5);
    }
}

static void test_sums_are_exact(void **state)
{
    (void)state;
    struct learning_task task;
    rnn_session *session;
    float *gradients, values[MOST], before[MOST];
    size_t count;
    uint64_t seed = 8;
    learning_open(&task);
    assert_ok(rnn_session_create(&session, task.model, RNN_TRAINING));
    assert_ok(rnn_session_gradients(session, &gradients, &count));
    fill_uniform(gradients, count, &seed);
    fill_uniform(values, count, &seed);
    memcpy(before, gradients, count * sizeof *before);
    assert_ok(rnn_session_add_gradients(session, values, count));
    for (size_t i = 0; i < count; i++)
        assert_true(gradients[i] == before[i] + values[i]);
    rnn_session_destroy(session);
    learning_close(&task);
}

static void test_wrong_sums_are_refused(void **state)
{
    (void)state;
    struct learning_task task;
    rnn_session *session, *inference;
    float *gradients, values[MOST] = {0}, before[MOST];
    size_t count;
    learning_open(&task);
    assert_ok(rnn_session_create(&session, task.model, RNN_TRAINING));
    assert_ok(rnn_session_create(&inference, task.model, RNN_INFERENCE));
    learning_gradients(&task, session, 0, 0, TASK_BATCH, RNN_SUM);
    assert_ok(rnn_session_gradients(session, &gradients, &count));
    memcpy(before, gradients, count * sizeof *before);
    values[0] = 1;
    assert_fails(rnn_session_add_gradients(session, values, count - 1), RNN_E_SIZE);
    assert_non_null(strstr(rnn_session_last_error(session), "rnn_session_add_gradients: "));
    assert_fails(rnn_session_add_gradients(session, values, count + 1), RNN_E_SIZE);
    assert_fails(rnn_session_add_gradients(session, values, 0), RNN_E_SIZE);
    assert_fails(rnn_session_add_gradients(session, NULL, count), RNN_E_NULL);
    assert_fails(rnn_session_add_gradients(NULL, values, count), RNN_E_NULL);
    assert_fails(rnn_session_add_gradients(inference, values, count), RNN_E_STATE);
    assert_memory_equal(before, gradients, count * sizeof *before);
    rnn_session_destroy(session);
    rnn_session_destroy(inference);
    learning_close(&task);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_give_the_same_bits),
        cmocka_unit_test(test_halves_are_the_whole),
        cmocka_unit_test(test_sums_are_exact),
        cmocka_unit_test(test_wrong_sums_are_refused),
    };
    return run_with_all_products(tests, sizeof tests / sizeof *tests);
}
