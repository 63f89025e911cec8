/* The layouts of others: rnn_model_import_onnx, rnn_model_export_onnx, rnn_model_import_keras, rnn_model_export_keras.
 * Every array is held to the parameters by name and gate, written down once more here, and what goes there must come
 * back bit for bit. What is refused is in test_convert_errors.c; what the numbers compute, in test_onnx.c and
 * test_keras.c. */
#include "support/layouts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define ONNX_PEEPHOLES "iof"

/* A tensor such as weight_ih of a layer and direction. */
static void get(float *values, size_t count, const rnn_model *model, const char *kind, const struct network *n,
                size_t layer, size_t direction)
{
    char name[64];
    int reverse = direction == 1 || n->direction == RNN_DIRECTION_REVERSE;
    snprintf(name, sizeof name, "%s_l%zu%s", kind, layer, reverse ? "_reverse" : "");
    assert_ok(rnn_model_get_parameter(model, name, values, count));
}

/* Bit for bit; says in which network they are not. */
static void check_same(const float *actual, const float *expected, size_t count, const struct network *n,
                       const char *what, int line)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(&actual[i], &expected[i], sizeof *actual) != 0) {
            print_error("%s, direction %d, bias %d: %s[%zu] is %.9g, expected %.9g\n", n->form->name, (int)n->direction,
                        (int)n->bias, what, i, (double)actual[i], (double)expected[i]);
            _fail(__FILE__, line);
        }
}
#define assert_same(actual, expected, count, n) check_same((actual), (expected), (count), (n), #actual, __LINE__)

static void assert_same_parameters(const rnn_model *model, const rnn_model *other, const struct network *n)
{
    float one[MOST_PARAMETERS], two[MOST_PARAMETERS];
    size_t count = copy_parameters(one, model);
    assert_int_equal(copy_parameters(two, other), count);
    assert_same(one, two, count, n);
}

/* ---- ONNX ------------------------------------------------------------------------------------------------------- */

/* Blocks of `size` floats in the order of the letters `there`: the one of `from` of the same letter, 0 where it has
 * none. Gives how many floats that is. */
static size_t arrange(float *to, const char *there, const float *from, const char *here, size_t size)
{
    memset(to, 0, MOST * sizeof *to);
    for (size_t g = 0; there[g]; g++) {
        const char *found = strchr(here, there[g]);
        if (found)
            memcpy(to + g * size, from + (size_t)(found - here) * size, size * sizeof *to);
    }
    return strlen(there) * size;
}

