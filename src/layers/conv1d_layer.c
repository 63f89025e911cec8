/* A convolution over time: y(j) = f(sum over k of W_k x(n(j) - (kernel-1-k) * dilation) + b), where n(j) is the newest
 * step that output j sees.  The steps that an output sees, its taps, are gathered into a row, of which the product is
 * made as in a dense layer, by groups of features.
 *
 * Causal: n(j) = j * stride.  None: n(j) = reach + j * stride, so the first outputs are missing.  In both the steps
 * before the first are those of the last run, 0 at the beginning of a stream, and a stream begins with waits(b) steps
 * without an output.  Centred: n(j) = j * stride + reach - reach/2, and steps before the first and after the last are
 * 0. */
#include "base/part.h"
#include "layers/layer_run.h"
#include "model/list_weights.h"
#include "session/parallel.h"

#include <string.h>

/* What a run needs of its layer. */
struct conv {
    const struct rnni_layer_run *run;
    const struct rnni_dense *product; /* [groups] */
    size_t kernel, dilation, stride, reach;
    size_t groups, features, width; /* features of one group; taps of all groups */
    int centred;
    const float *past;    /* [B,reach,inputs] before the run; NULL: zeros */
    const int32_t *waits; /* [B] before the run; NULL: 0 */
};

static struct conv conv_of(const struct rnni_layer_run *run, const float *past, const int32_t *waits)
{
    const struct rnni_layer_options *o = &run->layer->options;
    const struct rnni_layer_product *product = &run->layer->product;
    return (struct conv){.run = run,
                         .product = run->session->list->product[run->index],
                         .kernel = (size_t)o->kernel_size,
                         .dilation = (size_t)o->dilation,
                         .stride = (size_t)o->stride,
                         .reach = run->layer->reach,
                         .groups = product->groups,
                         .features = run->layer->inputs / product->groups,
                         .width = product->groups * product->inputs,
                         .centred = rnni_layer_list_is_centred(run->layer),
                         .past = past,
                         .waits = waits};
}

/* ---- which rows an output sees ----------------------------------------------------------------------------------- */

/* An output: the sequence, and n(j). */
struct output {
    size_t sequence, place, newest;
};

/* The step in which packed row i stands. */
static size_t step_of(const struct rnni_schedule *schedule, size_t i)
{
    size_t t = 0, end = schedule->steps;
    while (end - t > 1) {
        size_t middle = t + (end - t) / 2;
        if (schedule->first[middle] <= i)
            t = middle;
        else
            end = middle;
    }
    return t;
}

/* Output row i, at step *t or a later one, which becomes its step. */
static struct output output_at(const struct conv *conv, size_t i, size_t *t)
{
    const struct rnni_schedule *to = conv->run->to;
    while (i >= to->first[*t + 1])
        ++*t;
    size_t b = to->order[i - to->first[*t]], first = conv->waits ? (size_t)conv->waits[b] : 0;
    if (conv->centred)
        first = conv->reach - conv->reach / 2;
    return (struct output){b, conv->run->session->list->rows.place[b], first + *t * conv->stride};
}

/* Where tap k of an output is: a row of what enters, a row of the past, or nowhere. */
struct tap {
    size_t row;
    enum { ENTERED, PAST, NOWHERE } where;
};

static struct tap tap_of(const struct conv *conv, struct output output, size_t k)
{
    const struct rnni_schedule *from = conv->run->from;
    size_t at = output.newest + k * conv->dilation; /* plus reach */
    if (at < conv->reach && conv->past)
        return (struct tap){output.sequence * conv->reach + at, PAST};
    if (at < conv->reach || at - conv->reach >= from->length[output.place])
        return (struct tap){0, NOWHERE};
    return (struct tap){rnni_schedule_row(from, at - conv->reach, output.place), ENTERED};
}

/* How many taps from k on, of which tap k is the first, stand one behind the other. */
static size_t span_of(const struct conv *conv, struct output output, struct tap tap, size_t k)
{
    size_t at = output.newest + k, left = conv->kernel - k, end;
    if (conv->groups > 1 || conv->dilation > 1 || tap.where == NOWHERE ||
        (tap.where == ENTERED && conv->run->from->batch > 1))
        return 1;
    end = tap.where == PAST ? conv->reach : conv->reach + conv->run->from->length[output.place];
    return end - at < left ? end - at : left;
}

/* taps [groups][kernel][features] of one output. */
static void gather(const struct conv *conv, float *taps, struct output output)
{
    size_t features = conv->features, inputs = conv->groups * features, group = conv->kernel * features, span;
    for (size_t k = 0; k < conv->kernel; k += span) {
        struct tap tap = tap_of(conv, output, k);
        const float *rows = tap.where == PAST ? conv->past : conv->run->x;
        span = span_of(conv, output, tap, k);
        for (size_t g = 0; g < conv->groups; g++) {
            float *to = taps + g * group + k * features;
            if (tap.where == NOWHERE)
                memset(to, 0, features * sizeof *to);
            else
                memcpy(to, rows + tap.row * inputs + g * features, span * features * sizeof *to);
        }
    }
}

