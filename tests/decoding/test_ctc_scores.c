/* What CTC beam search says of a labelling, and what the loss says of it, are one number: two programs that share no
 * line come to it on two ways. */
#include "support/decoders.h"
#include "support/loss_call.h"

#include <math.h>

#define STEPS   9
#define CLASSES 4
#define WIDTH   4096 /* more labellings than there are: nothing is dropped */
#define RESULTS 20

/* Log probabilities in double of sums in double; the loss adds in float what is added at a step. */
#define TOLERANCE 1e-6

static int32_t labels[RESULTS * STEPS], lengths[RESULTS];
static double scores[RESULTS];

static void draw(float *logits, uint64_t seed)
{
    fill_uniform(logits, STEPS * CLASSES, &seed);
    for (size_t i = 0; i < STEPS * CLASSES; i++)
        logits[i] *= 4;
}

static double loss_of(const float *logits, size_t steps, int32_t blank, size_t result)
{
    double loss;
    assert_ok(loss_call_run(&(struct loss_call){.kind = RNN_LOSS_CTC,
                                                .reduction = RNN_SUM,
                                                .value = &loss,
                                                .y = logits,
                                                .y_count = steps * CLASSES,
                                                .classes = labels + result * steps,
                                                .classes_count = steps,
                                                .label_lengths = &lengths[result],
                                                .label_lengths_count = 1,
                                                .T = steps,
                                                .B = 1,
                                                .C = CLASSES,
                                                .blank = blank}));
    return loss;
}

static void test_scores_are_losses(void **state)
{
    (void)state;
    float logits[STEPS * CLASSES];
    for (uint64_t seed = 1; seed <= 40; seed++) {
        size_t steps = 1 + (size_t)(seed % STEPS), results = steps < 3 ? 4 : RESULTS;
        int32_t blank = (int32_t)(seed % CLASSES);
        draw(logits, seed);
        assert_ok(decoder_decode(labels, lengths, scores,
                                 &(struct decoder_ctc){logits, NULL, steps, 1, CLASSES, blank, WIDTH, results}));
        for (size_t i = 0; i < results; i++) {
            assert_true(lengths[i] >= 0);
            assert_close(loss_of(logits, steps, blank, i), -scores[i], TOLERANCE);
        }
    }
}

/* The comparison can fail: another labelling has another loss. */
static void test_another_labelling_is_told_apart(void **state)
{
    (void)state;
    float logits[STEPS * CLASSES];
    draw(logits, 7);
    assert_ok(
        decoder_decode(labels, lengths, scores, &(struct decoder_ctc){logits, NULL, STEPS, 1, CLASSES, 0, WIDTH, 2}));
    assert_false(close_enough(loss_of(logits, STEPS, 0, 1), -scores[0], TOLERANCE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scores_are_losses),
        cmocka_unit_test(test_another_labelling_is_told_apart),
    };
    return run_with_all_kernels(tests, sizeof tests / sizeof *tests);
}
