/* Attention: forward and back against an oracle that finite differences prove, and against PyTorch. */
#include "oracle/attention.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "oracle/golden/torch_attention.h"

static const char *const names[] = {"context", "weights", "dqueries", "dmemory", "gradients", "none"};

/* Float32 against double, by the largest element of an array: sums of at most some hundred terms, a softmax and a tanh
 * of 3 ulp. */
#define TOLERANCE 2e-5

/* ---- the oracle -------------------------------------------------------------------------------------------------- */

static double loss(const struct attention_problem *p, const struct attention_answer *room)
{
    double sum = 0;
    attention_forward(p, room->array[CONTEXT], room->array[WEIGHTS]);
    for (size_t i = 0; i < attention_count(p, CONTEXT); i++)
        sum += p->dcontext[i] * room->array[CONTEXT][i];
    return sum;
}

static void check_differences(const struct attention_problem *p, double *values, const double *gradients, size_t count)
{
    const double step = 1e-5;
    struct attention_answer room = attention_make_room(p);
    for (size_t i = 0; i < count; i++) {
        double value = values[i];
        if (isnan(value))
            continue;
        values[i] = value + step;
        double above = loss(p, &room);
        values[i] = value - step;
        double below = loss(p, &room);
        values[i] = value;
        assert_close((above - below) / (2 * step), gradients[i], 1e-8);
    }
    attention_release(&room);
}

static void the_oracle_equals_finite_differences(void **state)
{
    (void)state;
    for (int32_t score = RNN_ATTENTION_DOT; score <= RNN_ATTENTION_ADDITIVE; score++) {
        struct attention_sizes sizes = {score, score == 1 ? 4 : 3, 4, score == 3 ? 5 : 0, 4, 3, 2, 1};
        struct attention_problem p = attention_draw(sizes, (uint64_t)score);
        struct attention_answer answer = attention_oracle(&p);
        check_differences(&p, p.queries, answer.array[DQUERIES], attention_count(&p, DQUERIES));
        check_differences(&p, p.memory, answer.array[DMEMORY], attention_count(&p, DMEMORY));
        check_differences(&p, p.parameters, answer.array[DPARAMETERS], p.count);
        attention_release(&answer);
        attention_forget(&p);
    }
}

/* ---- the library ------------------------------------------------------------------------------------------------- */

/* Sizes below, at and above a vector and a panel, and of 1. */
static const struct attention_sizes cases[] = {
    {RNN_ATTENTION_DOT, 4, 4, 0, 4, 3, 2, 0},         {RNN_ATTENTION_DOT, 64, 64, 0, 16, 2, 7, 1},
    {RNN_ATTENTION_DOT, 37, 37, 0, 33, 5, 19, 1},     {RNN_ATTENTION_DOT, 1, 1, 0, 1, 1, 1, 0},
    {RNN_ATTENTION_GENERAL, 5, 3, 0, 6, 3, 4, 1},     {RNN_ATTENTION_GENERAL, 35, 66, 0, 17, 4, 9, 1},
    {RNN_ATTENTION_GENERAL, 16, 32, 0, 70, 2, 3, 0},  {RNN_ATTENTION_GENERAL, 1, 2, 0, 1, 1, 1, 0},
    {RNN_ATTENTION_ADDITIVE, 5, 3, 4, 6, 3, 4, 1},    {RNN_ATTENTION_ADDITIVE, 19, 34, 39, 18, 4, 9, 1},
    {RNN_ATTENTION_ADDITIVE, 16, 16, 32, 7, 2, 5, 0}, {RNN_ATTENTION_ADDITIVE, 2, 1, 1, 1, 1, 1, 0},
    {RNN_ATTENTION_ADDITIVE, 3, 4, 5, 3, 1, 2, 1}, /* one sequence, and that is empty */
    {RNN_ATTENTION_DOT, 4, 4, 0, 3, 1, 2, 1},         {RNN_ATTENTION_GENERAL, 3, 4, 0, 3, 1, 2, 1},
};
#define CASES (sizeof cases / sizeof *cases)