static void check_blocks(const float *actual, const char *there, const float *from, const char *here, size_t size,
                         const struct network *n, const char *what, int line)
{
    float expected[MOST];
    size_t count = arrange(expected, there, from, here, size);
    check_same(actual, expected, count, n, what, line);
}
#define assert_blocks(actual, there, from, here, size, n)                                                              \
    check_blocks((actual), (there), (from), (here), (size), (n), #actual, __LINE__)

/* "ifo" for "ifgo". */
static void without_g(char *letters, const char *gates)
{
    for (; *gates; gates++)
        if (*gates != 'g')
            *letters++ = *gates;
    *letters = 0;
}

/* The arrays of a layer hold the parameters of the model, and 0 where it has none. */
static void assert_onnx_is(const struct onnx *a, const rnn_model *model, const struct network *n, size_t layer)
{
    const char *gates = n->form->gates, *onnx = n->form->onnx;
    size_t k = inputs(n, layer), ours = strlen(gates) * H, rows = strlen(onnx) * H;
    float tensor[MOST];
    char letters[5];
    without_g(letters, gates);
    for (size_t d = 0; d < directions(n); d++) {
        get(tensor, ours * k, model, "weight_ih", n, layer, d);
        assert_blocks(a->w.values + d * rows * k, onnx, tensor, gates, H * k, n);
        get(tensor, ours * H, model, "weight_hh", n, layer, d);
        assert_blocks(a->r.values + d * rows * H, onnx, tensor, gates, H * H, n);
        if (n->bias) {
            get(tensor, ours, model, "bias_ih", n, layer, d);
            assert_blocks(a->b.values + d * 2 * rows, onnx, tensor, gates, H, n);
            get(tensor, ours, model, "bias_hh", n, layer, d);
            assert_blocks(a->b.values + (2 * d + 1) * rows, onnx, tensor, gates, H, n);
        }
        if (n->form->peepholes) {
            get(tensor, strlen(letters) * H, model, "peephole", n, layer, d);
            assert_blocks(a->p.values + d * 3 * H, ONNX_PEEPHOLES, tensor, letters, H, n);
        }
    }
}

static void test_onnx_has_the_parameters(void **state)
{
    (void)state;
    struct network n;
    struct onnx a;
    for_all(n)
    {
        rnn_model *model = create(&n, 1);
        for (size_t layer = 0; layer < L; layer++) {
            onnx_arrays(&a, &n, layer, 7);
            assert_ok(export_onnx(model, layer, &a));
            assert_onnx_is(&a, model, &n, layer);
        }
        rnn_destroy(model);
    }
}

/* Fills the blocks of gates that the model has not, which are to be passed over. */
static void spoil(float *there, const char *letters_there, const char *letters_here, size_t size)
{
    for (; *letters_there; letters_there++, there += size)
        for (size_t i = 0; i < size && !strchr(letters_here, *letters_there); i++)
            there[i] = NAN;
}

static void spoil_onnx(struct onnx *a, const struct network *n, size_t layer)
{
    const char *gates = n->form->gates, *onnx = n->form->onnx;
    size_t k = inputs(n, layer), rows = strlen(onnx) * H;
    for (size_t d = 0; d < directions(n); d++) {
        spoil(a->w.values + d * rows * k, onnx, gates, H * k);
        spoil(a->r.values + d * rows * H, onnx, gates, H * H);
        spoil(a->b.values + d * 2 * rows, onnx, gates, H);
        spoil(a->b.values + (2 * d + 1) * rows, onnx, gates, H);
        spoil(a->p.values + d * 3 * H, ONNX_PEEPHOLES, gates, H);
    }
}

/* From a model to another, and once more: nothing has changed on the way. */
static void test_onnx_round_trip(void **state)
{
    (void)state;
    struct network n;
    struct onnx a, again;
    for_all(n)
    {
        rnn_model *model = create(&n, 1), *other = create(&n, 2);
        for (size_t layer = 0; layer < L; layer++) {
            onnx_arrays(&a, &n, layer, 7);
            onnx_arrays(&again, &n, layer, 8);
            assert_ok(export_onnx(model, layer, &a));
            memcpy(&again.w, &a.w, sizeof a.w);
            memcpy(&again.r, &a.r, sizeof a.r);
            memcpy(&again.b, &a.b, sizeof a.b);
            memcpy(&again.p, &a.p, sizeof a.p);
            spoil_onnx(&again, &n, layer);
            assert_ok(import_onnx(other, layer, &again));
            assert_ok(export_onnx(other, layer, &again));
            assert_onnx_is(&again, model, &n, layer);
        }
        assert_same_parameters(model, other, &n);
        rnn_destroy(model);
        rnn_destroy(other);
    }
}

/* b and p that are left out are 0; w and r are taken all the same. */
static void test_onnx_without_b_and_p(void **state)
{
    (void)state;
    const struct network *n = &lstm_with_all;
    rnn_model *model = create(n, 1);
    struct onnx a, found;
    onnx_arrays(&a, n, 1, 7);
    onnx_arrays(&found, n, 1, 8);
    a.b.count = a.p.count = 0;
    assert_ok(import_onnx(model, 1, &a));
    assert_ok(export_onnx(model, 1, &found));
    assert_same(found.w.values, a.w.values, a.w.count, n);
    assert_same(found.r.values, a.r.values, a.r.count, n);
    memset(&a, 0, sizeof a);
    assert_same(found.b.values, a.b.values, found.b.count, n);
    assert_same(found.p.values, a.p.values, found.p.count, n);
    rnn_destroy(model);
}

/* w and r may be left out of an export, and b and p are the same as with them. */
static void test_onnx_export_in_part(void **state)
{
    (void)state;
    const struct network *n = &lstm_with_all;
    rnn_model *model = create(n, 1);
    struct onnx whole, part;
    onnx_arrays(&whole, n, 0, 7);
    onnx_arrays(&part, n, 0, 7);
    part.w.count = part.r.count = 0;
    assert_ok(export_onnx(model, 0, &part));
    assert_same(part.w.values, whole.w.values, MOST, n);
    assert_same(part.r.values, whole.r.values, MOST, n);
    assert_ok(export_onnx(model, 0, &whole));
    assert_same(part.b.values, whole.b.values, MOST, n);
    assert_same(part.p.values, whole.p.values, MOST, n);
    rnn_destroy(model);
}

/* ---- Keras ------------------------------------------------------------------------------------------------------ */

/* [rows,columns] from [columns,rows] */
static void transpose(float *to, const float *from, size_t rows, size_t columns)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            to[i * columns + j] = from[j * rows + i];
}

