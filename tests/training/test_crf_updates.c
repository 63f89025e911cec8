/* Training with a CRF beside what the loss is: its gradients are finite where the loss is, whatever the scores and
 * weights; forbidden transitions stay forbidden with every optimiser; threads change no bit; gradients of halves of a
 * batch add up; and a sequence with numbers that are not finite is named. */
#include "support/crf_instance.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { N = 8, MOST = 512 };

static size_t parameters_of(rnn_model *model, float *copied)
{
    const float *values;
    size_t count;
    assert_ok(rnn_model_parameters(model, &values, &count));
    assert_true(count <= MOST);
    memcpy(copied, values, count * sizeof *values);
    return count;
}

/* ---- bounds ------------------------------------------------------------------------------------------------------ */

static float any_scale(uint64_t *random)
{
    static const float scales[] = {0, 1e-44f, 1e-20f, 1, 1e10f, 1e30f, FLT_MAX};
    return scales[crf_below(random, sizeof scales / sizeof *scales)];
}

static void scale(float *values, size_t count, uint64_t *random)
{
    float factor = any_scale(random);
    for (size_t i = 0; i < count; i++)
        values[i] *= factor;
}

/* A gradient of a transition is a sum over at most T - 1 pairs of differences of probabilities, times what a sequence
 * weighs in the mean; so rnn_fit never has to look for a sequence that makes one infinite. */
static void test_bounded(void **state)
{
    uint64_t random = 12;
    size_t finite = 0;
    (void)state;
    for (int i = 0; i < 2000; i++) {
        struct instance s;
        float dy[COUNT], d[2 * C + C * C];
        double value;
        rnn_loss *loss;
        crf_draw(&s, &random, i % 3 == 0, i % 2);
        size_t c = s.classes, rows = s.steps * s.batch;
        scale(s.e, rows * c, &random);
        scale(s.start, c, &random);
        scale(s.end, c, &random);
        for (size_t k = 0, factor = crf_below(&random, 2); k < c * c && factor; k++)
            s.w[k] *= isinf(s.w[k]) ? 1 : 1e38f;
        for (size_t b = 0; b < s.batch; b++)
            s.weights[b] = any_scale(&random);
        assert_ok(rnn_loss_create(&loss, RNN_LOSS_CRF));
        assert_ok(rnn_loss_set_int(loss, RNN_ZERO_INFINITY, i % 5 == 0));
        assert_ok(rnn_loss_set_transitions(loss, s.start, c, s.end, c, s.w, c * c));
        assert_ok(rnn_loss_set_batch(loss, s.lengths, s.batch, s.steps, s.batch, c));
        assert_ok(rnn_loss_set_sequence_weights(loss, s.weights, s.batch));
        assert_ok(rnn_loss_set_step_mask(loss, s.mask, rows));
        assert_ok(rnn_loss_of_classes(loss, &value, dy, rows * c, s.e, rows * c, s.target, rows));
        assert_ok(rnn_loss_get_transition_gradients(loss, d, c, d + c, c, d + 2 * c, c * c));
        for (size_t k = 0; k < 2 * c + c * c && isfinite(value); k++)
            assert_true(fabsf(d[k]) <= T);
        if (isfinite(value))
            finite++;
        rnn_loss_destroy(loss);
    }
    assert_in_range(finite, 1000, 2000);
}

/* ---- forbidden transitions --------------------------------------------------------------------------------------- */

/* Sequences whose classes follow one another in turn: class 0 never follows class 1. */
static rnn_dataset *open_dataset(size_t count)
{
    uint64_t random = 2;
    rnn_dataset *dataset;
    assert_ok(rnn_dataset_create(&dataset));
    for (size_t n = 0; n < count; n++) {
        float x[T * I];
        int32_t classes[T];
        fill_uniform(x, T * I, &random);
        for (size_t t = 0; t < T; t++)
            classes[t] = (int32_t)((t + n) % C);
        add_sequence(dataset, x, T * I, NULL, 0, classes, T, NULL, 0, T);
    }
    return dataset;
}

static void forbid(rnn_model *model)
{
    float scores[C * C];
    assert_ok(rnn_model_get_parameter(model, "crf.transitions", scores, C * C));
    scores[1 * C + 0] = scores[2 * C + 2] = -INFINITY;
    assert_ok(rnn_model_set_parameter(model, "crf.transitions", scores, C * C));
}

struct optimizer_case {
    int32_t kind;
    double decay, momentum;
    int64_t nesterov, amsgrad;
};

