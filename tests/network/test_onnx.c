/* The library held to the operators RNN, GRU and LSTM of ONNX: the vectors in onnx/onnx_vectors.h, which
 * onnx/generate_onnx.py writes, through rnn_model_import_onnx and rnn_forward. */
#include "oracle/onnx/onnx_vectors.h"

#include <string.h>

#include "support/vectors.h"

#define VECTORS    (sizeof onnx_vectors / sizeof *onnx_vectors)
#define for_all(v) for (const struct onnx_vector *v = onnx_vectors; v < onnx_vectors + VECTORS; v++)

/* What is allowed, as |actual - expected| / (1 + |expected|): float32 against the float32 of ONNX Runtime, which is off
 * by up to 4e-7, as generate_onnx.py prints it; ours comes to as much. Three steps of sums of at most 3 + 5 terms of
 * size near 1, through activation functions with slopes of up to 2. */
#define TOLERANCE 2e-6

#define MOST ONNX_MOST
struct result {
    double y[MOST], h[MOST], c[MOST];
};

/* ---- sizes ------------------------------------------------------------------------------------------------------ */

static size_t directions(const struct onnx_vector *v)
{
    return v->direction == RNN_DIRECTION_BOTH ? 2 : 1;
}

/* Rows of each direction in w and r. */
static size_t gate_rows(const struct onnx_vector *v)
{
    return v->hidden * (v->cell == RNN_CELL_LSTM ? 4 : v->cell == RNN_CELL_GRU ? 3 : 1);
}

static size_t w_count(const struct onnx_vector *v)
{
    return directions(v) * gate_rows(v) * v->inputs;
}

static size_t r_count(const struct onnx_vector *v)
{
    return directions(v) * gate_rows(v) * v->hidden;
}

static size_t b_count(const struct onnx_vector *v)
{
    return v->b ? directions(v) * 2 * gate_rows(v) : 0;
}

static size_t p_count(const struct onnx_vector *v)
{
    return v->p ? directions(v) * 3 * v->hidden : 0;
}

static size_t x_count(const struct onnx_vector *v)
{
    return v->steps * v->batch * v->inputs;
}

static size_t state_count(const struct onnx_vector *v)
{
    return directions(v) * v->batch * v->hidden;
}

static size_t y_count(const struct onnx_vector *v)
{
    return v->steps * state_count(v);
}

/* ---- the library ------------------------------------------------------------------------------------------------ */

