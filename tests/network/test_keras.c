/* The library held to the layers SimpleRNN, GRU and LSTM of Keras, bare and in a Bidirectional: the vectors in
 * keras/keras_vectors.h, which keras/generate_keras.py writes, through rnn_model_import_keras and rnn_forward; and
 * those with masks of steps in keras/keras_masks.h, by keras/generate_masks.py, with their gradients. */
#include "oracle/keras/keras_masks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/vectors.h"

#define VECTORS    (sizeof keras_vectors / sizeof *keras_vectors)
#define for_all(v) for (const struct keras_vector *v = keras_vectors; v < keras_vectors + VECTORS; v++)

/* What is allowed, as |actual - expected| / (1 + |expected|): float32 against double. Keras' own float32 differs by up
 * to 3e-7, as generate_keras.py prints it; about eight times that, for other orders of sums, and kernels whose exp and
 * tanh are off by some units in the last place. */
#define TOLERANCE 2e-6

enum { MOST = KERAS_MASKS_MOST > KERAS_MOST ? KERAS_MASKS_MOST : KERAS_MOST };
struct result {
    double y[MOST], h[MOST], c[MOST];
};

/* ---- sizes ------------------------------------------------------------------------------------------------------ */

static size_t directions(const struct keras_vector *v)
{
    return v->direction == RNN_DIRECTION_BOTH ? 2 : 1;
}

/* Columns of kernel and recurrent. */
static size_t columns(const struct keras_vector *v)
{
    return v->hidden * (v->cell == RNN_CELL_LSTM ? 4 : v->cell == RNN_CELL_GRU ? 3 : 1);
}

/* Outputs of a step: those of the library have to be as many. */
static size_t features(const struct keras_vector *v)
{
    return v->merge == RNN_MERGE_CONCATENATE ? 2 * v->hidden : v->hidden;
}

static size_t kernel_count(const struct keras_vector *v, size_t layer)
{
    return columns(v) * (layer == 0 ? v->inputs : features(v));
}

static size_t recurrent_count(const struct keras_vector *v)
{
    return columns(v) * v->hidden;
}

static size_t bias_count(const struct keras_vector *v)
{
    if (!v->bias)
        return 0;
    return v->reset == RNN_RESET_AFTER ? 2 * columns(v) : columns(v);
}

static size_t x_count(const struct keras_vector *v)
{
    return v->steps * v->batch * v->inputs;
}

static size_t state_count(const struct keras_vector *v)
{
    return v->layers * directions(v) * v->batch * v->hidden;
}

static size_t y_count(const struct keras_vector *v)
{
    return (v->output == RNN_OUTPUT_LAST_STEP ? 1 : v->steps) * v->batch * features(v);
}

/* ---- the library ------------------------------------------------------------------------------------------------ */

