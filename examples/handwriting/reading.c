/* One path through a network: probabilities, and the digits that are likeliest. */
#include "handwriting.h"
#include "model.h"

#include <math.h>
#include <stdlib.h>

/* The likeliest of ten. */
static void read_digit(reading *r)
{
    int32_t best = likeliest(r->probabilities, DIGITS);

    r->digits[0] = best;
    r->count = 1;
    r->probability = (double)r->probabilities[best];
}

/* The best path of CTC; the probability of its labels is that of all paths that give them. */
static void read_string(reading *r, rnn_decoder *decoder, const task *t, const float *logits /* [outputs,classes] */)
{
    const int32_t *labels;
    double value;
    rnn_loss *loss;
    size_t logit_count = r->outputs * r->classes;

    check(rnn_decoder_decode(decoder, logits, logit_count, NULL, 0, r->outputs, 1, r->classes));
    check(rnn_decoder_get_result(decoder, 0, 0, &labels, NULL, NULL, &r->count, NULL));
    check(rnn_loss_create(&loss, RNN_LOSS_CTC));
    check(rnn_loss_set_int(loss, RNN_REDUCTION, RNN_SUM));
    check(rnn_loss_set_batch(loss, NULL, 0, r->outputs, 1, r->classes));
    check(rnn_loss_of_classes(loss, &value, NULL, 0, logits, logit_count, labels, r->count));
    rnn_loss_destroy(loss);
    r->probability = exp(-value);
    for (size_t i = 0; i < r->count; i++)
        r->digits[i] = labels[i] - t->first_class;
}

reading reading_of(rnn_session *session, rnn_decoder *decoder, const task *t, const path *p)
{
    sequence s = task_sequence(t, p);
    bool every_point = t->output == RNN_OUTPUT_EVERY_STEP;
    reading r = {.outputs = every_point ? s.steps : 1, .classes = (size_t)(DIGITS + t->first_class)};
    size_t count = r.outputs * r.classes;
    float *logits = allocate(count, sizeof *logits);

    r.probabilities = allocate(count, sizeof *r.probabilities);
    r.digits = allocate(r.outputs, sizeof *r.digits);
    check(rnn_reset_state(session, 1));
    check(rnn_forward(session, logits, count, s.x, s.steps * t->inputs, NULL, 0, s.steps));
    check(rnn_softmax(r.probabilities, count, logits, count, r.classes));
    if (every_point)
        read_string(&r, decoder, t, logits);
    else
        read_digit(&r);
    free(logits);
    free(s.x);
    free(s.labels);
    return r;
}

void reading_release(reading *r)
{
    free(r->probabilities);
    free(r->digits);
    *r = (reading){0};
}
