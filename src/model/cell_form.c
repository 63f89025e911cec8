#include "model/cell_form.h"

#include <math.h>

/* What a cell is without options: its gates, and the activations that it has of its own. */
static const struct {
    const struct rnni_cell *cell;
    size_t gates;
    int64_t f, g, h; /* RNN_ACTIVATION_... */
} cells[] = {
    [RNN_CELL_TANH] = {&rnni_cell_simple, 1, RNN_ACTIVATION_TANH, RNN_ACTIVATION_AFFINE, RNN_ACTIVATION_AFFINE},
    [RNN_CELL_RELU] = {&rnni_cell_simple, 1, RNN_ACTIVATION_RELU, RNN_ACTIVATION_AFFINE, RNN_ACTIVATION_AFFINE},
    [RNN_CELL_LSTM] = {&rnni_cell_lstm, 4, RNN_ACTIVATION_SIGMOID, RNN_ACTIVATION_TANH, RNN_ACTIVATION_TANH},
    [RNN_CELL_GRU] = {&rnni_cell_gru, 3, RNN_ACTIVATION_SIGMOID, RNN_ACTIVATION_TANH, RNN_ACTIVATION_AFFINE},
    [RNN_CELL_MINGRU] = {&rnni_cell_mingru, 2, RNN_ACTIVATION_SIGMOID, RNN_ACTIVATION_AFFINE, RNN_ACTIVATION_AFFINE},
    [RNN_CELL_SLSTM] = {&rnni_cell_slstm, 4, RNN_ACTIVATION_SIGMOID, RNN_ACTIVATION_TANH, RNN_ACTIVATION_AFFINE},
};

static struct rnni_activation choose(int64_t kind, int64_t own, double alpha, double beta)
{
    return rnni_activation_of(kind ? kind : own, alpha, beta);
}

/* What is normalised together: all gates of an LSTM, r and z of a GRU and its n alone. */
static void take_blocks(struct rnni_cell_form *form, int64_t cell)
{
    form->block[0] = (cell == RNN_CELL_GRU ? 2 : form->gates) * form->hidden;
    form->block[1] = cell == RNN_CELL_GRU ? form->hidden : 0;
}

/* Whether the cell is what one kernel computes: its own activations, and nothing in between. */
static int is_standard(const struct rnni_options *o)
{
    int own = (!o->activation_f || o->activation_f == cells[o->cell].f) &&
              (!o->activation_g || o->activation_g == cells[o->cell].g) &&
              (!o->activation_h || o->activation_h == cells[o->cell].h);
    int plain = !(o->clip > 0) && !(o->cell_clip > 0) && !o->couple && !o->peepholes && !o->layer_norm;
    return own && plain && (o->cell == RNN_CELL_LSTM || (o->cell == RNN_CELL_GRU && o->reset != RNN_RESET_BEFORE));
}

struct rnni_cell_form rnni_cell_form_of(const struct rnni_options *o)
{
    int is_gru = o->cell == RNN_CELL_GRU, before = o->reset == RNN_RESET_BEFORE;
    size_t hidden = (size_t)o->hidden_size;
    struct rnni_cell_form form = {.cell = before ? &rnni_cell_gru_before : cells[o->cell].cell,
                                  .hidden = hidden,
                                  .width = o->projection_size ? (size_t)o->projection_size : hidden,
                                  .gates = cells[o->cell].gates - (o->couple ? 1 : 0),
                                  .f = choose(o->activation_f, cells[o->cell].f, o->alpha_f, o->beta_f),
                                  .g = choose(o->activation_g, cells[o->cell].g, o->alpha_g, o->beta_g),
                                  .h = choose(o->activation_h, cells[o->cell].h, o->alpha_h, o->beta_h),
                                  .clip = (float)o->clip,
                                  .cell_clip = (float)o->cell_clip,
                                  .couple = (int)o->couple,
                                  .layer_norm = (int)o->layer_norm,
                                  .keeps_q = is_gru || o->projection_size};
    form.joined = (is_gru && !before ? 2 : form.gates) * hidden;
    form.first_gates = before ? 2 : form.gates;
    form.standard = is_standard(o);
    form.splits = form.cell == &rnni_cell_simple || (form.standard && !o->projection_size);
    form.wants_block = before || o->projection_size;
    form.sums = o->peepholes || o->layer_norm;
    form.in_place = form.cell == &rnni_cell_simple && !(o->zoneout > 0);
    take_blocks(&form, o->cell);
    return form;
}