static rnn_trainer *open_fit(rnn_model *model, struct optimizer_case of)
{
    rnn_optimizer *optimizer;
    rnn_trainer *trainer;
    assert_ok(rnn_optimizer_create_for_model(&optimizer, of.kind, model));
    assert_ok(rnn_optimizer_set_real(optimizer, RNN_WEIGHT_DECAY, of.decay));
    if (of.momentum > 0)
        assert_ok(rnn_optimizer_set_real(optimizer, RNN_MOMENTUM, of.momentum));
    if (of.nesterov)
        assert_ok(rnn_optimizer_set_int(optimizer, RNN_NESTEROV, 1));
    if (of.amsgrad)
        assert_ok(rnn_optimizer_set_int(optimizer, RNN_AMSGRAD, 1));
    open_trainer(&trainer, model, optimizer, RNN_LOSS_CRF);
    rnn_optimizer_destroy(optimizer);
    assert_ok(rnn_trainer_set_int(trainer, RNN_BATCH_SIZE, 3));
    return trainer;
}

static void check_forbidden(struct optimizer_case of)
{
    float after[MOST];
    double before, loss;
    rnn_model *model = crf_model(RNN_CELL_LSTM, RNN_DIRECTION_FORWARD, 1);
    rnn_dataset *dataset = open_dataset(N);
    rnn_trainer *trainer = open_fit(model, of);
    forbid(model);
    assert_ok(rnn_evaluate(trainer, &before, NULL, dataset));
    assert_ok(rnn_fit(trainer, dataset, NULL));
    assert_ok(rnn_evaluate(trainer, &loss, NULL, dataset));
    assert_true(loss < before);
    size_t count = parameters_of(model, after), infinite = 0;
    for (size_t i = 0; i < count; i++) {
        assert_true(!isnan(after[i]));
        if (isinf(after[i]))
            infinite++;
    }
    assert_true(infinite == 2);
    assert_ok(rnn_model_get_parameter(model, "crf.transitions", after, C * C));
    assert_true(after[C] == -INFINITY && after[2 * C + 2] == -INFINITY);
    rnn_trainer_destroy(trainer);
    rnn_dataset_destroy(dataset);
    rnn_destroy(model);
}

static void test_forbidden(void **state)
{
    static const double decays[] = {0, 0.01, 0.6};
    (void)state;
    for (size_t i = 0; i < sizeof decays / sizeof *decays; i++)
        for (int32_t kind = RNN_OPTIMIZER_SGD; kind <= RNN_OPTIMIZER_ADAMW; kind++) {
            int has_momentum = kind == RNN_OPTIMIZER_SGD || kind == RNN_OPTIMIZER_RMSPROP;
            int is_adam = kind == RNN_OPTIMIZER_ADAM || kind == RNN_OPTIMIZER_ADAMW;
            check_forbidden((struct optimizer_case){kind, decays[i], 0, 0, 0});
            if (has_momentum)
                check_forbidden((struct optimizer_case){kind, decays[i], 0.5, kind == RNN_OPTIMIZER_SGD, 0});
            if (is_adam)
                check_forbidden((struct optimizer_case){kind, decays[i], 0, 0, 1});
        }
}

/* ---- threads and halves ------------------------------------------------------------------------------------------ */

static void test_threads(void **state)
{
    float of_one[MOST], of_more[MOST];
    rnn_dataset *dataset = open_dataset(N);
    size_t count = 0;
    (void)state;
    for (size_t threads = 1; threads <= 3; threads += 2) {
        rnn_model *model = crf_model(RNN_CELL_GRU, RNN_DIRECTION_FORWARD, 1);
        rnn_trainer *trainer = open_fit(model, (struct optimizer_case){RNN_OPTIMIZER_ADAM, 0, 0, 0, 0});
        assert_ok(rnn_trainer_set_int(trainer, RNN_THREADS, (int64_t)THREADS(threads)));
        assert_ok(rnn_fit(trainer, dataset, dataset));
        count = parameters_of(model, threads > 1 ? of_more : of_one);
        rnn_trainer_destroy(trainer);
        rnn_destroy(model);
    }
    assert_memory_equal(of_one, of_more, count * sizeof *of_one);
    rnn_dataset_destroy(dataset);
}

/* The gradients of the sum over sequences first .. first + batch - 1 of B. */
static void add_gradients(rnn_session *session, rnn_model *model, const float *x, const int32_t *target, size_t first,
                          size_t batch)
{
    float part[ROWS * I], y[COUNT], dy[COUNT];
    int32_t classes[ROWS];
    double value;
    size_t rows = T * batch;
    rnn_loss *loss;
    for (size_t row = 0; row < rows; row++) {
        size_t from = row / batch * B + first + row % batch;
        memcpy(part + row * I, x + from * I, I * sizeof *x);
        classes[row] = target[from];
    }
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CRF));
    assert_ok(rnn_loss_set_int(loss, RNN_REDUCTION, RNN_SUM));
    assert_ok(rnn_loss_set_transitions_of_model(loss, model));
    assert_ok(rnn_reset_state(session, batch));
    assert_ok(rnn_forward(session, y, rows * C, part, rows * I, NULL, 0, T));
    assert_ok(rnn_loss_set_batch_of_session(loss, session));
    assert_ok(rnn_loss_of_classes(loss, &value, dy, rows * C, y, rows * C, classes, rows));
    assert_ok(rnn_backward(session, NULL, 0, dy, rows * C));
    assert_ok(rnn_session_add_transition_gradients(session, loss));
    rnn_loss_destroy(loss);
}

