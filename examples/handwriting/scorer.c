/* A character model of charlm as the scorer of a beam search (shallow fusion: Gulcehre et al. 2015, section 4.1).  Each
 * hypothesis of the beam has a state of the model, which has read its digits. */
#include "handwriting.h"
#include "letters.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

struct scorer {
    rnn_model *model;
    rnn_session *session;
    letter_table letters;
    size_t state_count;
    int32_t *tokens; /* [slots] */
    float *states;   /* [slots,state_count] */
    float *p;        /* [slots,V] */
};

scorer *scorer_open(const char *checkpoint, size_t beam)
{
    scorer *s = allocate(1, sizeof *s);
    size_t slots = 3 * beam;

    *s = (scorer){0};
    check(rnn_load(&s->model, checkpoint));
    s->letters = letters_load(s->model, checkpoint);
    if (s->letters.token['\n'] < 0)
        die("%s: its alphabet has no end of a line", checkpoint);
    check(rnn_session_create(&s->session, s->model, RNN_INFERENCE));
    check(rnn_reset_state(s->session, 1));
    check(rnn_session_row_state_count(s->session, &s->state_count));
    s->tokens = allocate(slots, sizeof *s->tokens);
    s->states = allocate(slots * s->state_count, sizeof *s->states);
    s->p = allocate(slots * s->letters.size, sizeof *s->p);
    return s;
}

/* Never -infinity for a byte of the alphabet: what is only unlikely may still follow. */
static float log_p(const scorer *s, const float *p /* [V] */, int byte)
{
    int32_t token = s->letters.token[byte];

    if (token < 0)
        return -INFINITY;
    return logf(p[token] > FLT_MIN ? p[token] : FLT_MIN);
}

/* A hypothesis of each row: the state of its parent reads its last label.  A line begins behind the end of another. */
static int32_t score(void *user, float *scores /* [rows,1+DIGITS] */, size_t scores_count, const int32_t *slots,
                     const int32_t *labels, const int32_t *parents, size_t rows)
{
    scorer *s = user;
    size_t vocabulary = s->letters.size, count = rows * vocabulary;

    (void)scores_count;
    check(rnn_reset_state(s->session, rows));
    for (size_t i = 0; i < rows; i++) {
        s->tokens[i] = s->letters.token[labels[i] == 0 ? '\n' : '0' + labels[i] - 1];
        if (parents[i] >= 0)
            check(rnn_session_set_row_state(s->session, i, s->states + (size_t)parents[i] * s->state_count,
                                            s->state_count));
    }
    check(rnn_step_tokens(s->session, s->p, count, s->tokens, rows));
    check(rnn_softmax(s->p, count, s->p, count, vocabulary));
    for (size_t i = 0; i < rows; i++) {
        const float *p = s->p + i * vocabulary;
        check(rnn_session_get_row_state(s->session, i, s->states + (size_t)slots[i] * s->state_count, s->state_count));
        *scores++ = log_p(s, p, '\n');
        for (int digit = '0'; digit <= '9'; digit++)
            *scores++ = log_p(s, p, digit);
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