/* Rows first .. first + count - 1 of all outputs. */
static void gather_rows(const struct conv *conv, float *taps, size_t first, size_t count)
{
    for (size_t i = 0, t = step_of(conv->run->to, first); i < count; i++)
        gather(conv, taps + i * conv->width, output_at(conv, first + i, &t));
}

/* The sums of the gradients of taps, where the taps are. */
static void scatter(const struct conv *conv, const float *dtaps, float *dpast, size_t first, size_t count)
{
    const struct rnni_elementwise_kernels *kernels = conv->run->session->model->layout.form.elementwise;
    size_t features = conv->features, inputs = conv->groups * features, group = conv->kernel * features, span;
    for (size_t i = 0, t = step_of(conv->run->to, first); i < count; i++, dtaps += conv->width) {
        struct output output = output_at(conv, first + i, &t);
        for (size_t k = 0; k < conv->kernel; k += span) {
            struct tap tap = tap_of(conv, output, k);
            float *rows = tap.where == PAST ? dpast : conv->run->below;
            span = span_of(conv, output, tap, k);
            for (size_t g = 0; tap.where != NOWHERE && rows && g < conv->groups; g++)
                kernels->add(rows + tap.row * inputs + g * features, dtaps + g * group + k * features, span * features);
        }
    }
}

/* ---- forward ----------------------------------------------------------------------------------------------------- */

static size_t multiplications(const struct rnni_layer_run *run, size_t rows)
{
    return rows * run->layer->tensors.weight_count;
}

static void multiply(const struct conv *conv, float *y, const float *taps, size_t rows)
{
    size_t outputs = conv->run->layer->outputs, each = outputs / conv->groups;
    for (size_t g = 0; g < conv->groups; g++) {
        struct rnni_product product =
            rnni_products_dense(&conv->product[g], y + g * each, taps + g * conv->product[g].inputs, rows);
        product.a_row = conv->width;
        product.target[0].row = outputs;
        rnni_products_multiply(&product);
    }
}

static void share_forward(void *context, size_t index)
{
    const struct rnni_layer_share *share = context;
    const struct rnni_layer_run *run = share->run;
    struct conv conv = conv_of(run, run->room->past, run->room->waits);
    struct rnni_part part = rnni_layer_run_rows(share, run->to->rows, index);
    float *taps = run->session->list->rows.taps[index];
    for (size_t done = 0; done < part.count; done += RNNI_TAPS_AT_ONCE) {
        size_t left = part.count - done, count = left < RNNI_TAPS_AT_ONCE ? left : RNNI_TAPS_AT_ONCE;
        float *y = run->y + (part.first + done) * run->layer->outputs;
        gather_rows(&conv, taps, part.first + done, count);
        multiply(&conv, y, taps, count);
        rnni_layer_run_activate(&run->layer->options, y, count * run->layer->outputs);
    }
}

/* The last rows of a sequence of `length` rows, which stand at `place`, behind those of the past [reach,inputs]. */
static void move_on(const struct rnni_layer_run *run, float *past, size_t place)
{
    size_t inputs = run->layer->inputs, reach = run->layer->reach, length = run->from->length[place];
    size_t fresh = length < reach ? length : reach, old = reach - fresh;
    memmove(past, past + fresh * inputs, old * inputs * sizeof *past);
    for (size_t i = 0; i < fresh; i++)
        memcpy(past + (old + i) * inputs, run->x + rnni_schedule_row(run->from, length - fresh + i, place) * inputs,
               inputs * sizeof *past);
}

static void update_state(const struct rnni_layer_run *run)
{
    const struct rnni_layer_room *room = run->room;
    const struct rnni_list_layer *layer = run->layer;
    const size_t *place = run->session->list->rows.place;
    for (size_t b = 0; room->past && b < run->from->batch; b++)
        move_on(run, room->past + b * layer->reach * layer->inputs, place[b]);
    for (size_t b = 0; room->waits && b < run->from->batch; b++) {
        size_t length = run->from->length[place[b]], waits = (size_t)room->waits[b];
        size_t outputs = rnni_layer_list_length(layer, length, waits);
        room->waits[b] = (int32_t)(waits + outputs * (size_t)layer->options.stride - length);
    }
}

static void forward(const struct rnni_layer_run *run)
{
    const struct rnni_layer_room *room = run->room;
    size_t batch = run->from->batch;
    rnni_layer_run_find_places(run);
    if (room->past_before)
        memcpy(room->past_before, room->past, batch * run->layer->reach * run->layer->inputs * sizeof *room->past);
    if (room->waits_before)
        memcpy(room->waits_before, room->waits, batch * sizeof *room->waits);
    if (run->to->rows)
        rnni_layer_run_shares(run, multiplications(run, run->to->rows), share_forward);
    update_state(run);
}

