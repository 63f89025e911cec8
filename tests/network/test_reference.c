/* The reference proved: its gradients are the derivatives of its loss, by central finite differences; and each of the
 * mistakes it can be told to make is noticed. */
#include "oracle/reference.h"

#include <math.h>
#include <stdlib.h>

#include "support/support.h"

/* What is derived: random numbers times the outputs, or the cross-entropy; and random numbers times the final state. */
enum loss { LINEAR, SUM, MEAN, LOSS_END };

#define ALL SIZE_MAX

struct subject {
    struct reference network;
    size_t steps, batch;
    int ragged;
};

#define TANH(...)                                                                                                      \
    {                                                                                                                  \
        .cell = RNN_CELL_TANH, __VA_ARGS__                                                                             \
    }
#define RELU(...)                                                                                                      \
    {                                                                                                                  \
        .cell = RNN_CELL_RELU, __VA_ARGS__                                                                             \
    }
#define LSTM(...)                                                                                                      \
    {                                                                                                                  \
        .cell = RNN_CELL_LSTM, __VA_ARGS__                                                                             \
    }
#define GRU(...)                                                                                                       \
    {                                                                                                                  \
        .cell = RNN_CELL_GRU, __VA_ARGS__                                                                              \
    }
#define MINGRU(...)                                                                                                    \
    {                                                                                                                  \
        .cell = RNN_CELL_MINGRU, __VA_ARGS__                                                                           \
    }
#define HIGHWAY(...)                                                                                                   \
    {                                                                                                                  \
        .cell = RNN_CELL_MINGRU_HIGHWAY, __VA_ARGS__                                                                   \
    }
#define INDRNN(...)                                                                                                    \
    {                                                                                                                  \
        .cell = RNN_CELL_INDRNN, __VA_ARGS__                                                                           \
    }
#define SLSTM(...)                                                                                                     \
    {                                                                                                                  \
        .cell = RNN_CELL_SLSTM, __VA_ARGS__                                                                            \
    }
#define REVERSE .direction = RNN_DIRECTION_REVERSE
#define BOTH    .direction = RNN_DIRECTION_BOTH
#define SUMMED  .direction = RNN_DIRECTION_BOTH, .merge = RNN_MERGE_SUM
#define MASKED  .training = 1, .mask_seed = 3, .run = 2

