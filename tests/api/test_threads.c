/* Many sessions of one model on several threads at once give what they give one after the other. */
#include "support/loss_call.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4, ROUNDS = 20, T = 12, B = 3, I = 5, V = 11, E = 6, H = 16, L = 2, C = 4, MOST = 2000 };

/* CMocka's failures do not cross threads: there the first problem is written down and looked at afterwards. */
struct worker {
    rnn_model *model;
    uint64_t seed;
    const char *problem;

    /* the results */
    float y[T * B * C], streamed[B * C], states[L * B * H], gradients[MOST];
    double loss;
};

#define NEED(call)                                                                                                     \
    do {                                                                                                               \
        if ((call) != RNN_OK) {                                                                                        \
            worker->problem = #call;                                                                                   \
            return;                                                                                                    \
        }                                                                                                              \
    } while (0)

static rnn_model *create(int64_t inputs, int64_t embedding, int64_t seed)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, inputs));
    assert_ok(rnn_config_set_int(config, RNN_VOCABULARY, inputs ? 0 : V));
    assert_ok(rnn_config_set_int(config, RNN_EMBEDDING_SIZE, embedding));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, H));
    assert_ok(rnn_config_set_int(config, RNN_LAYERS, L));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, C));
    assert_ok(rnn_config_set_int(config, RNN_SEED, seed));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

/* ---- work ------------------------------------------------------------------------------------------------------- */

/* The data of a worker. */
struct data {
    float x[T * B * I];
    int32_t tokens[T * B], targets[T * B], lengths[B];
};

static int32_t below(uint64_t *seed, int32_t end)
{
    return (int32_t)((uniform(seed) + 1) / 2 * end);
}

static struct data draw(uint64_t *seed)
{
    struct data d;
    fill_uniform(d.x, T * B * I, seed);
    for (size_t i = 0; i < T * B; i++) {
        d.tokens[i] = below(seed, V);
        d.targets[i] = below(seed, C);
    }
    for (size_t b = 0; b < B; b++)
        d.lengths[b] = below(seed, T + 1);
    return d;
}

static int32_t forward(rnn_session *s, float *y, const struct data *d, int64_t inputs)
{
    size_t n = (size_t)T * B * C;
    return inputs ? rnn_forward(s, y, n, d->x, (size_t)T * B * I, d->lengths, B, T)
                  : rnn_forward_tokens(s, y, n, d->tokens, T * B, d->lengths, B, T);
}

/* One round: a run, its loss, back, and a step.  With `rate` the model learns, which then must be the worker's own. */
static void run_round(struct worker *worker, rnn_session *s, double rate)
{
    struct data d = draw(&worker->seed);
    size_t n = (size_t)T * B * C;
    static const size_t step_inputs = (size_t)B * I;
    float dy[T * B * C];
    int64_t inputs;
    NEED(rnn_model_get_int(worker->model, RNN_INPUT_SIZE, &inputs));
    NEED(forward(s, worker->y, &d, inputs));
    NEED(loss_call_softmax(&worker->loss, dy, worker->y, d.targets, d.lengths, T, B, C, RNN_MEAN));
    NEED(rnn_backward(s, NULL, 0, dy, n));
    if (rate > 0)
        NEED(rnn_sgd_step(s, rate));
    if (inputs)
        NEED(rnn_step(s, worker->streamed, B * C, d.x, step_inputs));
    else
        NEED(rnn_step_tokens(s, worker->streamed, B * C, d.tokens, B));
}

static void run_rounds(struct worker *worker, double rate)
{
    rnn_session *s = NULL;
    float *gradients;
    size_t count;
    NEED(rnn_session_create(&s, worker->model, RNN_TRAINING));
    NEED(rnn_reset_state(s, B));
    for (int i = 0; i < ROUNDS && !worker->problem; i++)
        run_round(worker, s, rate);
    NEED(rnn_session_get_state(s, RNN_STATE_H, worker->states, L * B * H));
    NEED(rnn_session_gradients(s, &gradients, &count));
    memcpy(worker->gradients, gradients, count * sizeof *gradients);
    rnn_session_destroy(s);
}

static void *read_model(void *user)
{
    run_rounds(user, 0);
    return NULL;
}

static void *train_model(void *user)
{
    run_rounds(user, 0.1);
    return NULL;
}

/* ---- at once and one after the other ---------------------------------------------------------------------------- */

static void run_at_once(struct worker workers[THREADS], void *(*work)(void *))
{
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (size_t i = 0; i < THREADS; i++)
        if (workers[i].problem)
            fail_msg("thread %zu: %s", i, workers[i].problem);
}

static void assert_same_results(const struct worker *a, const struct worker *b)
{
    assert_memory_equal(a->y, b->y, sizeof a->y);
    assert_memory_equal(a->streamed, b->streamed, sizeof a->streamed);
    assert_memory_equal(a->states, b->states, sizeof a->states);
    assert_memory_equal(a->gradients, b->gradients, sizeof a->gradients);
    assert_true(a->loss == b->loss);
}

