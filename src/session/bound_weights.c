#include "session/bound_weights.h"

#include "math/narrow.h"

/* The model, and the panels of a session for training; NULL: it is none. */
struct source {
    const struct rnn_model *model;
    const float *back;
};

/* W [k,units] of the parameters as backward reads it: there, or in the panels at `at`. */
static struct rnni_weights weights_back(const struct source *source, size_t weight, size_t at, size_t k, size_t units)
{
    const struct rnni_blas *blas = source->model->layout.blas;
    const float *data = NULL;
    if (blas)
        data = source->model->parameters + weight;
    else if (source->back)
        data = source->back + at;
    return (struct rnni_weights){data, k, units, 1, blas, 1, source->model->layout.form.product_kernels, 0};
}

static struct rnni_dense input_of(const struct source *source, const struct rnni_direction_place *place)
{
    const struct rnn_model *model = source->model;
    const struct rnni_cell_form *form = &model->layout.form;
    const struct rnni_weights none = {NULL, 0, 0, 0, NULL, 0, NULL, 0};
    size_t k = place->inputs, gates = form->gates * form->hidden, weight = place->tensor[RNNI_WEIGHT_IH];
    /* With layer normalisation the biases come behind it. */
    int tokens = rnni_layout_is_one_hot(&model->layout, place);
    return (struct rnni_dense){
        .inputs = k,
        .outputs = gates,
        .weights = tokens ? none : rnni_model_weights(model, weight, place->packed_ih, k, form->hidden, form->gates),
        .back = tokens ? none : weights_back(source, weight, place->back_ih, gates, k),
        .rows = tokens ? model->packed + place->packed_ih : NULL,
        .precision = model->layout.precision,
        .bias = form->layer_norm ? NULL : model->packed + place->packed_bias};
}

static void find_weights(const struct source *source, const struct rnni_direction_place *place,
                         struct rnni_cell_weights *weights)
{
    const struct rnni_cell_form *form = &source->model->layout.form;
    const struct rnn_model *model = source->model;
    size_t hidden = form->hidden, width = form->width, first = form->first_gates;
    size_t hh = place->tensor[RNNI_WEIGHT_HH], hr = place->tensor[RNNI_WEIGHT_HR];
    if (rnni_cell_has_matrix(form, RNNI_WEIGHT_HH)) {
        size_t second = place->packed_hh + rnni_narrow_count(model->layout.precision, width, hidden, first);
        weights->hh[0] = rnni_model_weights(model, hh, place->packed_hh, width, hidden, first);
        if (first < form->gates)
            weights->hh[1] =
                rnni_model_weights(model, hh + first * hidden * width, second, width, hidden, form->gates - first);
        weights->back_hh = weights_back(source, hh, place->back_hh, form->gates * hidden, width);
    }
    if (hr != RNNI_ABSENT) {
        weights->hr = rnni_model_weights(model, hr, place->packed_hr, hidden, width, 1);
        weights->back_hr = weights_back(source, hr, place->back_hr, width, hidden);
    }
}

/* Two directions that are summed stand in the same columns, but in the top layer of a network that pools first. */
static size_t column_of(const struct rnni_layout *layout, size_t layer, size_t direction)
{
    size_t width = layer + 1 == layout->layers ? layout->top_width : layout->features;
    return width == layout->form.width ? 0 : direction * layout->form.width;
}

struct rnni_bound_weights rnni_bound_weights_of(const struct rnn_model *model, const float *back, float *gradients,
                                                size_t layer, size_t direction)
{
    const struct rnni_layout *layout = &model->layout;
    const struct source source = {model, back};
    size_t index = layer * layout->directions + direction;
    const struct rnni_direction_place *place = &layout->place[index];
    struct rnni_bound_weights bound = {.form = &layout->form,
                                       .index = index,
                                       .layer = layer,
                                       .direction = direction,
                                       .reverse = layout->reversed || direction,
                                       .column = column_of(layout, layer, direction),
                                       .input = input_of(&source, place)};
    for (size_t role = 0; role < RNNI_ROLES; role++) {
        int present = place->tensor[role] != RNNI_ABSENT;
        bound.weights.tensor[role] = present ? model->parameters + place->tensor[role] : NULL;
        bound.gradients.tensor[role] = present && gradients ? gradients + place->tensor[role] : NULL;
    }
    find_weights(&source, place, &bound.weights);
    return bound;
}

struct rnni_dense rnni_bound_weights_head(const struct rnn_model *model, const float *back)
{
    const struct source source = {model, back};
    const struct rnni_layout *layout = &model->layout;
    const struct rnni_head_place *head = &layout->head;
    size_t features = layout->features, classes = layout->classes;
    return (struct rnni_dense){.inputs = features,
                               .outputs = classes,
                               .weights = rnni_model_weights(model, head->weight, head->packed, features, classes, 1),
                               .back = weights_back(&source, head->weight, head->back, classes, features),
                               .bias = model->parameters + head->bias};
}