static const struct subject subjects[] = {
    /* the first ones are named by tests */
    {{.inputs = 3, .hidden = 4, .layers = 1, .classes = 3}, 5, 3, 1},
    {{.inputs = 2, .hidden = 3, .layers = 2, .classes = 2}, 4, 4, 1},
    {{.inputs = 4, .hidden = 3, .layers = 3, .classes = 5}, 3, 2, 0},
    {{.inputs = 2, .hidden = 3, .layers = 3}, 4, 3, 1},
    {{.inputs = 1, .hidden = 1, .layers = 1, .classes = 2}, 1, 1, 0},
    {{.inputs = 1, .hidden = 2, .layers = 2}, 6, 1, 0},
    {{.vocabulary = 4, .hidden = 3, .layers = 1, .classes = 4}, 5, 1, 0},
    {{.vocabulary = 3, .hidden = 2, .layers = 3, .classes = 3}, 4, 3, 1},
    {{.vocabulary = 4, .embedding = 3, .hidden = 2, .layers = 1, .classes = 4}, 5, 3, 1},
    {{.vocabulary = 2, .embedding = 5, .hidden = 3, .layers = 2}, 3, 2, 0},
    /* every cell plain, in one layer and in two */
    {RELU(.inputs = 3, .hidden = 4, .layers = 2, .classes = 3), 5, 3, 1},
    {LSTM(.inputs = 3, .hidden = 4, .layers = 1, .classes = 3), 5, 3, 1},
    {LSTM(.vocabulary = 3, .hidden = 2, .layers = 2), 4, 3, 1},
    {GRU(.inputs = 3, .hidden = 4, .layers = 1, .classes = 3), 5, 3, 1},
    {GRU(.vocabulary = 3, .hidden = 2, .layers = 2), 4, 3, 1},
    {MINGRU(.inputs = 3, .hidden = 4, .layers = 1, .classes = 3), 5, 3, 1},
    {MINGRU(.vocabulary = 3, .embedding = 2, .hidden = 3, .layers = 2), 4, 3, 1},
    {SLSTM(.inputs = 3, .hidden = 4, .layers = 1, .classes = 3), 5, 3, 1},
    {SLSTM(.vocabulary = 3, .hidden = 2, .layers = 2), 4, 3, 1},
    {INDRNN(.inputs = 3, .hidden = 4, .layers = 1, .classes = 3), 5, 3, 1},
    {HIGHWAY(.inputs = 4, .hidden = 4, .layers = 1, .classes = 3), 5, 3, 1},
    {HIGHWAY(.vocabulary = 3, .embedding = 3, .hidden = 3, .layers = 2), 4, 3, 1},
    {HIGHWAY(.inputs = 3, .hidden = 3, .layers = 2, SUMMED, .residual = 1, .no_bias = 1), 4, 3, 1},
    {HIGHWAY(.inputs = 4, .hidden = 4, .layers = 2, MASKED, .dropout = 0.3, .zoneout = 0.4), 4, 3, 1},
    {INDRNN(.vocabulary = 3, .hidden = 3, .layers = 2, .activation_f = {.kind = RNN_ACTIVATION_TANH}, BOTH), 4, 3, 1},
    /* topologies */
    {{.inputs = 3, .hidden = 4, .layers = 2, .classes = 2, .no_bias = 1, REVERSE}, 4, 3, 1},
    {{.inputs = 3, .hidden = 3, .layers = 2, .classes = 2, BOTH, .residual = 1}, 4, 3, 1},
    {{.inputs = 3, .hidden = 3, .layers = 3, .classes = 2, SUMMED, .residual = 1}, 4, 3, 1},
    {LSTM(.inputs = 2, .hidden = 2, .layers = 2, BOTH, .residual = 1), 4, 3, 1},
    {GRU(.vocabulary = 3, .embedding = 2, .hidden = 2, .layers = 2, SUMMED), 4, 3, 1},
    {SLSTM(.inputs = 2, .hidden = 2, .layers = 2, SUMMED, .no_bias = 1), 4, 3, 1},
    {{.inputs = 3, .hidden = 3, .layers = 2, .output = RNN_OUTPUT_LAST_STEP, .residual = 1}, 4, 3, 1},
    {{.inputs = 3, .hidden = 3, .layers = 2, .output = RNN_OUTPUT_LAST_STEP, .classes = 3, REVERSE}, 4, 3, 1},
    {GRU(.inputs = 3, .hidden = 2, .layers = 2, .output = RNN_OUTPUT_LAST_STEP, BOTH, .residual = 1), 4, 3, 1},
    {LSTM(.inputs = 3, .hidden = 2, .layers = 2, .output = RNN_OUTPUT_LAST_STEP, .classes = 3, SUMMED, .residual = 1),
     4, 3, 1},
    {{.inputs = 3, .hidden = 2, .layers = 2, .output = RNN_OUTPUT_MEAN, .classes = 3, BOTH, .residual = 1}, 4, 3, 1},
    {GRU(.inputs = 3, .hidden = 2, .layers = 2, .output = RNN_OUTPUT_MEAN, SUMMED, .residual = 1), 4, 3, 1},
    /* options of cells */
    {LSTM(.inputs = 2, .hidden = 4, .layers = 2, .classes = 2, .projection = 3), 4, 3, 1},
    {LSTM(.inputs = 2, .hidden = 2, .layers = 2, .projection = 3, BOTH), 4, 3, 1},
    {LSTM(.inputs = 2, .hidden = 3, .layers = 2, .peepholes = 1, .cell_clip = 0.3), 4, 3, 1},
    {LSTM(.inputs = 2, .hidden = 3, .layers = 2, .peepholes = 1, .couple = RNN_COUPLE_FORGET, .clip = 0.4), 4, 3, 1},
    {LSTM(.inputs = 2, .hidden = 3, .layers = 2, .peepholes = 1, .couple = RNN_COUPLE_INPUT), 4, 3, 1},
    {LSTM(.inputs = 2, .hidden = 4, .layers = 2, .layer_norm = 1, .peepholes = 1, BOTH), 4, 3, 1},
    {LSTM(.inputs = 2, .hidden = 4, .layers = 1, .layer_norm = 1, .projection = 3, .couple = RNN_COUPLE_INPUT,
          .cell_clip = 0.5, .no_bias = 1),
     4, 3, 1},
    {GRU(.inputs = 2, .hidden = 3, .layers = 2, .reset = RNN_RESET_BEFORE, .clip = 0.4), 4, 3, 1},
    {GRU(.inputs = 2, .hidden = 3, .layers = 2, .reset = RNN_RESET_BEFORE, .no_bias = 1, REVERSE), 4, 3, 1},
    {GRU(.inputs = 2, .hidden = 5, .layers = 2, .layer_norm = 1), 4, 3, 1},
    {{.inputs = 2, .hidden = 3, .layers = 2, .clip = 0.5}, 4, 3, 1},
    /* masks, and their expectation */
    {{.inputs = 2, .hidden = 4, .layers = 3, MASKED, .dropout = 0.4, .classes = 2}, 4, 3, 1},
    {{.inputs = 2, .hidden = 4, .layers = 2, MASKED, .dropout = 0.4, .residual = 1, SUMMED}, 4, 3, 1},
    {{.inputs = 2, .hidden = 4, .layers = 2, MASKED, .recurrent_dropout = 0.4, .zoneout = 0.4}, 4, 3, 1},
    {LSTM(.inputs = 2, .hidden = 4, .layers = 2, MASKED, .recurrent_dropout = 0.4, .zoneout = 0.4, .zoneout_cell = 0.3,
          .peepholes = 1, BOTH),
     4, 3, 1},
    {LSTM(.inputs = 2, .hidden = 3, .layers = 2, MASKED, .zoneout = 0.4, .zoneout_cell = 0.3, .layer_norm = 1,
          .projection = 4),
     4, 3, 1},
    {GRU(.inputs = 2, .hidden = 4, .layers = 2, MASKED, .recurrent_dropout = 0.4, .zoneout = 0.4), 4, 3, 1},
    {GRU(.inputs = 2, .hidden = 4, .layers = 1, MASKED, .recurrent_dropout = 0.4, .reset = RNN_RESET_BEFORE, REVERSE),
     4, 3, 1},
    {MINGRU(.inputs = 2, .hidden = 4, .layers = 2, MASKED, .dropout = 0.3, .zoneout = 0.4), 4, 3, 1},
    {INDRNN(.inputs = 2, .hidden = 4, .layers = 2, MASKED, .recurrent_dropout = 0.4, .zoneout = 0.4, .clip = 0.5), 4, 3,
     1},
    {SLSTM(.inputs = 2, .hidden = 4, .layers = 2, MASKED, .recurrent_dropout = 0.4, .zoneout = 0.4), 4, 3, 1},
    {LSTM(.inputs = 2, .hidden = 4, .layers = 2, .dropout = 0.3, .recurrent_dropout = 0.4, .zoneout = 0.4,
          .zoneout_cell = 0.3),
     4, 3, 1},
};
#define SUBJECTS (sizeof subjects / sizeof *subjects)