static rnn_model *create_model(const struct onnx_vector *v)
{
    const int64_t options[][2] = {
        {RNN_CELL, v->cell},
        {RNN_DIRECTION, v->direction},
        {RNN_BIAS, v->bias},
        {RNN_PEEPHOLES, v->peepholes},
        {RNN_COUPLE, v->couple},
        {RNN_INPUT_SIZE, (int64_t)v->inputs},
        {RNN_HIDDEN_SIZE, (int64_t)v->hidden},
    };
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        assert_ok(rnn_config_set_int(config, (int32_t)options[i][0], options[i][1]));
    if (v->reset)
        assert_ok(rnn_config_set_int(config, RNN_RESET, v->reset));
    vector_set_activations(config, v->activation, v->alpha, v->beta);
    assert_ok(rnn_config_set_real(config, RNN_CLIP, v->clip));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static rnn_model *import_model(const struct onnx_vector *v)
{
    const double *const values[] = {v->w, v->r, v->b, v->p};
    const size_t counts[] = {w_count(v), r_count(v), b_count(v), p_count(v)};
    float array[MOST];
    rnn_model *model = create_model(v);
    for (int32_t i = 0; i < 4; i++)
        assert_ok(rnn_model_import_onnx(model, 0, RNN_ONNX_W + i, vector_floats(array, MOST, values[i], counts[i]),
                                        counts[i]));
    return model;
}

static void begin(const struct onnx_vector *v, rnn_session *session)
{
    assert_ok(rnn_reset_state(session, v->batch));
    vector_set_state(session, v->h0, state_count(v), RNN_STATE_H);
    vector_set_state(session, v->c0, state_count(v), RNN_STATE_C);
}

static void forward(const struct onnx_vector *v, rnn_session *session, float *y)
{
    float x[MOST];
    assert_ok(rnn_forward(session, y, y_count(v), vector_floats(x, MOST, v->x, x_count(v)), x_count(v), v->lengths,
                          v->lengths ? v->batch : 0, v->steps));
}

static void step_by_step(const struct onnx_vector *v, rnn_session *session, float *y)
{
    size_t y_step = v->batch * v->hidden, x_step = v->batch * v->inputs;
    float x[MOST];
    vector_floats(x, MOST, v->x, x_count(v));
    for (size_t t = 0; t < v->steps; t++)
        assert_ok(rnn_step(session, y + t * y_step, y_step, x + t * x_step, x_step));
}

/* [T,D,B,H] of ONNX from our [T,B,D*H]. */
static void apart(double *to, const float *from, const struct onnx_vector *v)
{
    size_t width = directions(v) * v->hidden;
    for (size_t t = 0; t < v->steps; t++)
        for (size_t d = 0; d < directions(v); d++)
            for (size_t b = 0; b < v->batch; b++)
                for (size_t j = 0; j < v->hidden; j++)
                    *to++ = (double)from[(t * v->batch + b) * width + d * v->hidden + j];
}

typedef void runner(const struct onnx_vector *v, rnn_session *session, float *y);

static void run_library(const struct onnx_vector *v, int32_t mode, runner *run, struct result *result)
{
    float y[MOST];
    rnn_session *session;
    rnn_model *model = import_model(v);
    assert_true(y_count(v) <= MOST && state_count(v) <= MOST);
    assert_ok(rnn_session_create(&session, model, mode));
    begin(v, session);
    run(v, session, y);
    apart(result->y, y, v);
    vector_get_state(result->h, session, state_count(v), RNN_STATE_H);
    if (v->cell == RNN_CELL_LSTM)
        vector_get_state(result->c, session, state_count(v), RNN_STATE_C);
    rnn_session_destroy(session);
    rnn_destroy(model);
}

/* ---- the checker ------------------------------------------------------------------------------------------------ */

/* What there is to compare: at most three arrays, and how many. */
static size_t comparisons(struct comparison *all, const struct result *r, const struct onnx_vector *v)
{
    const struct comparison possible[] = {{"Y", r->y, v->y, y_count(v), TOLERANCE},
                                          {"Y_h", r->h, v->h, state_count(v), TOLERANCE},
                                          {"Y_c", r->c, v->c, state_count(v), TOLERANCE}};
    size_t count = 0;
    for (size_t i = 0; i < 3; i++)
        if (possible[i].expected)
            all[count++] = possible[i];
    assert_true(count > 0);
    return count;
}

/* How many arrays differ in one vector; says which. */
static size_t differences(const struct result *result, const struct onnx_vector *v, const char *how)
{
    struct comparison all[3];
    return vector_differences(all, comparisons(all, result, v), v->name, how);
}

/* ---- tests ------------------------------------------------------------------------------------------------------ */

static void test_inference_equals_onnx(void **state)
{
    (void)state;
    size_t found = 0;
    for_all(v)
    {
        struct result result;
        run_library(v, RNN_INFERENCE, forward, &result);
        found += differences(&result, v, "inference");
    }
    assert_int_equal(found, 0);
}

static void test_training_equals_onnx(void **state)
{
    (void)state;
    size_t found = 0;
    for_all(v)
    {
        struct result result;
        run_library(v, RNN_TRAINING, forward, &result);
        found += differences(&result, v, "training");
    }
    assert_int_equal(found, 0);
}

static void test_steps_equal_onnx(void **state)
{
    (void)state;
    size_t found = 0, count = 0;
    for_all(v)
    {
        struct result result;
        if (v->direction != RNN_DIRECTION_FORWARD || v->lengths)
            continue;
        run_library(v, RNN_INFERENCE, step_by_step, &result);
        found += differences(&result, v, "step by step");
        count++;
    }
    assert_int_equal(found, 0);
    assert_true(count > VECTORS / 4);
}

/* The operator RNN with Relu is a cell of its own, too. */
static void test_relu_cell_equals_onnx(void **state)
{
    (void)state;
    size_t count = 0;
    for_all(v)
    {
        struct onnx_vector relu = *v;
        struct result result;
        if (v->cell != RNN_CELL_TANH || v->activation[0] != RNN_ACTIVATION_RELU)
            continue;
        relu.cell = RNN_CELL_RELU;
        relu.activation[0] = 0;
        run_library(&relu, RNN_INFERENCE, forward, &result);
        assert_int_equal(differences(&result, &relu, "RNN_CELL_RELU"), 0);
        count++;
    }
    assert_true(count > 0);
}

static void test_moved_numbers_are_rejected(void **state)
{
    (void)state;
    for_all(v)
    {
        struct result result;
        struct comparison all[3];
        run_library(v, RNN_INFERENCE, forward, &result);
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

/* How many vectors of the cell have the function in the place, with a parameter that is given or with none. */
static size_t with_activation(int32_t cell, size_t place, int32_t activation, int given)
{
    size_t count = 0;
    for_all(v)
    {
        int has = v->alpha[place] != 0 || v->beta[place] != 0;
        count += v->cell == cell && v->activation[place] == activation && has == given;
    }
    return count;
}

static void test_every_activation_is_in_every_place(void **state)
{
    (void)state;
    const struct {
        int32_t cell;
        size_t places;
    } cells[] = {{RNN_CELL_TANH, 1}, {RNN_CELL_GRU, 2}, {RNN_CELL_LSTM, 3}};
    for (size_t i = 0; i < 3; i++)
        for (size_t place = 0; place < cells[i].places; place++)
            for (int32_t a = RNN_ACTIVATION_TANH; a <= RNN_ACTIVATION_AFFINE; a++) {
                int has_parameters =
                    (a >= RNN_ACTIVATION_HARD_SIGMOID && a <= RNN_ACTIVATION_ELU) || a == RNN_ACTIVATION_AFFINE;
                assert_true(with_activation(cells[i].cell, place, a, 0) > 0);
                assert_true(!has_parameters || with_activation(cells[i].cell, place, a, 1) > 0);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inference_equals_onnx),
        cmocka_unit_test(test_training_equals_onnx),
        cmocka_unit_test(test_steps_equal_onnx),
        cmocka_unit_test(test_relu_cell_equals_onnx),
        cmocka_unit_test(test_moved_numbers_are_rejected),
        cmocka_unit_test(test_no_array_is_empty),
        cmocka_unit_test(test_every_activation_is_in_every_place),
    };
    return run_with_all_products(tests, sizeof tests / sizeof *tests);
}
