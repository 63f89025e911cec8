/* What a network makes of a batch: the loss, its gradients, the right answers. */
#include "fit/trainer.h"
#include "session/row_state.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Rows of the targets. */
static size_t rows_of(const struct rnn_trainer *trainer)
{
    return trainer->batch.rows * trainer->batch.batch;
}

/* Elements of y that the loss is over, and all. */
static size_t outputs_of(const struct rnn_trainer *trainer)
{
    return rows_of(trainer) * trainer->outputs;
}

static size_t y_count_of(const struct rnn_trainer *trainer)
{
    return trainer->batch.y_steps * trainer->batch.batch * trainer->outputs;
}

/* ---- the loss ---------------------------------------------------------------------------------------------------- */

/* The loss is over sequences of these lengths [B]; NULL: all rows. */
static int32_t set_batch(const struct rnn_trainer *trainer, const int32_t *lengths)
{
    const struct rnni_batch *at = &trainer->batch;
    rnn_loss *loss = trainer->own_loss;
    RNNI_TRY(rnn_loss_set_batch(loss, lengths, lengths ? at->batch : 0, at->rows, at->batch, trainer->outputs));
    if (at->has_mask)
        RNNI_TRY(rnn_loss_set_mask(loss, at->mask, rows_of(trainer)));
    if (at->has_weights)
        RNNI_TRY(rnn_loss_set_sequence_weights(loss, at->weights, at->batch));
    return loss->kind == RNN_LOSS_CTC ? rnn_loss_set_label_lengths(loss, at->label_lengths, at->batch) : RNN_OK;
}

/* With the gradient, unless dy is NULL. */
static int32_t loss_of(const struct rnn_trainer *trainer, double *value, float *dy)
{
    const struct rnni_batch *at = &trainer->batch;
    rnn_loss *loss = trainer->own_loss;
    size_t rows = rows_of(trainer), count = outputs_of(trainer), dy_count = dy ? count : 0;
    if (at->has_values)
        return rnn_loss_of_values(loss, value, dy, dy_count, at->y, count, at->values, rows * at->width);
    size_t targets = loss->kind == RNN_LOSS_CTC ? at->batch * at->most_labels : rows;
    return rnn_loss_of_classes(loss, value, dy, dy_count, at->y, count, at->classes, targets);
}

/* Of sequence b alone. */
static int32_t loss_of_one(const struct rnn_trainer *trainer, double *value, size_t b)
{
    const struct rnni_batch *at = &trainer->batch;
    for (size_t i = 0; i < at->batch; i++)
        at->loss_lengths[i] = i == b ? at->y_lengths[b] : 0;
    RNNI_TRY(set_batch(trainer, at->loss_lengths));
    return loss_of(trainer, value, NULL);
}

/* Of all sequences.  Of those with one output each, lengths are only needed where one has no step that counts. */
static int32_t set_whole_batch(const struct rnn_trainer *trainer)
{
    const struct rnni_batch *at = &trainer->batch;
    int is_full = trainer->pools;
    for (size_t b = 0; b < at->batch; b++)
        is_full &= at->y_lengths[b] > 0;
    return set_batch(trainer, is_full ? NULL : at->y_lengths);
}

/* ---- forward and backward ---------------------------------------------------------------------------------------- */

static int is_finite(const float *values, size_t count)
{
    size_t i = 0;
    while (i < count && isfinite(values[i]))
        i++;
    return i == count;
}

/* The states of the sequences that go on.  One that a skipped batch left without finite numbers begins anew, with its
 * outputs at the same steps. */
static int32_t carry(const struct rnni_streams *streams, rnn_session *session)
{
    for (size_t b = 0; b < streams->count; b++) {
        const float *state = rnni_streams_state(streams, b);
        size_t count = streams->width - RNNI_STREAMS_HEAD;
        if (is_finite(state, count))
            RNNI_TRY(rnn_session_set_row_state(session, b, state, count));
        else
            rnni_row_state_restart(session, state, b);
    }
    return RNN_OK;
}

static int32_t forward(struct rnn_trainer *trainer, rnn_session *session)
{
    const struct rnni_batch *at = &trainer->batch;
    size_t rows = at->steps * at->batch, y_count = y_count_of(trainer);
    float *y = y_count ? at->y : NULL;
    RNNI_TRY(rnn_reset_state(session, at->batch));
    RNNI_TRY(carry(at->streams, session));
    if (!y_count) /* the loss is over a row that no sequence has */
        memset(at->y, 0, outputs_of(trainer) * sizeof *at->y);
    if (!trainer->inputs)
        return rnn_forward_tokens(session, y, y_count, at->tokens, rows, at->lengths, at->batch, at->steps);
    return rnn_forward(session, y, y_count, at->x, rows * trainer->inputs, at->lengths, at->batch, at->steps);
}

int32_t rnni_batch_run(struct rnn_trainer *trainer, rnn_session *session, double *loss, int gradient)
{
    RNNI_TRY(forward(trainer, session));
    RNNI_TRY(set_whole_batch(trainer));
    if (trainer->own_loss->kind == RNN_LOSS_CRF)
        RNNI_TRY(rnn_loss_set_transitions_of_model(trainer->own_loss, trainer->model));
    struct rnni_message *message = &trainer->own_loss->message;
    message->text[0] = 0; /* a callback need not leave one */
    rnni_loss_lend(trainer->own_loss, session->team);
    int32_t status = loss_of(trainer, loss, gradient ? trainer->batch.dy : NULL);
    rnni_loss_lend(trainer->own_loss, NULL);
    if (status && message->text[0])
        return rnni_status_fail(NULL, status, "%s", message->text);
    if (status)
        return rnni_status_fail(NULL, status, "the callback of the loss returned %" PRId32, status);
    return RNN_OK;
}