static struct reference open_subject(const struct subject *s, uint64_t seed)
{
    struct reference r = s->network;
    reference_open(&r);
    reference_resize(&r, s->steps, s->batch);
    reference_fill_parameters(&r, &seed);
    reference_fill_data(&r, &seed);
    if (s->ragged)
        reference_fill_lengths(&r, &seed);
    return r;
}

static double forward_loss(struct reference *r, enum loss kind)
{
    double loss = 0;
    reference_forward(r);
    if (kind == LINEAR)
        for (size_t i = 0; i < reference_rows(r) * reference_outputs(r); i++)
            loss += r->dy[i] * r->y[i];
    else
        loss = reference_loss(r, kind == MEAN);
    for (size_t state = 0; state < STATE_KINDS; state++)
        for (size_t i = 0; i < reference_states(r, state); i++)
            loss += r->dfinal[state][i] * r->final[state][i];
    return loss;
}

/* In double, a step of 1e-6 leaves an error of 1e-13 times the third derivative, which layer normalisation of few and
 * nearly equal numbers makes as large as 1e5, and of 1e-16 * loss / 1e-6 from rounding: 1e-8 at most here. */
static const double tolerance = 1e-7;

/* How many of the gradients differ from the slope of the loss along their values. Of more than `most` of them only so
 * many are looked at, evenly spaced. */
static size_t wrong_slopes(struct reference *r, enum loss kind, double *values, const double *gradients, size_t count,
                           size_t most)
{
    const double step = 1e-6;
    size_t wrong = 0;
    for (size_t i = count / 2 % (count / most + 1); i < count; i += count / most + 1) {
        double value = values[i];
        values[i] = value + step;
        double after = forward_loss(r, kind);
        values[i] = value - step;
        double before = forward_loss(r, kind);
        values[i] = value;
        wrong += !close_enough(gradients[i], (after - before) / (2 * step), tolerance);
    }
    return wrong;
}