static void the_library_equals_the_oracle(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        struct attention_problem p = attention_draw(cases[i], i);
        struct attention_answer expected = attention_oracle(&p), actual = attention_library(&p);
        enum attention_array worst = attention_worst(&p, &expected, &actual, TOLERANCE);
        if (worst != ATTENTION_ARRAYS)
            fail_msg("case %zu: %s", i, names[worst]);
        attention_release(&expected);
        attention_release(&actual);
        attention_forget(&p);
    }
}

/* What is past the end of a sequence, or belongs to one of length 0, is 0, exactly. */
static void nothing_comes_from_past_the_end(void **state)
{
    (void)state;
    for (int32_t score = RNN_ATTENTION_DOT; score <= RNN_ATTENTION_ADDITIVE; score++) {
        struct attention_sizes z = {score, 6, 6, score == 3 ? 5 : 0, 5, 4, 3, 1};
        struct attention_problem p = attention_draw(z, 11);
        for (size_t t = 0; t < z.queries; t++)
            for (size_t j = 0; j < 6; j++) /* nor does a query that nothing can answer leave a trace */
                p.queries[(t * z.batch + z.batch / 2) * 6 + j] = p.dcontext[(t * z.batch + z.batch / 2) * 6 + j] = NAN;
        struct attention_answer a = attention_library(&p);
        for (size_t row = 0; row < z.queries * z.batch; row++)
            for (size_t s = 0; s < z.steps; s++)
                assert_true(s < (size_t)p.lengths[row % z.batch] || a.array[WEIGHTS][row * z.steps + s] == 0);
        for (size_t row = 0; row < z.steps * z.batch; row++)
            for (size_t j = 0; j < z.memory; j++)
                assert_true(row / z.batch < (size_t)p.lengths[row % z.batch] ||
                            a.array[DMEMORY][row * z.memory + j] == 0);
        for (size_t t = 0; t < z.queries; t++)
            for (size_t j = 0; j < 6; j++) {
                size_t at = (t * z.batch + z.batch / 2) * 6 + j;
                assert_true(a.array[CONTEXT][at] == 0 && a.array[DQUERIES][at] == 0);
            }
        for (size_t i = 0; i < p.count; i++)
            assert_true(isfinite(a.array[DPARAMETERS][i]));
        attention_release(&a);
        attention_forget(&p);
    }
}

/* A gradient that is 1 % off, in whole or in its largest element, is found, and so is one that is not a number. */
static void the_checker_finds_faults(void **state)
{
    (void)state;
    struct attention_problem p = attention_draw(cases[9], 3);
    struct attention_answer expected = attention_oracle(&p), actual = attention_library(&p);
    for (enum attention_array i = 0; i < ATTENTION_ARRAYS; i++) {
        size_t largest = 0;
        for (size_t j = 0; j < attention_count(&p, i); j++)
            largest = fabs(expected.array[i][j]) > fabs(expected.array[i][largest]) ? j : largest;
        double right = actual.array[i][largest];
        actual.array[i][largest] = right * 1.01;
        assert_int_equal(attention_worst(&p, &expected, &actual, TOLERANCE), i);
        actual.array[i][largest] = NAN;
        assert_int_equal(attention_worst(&p, &expected, &actual, TOLERANCE), i);
        actual.array[i][largest] = right;
        assert_int_equal(attention_worst(&p, &expected, &actual, TOLERANCE), ATTENTION_ARRAYS);
    }
    /* And a module that is another one. */
    p.parameters[0] += 0.01;
    struct attention_answer other = attention_library(&p);
    assert_int_not_equal(attention_worst(&p, &expected, &other, TOLERANCE), ATTENTION_ARRAYS);
    attention_release(&other);
    attention_release(&expected);
    attention_release(&actual);
    attention_forget(&p);
}