static void assert_keras_is(const struct keras *a, const rnn_model *model, const struct network *n, size_t layer,
                            size_t d)
{
    const char *gates = n->form->gates, *keras = n->form->keras;
    size_t k = inputs(n, layer), rows = strlen(gates) * H;
    float tensor[MOST], turned[MOST], second[MOST];
    get(tensor, rows * k, model, "weight_ih", n, layer, d);
    transpose(turned, a->kernel.values, rows, k);
    assert_blocks(turned, keras, tensor, gates, H * k, n);
    get(tensor, rows * H, model, "weight_hh", n, layer, d);
    transpose(turned, a->recurrent.values, rows, H);
    assert_blocks(turned, keras, tensor, gates, H * H, n);
    if (!n->bias)
        return;
    get(tensor, rows, model, "bias_ih", n, layer, d);
    get(second, rows, model, "bias_hh", n, layer, d);
    if (n->form->reset == RNN_RESET_AFTER)
        assert_blocks(a->bias.values + rows, keras, second, gates, H, n);
    for (size_t i = 0; i < rows && n->form->reset != RNN_RESET_AFTER; i++)
        tensor[i] += second[i];
    assert_blocks(a->bias.values, keras, tensor, gates, H, n);
}

static void test_keras_has_the_parameters(void **state)
{
    (void)state;
    struct network n;
    struct keras a;
    for_all(n)
    {
        rnn_model *model = create(&n, 1);
        for (size_t run = 0; n.form->keras && run < L * directions(&n); run++) {
            keras_arrays(&a, &n, run / directions(&n), 7);
            assert_ok(export_keras(model, run / directions(&n), run % directions(&n), &a));
            assert_keras_is(&a, model, &n, run / directions(&n), run % directions(&n));
        }
        rnn_destroy(model);
    }
}

/* One direction of a layer goes there and comes back; with one vector of biases bias_hh is 0. */
static void check_keras_round_trip(rnn_model *model, const struct network *n, size_t layer, size_t d)
{
    struct keras a, again;
    float hh[MOST];
    keras_arrays(&a, n, layer, 7 + 2 * layer + d);
    keras_arrays(&again, n, layer, 100);
    assert_ok(import_keras(model, layer, d, &a));
    assert_keras_is(&a, model, n, layer, d);
    assert_ok(export_keras(model, layer, d, &again));
    assert_same(again.kernel.values, a.kernel.values, a.kernel.count, n);
    assert_same(again.recurrent.values, a.recurrent.values, a.recurrent.count, n);
    assert_same(again.bias.values, a.bias.values, a.bias.count, n);
    if (!n->bias || n->form->reset == RNN_RESET_AFTER)
        return;
    get(hh, strlen(n->form->gates) * H, model, "bias_hh", n, layer, d);
    memset(&again, 0, sizeof again);
    assert_same(hh, again.bias.values, strlen(n->form->gates) * H, n);
}

static void test_keras_round_trip(void **state)
{
    (void)state;
    struct network n;
    for_all(n)
    {
        rnn_model *model = create(&n, 1);
        for (size_t run = 0; n.form->keras && run < L * directions(&n); run++)
            check_keras_round_trip(model, &n, run / directions(&n), run % directions(&n));
        rnn_destroy(model);
    }
}

static void test_keras_export_in_part(void **state)
{
    (void)state;
    const struct network n = gru_after;
    rnn_model *model = create(&n, 1);
    struct keras whole, part;
    keras_arrays(&whole, &n, 1, 7);
    keras_arrays(&part, &n, 1, 7);
    part.kernel.count = part.recurrent.count = 0;
    assert_ok(export_keras(model, 1, 1, &part));
    assert_same(part.kernel.values, whole.kernel.values, MOST, &n);
    assert_same(part.recurrent.values, whole.recurrent.values, MOST, &n);
    assert_ok(export_keras(model, 1, 1, &whole));
    assert_same(part.bias.values, whole.bias.values, MOST, &n);
    rnn_destroy(model);
}

