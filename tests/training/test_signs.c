/* The signs of what has one: no loss is below 0 and no log probability above it, however certain the network is, so
 * that a caller may take the logarithm of a loss. */
#include "support/decoders.h"
#include "support/loss_call.h"

#include <math.h>
#include <string.h>

enum { STEPS = 9, CLASSES = 2, BLANK = 0, ROUNDS = 2000 };

/* Logits of a network that is more or less certain that the label 1 is there. */
static void draw(float *logits, size_t steps, double certainty, uint64_t *seed)
{
    fill_uniform(logits, steps * CLASSES, seed);
    for (size_t t = 0; t < steps; t++)
        logits[t * CLASSES + 1] += (float)(certainty * (t % 2 ? 1 : 0.3));
}

/* -log of the sum of the probabilities of all paths of the label 1: a run of it, blanks around. */
static double loss_of_paths(const float *logits, size_t steps)
{
    double sum = 0;
    for (size_t first = 0; first < steps; first++)
        for (size_t end = first + 1; end <= steps; end++) {
            double p = 1;
            for (size_t t = 0; t < steps; t++) {
                const float *o = logits + t * CLASSES;
                double of_label = 1 / (1 + exp((double)o[0] - (double)o[1]));
                p *= t >= first && t < end ? of_label : 1 - of_label;
            }
            sum += p;
        }
    return -log(sum);
}

static struct loss_call ctc_call(double *value, const float *logits, const int32_t *label, size_t steps,
                                 int32_t reduction)
{
    return (struct loss_call){.kind = RNN_LOSS_CTC,
                              .reduction = reduction,
                              .value = value,
                              .y = logits,
                              .y_count = steps * CLASSES,
                              .classes = label,
                              .classes_count = 1,
                              .T = steps,
                              .B = 1,
                              .C = CLASSES,
                              .blank = BLANK};
}

static void test_ctc_loss_is_not_negative(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (size_t i = 0; i < ROUNDS; i++) {
        float logits[STEPS * CLASSES], dlogits[STEPS * CLASSES];
        const int32_t label = 1;
        size_t steps = 1 + i % STEPS;
        double loss, mean, losses;
        draw(logits, steps, 2 + (double)(i % 40), &seed);
        struct loss_call call = ctc_call(&loss, logits, &label, steps, RNN_SUM);
        call.losses = &losses;
        call.losses_count = 1;
        call.dy = dlogits;
        call.dy_count = steps * CLASSES;
        assert_ok(loss_call_run(&call));
        assert_true(loss >= 0 && losses >= 0 && !signbit(loss) && !signbit(losses));
        assert_close(loss, loss_of_paths(logits, steps), 1e-6);
        call = ctc_call(&mean, logits, &label, steps, RNN_MEAN);
        assert_ok(loss_call_run(&call));
        assert_true(mean >= 0 && mean == loss);
    }
}

/* A loss that is not a number stays so. */
static void test_ctc_loss_of_nan(void **state)
{
    (void)state;
    const float logits[CLASSES] = {NAN, 1};
    const int32_t label = 1;
    double loss = 0;
    struct loss_call call = ctc_call(&loss, logits, &label, 1, RNN_SUM);
    assert_ok(loss_call_run(&call));
    assert_true(isnan(loss));
}

static void test_ctc_scores_are_not_positive(void **state)
{
    (void)state;
    uint64_t seed = 2;
    for (size_t i = 0; i < ROUNDS; i++) {
        float logits[STEPS * CLASSES];
        int32_t labels[2 * STEPS], lengths[2];
        double scores[2];
        size_t steps = 1 + i % STEPS;
        draw(logits, steps, 2 + (double)(i % 40), &seed);
        struct decoder_ctc ctc = {logits, NULL, steps, 1, CLASSES, BLANK, 64, 2};
        assert_ok(decoder_decode(labels, lengths, scores, &ctc));
        assert_true(scores[0] <= 0 && scores[1] <= 0);
        if (lengths[0] == 1)
            assert_close(scores[0], -loss_of_paths(logits, steps), 1e-6);
        ctc.width = 0;
        assert_ok(decoder_decode(labels, lengths, scores, &ctc));
        assert_true(scores[0] <= 0);
    }
}

/* Logits that are sure of the target, at any height: the loss is 0 or above. */
static void test_losses_are_not_negative(void **state)
{
    (void)state;
    uint64_t seed = 3;
    const float heights[] = {0, 1e-3f, 1e8f, -1e8f, 1e30f, 12345.678f};
    for (size_t i = 0; i < ROUNDS; i++) {
        enum { C = 37 };
        float o[C], y[C], values[C];
        const int32_t target = (int32_t)(i % C);
        double loss;
        fill_uniform(o, C, &seed);
        fill_uniform(y, C, &seed);
        for (size_t c = 0; c < C; c++) {
            values[c] = c % 3 ? (y[c] > 0 ? 1.0f : 0.0f) : (y[c] + 1) / 2;
            y[c] *= (float)(i % 50);
            o[c] += heights[i % 6] + (c == (size_t)target ? (float)(i % 25) : 0);
        }
        struct loss_call call = {.kind = RNN_LOSS_CROSS_ENTROPY,
                                 .reduction = RNN_MEAN,
                                 .value = &loss,
                                 .y = o,
                                 .y_count = C,
                                 .classes = &target,
                                 .classes_count = 1,
                                 .values = values,
                                 .values_count = C,
                                 .T = 1,
                                 .B = 1,
                                 .C = C,
                                 .smoothing = i % 3 ? 0.1 : 0,
                                 .ignored = -1,
                                 .delta = (double)fabsf(y[i % C] - values[i % C]) + 1e-30};
        assert_ok(loss_call_softmax(&loss, NULL, o, &target, NULL, 1, 1, C, i % 2 ? RNN_SUM : RNN_MEAN));
        assert_true(loss >= 0);
        assert_ok(loss_call_run(&call));
        assert_true(loss >= 0);
        call.reduction = RNN_SUM;
        call.y = y;
        for (call.kind = RNN_LOSS_BINARY_CROSS_ENTROPY; call.kind <= RNN_LOSS_HUBER; call.kind++) {
            assert_ok(loss_call_run(&call));
            assert_true(loss >= 0);
        }
    }
}

/* A generator that is all but certain of its token, whatever it read. */
static int32_t next(void *user, float *logits, size_t logits_count, const int32_t *tokens, const int32_t *parents,
                    size_t rows)
{
    uint64_t *seed = user;
    (void)tokens;
    (void)parents;
    fill_uniform(logits, logits_count, seed);
    for (size_t row = 0; row < rows; row++)
        logits[row * (logits_count / rows)] += (float)(*seed % 60);
    return 0;
}

static void test_beam_scores_are_not_positive(void **state)
{
    (void)state;
    uint64_t seed = 4;
    for (size_t i = 0; i < ROUNDS; i++) {
        int32_t tokens[2 * STEPS], lengths[2];
        double scores[2];
        assert_ok(decoder_search(tokens, lengths, scores, &(struct decoder_beam){0, -1, 0, STEPS, 5, 3, 2, 0.6}, next,
                                 &seed));
        assert_true(scores[0] <= 0 && scores[1] <= scores[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ctc_loss_is_not_negative),     cmocka_unit_test(test_ctc_loss_of_nan),
        cmocka_unit_test(test_ctc_scores_are_not_positive),  cmocka_unit_test(test_losses_are_not_negative),
        cmocka_unit_test(test_beam_scores_are_not_positive),
    };
    return run_with_all_kernels(tests, sizeof tests / sizeof *tests);
}