/* ---- PyTorch ----------------------------------------------------------------------------------------------------- */

/* Nine digits name a float. */
static void copy_floats(double *to, const double *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = (double)(float)from[i];
}

static struct attention_problem golden_problem(const struct golden_attention *g)
{
    struct attention_sizes sizes = {g->score, g->query_size, g->memory_size,   g->units,
                                    g->steps, g->batch,      g->queries_steps, g->lengths != NULL};
    struct attention_problem p = attention_draw(sizes, 1);
    assert_int_equal(p.count, g->parameter_count);
    copy_floats(p.parameters, g->parameters, p.count);
    copy_floats(p.memory, g->memory, attention_count(&p, DMEMORY));
    copy_floats(p.queries, g->queries, attention_count(&p, DQUERIES));
    copy_floats(p.dcontext, g->dcontext, attention_count(&p, CONTEXT));
    if (g->lengths)
        memcpy(p.lengths, g->lengths, g->batch * sizeof *p.lengths);
    return p;
}

static void the_library_equals_pytorch(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden_attentions / sizeof *golden_attentions; i++) {
        const struct golden_attention *g = &golden_attentions[i];
        const double *const expected[] = {g->context, g->weights, g->dqueries, g->dmemory, g->dparameters};
        struct attention_problem p = golden_problem(g);
        struct attention_answer actual = attention_library(&p), oracle = attention_oracle(&p);
        for (enum attention_array j = 0; j < ATTENTION_ARRAYS; j++) {
            size_t count = attention_count(&p, j);
            if (!(attention_distance(expected[j], actual.array[j], count) <= 3e-6))
                fail_msg("%s: %s", g->name, names[j]);
            assert_true(attention_distance(expected[j], oracle.array[j], count) <= 1e-9);
        }
        attention_release(&actual);
        attention_release(&oracle);
        attention_forget(&p);
    }
}

/* ---- scores without bounds --------------------------------------------------------------------------------------- */

static void extreme_scores_give_weights(void **state)
{
    (void)state;
    rnn_attention *module;
    const float memory[3 * 2] = {1e18f, 0, 1, 2, -1e18f, 3}, queries[4 * 2] = {1e18f, 0, -1e18f, 0, 0, 1e18f, 0, 0};
    const float expected[4 * 3] = {1, 0, 0, 0, 0, 1, 0, 0, 1, 1 / 3.0f, 1 / 3.0f, 1 / 3.0f};
    float context[4 * 2], weights[4 * 3], infinite[2] = {INFINITY, 1}, dqueries[4 * 2], dmemory[3 * 2];
    assert_ok(rnn_attention_create(&module, RNN_ATTENTION_DOT, 2, 2, 0, 0));
    assert_ok(rnn_attention_set_memory(module, memory, 6, NULL, 0, 3, 1));
    assert_ok(rnn_attention_forward(module, context, 8, weights, 12, queries, 8));
    for (size_t i = 0; i < 12; i++)
        assert_close((double)weights[i], (double)expected[i], 1e-6);
    const float dcontext[4 * 2] = {1, 1, 1, 1, 1, 1, 0, 0};
    assert_ok(rnn_attention_backward(module, dqueries, 8, dcontext, 8, queries, 8, weights, 12));
    assert_ok(rnn_attention_backward_memory(module, dmemory, 6));
    for (size_t i = 0; i < 6; i++)
        assert_true(isfinite(dqueries[i]) && isfinite(dmemory[i]));
    assert_ok(rnn_attention_forward(module, context, 2, weights, 3, infinite, 2));
    assert_true(isnan(weights[0])); /* and nothing worse */
    rnn_attention_destroy(module);
}

/* ---- beginnings -------------------------------------------------------------------------------------------------- */

static void check_range(const float *values, size_t count, double columns)
{
    double range = 1 / sqrt(columns), most = 0;
    for (size_t i = 0; i < count; i++) {
        double size = fabs((double)values[i]);
        assert_true(size <= range);
        most = size > most ? size : most;
    }
    assert_true(most > 0.8 * range);
}

