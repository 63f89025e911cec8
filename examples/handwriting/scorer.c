/* A character model of charlm as the scorer of a beam search (shallow fusion: Gulcehre et al. 2015, section 4.1).  Each
 * hypothesis of the beam has a state of the model, which has read its digits. */
#include "handwriting.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define NOTE "alphabet" /* of charlm: two hexadecimal digits for the byte of each token */

struct scorer {
    rnn_model *model;
    rnn_session *session;
    size_t vocabulary, state_count;
    int32_t digit[DIGITS], end; /* tokens; -1: not in the alphabet */
    int32_t *tokens;            /* [slots] */
    float *states;              /* [slots,state_count] */
    float *p;                   /* [slots,vocabulary] */
};

static void read_alphabet(scorer *s, const char *checkpoint)
{
    const char *note;
    unsigned byte;
    int64_t vocabulary;

    if (rnn_model_get_metadata(s->model, NOTE, &note) != RNN_OK)
        die("%s: not a checkpoint of charlm: %s", checkpoint, rnn_last_error());
    for (int i = 0; i < DIGITS; i++)
        s->digit[i] = -1;
    for (s->end = -1; sscanf(note, "%2x", &byte) == 1; note += 2, s->vocabulary++) {
        if (byte >= '0' && byte <= '9')
            s->digit[byte - '0'] = (int32_t)s->vocabulary;
        if (byte == '\n')
            s->end = (int32_t)s->vocabulary;
    }
    check(rnn_model_get_int(s->model, RNN_VOCABULARY, &vocabulary));
    if (*note || (int64_t)s->vocabulary != vocabulary)
        die("%s: not a checkpoint of charlm: its alphabet does not fit its network", checkpoint);
    if (s->end < 0)
        die("%s: its alphabet has no end of a line", checkpoint);
}

scorer *scorer_open(const char *checkpoint, size_t beam)
{
    scorer *s = allocate(1, sizeof *s);
    size_t slots = 3 * beam;

    *s = (scorer){0};
    check(rnn_load(&s->model, checkpoint));
    read_alphabet(s, checkpoint);
    check(rnn_session_create(&s->session, s->model, RNN_INFERENCE));
    check(rnn_reset_state(s->session, 1));
    check(rnn_session_row_state_count(s->session, &s->state_count));
    s->tokens = allocate(slots, sizeof *s->tokens);
    s->states = allocate(slots * s->state_count, sizeof *s->states);
    s->p = allocate(slots * s->vocabulary, sizeof *s->p);
    return s;
}

/* Never -infinity: what is only unlikely may still follow. */
static float log_p(const float *p /* [vocabulary] */, int32_t token)
{
    if (token < 0)
        return -INFINITY;
    return logf(p[token] > FLT_MIN ? p[token] : FLT_MIN);
}

/* A hypothesis of each row: the state of its parent reads its last label.  A line begins behind the end of another. */
static int32_t score(void *user, float *scores /* [rows,1+DIGITS] */, size_t scores_count, const int32_t *slots,
                     const int32_t *labels, const int32_t *parents, size_t rows)
{
    scorer *s = user;
    size_t count = rows * s->vocabulary;

    (void)scores_count;
    check(rnn_reset_state(s->session, rows));
    for (size_t i = 0; i < rows; i++) {
        s->tokens[i] = labels[i] == 0 ? s->end : s->digit[labels[i] - 1];
        if (parents[i] >= 0)
            check(rnn_session_set_row_state(s->session, i, s->states + (size_t)parents[i] * s->state_count,
                                            s->state_count));
    }
    check(rnn_step_tokens(s->session, s->p, count, s->tokens, rows));
    check(rnn_softmax(s->p, count, s->p, count, s->vocabulary));
    for (size_t i = 0; i < rows; i++) {
        const float *p = s->p + i * s->vocabulary;
        check(rnn_session_get_row_state(s->session, i, s->states + (size_t)slots[i] * s->state_count, s->state_count));
        *scores++ = log_p(p, s->end);
        for (int digit = 0; digit < DIGITS; digit++)
            *scores++ = log_p(p, s->digit[digit]);
    }
    return 0;
}

void scorer_set(scorer *s, rnn_decoder *decoder, double weight)
{
    check(rnn_decoder_set_scorer(decoder, score, s));
    check(rnn_decoder_set_real(decoder, RNN_SCORER_WEIGHT, weight));
}

void scorer_close(scorer *s)
{
    if (!s)
        return;
    rnn_session_destroy(s->session);
    rnn_destroy(s->model);
    free(s->tokens);
    free(s->states);
    free(s->p);
    free(s);
}