static void test_halves(void **state)
{
    uint64_t random = 6;
    float x[ROWS * I], *parts, *sum, *whole;
    int32_t target[ROWS];
    size_t count;
    rnn_model *model = crf_model(RNN_CELL_LSTM, RNN_DIRECTION_FORWARD, 1);
    rnn_session *sessions[3];
    (void)state;
    fill_uniform(x, ROWS * I, &random);
    for (size_t i = 0; i < ROWS; i++)
        target[i] = (int32_t)crf_below(&random, C);
    for (size_t i = 0; i < 3; i++)
        assert_ok(rnn_session_create(&sessions[i], model, RNN_TRAINING));
    add_gradients(sessions[0], model, x, target, 0, 1);
    add_gradients(sessions[1], model, x, target, 1, B - 1);
    add_gradients(sessions[2], model, x, target, 0, B);
    assert_ok(rnn_session_gradients(sessions[1], &parts, &count));
    assert_ok(rnn_session_add_gradients(sessions[0], parts, count));
    assert_ok(rnn_session_gradients(sessions[0], &sum, &count));
    assert_ok(rnn_session_gradients(sessions[2], &whole, &count));
    for (size_t i = 0; i < count; i++)
        assert_close((double)sum[i], (double)whole[i], 1e-5);
    float of_transitions[C * C], most = 0;
    assert_ok(rnn_session_get_gradient(sessions[0], "crf.transitions", of_transitions, C * C));
    for (size_t i = 0; i < C * C; i++)
        most = fabsf(of_transitions[i]) > most ? fabsf(of_transitions[i]) : most;
    assert_true(most > 0.1f);
    for (size_t i = 0; i < 3; i++)
        rnn_session_destroy(sessions[i]);
    rnn_destroy(model);
}

/* ---- numbers that are not finite --------------------------------------------------------------------------------- */

/* Of three sequences the second has such input. */
static void check_named(float x_of_second, float weight, const char *part)
{
    float x[T * I] = {0}, weights[3 * I], head[C * 3];
    const int32_t classes[T] = {0, 1, 2, 3, 0};
    rnn_model *model = crf_model(RNN_CELL_RELU, RNN_DIRECTION_FORWARD, 1);
    rnn_trainer *trainer = open_fit(model, (struct optimizer_case){RNN_OPTIMIZER_SGD, 0, 0, 0, 0});
    rnn_dataset *dataset;
    assert_ok(rnn_dataset_create(&dataset));
    for (size_t i = 0; i < 3 * I; i++)
        weights[i] = weight;
    for (size_t i = 0; i < C * 3; i++)
        head[i] = i / 3 % 2 ? -10.0f : 10.0f; /* classes 1 and 3 are unlikely, and a gradient of h is large */
    assert_ok(rnn_model_set_parameter(model, "weight_ih_l0", weights, 3 * I));
    assert_ok(rnn_model_set_parameter(model, "head.weight", head, C * 3));
    for (size_t n = 0; n < 3; n++) {
        for (size_t i = 0; i < T * I; i++)
            x[i] = n == 1 ? x_of_second : 1;
        add_sequence(dataset, x, T * I, NULL, 0, classes, T, NULL, 0, T);
    }
    assert_ok(rnn_trainer_set_int(trainer, RNN_SHUFFLE, 0));
    assert_fails(rnn_fit(trainer, dataset, NULL), RNN_E_NONFINITE);
    assert_non_null(strstr(rnn_trainer_last_error(trainer), "batch 1: sequence 1: "));
    assert_non_null(strstr(rnn_trainer_last_error(trainer), part));
    rnn_trainer_destroy(trainer);
    rnn_dataset_destroy(dataset);
    rnn_destroy(model);
}

static void test_named(void **state)
{
    (void)state;
    check_named(NAN, 1, "the loss is infinite or not a number");
    check_named(3e38f, 1e-38f, "the gradient of weight_ih_l0 is infinite");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounded), cmocka_unit_test(test_forbidden), cmocka_unit_test(test_threads),
        cmocka_unit_test(test_halves),  cmocka_unit_test(test_named),
    };
    return run_with_all_kernels(tests, sizeof tests / sizeof *tests);
}
