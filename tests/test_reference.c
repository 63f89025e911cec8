/* The reference proved: its gradients are the derivatives of its loss, by central finite differences; and each of the
 * mistakes it can be told to make is noticed. */
#include "reference.h"

#include <math.h>
#include <stdlib.h>

#include "support.h"

/* What is derived: random numbers times the outputs, or the cross-entropy; and random numbers times the final state. */
enum loss { LINEAR, SUM, MEAN, LOSS_END };

struct subject {
    size_t inputs, vocabulary, embedding, hidden, layers, classes;
    size_t steps, batch;
    int ragged;
};

static const struct subject subjects[] = {
    {.inputs = 3, .hidden = 4, .layers = 1, .classes = 3, .steps = 5, .batch = 3, .ragged = 1},
    {.inputs = 2, .hidden = 3, .layers = 2, .classes = 2, .steps = 4, .batch = 4, .ragged = 1},
    {.inputs = 4, .hidden = 3, .layers = 3, .classes = 5, .steps = 3, .batch = 2},
    {.inputs = 2, .hidden = 3, .layers = 3, .steps = 4, .batch = 3, .ragged = 1},
    {.inputs = 1, .hidden = 1, .layers = 1, .classes = 2, .steps = 1, .batch = 1},
    {.inputs = 1, .hidden = 2, .layers = 2, .steps = 6, .batch = 1},
    {.vocabulary = 4, .hidden = 3, .layers = 1, .classes = 4, .steps = 5, .batch = 1},
    {.vocabulary = 3, .hidden = 2, .layers = 3, .classes = 3, .steps = 4, .batch = 3, .ragged = 1},
    {.vocabulary = 4, .embedding = 3, .hidden = 2, .layers = 1, .classes = 4, .steps = 5, .batch = 3, .ragged = 1},
    {.vocabulary = 2, .embedding = 5, .hidden = 3, .layers = 2, .steps = 3, .batch = 2},
};
#define SUBJECTS (sizeof subjects / sizeof *subjects)

static struct reference open_subject(const struct subject *s)
{
    struct reference r = {.inputs = s->inputs,
                          .vocabulary = s->vocabulary,
                          .embedding = s->embedding,
                          .hidden = s->hidden,
                          .layers = s->layers,
                          .classes = s->classes};
    uint64_t seed = 1;
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
        for (size_t i = 0; i < r->steps * r->batch * reference_outputs(r); i++)
            loss += r->dy[i] * r->y[i];
    else
        loss = reference_loss(r, kind == MEAN);
    for (size_t i = 0; i < reference_states(r); i++)
        loss += r->dfinal[i] * r->final[i];
    return loss;
}

/* In double, a step of 1e-5 leaves an error of about 1e-10 (from the third derivative) and 1e-16 * loss / 1e-5 (from
 * rounding), 1e-9 at most here. */
static const double tolerance = 1e-7;