/* The same for the initial states. There is no slope where n = 0, which says that nothing has been stored: it takes no
 * gradient. */
static size_t wrong_states(struct reference *r, enum loss kind)
{
    size_t wrong = 0;
    for (size_t state = 0; state < STATE_KINDS; state++)
        for (size_t i = 0; i < reference_states(r, state); i++) {
            double *value = &r->initial[state][i], gradient = r->dinitial[state][i];
            size_t b = i / reference_state_width(r, state) % r->batch;
            if (state != STATE_N || *value > 0)
                wrong += wrong_slopes(r, kind, value, &gradient, 1, 1);
            else if (r->lengths[b] > 0)
                wrong += gradient < 0 || gradient > 0;
        }
    return wrong;
}

static size_t wrong_gradients(struct reference *r, enum loss kind, size_t most)
{
    reference_zero_gradients(r);
    forward_loss(r, kind);
    reference_backward(r);
    return wrong_slopes(r, kind, r->parameters, r->gradients, r->parameter_count, most) +
           wrong_slopes(r, kind, r->x, r->dx, r->steps * r->batch * r->inputs, most) + wrong_states(r, kind);
}

static void test_gradients_are_derivatives(void **state)
{
    (void)state;
    size_t wrong_subjects = 0;
    for (size_t i = 0; i < SUBJECTS; i++)
        for (enum loss kind = LINEAR; kind < (subjects[i].network.classes ? LOSS_END : SUM); kind++) {
            struct reference r = open_subject(&subjects[i], 1);
            size_t wrong = wrong_gradients(&r, kind, ALL);
            if (wrong)
                print_error("subject %zu, loss %d: %zu gradients are wrong\n", i, (int)kind, wrong);
            wrong_subjects += wrong > 0;
            reference_close(&r);
        }
    assert_int_equal(wrong_subjects, 0);
}

/* All options with each other, and every activation. The numbers that are drawn here happen to come nowhere so near to
 * a kink of an activation or of a clip that a step of the differences goes over it. */
static void test_random_networks(void **state)
{
    (void)state;
    uint64_t seed = 1986;
    size_t wrong_networks = 0;
    for (size_t i = 0; i < 300; i++) {
        struct subject s = {reference_random(3, &seed), 1 + i % 4, 1 + i % 3, i % 2 == 0};
        struct reference r = open_subject(&s, i);
        size_t wrong = wrong_gradients(&r, r.classes ? MEAN : LINEAR, 20);
        if (wrong)
            print_error("network %zu of cell %d: %zu gradients are wrong\n", i, r.cell, wrong);
        wrong_networks += wrong > 0;
        reference_close(&r);
    }
    assert_int_equal(wrong_networks, 0);
}

static void test_all_lengths_zero(void **state)
{
    (void)state;
    for (size_t subject = 0; subject < SUBJECTS; subject++) {
        struct reference r = open_subject(&subjects[subject], 1);
        for (size_t b = 0; b < r.batch; b++)
            r.lengths[b] = 0;
        for (enum loss kind = LINEAR; kind < (r.classes ? LOSS_END : SUM); kind++)
            assert_int_equal(wrong_gradients(&r, kind, ALL), 0);
        reference_forward(&r);
        for (size_t i = 0; i < r.parameter_count; i++)
            assert_true(r.gradients[i] == 0);
        for (size_t kind = 0; kind < STATE_KINDS; kind++)
            for (size_t i = 0; i < reference_states(&r, kind); i++) {
                assert_true(r.final[kind][i] == r.initial[kind][i]);
                assert_true(r.dinitial[kind][i] == r.dfinal[kind][i]);
            }
        for (size_t i = 0; i < reference_rows(&r) * reference_outputs(&r); i++)
            assert_true(r.y[i] == 0);
        reference_close(&r);
    }
}