static rnn_model *create_model(const struct keras_vector *v)
{
    const int64_t options[][2] = {
        {RNN_CELL, v->cell},
        {RNN_DIRECTION, v->direction},
        {RNN_OUTPUT, v->output},
        {RNN_BIAS, v->bias},
        {RNN_LAYERS, (int64_t)v->layers},
        {RNN_INPUT_SIZE, (int64_t)v->inputs},
        {RNN_HIDDEN_SIZE, (int64_t)v->hidden},
    };
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        assert_ok(rnn_config_set_int(config, (int32_t)options[i][0], options[i][1]));
    if (v->merge)
        assert_ok(rnn_config_set_int(config, RNN_MERGE, v->merge));
    if (v->reset)
        assert_ok(rnn_config_set_int(config, RNN_RESET, v->reset));
    vector_set_activations(config, v->activation, v->alpha, v->beta);
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static rnn_model *import_model(const struct keras_vector *v)
{
    float array[MOST];
    rnn_model *model = create_model(v);
    for (size_t run = 0; run < v->layers * directions(v); run++) {
        size_t layer = run / directions(v);
        const struct keras_weights *from = &v->weights[run];
        const double *const values[] = {from->kernel, from->recurrent, from->bias};
        const size_t counts[] = {kernel_count(v, layer), recurrent_count(v), bias_count(v)};
        for (int32_t i = 0; i < 3; i++)
            assert_ok(rnn_model_import_keras(model, layer, run % directions(v), RNN_KERAS_KERNEL + i,
                                             vector_floats(array, MOST, values[i], counts[i]), counts[i]));
    }
    return model;
}

static void begin(const struct keras_vector *v, rnn_session *session)
{
    assert_ok(rnn_reset_state(session, v->batch));
    vector_set_state(session, v->h0, state_count(v), RNN_STATE_H);
    vector_set_state(session, v->c0, state_count(v), RNN_STATE_C);
}

static void run_library(const struct keras_vector *v, int32_t mode, struct result *result)
{
    float x[MOST], y[MOST];
    rnn_session *session;
    rnn_model *model = import_model(v);
    assert_true(y_count(v) <= MOST && state_count(v) <= MOST);
    assert_ok(rnn_session_create(&session, model, mode));
    begin(v, session);
    assert_ok(
        rnn_forward(session, y, y_count(v), vector_floats(x, MOST, v->x, x_count(v)), x_count(v), NULL, 0, v->steps));
    vector_doubles(result->y, y, y_count(v));
    vector_get_state(result->h, session, state_count(v), RNN_STATE_H);
    if (v->c)
        vector_get_state(result->c, session, state_count(v), RNN_STATE_C);
    rnn_session_destroy(session);
    rnn_destroy(model);
}

/* ---- the checker ------------------------------------------------------------------------------------------------ */

/* What there is to compare: two arrays or three, and how many. */
static size_t comparisons(struct comparison *all, const struct result *r, const struct keras_vector *v)
{
    all[0] = (struct comparison){"y", r->y, v->y, y_count(v), TOLERANCE};
    all[1] = (struct comparison){"h", r->h, v->h, state_count(v), TOLERANCE};
    all[2] = (struct comparison){"c", r->c, v->c, state_count(v), TOLERANCE};
    return v->c ? 3 : 2;
}

/* How many arrays differ in one vector; says which. */
static size_t differences(const struct result *result, const struct keras_vector *v, const char *how)
{
    struct comparison all[3];
    return vector_differences(all, comparisons(all, result, v), v->name, how);
}

/* ---- tests ------------------------------------------------------------------------------------------------------ */

static void check_mode(int32_t mode, const char *how)
{
    size_t found = 0;
    for_all(v)
    {
        struct result result;
        run_library(v, mode, &result);
        found += differences(&result, v, how);
    }
    assert_int_equal(found, 0);
}

static void test_inference_equals_keras(void **state)
{
    (void)state;
    check_mode(RNN_INFERENCE, "inference");
}

static void test_training_equals_keras(void **state)
{
    (void)state;
    check_mode(RNN_TRAINING, "training");
}

static void test_moved_numbers_are_rejected(void **state)
{
    (void)state;
    for_all(v)
    {
        struct result result;
        struct comparison all[3];
        run_library(v, RNN_INFERENCE, &result);
        size_t count = comparisons(all, &result, v);
        for (size_t i = 0; i < count; i++)
            vector_check_rejected(all[i]);
    }
}

/* Numbers that are equal because both are 0 would prove nothing: each array must have one that is not. */
static void test_no_array_is_empty(void **state)
{
    (void)state;
    for_all(v)
    {
        struct result zeros;
        struct comparison all[3];
        memset(&zeros, 0, sizeof zeros);
        size_t count = comparisons(all, &zeros, v);
        for (size_t i = 0; i < count; i++)
            assert_true(vector_first_difference(&all[i]) < all[i].count);
    }
}

/* ---- masks of steps ---------------------------------------------------------------------------------------------- */

#define MASKS            (sizeof keras_masks / sizeof *keras_masks)
#define for_all_masks(m) for (const struct keras_mask *m = keras_masks; m < keras_masks + MASKS; m++)

/* What Keras gives too. */
struct masked {
    struct result result;
    double dx[MOST], dh0[MOST], dc0[MOST];
    double gradients[4][3][MOST]; /* of the weights of a run, as Keras has them */
};

enum { MOST_COMPARISONS = 6 + 4 * 3 };

static size_t masked_comparisons(struct comparison *all, const struct masked *is, const struct keras_mask *m)
{
    static const char *const names[] = {"dkernel", "drecurrent", "dbias"};
    const struct keras_vector *v = &m->v;
    size_t count = comparisons(all, &is->result, v);
    all[count++] = (struct comparison){"dx", is->dx, m->dx, x_count(v), TOLERANCE};
    if (m->dh0)
        all[count++] = (struct comparison){"dh0", is->dh0, m->dh0, state_count(v), TOLERANCE};
    if (m->dc0)
        all[count++] = (struct comparison){"dc0", is->dc0, m->dc0, state_count(v), TOLERANCE};
    for (size_t run = 0; run < v->layers * directions(v); run++) {
        const struct keras_weights *of = &m->gradients[run];
        const double *const expected[] = {of->kernel, of->recurrent, of->bias};
        const size_t counts[] = {kernel_count(v, run / directions(v)), recurrent_count(v), bias_count(v)};
        for (size_t i = 0; i < 3; i++)
            if (counts[i])
                all[count++] = (struct comparison){names[i], is->gradients[run][i], expected[i], counts[i], TOLERANCE};
    }
    return count;
}

/* The step mask, and NaN in the rows [T,B] of these arrays that it leaves out. */
static void set_mask(const struct keras_mask *m, rnn_session *session, float *x, float *dy)
{
    const struct keras_vector *v = &m->v;
    int32_t mask[MOST];
    size_t rows = v->steps * v->batch;
    for (size_t row = 0; row < rows; row++) {
        mask[row] = m->mask[row] > 0;
        for (size_t i = 0; i < v->inputs && !mask[row]; i++)
            x[row * v->inputs + i] = NAN;
        for (size_t i = 0; i < features(v) && !mask[row] && v->output != RNN_OUTPUT_LAST_STEP; i++)
            dy[row * features(v) + i] = NAN;
    }
    assert_ok(rnn_session_set_step_mask(session, mask, rows));
}

static void set_state_gradient(rnn_session *session, const double *from, size_t count, int32_t kind)
{
    float values[MOST];
    assert_ok(rnn_session_set_state_gradient(session, kind, vector_floats(values, MOST, from, count), count));
}

static void get_state_gradient(double *to, rnn_session *session, size_t count, int32_t kind)
{
    float values[MOST];
    assert_ok(rnn_session_get_state_gradient(session, kind, values, count));
    vector_doubles(to, values, count);
}

/* As parameters they have the names and the order of Keras.  One bias of Keras is two here, of which the gradients are
 * equal, and exported is their sum. */
static void export_gradients(struct masked *is, const struct keras_vector *v, rnn_session *session, rnn_model *model)
{
    float *gradients, array[MOST];
    size_t count;
    assert_ok(rnn_session_gradients(session, &gradients, &count));
    assert_ok(rnn_model_set_parameters(model, gradients, count));
    for (size_t run = 0; run < v->layers * directions(v); run++) {
        const size_t counts[] = {kernel_count(v, run / directions(v)), recurrent_count(v), bias_count(v)};
        for (int32_t i = 0; i < 3; i++) {
            if (!counts[i])
                continue;
            assert_ok(rnn_model_export_keras(model, run / directions(v), run % directions(v), RNN_KERAS_KERNEL + i,
                                             array, counts[i]));
            for (size_t k = 0; k < counts[i] && i == 2 && counts[i] == columns(v); k++)
                array[k] /= 2;
            vector_doubles(is->gradients[run][i], array, counts[i]);
        }
    }
}

static void run_masked(struct masked *is, const struct keras_mask *m, size_t segment)
{
    const struct keras_vector *v = &m->v;
    float x[MOST], y[MOST], dy[MOST], dx[MOST];
    rnn_session *session;
    rnn_model *model = import_model(v);
    vector_floats(x, MOST, v->x, x_count(v));
    vector_floats(dy, MOST, m->dy, y_count(v));
    assert_ok(rnn_session_create(&session, model, RNN_TRAINING));
    if (segment)
        assert_ok(rnn_session_set_recompute(session, segment));
    begin(v, session);
    set_mask(m, session, x, dy);
    assert_ok(rnn_forward(session, y, y_count(v), x, x_count(v), NULL, 0, v->steps));
    vector_doubles(is->result.y, y, y_count(v));
    vector_get_state(is->result.h, session, state_count(v), RNN_STATE_H);
    set_state_gradient(session, m->dh, state_count(v), RNN_STATE_H);
    if (v->c) {
        vector_get_state(is->result.c, session, state_count(v), RNN_STATE_C);
        set_state_gradient(session, m->dc, state_count(v), RNN_STATE_C);
    }
    assert_ok(rnn_backward(session, dx, x_count(v), dy, y_count(v)));
    vector_doubles(is->dx, dx, x_count(v));
    get_state_gradient(is->dh0, session, state_count(v), RNN_STATE_H);
    if (v->c)
        get_state_gradient(is->dc0, session, state_count(v), RNN_STATE_C);
    export_gradients(is, v, session, model);
    rnn_session_destroy(session);
    rnn_destroy(model);
}

static void test_masks_equal_keras(void **state)
{
    size_t found = 0;
    struct masked *is = calloc(1, sizeof *is);
    (void)state;
    assert_non_null(is);
    for_all_masks(m)
    {
        struct comparison all[MOST_COMPARISONS];
        run_masked(is, m, 0);
        found += vector_differences(all, masked_comparisons(all, is, m), m->v.name, "with a mask");
        if (m->v.direction != RNN_DIRECTION_FORWARD || m->v.output == RNN_OUTPUT_LAST_STEP)
            continue;
        run_masked(is, m, 2);
        found += vector_differences(all, masked_comparisons(all, is, m), m->v.name, "with a mask, in segments");
    }
    assert_int_equal(found, 0);
    free(is);
}

/* The comparison finds every change, and without the mask the arrays are others. */
static void test_masks_matter(void **state)
{
    struct masked *is = calloc(1, sizeof *is);
    (void)state;
    assert_non_null(is);
    for_all_masks(m)
    {
        struct comparison all[MOST_COMPARISONS];
        struct result plain;
        size_t out = 0;
        run_masked(is, m, 0);
        size_t count = masked_comparisons(all, is, m);
        for (size_t i = 0; i < count; i++)
            vector_check_rejected(all[i]);
        for (size_t row = 0; row < m->v.steps * m->v.batch; row++)
            out += m->mask[row] > 0 ? 0 : 1;
        run_library(&m->v, RNN_INFERENCE, &plain);
        struct comparison y = {"y", plain.y, m->v.y, y_count(&m->v), TOLERANCE};
        assert_true(out && vector_first_difference(&y) < y.count);
    }
    free(is);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inference_equals_keras),     cmocka_unit_test(test_training_equals_keras),
        cmocka_unit_test(test_moved_numbers_are_rejected), cmocka_unit_test(test_no_array_is_empty),
        cmocka_unit_test(test_masks_equal_keras),          cmocka_unit_test(test_masks_matter),
    };
    return run_with_all_products(tests, sizeof tests / sizeof *tests);
}