static void parameters_start_by_the_seed(void **state)
{
    (void)state;
    rnn_attention *a, *b, *c;
    const float *first, *second, *third;
    float *gradients;
    size_t count;
    assert_ok(rnn_attention_create(&a, RNN_ATTENTION_ADDITIVE, 9, 25, 64, 5));
    assert_ok(rnn_attention_create(&b, RNN_ATTENTION_ADDITIVE, 9, 25, 64, 5));
    assert_ok(rnn_attention_create(&c, RNN_ATTENTION_ADDITIVE, 9, 25, 64, 6));
    assert_ok(rnn_attention_parameters(a, &first, &count));
    assert_ok(rnn_attention_parameters(b, &second, &count));
    assert_ok(rnn_attention_parameters(c, &third, &count));
    assert_int_equal(count, 64 * (9 + 25 + 1));
    assert_memory_equal(first, second, count * sizeof *first);
    assert_memory_not_equal(first, third, count * sizeof *first);
    check_range(first, 64 * 9, 9);
    check_range(first + 64 * 9, 64 * 25, 25);
    check_range(first + 64 * 34, 64, 64);
    assert_ok(rnn_attention_gradients(a, &gradients, &count));
    for (size_t i = 0; i < count; i++)
        assert_true(gradients[i] == 0);
    rnn_attention_destroy(a);
    rnn_attention_destroy(b);
    rnn_attention_destroy(c);
    assert_ok(rnn_attention_create(&a, RNN_ATTENTION_GENERAL, 16, 40, 0, -1));
    assert_ok(rnn_attention_parameters(a, &first, &count));
    check_range(first, count, 40);
    rnn_attention_destroy(a);
    rnn_attention_destroy(NULL);
}

/* Views are views: what is written into the gradients is there, and is taken back by rnn_attention_zero_gradients. */
static void a_product_has_no_parameters(void **state)
{
    (void)state;
    rnn_attention *dot, *general;
    float *gradients = (float[1]){1};
    const float *parameters = gradients;
    size_t count = 1;
    assert_ok(rnn_attention_create(&dot, RNN_ATTENTION_DOT, 3, 3, 0, 0));
    assert_ok(rnn_attention_parameters(dot, &parameters, &count));
    assert_true(!parameters && !count);
    assert_ok(rnn_attention_gradients(dot, &gradients, &count));
    assert_true(!gradients && !count);
    assert_ok(rnn_attention_zero_gradients(dot));
    assert_ok(rnn_attention_set_parameters(dot, NULL, 0));
    rnn_attention_destroy(dot);
    assert_ok(rnn_attention_create(&general, RNN_ATTENTION_GENERAL, 3, 2, 0, 0));
    assert_ok(rnn_attention_gradients(general, &gradients, &count));
    gradients[5] = 1;
    assert_ok(rnn_attention_gradients(general, &gradients, &count));
    assert_true(gradients[5] == 1);
    assert_ok(rnn_attention_zero_gradients(general));
    assert_true(gradients[5] == 0);
    rnn_attention_destroy(general);
}

int main(void)
{
    const struct CMUnitTest once[] = {
        cmocka_unit_test(the_oracle_equals_finite_differences),
        cmocka_unit_test(parameters_start_by_the_seed),
        cmocka_unit_test(a_product_has_no_parameters),
    };
    const struct CMUnitTest with_all_kernels[] = {
        cmocka_unit_test(the_library_equals_the_oracle), cmocka_unit_test(nothing_comes_from_past_the_end),
        cmocka_unit_test(the_checker_finds_faults),      cmocka_unit_test(the_library_equals_pytorch),
        cmocka_unit_test(extreme_scores_give_weights),
    };
    return cmocka_run_group_tests(once, NULL, NULL) +
           run_with_all_products(with_all_kernels, sizeof with_all_kernels / sizeof *with_all_kernels);
}