/* The checker above rejects every mistake of back-propagation, on at least one of the subjects. */
static void test_planted_faults_are_noticed(void **state)
{
    (void)state;
    size_t missed = 0;
    for (int fault = FAULT_NONE + 1; fault < FAULT_BACKWARD_END; fault++) {
        size_t wrong = 0;
        for (size_t i = 0; i < SUBJECTS && !wrong; i++) {
            struct reference r = open_subject(&subjects[i], 1);
            r.fault = fault;
            wrong = wrong_gradients(&r, r.classes ? MEAN : LINEAR, 30);
            reference_close(&r);
        }
        if (!wrong)
            print_error("the fault %s went unnoticed\n", fault_name(fault));
        missed += !wrong;
    }
    assert_int_equal(missed, 0);
}

/* What finite differences do not say: softmax gives probabilities, so the gradients of a row sum to 0, and the loss of
 * C equal logits is log C. */
static void test_loss_of_equal_logits(void **state)
{
    (void)state;
    struct reference r = open_subject(&subjects[2], 1);
    for (size_t i = 0; i < r.steps * r.batch * r.classes; i++)
        r.y[i] = 7;
    assert_close(reference_loss(&r, 1), log(5), 1e-12);
    assert_close(reference_loss(&r, 0), 6 * log(5), 1e-12);
    for (size_t row = 0; row < r.steps * r.batch; row++)
        for (size_t c = 0; c < r.classes; c++)
            assert_close(r.dy[row * r.classes + c], 0.2 - ((size_t)r.targets[row] == c), 1e-12);
    reference_close(&r);
}

static void copy(double *to, const double *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = from[i];
}

/* A long run equals its two halves, the second begun in the final state of the first. */
static void check_carried_state(const struct subject *subject)
{
    struct reference whole = open_subject(subject, 1), half = open_subject(subject, 1);
    size_t steps = whole.steps / 2, row = whole.batch * reference_outputs(&whole), inputs = whole.batch * whole.inputs;
    reference_forward(&whole);
    reference_resize(&half, steps, whole.batch);
    for (size_t part = 0; part < 2; part++) {
        copy(half.x, whole.x + part * steps * inputs, steps * inputs);
        for (size_t kind = 0; kind < STATE_KINDS; kind++)
            copy(half.initial[kind], part ? half.final[kind] : whole.initial[kind], reference_states(&half, kind));
        for (size_t i = 0; i < steps * half.batch; i++)
            half.tokens[i] = whole.tokens[part * steps * half.batch + i];
        for (size_t b = 0; b < half.batch; b++) {
            size_t length = (size_t)whole.lengths[b], begin = part * steps;
            length = length < begin ? 0 : length - begin;
            half.lengths[b] = (int32_t)(length < steps ? length : steps);
        }
        reference_forward(&half);
        for (size_t i = 0; i < steps * row; i++)
            assert_true(half.y[i] == whole.y[part * steps * row + i]);
    }
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        for (size_t i = 0; i < reference_states(&half, kind); i++)
            assert_true(half.final[kind][i] == whole.final[kind][i]);
    reference_close(&whole);
    reference_close(&half);
}

static void test_carried_state(void **state)
{
    (void)state;
    for (size_t i = 0; i < SUBJECTS; i++) {
        const struct reference *r = &subjects[i].network;
        if (subjects[i].steps % 2 == 0 && r->direction < RNN_DIRECTION_REVERSE && r->output < RNN_OUTPUT_LAST_STEP &&
            !r->training)
            check_carried_state(&subjects[i]);
    }
}

static void test_clipping_and_descent(void **state)
{
    (void)state;
    struct reference r = open_subject(&subjects[0], 1);
    reference_zero_gradients(&r);
    double loss = forward_loss(&r, SUM);
    reference_backward(&r);
    double before = r.gradients[0], norm = reference_clip_norm(&r, 1e9);
    assert_true(r.gradients[0] == before);
    assert_close(reference_clip_norm(&r, norm / 4), norm, 1e-12);
    assert_close(r.gradients[0], before / 4, 1e-12);
    assert_close(reference_clip_norm(&r, 1e9), norm / 4, 1e-12);
    /* to first order, a small step lowers the loss by rate * (gradient before) . (gradient after clipping) */
    reference_sgd_step(&r, 1e-6);
    assert_close((loss - forward_loss(&r, SUM)) / 1e-6, norm * norm / 4, 1e-4);
    reference_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients_are_derivatives), cmocka_unit_test(test_random_networks),
        cmocka_unit_test(test_all_lengths_zero),          cmocka_unit_test(test_planted_faults_are_noticed),
        cmocka_unit_test(test_loss_of_equal_logits),      cmocka_unit_test(test_carried_state),
        cmocka_unit_test(test_clipping_and_descent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
