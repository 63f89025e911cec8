/* The labels of a line by a network that is trained. */
#include "die.h"
#include "model.h"
#include "tag.h"

#include <stdlib.h>
#include <string.h>

labeller labeller_open(rnn_model *model, bool crf, const corpus *c)
{
    labeller l = {.decoder = NULL};
    size_t longest = 0;

    for (size_t n = 0; n < c->count; n++)
        longest = c->lines[n].length > longest ? c->lines[n].length : longest;
    l.y = allocate(longest * LABELS, sizeof *l.y);
    l.p = allocate(longest * LABELS, sizeof *l.p);
    l.labels = allocate(longest, sizeof *l.labels);
    check(rnn_session_create(&l.session, model, RNN_INFERENCE));
    if (crf) {
        check(rnn_decoder_create(&l.decoder, RNN_DECODER_CRF));
        check(rnn_decoder_set_transitions_of_model(l.decoder, model));
    }
    return l;
}

/* The likeliest path, and the probabilities over all paths. */
static void decode(labeller *l, size_t length)
{
    const int32_t *path;
    size_t count;

    check(rnn_decoder_decode(l->decoder, l->y, length * LABELS, NULL, 0, length, 1, LABELS));
    check(rnn_decoder_get_marginals(l->decoder, l->p, length * LABELS));
    check(rnn_decoder_get_result(l->decoder, 0, 0, &path, NULL, NULL, &count, NULL));
    memcpy(l->labels, path, count * sizeof *path);
}

void label_line(labeller *l, const line *of)
{
    size_t length = of->length;

    check(rnn_reset_state(l->session, 1));
    check(rnn_forward_tokens(l->session, l->y, length * LABELS, of->tokens, length, NULL, 0, length));
    if (l->decoder) {
        decode(l, length);
        return;
    }
    check(rnn_softmax(l->p, length * LABELS, l->y, length * LABELS, LABELS));
    for (size_t i = 0; i < length; i++)
        l->labels[i] = likeliest(l->p + i * LABELS, LABELS);
}

void labeller_close(labeller *l)
{
    rnn_session_destroy(l->session);
    rnn_decoder_destroy(l->decoder);
    free(l->y);
    free(l->p);
    free(l->labels);
}