/* models[i] and again[i] are equal; where `work` changes nothing they may all be the same one. */
static void check_work(rnn_model *models[THREADS], rnn_model *again[THREADS], void *(*work)(void *))
{
    static struct worker workers[THREADS], alone[THREADS];
    memset(workers, 0, sizeof workers);
    for (size_t i = 0; i < THREADS; i++) {
        workers[i].model = models[i];
        workers[i].seed = i;
        alone[i] = workers[i];
        alone[i].model = again[i];
    }
    run_at_once(workers, work);
    for (size_t i = 0; i < THREADS; i++) {
        work(&alone[i]);
        assert_null(alone[i].problem);
        assert_same_results(&workers[i], &alone[i]);
    }
    assert_memory_not_equal(workers[0].y, workers[1].y, sizeof workers[0].y); /* they had different things to do */
}

static void check_one_model(int64_t inputs, int64_t embedding)
{
    rnn_model *model = create(inputs, embedding, 1), *models[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        models[i] = model;
    check_work(models, models, read_model);
    rnn_destroy(model);
}

/* First, so that whatever the library chooses at its first use is chosen by several threads at once. */
static void test_sessions_of_one_model(void **state)
{
    (void)state;
    check_one_model(I, 0);
    check_one_model(0, 0);
    check_one_model(0, E);
}

static void test_training_of_several_models(void **state)
{
    (void)state;
    rnn_model *models[THREADS], *again[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        models[i] = create(I, 0, (int64_t)i);
        again[i] = create(I, 0, (int64_t)i);
    }
    check_work(models, again, train_model);
    for (size_t i = 0; i < THREADS; i++) {
        const float *a, *b;
        size_t count;
        assert_ok(rnn_model_parameters(models[i], &a, &count));
        assert_ok(rnn_model_parameters(again[i], &b, &count));
        assert_memory_equal(a, b, count * sizeof *a);
        rnn_destroy(models[i]);
        rnn_destroy(again[i]);
    }
}

/* ---- references ------------------------------------------------------------------------------------------------- */

/* Takes and drops references and sessions, reads the model meanwhile, and at last drops the worker's own reference. */
static void come_and_go(struct worker *worker)
{
    enum { SIZE = 1 << 15 };
    static _Thread_local unsigned char bytes[SIZE];
    const char *note = NULL;
    size_t size;
    for (int i = 0; i < 500; i++) {
        rnn_session *s;
        NEED(rnn_retain(worker->model));
        NEED(rnn_session_create(&s, worker->model, i % 2 ? RNN_TRAINING : RNN_INFERENCE));
        rnn_destroy(worker->model);
        NEED(rnn_step_tokens(s, worker->streamed, C, &(int32_t){i % V}, 1));
        rnn_session_destroy(s);
        NEED(rnn_model_get_metadata(worker->model, "key", &note));
        NEED(rnn_save_memory(worker->model, bytes, SIZE, &size));
    }
    rnn_destroy(worker->model);
}

static void *share_model(void *user)
{
    come_and_go(user);
    return NULL;
}

static void test_references_from_threads(void **state)
{
    (void)state;
    static struct worker workers[THREADS];
    rnn_model *model = create(0, E, 2);
    assert_ok(rnn_model_set_metadata(model, "key", "value"));
    for (size_t i = 0; i < THREADS; i++) {
        workers[i].model = model;
        assert_ok(rnn_retain(model));
    }
    rnn_destroy(model); /* the last thread to end frees it */
    run_at_once(workers, share_model);
    for (size_t i = 1; i < THREADS; i++)
        assert_memory_equal(workers[i].streamed, workers[0].streamed, C * sizeof(float));
}

/* A session may be handed from thread to thread. */
static void *one_step(void *user)
{
    rnn_session *s = user;
    static const int32_t token = 3;
    float y[C];
    return rnn_step_tokens(s, y, C, &token, 1) ? "failed" : NULL;
}

static void test_session_that_moves(void **state)
{
    (void)state;
    float moved[L * H], stayed[L * H];
    rnn_model *model = create(0, 0, 3);
    rnn_session *a, *b;
    assert_ok(rnn_session_create(&a, model, RNN_INFERENCE));
    assert_ok(rnn_session_create(&b, model, RNN_INFERENCE));
    for (int i = 0; i < 10; i++) {
        pthread_t thread;
        void *problem;
        assert_int_equal(pthread_create(&thread, NULL, one_step, a), 0);
        assert_int_equal(pthread_join(thread, &problem), 0);
        assert_null(problem);
        assert_null(one_step(b));
    }
    assert_ok(rnn_session_get_state(a, RNN_STATE_H, moved, L * H));
    assert_ok(rnn_session_get_state(b, RNN_STATE_H, stayed, L * H));
    assert_memory_equal(moved, stayed, sizeof moved);
    rnn_session_destroy(a);
    rnn_session_destroy(b);
    rnn_destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sessions_of_one_model),
        cmocka_unit_test(test_training_of_several_models),
        cmocka_unit_test(test_references_from_threads),
        cmocka_unit_test(test_session_that_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
