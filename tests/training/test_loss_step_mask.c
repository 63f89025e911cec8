/* Steps that the network has left out do not exist for a loss: loss and gradient are those of the other steps, moved
 * together, for every kind; and a loss takes the step mask of a session. */
#include "support/support.h"

#include <math.h>
#include <string.h>

enum { T = 7, B = 3, C = 4, S = 2, CASES = 200 };

static float y[T * B * C], dy[T * B * C], moved_y[T * B * C], moved_dy[T * B * C], values[T * B * C];
static float moved_values[T * B * C];
static int32_t classes[T * B], moved_classes[T * B], labels[B * S], mask[T * B], lengths[B], moved_lengths[B];
static size_t place[T * B]; /* the row of the moved batch of each row; T*B: none */

static void draw(uint64_t *random)
{
    fill_uniform(y, T * B * C, random);
    fill_uniform(values, T * B * C, random);
    for (size_t i = 0; i < B * S; i++)
        labels[i] = 1 + (int32_t)((uniform(random) + 1) / 2 * (C - 1));
    for (size_t b = 0; b < B; b++) {
        lengths[b] = b ? T - (int32_t)((uniform(random) + 1) * 2) : T;
        moved_lengths[b] = 0;
    }
    for (size_t row = 0; row < T * B; row++) {
        size_t t = row / B, b = row % B;
        mask[row] = uniform(random) > -0.4;
        classes[row] = mask[row] ? (int32_t)((uniform(random) + 1) / 2 * C) : -9;
        for (size_t c = 0; c < C; c++) {
            values[row * C + c] = (values[row * C + c] + 1) / 2;
            if (!mask[row])
                y[row * C + c] = values[row * C + c] = NAN;
        }
        place[row] = T * B;
        if (mask[row] && t < (size_t)lengths[b])
            place[row] = (size_t)moved_lengths[b]++ * B + b;
    }
}

static void move_rows(void)
{
    for (size_t row = 0; row < T * B; row++) {
        if (place[row] == T * B)
            continue;
        moved_classes[place[row]] = classes[row];
        memcpy(moved_y + place[row] * C, y + row * C, C * sizeof *y);
        memcpy(moved_values + place[row] * C, values + row * C, C * sizeof *y);
    }
}

/* The first elements of each row of values: those that a loss has targets for. */
static const float *narrowed(const float *of_values, size_t width)
{
    static float narrow[T * B * C];
    for (size_t i = 0; i < T * B * width; i++)
        narrow[i] = of_values[i / width * C + i % width];
    return narrow;
}

static double loss_of(rnn_loss *loss, int32_t kind, float *d, const float *from, const int32_t *of_classes,
                      const float *of_values)
{
    size_t width = kind == RNN_LOSS_GAUSSIAN ? C / 2 : C;
    double value;
    if (kind == RNN_LOSS_CTC)
        assert_ok(rnn_loss_of_classes(loss, &value, d, T * B * C, from, T * B * C, labels, B * S));
    else if (kind == RNN_LOSS_CROSS_ENTROPY)
        assert_ok(rnn_loss_of_classes(loss, &value, d, T * B * C, from, T * B * C, of_classes, T * B));
    else
        assert_ok(
            rnn_loss_of_values(loss, &value, d, T * B * C, from, T * B * C, narrowed(of_values, width), T * B * width));
    return value;
}