/* ---- from one to the other -------------------------------------------------------------------------------------- */

/* Layer 0 of `from` becomes that of `to`, by way of Keras. */
static void through_keras(rnn_model *to, const rnn_model *from, const struct network *n)
{
    struct keras a;
    for (size_t d = 0; d < directions(n); d++) {
        keras_arrays(&a, n, 0, 9);
        assert_ok(export_keras(from, 0, d, &a));
        assert_ok(import_keras(to, 0, d, &a));
    }
}

/* What an ONNX bias becomes by way of Keras: with one vector there, the input bias is the sum of both. */
static void merge_biases(struct onnx *a, const struct network *n)
{
    size_t rows = strlen(n->form->onnx) * H;
    if (n->form->reset == RNN_RESET_AFTER || !n->bias)
        return;
    for (size_t d = 0; d < directions(n); d++)
        for (size_t i = 0; i < rows; i++) {
            float *first = &a->b.values[d * 2 * rows + i];
            *first += first[rows];
            first[rows] = 0;
        }
}

static void test_from_onnx_to_keras_and_back(void **state)
{
    (void)state;
    struct network n;
    struct onnx a, back;
    for_all(n)
    {
        if (!n.form->keras)
            continue;
        rnn_model *model = create(&n, 1), *other = create(&n, 2);
        onnx_arrays(&a, &n, 0, 7);
        onnx_arrays(&back, &n, 0, 8);
        assert_ok(import_onnx(model, 0, &a));
        through_keras(other, model, &n);
        assert_ok(export_onnx(other, 0, &back));
        merge_biases(&a, &n);
        assert_same(back.w.values, a.w.values, a.w.count, &n);
        assert_same(back.r.values, a.r.values, a.r.count, &n);
        assert_same(back.b.values, a.b.values, a.b.count, &n);
        rnn_destroy(model);
        rnn_destroy(other);
    }
}

/* ---- what an import changes, and what it does not --------------------------------------------------------------- */

/* K is V for tokens that enter one-hot, E for those of a table. */
static void check_width(int64_t embedding, size_t width)
{
    const struct network *n = &gru_after;
    rnn_config *config = network_config(n);
    float tensor[MOST];
    struct onnx onnx, onnx_again;
    struct keras keras, keras_again;
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 0));
    assert_ok(rnn_config_set_int(config, RNN_VOCABULARY, V));
    assert_ok(rnn_config_set_int(config, RNN_EMBEDDING_SIZE, embedding));
    rnn_model *model = create_from(config, 1);
    onnx_arrays(&onnx, n, 0, 7);
    onnx_arrays(&onnx_again, n, 0, 8);
    onnx.w.count = onnx_again.w.count = 2 * 3 * H * width;
    assert_ok(import_onnx(model, 0, &onnx));
    assert_ok(export_onnx(model, 0, &onnx_again));
    get(tensor, 3 * H * width, model, "weight_ih", n, 0, 0);
    assert_blocks(onnx.w.values, n->form->onnx, tensor, n->form->gates, H * width, n);
    assert_same(onnx_again.w.values, onnx.w.values, onnx.w.count, n);
    keras_arrays(&keras, n, 0, 7);
    keras_arrays(&keras_again, n, 0, 8);
    keras.kernel.count = keras_again.kernel.count = width * 3 * H;
    assert_ok(import_keras(model, 0, 1, &keras));
    assert_ok(export_keras(model, 0, 1, &keras_again));
    assert_same(keras_again.kernel.values, keras.kernel.values, keras.kernel.count, n);
    rnn_destroy(model);
}

static void test_layers_of_tokens(void **state)
{
    (void)state;
    check_width(0, V);
    check_width(E, E);
}

/* All parameters but those of one layer (and one direction, where it is not 2) are what they were. */
static void assert_others_same(const rnn_model *model, const float *before, size_t layer, size_t direction)
{
    const float *now;
    size_t count, tensors, changed = 0;
    char part[16];
    snprintf(part, sizeof part, "_l%zu", layer);
    assert_ok(rnn_model_parameters(model, &now, &count));
    assert_ok(rnn_model_tensor_count(model, &tensors));
    for (size_t i = 0; i < tensors; i++) {
        const char *name;
        size_t rank, shape[2] = {1, 1}, offset;
        assert_ok(rnn_model_tensor_info(model, i, &name, &rank, shape, 2, &offset));
        int mine = strstr(name, part) && (direction == 2 || (strstr(name, "_reverse") != NULL) == (direction == 1));
        int same = !memcmp(now + offset, before + offset, shape[0] * shape[1] * sizeof *now);
        assert_int_equal(same, !mine);
        changed += (size_t)mine;
    }
    assert_true(changed > 0);
}

