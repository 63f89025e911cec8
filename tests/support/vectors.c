#include "support/vectors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const float *vector_floats(float *to, size_t most, const double *from, size_t count)
{
    assert_true(count <= most);
    for (size_t i = 0; from && i < count; i++)
        to[i] = (float)from[i];
    return from ? to : NULL;
}

void vector_doubles(double *to, const float *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = (double)from[i];
}

static float *block(size_t count)
{
    float *values = calloc(count, sizeof *values);
    assert_non_null(values);
    return values;
}

void vector_get_state(double *to, rnn_session *session, size_t count, int32_t kind)
{
    float *state = block(count);
    assert_ok(rnn_session_get_state(session, kind, state, count));
    vector_doubles(to, state, count);
    free(state);
}

void vector_set_state(rnn_session *session, const double *from, size_t count, int32_t kind)
{
    float *state = block(count);
    if (from)
        assert_ok(rnn_session_set_state(session, kind, vector_floats(state, count, from, count), count));
    free(state);
}

void vector_set_activations(rnn_config *config, const int32_t *activation, const double *alpha, const double *beta)
{
    const int32_t keys[3][3] = {{RNN_ACTIVATION_F, RNN_ALPHA_F, RNN_BETA_F},
                                {RNN_ACTIVATION_G, RNN_ALPHA_G, RNN_BETA_G},
                                {RNN_ACTIVATION_H, RNN_ALPHA_H, RNN_BETA_H}};
    for (size_t place = 0; place < 3; place++) {
        if (activation[place])
            assert_ok(rnn_config_set_int(config, keys[place][0], activation[place]));
        if (alpha[place] != 0)
            assert_ok(rnn_config_set_real(config, keys[place][1], alpha[place]));
        if (beta[place] != 0)
            assert_ok(rnn_config_set_real(config, keys[place][2], beta[place]));
    }
}

size_t vector_first_difference(const struct comparison *c)
{
    size_t i = 0;
    while (i < c->count && close_enough(c->actual[i], c->expected[i], c->tolerance))
        i++;
    return i;
}

size_t vector_differences(const struct comparison *all, size_t count, const char *name, const char *how)
{
    size_t found = 0;
    for (const struct comparison *c = all; c < all + count; c++) {
        size_t i = vector_first_difference(c);
        if (i == c->count)
            continue;
        found++;
        print_error("%s, %s: %s, element %zu is %.9g, expected %.9g\n", name, how, c->array, i, c->actual[i],
                    c->expected[i]);
    }
    return found;
}

void vector_check_rejected(struct comparison c)
{
    double *moved = calloc(c.count, sizeof *moved);
    assert_non_null(moved);
    memcpy(moved, c.expected, c.count * sizeof *moved);
    c.expected = moved;
    for (size_t i = 0; i < c.count; i++) {
        double kept = moved[i];
        moved[i] += 3 * c.tolerance * (1 + fabs(kept));
        assert_int_equal(vector_first_difference(&c), i);
        moved[i] = kept;
    }
    free(moved);
}