static void check_kind(int32_t kind, int in_place)
{
    rnn_loss *loss;
    double value, expected, losses[2][B];
    assert_ok(rnn_loss_create(&loss, kind));
    assert_ok(rnn_loss_set_batch(loss, moved_lengths, B, T, B, C));
    expected = loss_of(loss, kind, moved_dy, moved_y, moved_classes, moved_values);
    assert_ok(rnn_loss_get_sequence_losses(loss, losses[0], B));
    assert_ok(rnn_loss_set_batch(loss, lengths, B, T, B, C));
    assert_ok(rnn_loss_set_step_mask(loss, mask, T * B));
    memcpy(dy, y, sizeof y);
    value = loss_of(loss, kind, dy, in_place ? dy : y, classes, values);
    assert_ok(rnn_loss_get_sequence_losses(loss, losses[1], B));
    rnn_loss_destroy(loss);
    for (size_t b = 0; b < B; b++)
        assert_true(losses[0][b] == losses[1][b] || fabs(losses[0][b] - losses[1][b]) < 1e-12 * fabs(losses[0][b]));
    if (!isfinite(expected)) /* the labels fit into no path */
        assert_true(value == expected);
    else
        assert_close(value, expected, 1e-12);
    for (size_t i = 0; i < T * B * C; i++)
        assert_close(dy[i], place[i / C] == T * B ? 0 : moved_dy[place[i / C] * C + i % C], 1e-6);
}

static void test_kinds(void **state)
{
    uint64_t random = 5;
    (void)state;
    for (int i = 0; i < CASES; i++) {
        draw(&random);
        move_rows();
        for (int32_t kind = RNN_LOSS_CROSS_ENTROPY; kind <= RNN_LOSS_ERROR_TO_SIGNAL; kind++)
            if (kind != RNN_LOSS_CUSTOM && kind != RNN_LOSS_CRF)
                check_kind(kind, i % 2);
    }
}

/* ---- of a session ------------------------------------------------------------------------------------------------ */

static int32_t check_callback(void *user, rnn_loss *loss, double *value, double *weight, float *d, const float *of,
                              size_t count)
{
    const int32_t *seen;
    size_t seen_count;
    (void)of;
    assert_ok(rnn_loss_get_step_mask(loss, &seen, &seen_count));
    assert_true(seen_count == T * B && count == T * B * C && *weight == *(const double *)user);
    for (size_t i = 0; i < T * B; i++)
        assert_true(seen[i] == (place[i] != T * B));
    for (size_t i = 0; d && i < count; i++)
        d[i] = 1;
    *value = 1;
    return 0;
}

static void test_of_session(void **state)
{
    static float x[T * B];
    uint64_t random = 8;
    rnn_config *config;
    rnn_model *model;
    rnn_session *session;
    rnn_loss *loss;
    double value, weight = 0;
    (void)state;
    draw(&random);
    fill_uniform(x, T * B, &random);
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 1));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 3));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, C));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    assert_ok(rnn_session_create(&session, model, RNN_TRAINING));
    assert_ok(rnn_reset_state(session, B));
    assert_ok(rnn_session_set_step_mask(session, mask, T * B));
    assert_ok(rnn_forward(session, y, T * B * C, x, T * B, lengths, B, T));
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CUSTOM));
    for (size_t i = 0; i < T * B; i++)
        weight += place[i] == T * B ? 0 : C;
    assert_ok(rnn_loss_set_callback(loss, check_callback, &weight));
    assert_ok(rnn_loss_set_batch_of_session(loss, session));
    assert_ok(rnn_loss_of_values(loss, &value, dy, T * B * C, y, T * B * C, NULL, 0));
    assert_close(value, 1 / weight, 1e-12);
    for (size_t i = 0; i < T * B * C; i++)
        assert_close(dy[i], place[i / C] == T * B ? 0 : 1 / weight, 1e-6);
    assert_ok(rnn_forward(session, y, T * B * C, x, T * B, lengths, B, T)); /* without a mask */
    assert_ok(rnn_loss_set_batch_of_session(loss, session));
    const int32_t *seen;
    size_t count;
    assert_ok(rnn_loss_get_step_mask(loss, &seen, &count));
    assert_true(!seen && !count);
    mask[1] = 3;
    assert_fails(rnn_loss_set_step_mask(loss, mask, T * B), RNN_E_VALUE);
    assert_fails(rnn_loss_set_step_mask(loss, mask, T), RNN_E_SIZE);
    rnn_loss_destroy(loss);
    rnn_session_destroy(session);
    rnn_destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_kinds), cmocka_unit_test(test_of_session)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
