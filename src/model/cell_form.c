#include "model/cell_form.h"

#include "cells/registry.h"

static struct rnni_activation choose(int64_t kind, int64_t own, double alpha, double beta)
{
    return rnni_activation_of(kind ? kind : own, alpha, beta);
}

/* Whether the cell is what one kernel computes: its own activations, and nothing in between. */
static int is_standard(const struct rnni_cell *cell, const struct rnni_options *o)
{
    int own = (!o->activation_f || o->activation_f == cell->f) && (!o->activation_g || o->activation_g == cell->g) &&
              (!o->activation_h || o->activation_h == cell->h);
    int plain = !(o->clip > 0) && !(o->cell_clip > 0) && !o->couple && !o->peepholes && !o->layer_norm;
    return cell->kernel && own && plain;
}

struct rnni_cell_form rnni_cell_form_of(const struct rnni_options *o)
{
    const struct rnni_cell *cell = rnni_registry_cell(o->cell);
    size_t hidden = (size_t)o->hidden_size, gates = cell->gates - (o->couple ? 1 : 0);
    struct rnni_cell_form form = {.cell = cell,
                                  .hidden = hidden,
                                  .width = o->projection_size ? (size_t)o->projection_size : hidden,
                                  .gates = gates,
                                  .first_gates = gates,
                                  .joined = gates * hidden,
                                  .elementwise = rnni_elementwise(),
                                  .gates_kernels = rnni_gates(),
                                  .product_kernels = rnni_product_kernels(),
                                  .f = choose(o->activation_f, cell->f, o->alpha_f, o->beta_f),
                                  .g = choose(o->activation_g, cell->g, o->alpha_g, o->beta_g),
                                  .h = choose(o->activation_h, cell->h, o->alpha_h, o->beta_h),
                                  .clip = (float)o->clip,
                                  .cell_clip = (float)o->cell_clip,
                                  .couple = (int)o->couple,
                                  .bias = o->bias != 0,
                                  .projects = o->projection_size != 0,
                                  .peepholes = o->peepholes != 0,
                                  .layer_norm = (int)o->layer_norm,
                                  .initial_state = o->initial_state != 0,
                                  .reset_before = o->reset == RNN_RESET_BEFORE,
                                  .block = {gates * hidden, 0},
                                  .keeps_q = o->projection_size != 0,
                                  .in_place = cell->in_place && !(o->zoneout > 0),
                                  .standard = is_standard(cell, o),
                                  .wants_block = o->projection_size != 0,
                                  .sums = o->peepholes || o->layer_norm};
    for (size_t s = 0; s < RNNI_STATES; s++)
        form.state_width[s] = s ? hidden : form.width;
    if (cell->adapt)
        cell->adapt(&form);
    form.in_a = form.first_gates < gates ? form.first_gates * hidden : form.joined;
    form.in_rows = form.standard && !form.projects && form.gates_kernels->lstm_row != NULL;
    form.splits = cell->splits || (form.standard && !form.projects);
    return form;
}