int32_t rnni_batch_back(struct rnn_trainer *trainer)
{
    size_t dy_count = y_count_of(trainer);
    RNNI_TRY(rnn_zero_gradients(trainer->training));
    RNNI_TRY(rnn_backward(trainer->training, NULL, 0, dy_count ? trainer->batch.dy : NULL, dy_count));
    if (trainer->own_loss->kind == RNN_LOSS_CRF)
        return rnn_session_add_transition_gradients(trainer->training, trainer->own_loss);
    return RNN_OK;
}

/* ---- numbers that are not finite --------------------------------------------------------------------------------- */

size_t rnni_batch_find_loss(struct rnn_trainer *trainer)
{
    size_t batch = trainer->batch.batch, first = batch, found = 0;
    double loss = (double)NAN;
    for (size_t b = 0; b < batch; b++)
        if (!loss_of_one(trainer, &loss, b) && !isfinite(loss))
            first = found++ ? first : b;
    /* A callback that ignores the lengths gives the same loss for each. */
    int is_unknown = trainer->own_loss->kind == RNN_LOSS_CUSTOM && batch > 1 && found == batch;
    return is_unknown ? batch : first;
}

/* Backward for the loss of sequence b alone, in the same batch, so that the masks of dropout are the same. */
static int32_t back_for_one(struct rnn_trainer *trainer, size_t b, int64_t seed)
{
    const struct rnni_batch *at = &trainer->batch;
    size_t count = y_count_of(trainer);
    float *dy = at->y; /* no longer needed */
    RNNI_TRY(rnn_session_seed_dropout(trainer->training, seed));
    RNNI_TRY(forward(trainer, trainer->training));
    for (size_t i = 0; i < count; i++)
        dy[i] = i / trainer->outputs % at->batch == b ? at->dy[i] : 0;
    RNNI_TRY(rnn_zero_gradients(trainer->training));
    return rnn_backward(trainer->training, NULL, 0, count ? dy : NULL, count);
}

size_t rnni_batch_find_gradient(struct rnn_trainer *trainer, int64_t seed)
{
    for (size_t b = 0; b < trainer->batch.batch; b++)
        if (!back_for_one(trainer, b, seed) &&
            rnn_session_clip_gradient_norm(trainer->training, NULL, DBL_MAX) == RNN_E_NONFINITE)
            return b;
    return trainer->batch.batch;
}

/* ---- means and accuracy ----------------------------------------------------------------------------------------- */

void rnni_batch_mean_add(struct rnni_mean *mean, double value, double weight)
{
    if (!(weight > 0))
        return;
    mean->weight += weight;
    if (mean->weight > weight && isfinite(mean->value))
        mean->value += (value - mean->value) * (weight / mean->weight);
    else
        mean->value = mean->weight > weight ? mean->value + value : value;
}

/* Whether a target counts: by length, mask, weight and RNN_IGNORED. */
static int counts(const struct rnn_trainer *trainer, size_t row)
{
    const struct rnni_batch *at = &trainer->batch;
    size_t t = row / at->batch, b = row % at->batch;
    if (t >= (size_t)at->y_lengths[b])
        return 0;
    return at->weights[b] > 0 && (!at->has_mask || at->mask[row] > 0) &&
           at->classes[row] != trainer->own_loss->options.ignored;
}

/* Of the likeliest path of a sequence, which the loss has the memory for. */
static void count_path(const struct rnn_trainer *trainer, size_t b, size_t *counted, size_t *right)
{
    const struct rnni_batch *at = &trainer->batch;
    const rnn_loss *loss = trainer->own_loss;
    size_t classes = trainer->outputs;
    struct rnni_crf_lattice lattice = {.emissions = at->y + b * classes,
                                       .stride = at->batch * classes,
                                       .steps = (size_t)at->y_lengths[b],
                                       .classes = classes,
                                       .scores = loss->transitions.block.data};
    if (!lattice.steps || !(at->weights[b] > 0))
        return;
    rnni_crf_lattice_begin(&lattice, loss->scratch.block.data);
    int found = !rnni_crf_lattice_is_bad(&lattice) && rnni_crf_lattice_best(&lattice);
    *counted += lattice.steps;
    for (size_t t = 0; found && t < lattice.steps; t++)
        *right += (size_t)lattice.top[t] == (size_t)at->classes[t * at->batch + b];
}

void rnni_batch_count(const struct rnn_trainer *trainer, size_t *counted, size_t *right)
{
    for (size_t b = 0; trainer->own_loss->kind == RNN_LOSS_CRF && b < trainer->batch.batch; b++)
        count_path(trainer, b, counted, right);
    if (trainer->own_loss->kind == RNN_LOSS_CRF)
        return;
    size_t outputs = trainer->outputs;
    for (size_t i = 0; i < rows_of(trainer); i++) {
        if (!counts(trainer, i))
            continue;
        const float *y = trainer->batch.y + i * outputs; /* [Y] */
        size_t best = 0;
        for (size_t c = 1; c < outputs; c++)
            best = y[c] > y[best] ? c : best;
        ++*counted;
        *right += best == (size_t)trainer->batch.classes[i] && !isnan(y[best]);
    }
}