/* ---- backward ---------------------------------------------------------------------------------------------------- */

/* Some rows of outputs, whose taps have been gathered. */
struct chunk {
    const struct conv *conv;
    const float *taps; /* [count,width] */
    float *dtaps;      /* the same */
    float *dweight;    /* [groups][Out,In] */
    size_t first, count, shares;
};

static void share_gradients(void *context, size_t index)
{
    const struct chunk *chunk = context;
    const struct conv *conv = chunk->conv;
    const struct rnni_layer_run *run = conv->run;
    const struct rnni_layout *layout = &run->session->model->layout;
    size_t outputs = run->layer->outputs, each = outputs / conv->groups, in = conv->product->inputs;
    const float *d = run->d + chunk->first * outputs;
    struct rnni_outer_share share = {.index = index,
                                     .count = chunk->shares,
                                     .blas = layout->blas,
                                     .room = run->session->list->rows.room[index],
                                     .kernels = layout->form.product_kernels};
    struct rnni_part part = rnni_part_of(chunk->count, 1, index, chunk->shares);
    for (size_t g = 0; g < conv->groups; g++) {
        struct rnni_columns da = {d + g * each, outputs, each}, taps = {chunk->taps + g * in, conv->width, in};
        rnni_products_add_outer_share(chunk->dweight + g * each * in, da, taps, chunk->count, &share);
        if (part.count)
            rnni_products_rows(&conv->product[g].back, chunk->dtaps + part.first * conv->width + g * in, conv->width,
                               d + part.first * outputs + g * each, outputs, part.count, 0);
    }
}

/* The gradient of the past after the run is that of the last rows, of the run or before it. */
static void take_back(const struct rnni_layer_run *run, float *dpast, size_t place)
{
    const struct rnni_elementwise_kernels *kernels = run->session->model->layout.form.elementwise;
    size_t inputs = run->layer->inputs, reach = run->layer->reach, length = run->from->length[place];
    size_t fresh = length < reach ? length : reach, old = reach - fresh;
    for (size_t i = 0; run->below && i < fresh; i++)
        kernels->add(run->below + rnni_schedule_row(run->from, length - fresh + i, place) * inputs,
                     dpast + (old + i) * inputs, inputs);
    memmove(dpast + fresh * inputs, dpast, old * inputs * sizeof *dpast);
    memset(dpast, 0, fresh * inputs * sizeof *dpast);
}

static void backward(const struct rnni_layer_run *run)
{
    const struct rnni_list_rows *rows = &run->session->list->rows;
    const struct rnni_list_layer *layer = run->layer;
    struct conv conv = conv_of(run, run->room->past_before, run->room->waits_before);
    size_t count = run->to->rows, outputs = layer->outputs;
    int ordered = layer->product.rows != RNNI_ABSENT;
    struct chunk chunk = {.conv = &conv,
                          .taps = rows->taps[0],
                          .dtaps = rows->dtaps,
                          .dweight = ordered ? rows->dweight : rnni_layer_run_dweight(run)};
    rnni_layer_run_find_places(run);
    if (run->below)
        memset(run->below, 0, run->from->rows * layer->inputs * sizeof *run->below);
    for (size_t b = 0; run->room->dpast && b < run->from->batch; b++)
        take_back(run, run->room->dpast + b * layer->reach * layer->inputs, rows->place[b]);
    if (ordered)
        memset(chunk.dweight, 0, layer->tensors.weight_count * sizeof *chunk.dweight);
    rnni_layer_run_activate_backward(&layer->options, run->d, run->y, count * outputs);
    for (chunk.first = 0; chunk.first < count; chunk.first += chunk.count) {
        size_t left = count - chunk.first;
        chunk.count = left < RNNI_TAPS_AT_ONCE ? left : RNNI_TAPS_AT_ONCE;
        chunk.shares = rnni_parallel_shares(run->session, multiplications(run, chunk.count));
        gather_rows(&conv, rows->taps[0], chunk.first, chunk.count);
        rnni_team_run(run->session->team, chunk.shares, share_gradients, &chunk);
        scatter(&conv, chunk.dtaps, run->room->dpast, chunk.first, chunk.count);
    }
    if (ordered)
        rnni_list_weights_add_gradient(layer, rnni_layer_run_dweight(run), chunk.dweight);
    if (rnni_layer_run_dbias(run) && count)
        run->session->model->layout.form.product_kernels->add_rows(rnni_layer_run_dbias(run), NULL, run->d, outputs,
                                                                   count, outputs);
}

const struct rnni_layer_kind rnni_conv1d_layer = {forward, backward};