/* How many of the gradients differ from the slope of the loss along their values. */
static size_t wrong_slopes(struct reference *r, enum loss kind, double *values, const double *gradients, size_t count)
{
    const double step = 1e-5;
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
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

static size_t wrong_gradients(struct reference *r, enum loss kind)
{
    reference_zero_gradients(r);
    forward_loss(r, kind);
    reference_backward(r);
    return wrong_slopes(r, kind, r->parameters, r->gradients, r->parameter_count) +
           wrong_slopes(r, kind, r->x, r->dx, r->steps * r->batch * r->inputs) +
           wrong_slopes(r, kind, r->h0, r->dh0, reference_states(r));
}

static void test_gradients_are_derivatives(void **state)
{
    (void)state;
    for (size_t i = 0; i < SUBJECTS; i++)
        for (enum loss kind = LINEAR; kind < (subjects[i].classes ? LOSS_END : SUM); kind++) {
            struct reference r = open_subject(&subjects[i]);
            size_t wrong = wrong_gradients(&r, kind);
            if (wrong)
                print_error("subject %zu, loss %d: %zu gradients are wrong\n", i, (int)kind, wrong);
            assert_int_equal(wrong, 0);
            reference_close(&r);
        }
}

static void test_all_lengths_zero(void **state)
{
    (void)state;
    struct reference r = open_subject(&subjects[1]);
    for (size_t b = 0; b < r.batch; b++)
        r.lengths[b] = 0;
    for (enum loss kind = LINEAR; kind < LOSS_END; kind++)
        assert_int_equal(wrong_gradients(&r, kind), 0);
    reference_forward(&r);
    for (size_t i = 0; i < r.parameter_count; i++)
        assert_true(r.gradients[i] == 0);
    for (size_t i = 0; i < reference_states(&r); i++) {
        assert_true(r.final[i] == r.h0[i]);
        assert_true(r.dh0[i] == r.dfinal[i]);
    }
    reference_close(&r);
}

/* The checker above rejects every mistake of back-propagation, on at least one of the subjects. */
static void test_planted_faults_are_noticed(void **state)
{
    (void)state;
    for (int fault = FAULT_NONE + 1; fault < FAULT_BACKWARD_END; fault++) {
        size_t wrong = 0;
        for (size_t i = 0; i < SUBJECTS && !wrong; i++) {
            struct reference r = open_subject(&subjects[i]);
            r.fault = fault;
            wrong = wrong_gradients(&r, r.classes ? MEAN : LINEAR);
            reference_close(&r);
        }
        if (!wrong)
            print_error("the fault %s went unnoticed\n", fault_name(fault));
        assert_int_not_equal(wrong, 0);
    }
}

/* What finite differences do not say: softmax gives probabilities, so the gradients of a row sum to 0, and the loss of
 * C equal logits is log C. */
static void test_loss_of_equal_logits(void **state)
{
    (void)state;
    struct reference r = open_subject(&subjects[2]);
    for (size_t i = 0; i < r.steps * r.batch * r.classes; i++)
        r.y[i] = 7;
    assert_close(reference_loss(&r, 1), log(5), 1e-12);
    assert_close(reference_loss(&r, 0), 6 * log(5), 1e-12);
    for (size_t row = 0; row < r.steps * r.batch; row++)
        for (size_t c = 0; c < r.classes; c++)
            assert_close(r.dy[row * r.classes + c], 0.2 - ((size_t)r.targets[row] == c), 1e-12);
    reference_close(&r);
}

/* A long run equals its two halves, the second begun in the final state of the first. */
static void test_carried_state(void **state)
{
    (void)state;
    struct reference whole = open_subject(&subjects[3]), half = open_subject(&subjects[3]);
    size_t steps = whole.steps / 2, row = whole.batch * whole.hidden;
    reference_forward(&whole);
    reference_resize(&half, steps, whole.batch);
    for (size_t part = 0; part < 2; part++) {
        for (size_t i = 0; i < steps * half.batch * half.inputs; i++)
            half.x[i] = whole.x[part * steps * half.batch * half.inputs + i];
        for (size_t i = 0; i < reference_states(&half); i++)
            half.h0[i] = part ? half.final[i] : whole.h0[i];
        for (size_t b = 0; b < half.batch; b++) {
            size_t length = (size_t)whole.lengths[b], begin = part * steps;
            length = length < begin ? 0 : length - begin;
            half.lengths[b] = (int32_t)(length < steps ? length : steps);
        }
        reference_forward(&half);
        for (size_t i = 0; i < steps * row; i++)
            assert_true(half.y[i] == whole.y[part * steps * row + i]);
    }
    for (size_t i = 0; i < reference_states(&half); i++)
        assert_true(half.final[i] == whole.final[i]);
    reference_close(&whole);
    reference_close(&half);
}

static void test_clipping_and_descent(void **state)
{
    (void)state;
    struct reference r = open_subject(&subjects[0]);
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
        cmocka_unit_test(test_gradients_are_derivatives),
        cmocka_unit_test(test_all_lengths_zero),
        cmocka_unit_test(test_planted_faults_are_noticed),
        cmocka_unit_test(test_loss_of_equal_logits),
        cmocka_unit_test(test_carried_state),
        cmocka_unit_test(test_clipping_and_descent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