static void test_other_layers_stay(void **state)
{
    (void)state;
    rnn_model *lstm = create(&lstm_with_all, 1), *gru = create(&gru_after, 1);
    float before[MOST_PARAMETERS];
    struct onnx onnx;
    struct keras keras;
    for (size_t layer = 0; layer < L; layer++) {
        onnx_arrays(&onnx, &lstm_with_all, layer, 7);
        copy_parameters(before, lstm);
        assert_ok(import_onnx(lstm, layer, &onnx));
        assert_others_same(lstm, before, layer, 2);
        for (size_t direction = 0; direction < 2; direction++) {
            keras_arrays(&keras, &gru_after, layer, 7 + direction);
            copy_parameters(before, gru);
            assert_ok(import_keras(gru, layer, direction, &keras));
            assert_others_same(gru, before, layer, direction);
        }
    }
    rnn_destroy(lstm);
    rnn_destroy(gru);
}

enum { OUTPUTS_BOTH = T * B * 2 * H };

static void forward(float *y, rnn_session *session)
{
    float x[INPUTS];
    uint64_t seed = 3;
    fill_uniform(x, INPUTS, &seed);
    assert_ok(rnn_reset_state(session, B));
    assert_ok(rnn_forward(session, y, OUTPUTS_BOTH, x, INPUTS, NULL, 0, T));
}

/* A session that is there already runs with what was imported, as one of a model that got it by
 * rnn_model_set_parameters; and it does not go back over a run of other parameters. */
static void check_sessions(rnn_model *model, int32_t (*import)(rnn_model *model), const struct network *n)
{
    rnn_session *session, *fresh_session;
    rnn_model *fresh = create(n, 5);
    float y[OUTPUTS_BOTH], expected[OUTPUTS_BOTH], before[OUTPUTS_BOTH], values[MOST_PARAMETERS];
    assert_ok(rnn_session_create(&session, model, RNN_TRAINING));
    forward(before, session);
    assert_ok(import(model));
    assert_fails(rnn_backward(session, NULL, 0, before, OUTPUTS_BOTH), RNN_E_STATE);
    forward(y, session);
    assert_ok(rnn_model_set_parameters(fresh, values, copy_parameters(values, model)));
    assert_ok(rnn_session_create(&fresh_session, fresh, RNN_TRAINING));
    forward(expected, fresh_session);
    assert_same(y, expected, OUTPUTS_BOTH, n);
    assert_true(memcmp(y, before, sizeof y) != 0);
    rnn_session_destroy(session);
    rnn_session_destroy(fresh_session);
    rnn_destroy(fresh);
}

static int32_t import_some_onnx(rnn_model *model)
{
    struct onnx a;
    onnx_arrays(&a, &lstm_with_all, 1, 7);
    return import_onnx(model, 1, &a);
}

static int32_t import_some_keras(rnn_model *model)
{
    struct keras a;
    keras_arrays(&a, &gru_before, 1, 7);
    return import_keras(model, 1, 1, &a);
}

static void test_sessions_see_an_import(void **state)
{
    (void)state;
    rnn_model *lstm = create(&lstm_with_all, 1), *gru = create(&gru_before, 1);
    check_sessions(lstm, import_some_onnx, &lstm_with_all);
    check_sessions(gru, import_some_keras, &gru_before);
    rnn_destroy(lstm);
    rnn_destroy(gru);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_onnx_has_the_parameters),  cmocka_unit_test(test_onnx_round_trip),
        cmocka_unit_test(test_onnx_without_b_and_p),     cmocka_unit_test(test_onnx_export_in_part),
        cmocka_unit_test(test_keras_has_the_parameters), cmocka_unit_test(test_keras_round_trip),
        cmocka_unit_test(test_keras_export_in_part),     cmocka_unit_test(test_from_onnx_to_keras_and_back),
        cmocka_unit_test(test_other_layers_stay),        cmocka_unit_test(test_sessions_see_an_import),
        cmocka_unit_test(test_layers_of_tokens),
    };
    return run_with_all_products(tests, sizeof tests / sizeof *tests);
}
