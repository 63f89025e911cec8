/* Attention in use: queries step by step, several ways back, memory after memory; and calls that must fail and change
 * nothing. */
#include "oracle/attention.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "math/narrow_kernels.h"

enum { Q = 6, M = 6, A = 5, S = 7, B = 3, T = 4 };
enum { QUERIES = T * B * Q, CONTEXTS = T * B * M, WEIGHTINGS = T * B * S, MEMORIES = S * B * M };

/* What a call may write to. */
struct outputs {
    float context[CONTEXTS], weights[WEIGHTINGS], dqueries[QUERIES], dmemory[MEMORIES];
    const float *view;
    float *gradients;
    size_t count;
    rnn_attention *module;
};

/* A module in the middle of its work: it has gone forward and back once. */
struct stage {
    rnn_attention *module, *shadow; /* the latter has seen the same calls, but none that failed */
    float memory[MEMORIES], queries[QUERIES], dcontext[CONTEXTS], weights[WEIGHTINGS];
    int32_t lengths[B];
    struct outputs out, pattern;
    float gradients[A * (Q + M + 1)]; /* as they were */
    size_t count;
};

static size_t units_of(int32_t score)
{
    return score == RNN_ATTENTION_ADDITIVE ? A : 0;
}

static rnn_attention *create(int32_t score)
{
    rnn_attention *module;
    assert_ok(rnn_attention_create(&module, score, Q, M, units_of(score), 3));
    return module;
}

static void set_memory(const struct stage *stage, rnn_attention *module)
{
    assert_ok(rnn_attention_set_memory(module, stage->memory, MEMORIES, stage->lengths, B, S, B));
}

static void forward(struct stage *stage, rnn_attention *module)
{
    assert_ok(rnn_attention_forward(module, stage->out.context, CONTEXTS, stage->weights, WEIGHTINGS, stage->queries,
                                    QUERIES));
}

static void backward(struct stage *stage, rnn_attention *module)
{
    assert_ok(rnn_attention_backward(module, stage->out.dqueries, QUERIES, stage->dcontext, CONTEXTS, stage->queries,
                                     QUERIES, stage->weights, WEIGHTINGS));
}

static struct stage stage_open(int32_t score)
{
    struct stage stage = {.module = create(score), .shadow = create(score), .lengths = {S, 0, S - 3}};
    float *gradients;
    uint64_t seed = (uint64_t)score;
    fill_uniform(stage.memory, MEMORIES, &seed);
    fill_uniform(stage.queries, QUERIES, &seed);
    fill_uniform(stage.dcontext, CONTEXTS, &seed);
    for (size_t i = 0; i < 2; i++) {
        rnn_attention *module = i ? stage.shadow : stage.module;
        set_memory(&stage, module);
        forward(&stage, module);
        backward(&stage, module);
    }
    assert_ok(rnn_attention_gradients(stage.module, &gradients, &stage.count));
    if (gradients)
        memcpy(stage.gradients, gradients, stage.count * sizeof *gradients);
    memset(&stage.out, 0x55, sizeof stage.out);
    stage.pattern = stage.out;
    return stage;
}

static void stage_close(struct stage *stage)
{
    rnn_attention_destroy(stage->module);
    rnn_attention_destroy(stage->shadow);
}

/* ---- steps ------------------------------------------------------------------------------------------------------- */

/* T calls of one step give what one call of T steps gives. */
static void steps_equal_the_whole(void **state)
{
    (void)state;
    for (int32_t score = RNN_ATTENTION_DOT; score <= RNN_ATTENTION_ADDITIVE; score++) {
        struct stage whole = stage_open(score), stepwise = whole;
        forward(&whole, whole.module);
        for (size_t t = 0; t < T; t++)
            assert_ok(rnn_attention_forward(whole.module, stepwise.out.context + t * B * M, B * M,
                                            stepwise.weights + t * B * S, B * S, whole.queries + t * B * Q, B * Q));
        for (size_t i = 0; i < CONTEXTS; i++)
            assert_close((double)stepwise.out.context[i], (double)whole.out.context[i], 1e-6);
        for (size_t i = 0; i < WEIGHTINGS; i++)
            assert_close((double)stepwise.weights[i], (double)whole.weights[i], 1e-6);
        assert_ok(rnn_attention_forward(whole.module, stepwise.out.context, CONTEXTS, NULL, 0, whole.queries, QUERIES));
        assert_memory_equal(stepwise.out.context, whole.out.context, sizeof whole.out.context);
        stage_close(&whole);
    }
}

/* The parameters of `from`, matrices rounded to bf16, into `to`; v is no matrix. */
static void copy_rounded(rnn_attention *to, rnn_attention *from, int32_t score)
{
    const float *values;
    size_t count;
    float copy[A * (Q + M + 1)];
    assert_ok(rnn_attention_parameters(from, &values, &count));
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, values + i, sizeof bits);
        if (score != RNN_ATTENTION_ADDITIVE || i < count - A)
            bits = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000u;
        memcpy(copy + i, &bits, sizeof bits);
    }
    assert_ok(rnn_attention_set_parameters(to, copy, count));
}

/* bf16 is float32 with rounded matrices, int8 is near; both at inference alone, and back again. */
static void weights_of_fewer_bits(void **state)
{
    (void)state;
    for (int32_t score = RNN_ATTENTION_GENERAL; score <= RNN_ATTENTION_ADDITIVE; score++) {
        struct stage plain = stage_open(score), stage = stage_open(score);
        copy_rounded(plain.shadow, plain.module, score);
        for (int64_t precision = RNN_PRECISION_BF16; precision <= RNN_PRECISION_INT8; precision++) {
            struct stage *expected = &plain;
            rnn_attention *like = precision == RNN_PRECISION_BF16 ? plain.shadow : plain.module;
            int64_t value;
            double bound = precision == RNN_PRECISION_INT8 || rnni_narrow_kernels()->rounds_rows ? 0.03 : 1e-5;
            assert_ok(rnn_attention_set_int(stage.module, RNN_PRECISION, precision));
            assert_ok(rnn_attention_get_int(stage.module, RNN_PRECISION, &value));
            assert_int_equal(value, precision);
            assert_ok(rnn_attention_get_int(stage.module, RNN_PRODUCTS, &value));
            assert_int_equal(value, RNN_PRODUCTS_OWN);
            set_memory(&stage, stage.module);
            set_memory(expected, like);
            forward(&stage, stage.module);
            forward(expected, like);
            for (size_t i = 0; i < CONTEXTS; i++)
                assert_close((double)stage.out.context[i], (double)expected->out.context[i], bound);
            float dqueries[QUERIES];
            assert_fails(rnn_attention_backward(stage.module, dqueries, QUERIES, stage.dcontext, CONTEXTS,
                                                stage.queries, QUERIES, stage.out.weights, WEIGHTINGS),
                         RNN_E_UNSUPPORTED);
            assert_fails(rnn_attention_backward_memory(stage.module, NULL, 0), RNN_E_UNSUPPORTED);
            rnn_optimizer *optimizer;
            assert_ok(rnn_optimizer_create(&optimizer, RNN_OPTIMIZER_SGD, stage.count));
            assert_fails(rnn_attention_step(stage.module, optimizer), RNN_E_UNSUPPORTED);
            assert_string_equal(rnn_attention_last_error(stage.module),
                                precision == RNN_PRECISION_BF16
                                    ? "rnn_attention_step: the module's RNN_PRECISION is RNN_PRECISION_BF16, expected "
                                      "RNN_PRECISION_FLOAT32 to train"
                                    : "rnn_attention_step: the module's RNN_PRECISION is RNN_PRECISION_INT8, expected "
                                      "RNN_PRECISION_FLOAT32 to train");
            assert_fails(rnn_attention_set_int(stage.module, RNN_PRODUCTS, RNN_PRODUCTS_CBLAS), RNN_E_VALUE);
            rnn_optimizer_destroy(optimizer);
        }
        assert_fails(rnn_attention_set_int(stage.module, RNN_PRECISION, 3), RNN_E_VALUE);
        assert_ok(rnn_attention_set_int(stage.module, RNN_PRECISION, RNN_PRECISION_FLOAT32));
        assert_ok(rnn_attention_set_int(stage.module, RNN_PRODUCTS, RNN_PRODUCTS_OWN));
        assert_ok(rnn_attention_set_int(stage.shadow, RNN_PRODUCTS, RNN_PRODUCTS_OWN));
        set_memory(&stage, stage.module);
        set_memory(&stage, stage.shadow);
        forward(&stage, stage.module);
        float context[CONTEXTS];
        assert_ok(rnn_attention_forward(stage.shadow, context, CONTEXTS, NULL, 0, stage.queries, QUERIES));
        assert_memory_equal(context, stage.out.context, sizeof context);
        stage_close(&stage);
        stage_close(&plain);
    }
}

/* An update is that of rnn_optimizer_step_arrays on the same numbers, to the bit, twice; an optimiser's moments go on,
 * the gradients stay, and the memory is gone.  The context that follows is that of a module with these parameters. */
static void updates_equal_those_of_arrays(void **state)
{
    (void)state;
    for (int32_t kind = RNN_OPTIMIZER_SGD; kind <= RNN_OPTIMIZER_ADAMW; kind++)
        for (int32_t score = RNN_ATTENTION_GENERAL; score <= RNN_ATTENTION_ADDITIVE; score++) {
            struct stage stage = stage_open(score);
            float parameters[A * (Q + M + 1)], gradients[A * (Q + M + 1)], *view, context[CONTEXTS];
            const float *values;
            size_t count;
            rnn_optimizer *optimizer, *other;
            assert_ok(rnn_attention_parameters(stage.module, &values, &count));
            assert_ok(rnn_attention_gradients(stage.module, &view, &count));
            memcpy(parameters, values, count * sizeof *values);
            memcpy(gradients, view, count * sizeof *view);
            assert_ok(rnn_optimizer_create(&optimizer, kind, count));
            assert_ok(rnn_optimizer_create(&other, kind, count));
            for (int i = 0; i < 2; i++) {
                assert_ok(rnn_attention_step(stage.module, optimizer));
                assert_ok(rnn_optimizer_step_arrays(other, parameters, count, gradients, count));
                assert_memory_equal(values, parameters, count * sizeof *values);
                assert_memory_equal(view, gradients, count * sizeof *view);
            }
            assert_fails(rnn_attention_forward(stage.module, context, CONTEXTS, NULL, 0, stage.queries, QUERIES),
                         RNN_E_STATE);
            assert_ok(rnn_attention_set_parameters(stage.shadow, parameters, count));
            set_memory(&stage, stage.module);
            set_memory(&stage, stage.shadow);
            forward(&stage, stage.shadow);
            assert_ok(rnn_attention_forward(stage.module, context, CONTEXTS, NULL, 0, stage.queries, QUERIES));
            assert_memory_equal(context, stage.out.context, sizeof context);
            view[count - 1] = 1e38f;
            assert_ok(rnn_optimizer_set_real(optimizer, RNN_RATE, 10));
            assert_fails(rnn_attention_step(stage.module, optimizer), RNN_E_NONFINITE);
            assert_memory_equal(values, parameters, count * sizeof *values);
            assert_ok(rnn_attention_forward(stage.module, context, CONTEXTS, NULL, 0, stage.queries, QUERIES));
            rnn_optimizer_destroy(optimizer);
            rnn_optimizer_destroy(other);
            stage_close(&stage);
        }
}

/* All that the way back gives. */
struct legacy {
    float dqueries[QUERIES], dmemory[MEMORIES], gradients[A * (Q + M + 1)];
    size_t count;
};

static void end(struct legacy *legacy, rnn_attention *module)
{
    float *gradients;
    assert_ok(rnn_attention_backward_memory(module, legacy->dmemory, MEMORIES));
    assert_ok(rnn_attention_gradients(module, &gradients, &legacy->count));
    if (gradients)
        memcpy(legacy->gradients, gradients, legacy->count * sizeof *gradients);
}

static void assert_same_legacy(const struct legacy *a, const struct legacy *b, double factor)
{
    for (size_t i = 0; i < QUERIES; i++)
        assert_close((double)a->dqueries[i], (double)b->dqueries[i], 1e-6);
    for (size_t i = 0; i < MEMORIES; i++)
        assert_close((double)a->dmemory[i], factor * (double)b->dmemory[i], 2e-6);
    for (size_t i = 0; i < a->count; i++)
        assert_close((double)a->gradients[i], factor * (double)b->gradients[i], 2e-6);
}

/* Back in T calls, in whatever order, with other queries asked meanwhile, as in one call. */
static void backwards_come_in_any_order(void **state)
{
    (void)state;
    static const size_t orders[][T] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}};
    for (int32_t score = RNN_ATTENTION_DOT; score <= RNN_ATTENTION_ADDITIVE; score++)
        for (size_t order = 0; order < 3; order++) {
            struct stage stage = stage_open(score);
            struct legacy whole = {0}, steps = {0};
            end(&whole, stage.module);
            set_memory(&stage, stage.shadow); /* begins anew */
            assert_ok(rnn_attention_zero_gradients(stage.shadow));
            for (size_t i = 0; i < T; i++) {
                size_t t = orders[order][i];
                assert_ok(rnn_attention_backward(stage.shadow, steps.dqueries + t * B * Q, B * Q,
                                                 stage.dcontext + t * B * M, B * M, stage.queries + t * B * Q, B * Q,
                                                 stage.weights + t * B * S, B * S));
                assert_ok(
                    rnn_attention_forward(stage.shadow, stage.out.context, CONTEXTS, NULL, 0, stage.queries, QUERIES));
            }
            end(&steps, stage.shadow);
            backward(&stage, stage.module);
            memcpy(whole.dqueries, stage.out.dqueries, sizeof whole.dqueries);
            assert_same_legacy(&steps, &whole, 1);
            stage_close(&stage);
        }
}

/* Gradients sum up until they are fetched; those of the memory then begin at 0, those of the parameters go on. */
static void gradients_sum_up(void **state)
{
    (void)state;
    for (int32_t score = RNN_ATTENTION_DOT; score <= RNN_ATTENTION_ADDITIVE; score++) {
        struct stage stage = stage_open(score);
        struct legacy once = {0}, twice = {0}, later = {0};
        end(&once, stage.module);
        backward(&stage, stage.shadow);
        end(&twice, stage.shadow);
        assert_same_legacy(&twice, &once, 2);
        end(&later, stage.shadow);
        for (size_t i = 0; i < MEMORIES; i++)
            assert_true(later.dmemory[i] == 0);
        assert_memory_equal(later.gradients, twice.gradients, sizeof twice.gradients);
        backward(&stage, stage.module);
        end(&later, stage.module);
        assert_memory_equal(later.dmemory, once.dmemory, sizeof once.dmemory);
        for (size_t i = 0; i < later.count; i++)
            assert_close((double)later.gradients[i], 2 * (double)once.gradients[i], 2e-6);
        stage_close(&stage);
    }
}

/* What is not wanted may be left out, and the rest is the same. */
static void what_is_not_wanted_is_left_out(void **state)
{
    (void)state;
    for (int32_t score = RNN_ATTENTION_DOT; score <= RNN_ATTENTION_ADDITIVE; score++) {
        struct stage stage = stage_open(score);
        struct legacy all = {0}, less = {0};
        end(&all, stage.module);
        set_memory(&stage, stage.shadow);
        assert_ok(rnn_attention_zero_gradients(stage.shadow));
        assert_ok(rnn_attention_backward(stage.shadow, NULL, 0, stage.dcontext, CONTEXTS, stage.queries, QUERIES,
                                         stage.weights, WEIGHTINGS));
        assert_ok(rnn_attention_backward_memory(stage.shadow, NULL, 0));
        end(&less, stage.shadow);
        assert_memory_equal(less.gradients, all.gradients, sizeof all.gradients);
        set_memory(&stage, stage.shadow);
        end(&less, stage.shadow); /* nothing went back over this memory */
        for (size_t i = 0; i < MEMORIES; i++)
            assert_true(less.dmemory[i] == 0);
        assert_memory_equal(less.gradients, all.gradients, sizeof all.gradients);
        stage_close(&stage);
    }
}

/* One module for problems that grow and shrink gives what a new module gives each of them. */
static void memories_follow_one_another(void **state)
{
    (void)state;
    static const size_t steps[] = {3, 20, 1, 9}, batches[] = {2, 1, 5, 4};
    for (int32_t score = RNN_ATTENTION_DOT; score <= RNN_ATTENTION_ADDITIVE; score++) {
        rnn_attention *old = create(score);
        for (size_t i = 0; i < 4; i++) {
            size_t s = steps[i], b = batches[i], rows = s * b;
            rnn_attention *module[2] = {old, create(score)};
            float *memory = malloc(rows * M * sizeof *memory), *context = malloc(rows * M * sizeof *context * 2);
            float *weights = malloc(rows * s * sizeof *weights), *dmemory = malloc(rows * M * sizeof *dmemory * 2);
            uint64_t seed = i;
            fill_uniform(memory, rows * M, &seed);
            for (size_t k = 0; k < 2; k++) {
                assert_ok(rnn_attention_set_memory(module[k], memory, rows * M, NULL, 0, s, b));
                assert_ok(rnn_attention_forward(module[k], context + k * rows * M, rows * M, weights, rows * s, memory,
                                                rows * Q));
                assert_ok(
                    rnn_attention_backward(module[k], NULL, 0, memory, rows * M, memory, rows * Q, weights, rows * s));
                assert_ok(rnn_attention_backward_memory(module[k], dmemory + k * rows * M, rows * M));
            }
            assert_memory_equal(context, context + rows * M, rows * M * sizeof *context);
            assert_memory_equal(dmemory, dmemory + rows * M, rows * M * sizeof *dmemory);
            free(memory);
            free(context);
            free(weights);
            free(dmemory);
            rnn_attention_destroy(module[1]);
        }
        rnn_attention_destroy(old);
    }
}

/* ---- failures ---------------------------------------------------------------------------------------------------- */

static void complain(const char *call, const char *problem, const char *file, int line)
{
    print_error("%s\n  %s\n  its message: \"%s\"\n", call, problem, rnn_last_error());
    _fail(file, line);
}

/* The call must fail so, its message begin with its name and have `part` in it; `by` must have the message too; and
 * nothing that a caller can see may have changed. */
static void refused(struct stage *stage, rnn_attention *by, int32_t actual, int32_t expected, const char *call,
                    const char *part, const char *file, int line)
{
    size_t length = strcspn(call, "(");
    float *gradients;
    size_t count;
    check_status(actual, expected, call, file, line);
    if (strncmp(rnn_last_error(), call, length) != 0 || !strstr(rnn_last_error(), part))
        complain(call, part, file, line);
    if (by && strcmp(rnn_attention_last_error(by), rnn_last_error()) != 0)
        complain(call, "the handle has another message", file, line);
    if (memcmp(&stage->out, &stage->pattern, sizeof stage->out) != 0)
        complain(call, "an output was changed", file, line);
    assert_ok(rnn_attention_gradients(stage->module, &gradients, &count));
    if (count && memcmp(gradients, stage->gradients, count * sizeof *gradients) != 0)
        complain(call, "a gradient was changed", file, line);
}
#define REFUSED(by, call, status, part) refused(stage, (by), (call), (status), #call, (part), __FILE__, __LINE__)

/* Module and shadow go on alike. */
static void assert_undisturbed(struct stage *stage)
{
    struct legacy legacy[2];
    memset(legacy, 0, sizeof legacy);
    for (size_t i = 0; i < 2; i++) {
        rnn_attention *module = i ? stage->shadow : stage->module;
        forward(stage, module);
        backward(stage, module);
        memcpy(legacy[i].dqueries, stage->out.dqueries, sizeof legacy[i].dqueries);
        end(&legacy[i], module);
    }
    assert_memory_equal(&legacy[0], &legacy[1], sizeof *legacy);
}

static void for_each_score(void (*test)(struct stage *stage))
{
    for (int32_t score = RNN_ATTENTION_DOT; score <= RNN_ATTENTION_ADDITIVE; score++) {
        struct stage stage = stage_open(score);
        test(&stage);
        memset(&stage.out, 0x55, sizeof stage.out);
        assert_undisturbed(&stage);
        stage_close(&stage);
    }
}

static void refuse_null(struct stage *stage)
{
    struct outputs *o = &stage->out;
    rnn_attention *m = stage->module;
    REFUSED(NULL, rnn_attention_create(NULL, RNN_ATTENTION_DOT, 1, 1, 0, 0), RNN_E_NULL, "out");
    REFUSED(NULL, rnn_attention_parameters(NULL, &o->view, &o->count), RNN_E_NULL, "attention");
    REFUSED(m, rnn_attention_parameters(m, NULL, &o->count), RNN_E_NULL, "values");
    REFUSED(m, rnn_attention_parameters(m, &o->view, NULL), RNN_E_NULL, "count");
    REFUSED(NULL, rnn_attention_gradients(NULL, &o->gradients, &o->count), RNN_E_NULL, "attention");
    REFUSED(m, rnn_attention_gradients(m, NULL, &o->count), RNN_E_NULL, "values");
    REFUSED(m, rnn_attention_gradients(m, &o->gradients, NULL), RNN_E_NULL, "count");
    REFUSED(NULL, rnn_attention_set_parameters(NULL, stage->memory, 1), RNN_E_NULL, "attention");
    REFUSED(NULL, rnn_attention_zero_gradients(NULL), RNN_E_NULL, "attention");
    REFUSED(NULL, rnn_attention_set_memory(NULL, stage->memory, MEMORIES, NULL, 0, S, B), RNN_E_NULL, "attention");
    REFUSED(m, rnn_attention_set_memory(m, NULL, MEMORIES, NULL, 0, S, B), RNN_E_NULL, "memory");
    REFUSED(m, rnn_attention_set_memory(m, NULL, 0, NULL, 0, S, B), RNN_E_NULL, "memory");
    REFUSED(m, rnn_attention_set_memory(m, stage->memory, MEMORIES, NULL, B, S, B), RNN_E_NULL, "lengths");
    REFUSED(NULL, rnn_attention_forward(NULL, o->context, CONTEXTS, NULL, 0, stage->queries, QUERIES), RNN_E_NULL,
            "attention");
    REFUSED(m, rnn_attention_forward(m, NULL, CONTEXTS, NULL, 0, stage->queries, QUERIES), RNN_E_NULL, "context");
    REFUSED(m, rnn_attention_forward(m, NULL, 0, NULL, 0, stage->queries, QUERIES), RNN_E_NULL, "context");
    REFUSED(m, rnn_attention_forward(m, o->context, CONTEXTS, NULL, 3, stage->queries, QUERIES), RNN_E_NULL, "weights");
    REFUSED(m, rnn_attention_forward(m, o->context, CONTEXTS, NULL, 0, NULL, QUERIES), RNN_E_NULL, "queries");
    REFUSED(NULL, rnn_attention_backward_memory(NULL, o->dmemory, MEMORIES), RNN_E_NULL, "attention");
    REFUSED(m, rnn_attention_backward_memory(m, NULL, MEMORIES), RNN_E_NULL, "dmemory");
    assert_string_equal(rnn_attention_last_error(NULL), "");
}

static void refuse_null_backward(struct stage *stage)
{
    float *dq = stage->out.dqueries, *dc = stage->dcontext, *q = stage->queries, *w = stage->weights;
    rnn_attention *m = stage->module;
    REFUSED(NULL, rnn_attention_backward(NULL, dq, QUERIES, dc, CONTEXTS, q, QUERIES, w, WEIGHTINGS), RNN_E_NULL,
            "attention");
    REFUSED(m, rnn_attention_backward(m, NULL, 1, dc, CONTEXTS, q, QUERIES, w, WEIGHTINGS), RNN_E_NULL, "dqueries");
    REFUSED(m, rnn_attention_backward(m, dq, QUERIES, NULL, CONTEXTS, q, QUERIES, w, WEIGHTINGS), RNN_E_NULL,
            "dcontext");
    REFUSED(m, rnn_attention_backward(m, dq, QUERIES, dc, CONTEXTS, NULL, QUERIES, w, WEIGHTINGS), RNN_E_NULL,
            "queries");
    REFUSED(m, rnn_attention_backward(m, dq, QUERIES, dc, CONTEXTS, q, QUERIES, NULL, WEIGHTINGS), RNN_E_NULL,
            "weights");
    REFUSED(m, rnn_attention_backward(m, dq, QUERIES, dc, CONTEXTS, q, QUERIES, NULL, 0), RNN_E_NULL, "weights");
}

static void refuse_counts(struct stage *stage)
{
    struct outputs *o = &stage->out;
    rnn_attention *m = stage->module;
    const float *queries = stage->queries, *dc = stage->dcontext, *w = stage->weights;
    for (size_t wrong = 0; wrong < 4; wrong++) {
        const size_t off[] = {1, (size_t)-1, SIZE_MAX / 4 + 1, SIZE_MAX / 2}, d = off[wrong];
        REFUSED(m, rnn_attention_set_parameters(m, stage->memory, stage->count + d), RNN_E_SIZE, "values_count");
        REFUSED(m, rnn_attention_set_memory(m, stage->memory, MEMORIES + d, NULL, 0, S, B), RNN_E_SIZE, "S*B*M");
        REFUSED(m, rnn_attention_set_memory(m, stage->memory, MEMORIES, stage->lengths, B + d, S, B), RNN_E_SIZE,
                "lengths_count");
        REFUSED(m, rnn_attention_forward(m, o->context, CONTEXTS + d, NULL, 0, queries, QUERIES), RNN_E_SIZE,
                "context_count");
        REFUSED(m, rnn_attention_forward(m, o->context, CONTEXTS, o->weights, WEIGHTINGS + d, queries, QUERIES),
                RNN_E_SIZE, "T*B*S = 4*3*7");
        REFUSED(m, rnn_attention_forward(m, o->context, CONTEXTS, NULL, 0, queries, QUERIES + d), RNN_E_SIZE,
                "queries_count");
        REFUSED(m, rnn_attention_backward(m, o->dqueries, QUERIES + d, dc, CONTEXTS, queries, QUERIES, w, WEIGHTINGS),
                RNN_E_SIZE, "dqueries_count");
        REFUSED(m, rnn_attention_backward(m, o->dqueries, QUERIES, dc, CONTEXTS + d, queries, QUERIES, w, WEIGHTINGS),
                RNN_E_SIZE, "dcontext_count");
        REFUSED(m, rnn_attention_backward(m, o->dqueries, QUERIES, dc, CONTEXTS, queries, QUERIES + d, w, WEIGHTINGS),
                RNN_E_SIZE, " queries_count");
        REFUSED(m, rnn_attention_backward(m, o->dqueries, QUERIES, dc, CONTEXTS, queries, QUERIES, w, WEIGHTINGS + d),
                RNN_E_SIZE, "weights_count");
        REFUSED(m, rnn_attention_backward_memory(m, o->dmemory, MEMORIES + d), RNN_E_SIZE, "dmemory_count");
    }
}

static void refuse_values(struct stage *stage)
{
    struct outputs *o = &stage->out;
    rnn_attention *m = stage->module;
    static const size_t sizes[] = {0, (size_t)1 << 31, SIZE_MAX};
    static const int32_t lengths[][B] = {{S + 1, 0, 0}, {0, -1, 0}, {0, 0, INT32_MIN}, {0, INT32_MAX, 0}};
    for (size_t i = 0; i < 3; i++) {
        REFUSED(m, rnn_attention_set_memory(m, stage->memory, MEMORIES, NULL, 0, sizes[i], B), RNN_E_VALUE, "steps");
        REFUSED(m, rnn_attention_set_memory(m, stage->memory, MEMORIES, NULL, 0, S, sizes[i]), RNN_E_VALUE, "batch");
    }
    const size_t row = B * Q;
    for (size_t i = 0; i < 3 && SIZE_MAX / row > INT32_MAX; i++) { /* else no count makes T as large */
        const size_t counts[] = {row * (INT32_MAX / B + 1), row << 31, SIZE_MAX / row * row};
        REFUSED(m, rnn_attention_forward(m, o->context, CONTEXTS, NULL, 0, stage->queries, counts[i]), RNN_E_VALUE,
                "so T is ");
        REFUSED(m,
                rnn_attention_backward(m, o->dqueries, QUERIES, stage->dcontext, CONTEXTS, stage->queries, counts[i],
                                       stage->weights, WEIGHTINGS),
                RNN_E_VALUE, "so T is ");
    }
    REFUSED(m, rnn_attention_forward(m, o->context, CONTEXTS, NULL, 0, stage->queries, 0), RNN_E_SIZE, "queries_count");
    REFUSED(m, rnn_attention_forward(m, o->context, CONTEXTS, NULL, 0, NULL, 0), RNN_E_NULL, "queries");
    REFUSED(m, rnn_attention_forward(m, o->context, CONTEXTS, NULL, 0, stage->queries, 2 * QUERIES), RNN_E_SIZE,
            "context_count");
    REFUSED(m,
            rnn_attention_backward(m, o->dqueries, QUERIES, stage->dcontext, CONTEXTS, stage->queries, 0,
                                   stage->weights, WEIGHTINGS),
            RNN_E_SIZE, "queries_count");
    REFUSED(m,
            rnn_attention_backward(m, NULL, 0, stage->dcontext, CONTEXTS, stage->queries, 2 * QUERIES, stage->weights,
                                   WEIGHTINGS),
            RNN_E_SIZE, "dcontext_count");
    REFUSED(m, rnn_attention_set_memory(m, stage->memory, MEMORIES, NULL, 0, 1 << 16, 1 << 16), RNN_E_VALUE, "steps");
    for (size_t i = 0; i < 4; i++)
        REFUSED(m, rnn_attention_set_memory(m, stage->memory, MEMORIES, lengths[i], B, S, B), RNN_E_VALUE, "lengths[");
}

static void refuse_modules(struct stage *stage)
{
    rnn_attention **out = &stage->out.module;
    static const size_t sizes[] = {0, (size_t)1 << 31, SIZE_MAX};
    static const int32_t scores[] = {0, 4, -1, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < 5; i++)
        REFUSED(NULL, rnn_attention_create(out, scores[i], 4, 4, 0, 0), RNN_E_VALUE, "score");
    for (size_t i = 0; i < 3; i++) {
        REFUSED(NULL, rnn_attention_create(out, RNN_ATTENTION_GENERAL, sizes[i], 4, 0, 0), RNN_E_VALUE, "query_size");
        REFUSED(NULL, rnn_attention_create(out, RNN_ATTENTION_GENERAL, 4, sizes[i], 0, 0), RNN_E_VALUE, "memory_size");
        REFUSED(NULL, rnn_attention_create(out, RNN_ATTENTION_ADDITIVE, 4, 4, sizes[i], 0), RNN_E_VALUE, "units");
    }
    REFUSED(NULL, rnn_attention_create(out, RNN_ATTENTION_DOT, 4, 4, 1, 0), RNN_E_VALUE, "units");
    REFUSED(NULL, rnn_attention_create(out, RNN_ATTENTION_GENERAL, 4, 4, 4, 0), RNN_E_VALUE, "units");
    REFUSED(NULL, rnn_attention_create(out, RNN_ATTENTION_DOT, 4, 5, 0, 0), RNN_E_VALUE, "query_size is 4");
    REFUSED(NULL, rnn_attention_create(out, RNN_ATTENTION_GENERAL, INT32_MAX, INT32_MAX, 0, 0), RNN_E_MEMORY, "memory");
    REFUSED(NULL, rnn_attention_create(out, RNN_ATTENTION_ADDITIVE, INT32_MAX, INT32_MAX, INT32_MAX, 0), RNN_E_MEMORY,
            "memory");
}

static void wrong_arguments_are_refused(void **state)
{
    (void)state;
    for_each_score(refuse_null);
    for_each_score(refuse_null_backward);
    for_each_score(refuse_counts);
    for_each_score(refuse_values);
    for_each_score(refuse_modules);
}

/* Without a memory, or when the parameters have changed since: RNN_E_STATE. */
static void memory_comes_first(void **state)
{
    (void)state;
    for (int32_t score = RNN_ATTENTION_DOT; score <= RNN_ATTENTION_ADDITIVE; score++)
        for (int changed = 0; changed < 2; changed++) {
            struct stage whole = stage_open(score), *stage = &whole;
            struct outputs *o = &stage->out;
            rnn_attention *m = changed ? stage->module : create(score);
            if (changed)
                assert_ok(rnn_attention_set_parameters(m, stage->count ? stage->memory : NULL, stage->count));
            REFUSED(m, rnn_attention_forward(m, o->context, CONTEXTS, NULL, 0, stage->queries, QUERIES), RNN_E_STATE,
                    "memory");
            REFUSED(m,
                    rnn_attention_backward(m, NULL, 0, stage->dcontext, CONTEXTS, stage->queries, QUERIES,
                                           stage->weights, WEIGHTINGS),
                    RNN_E_STATE, "memory");
            REFUSED(m, rnn_attention_backward_memory(m, NULL, 0), RNN_E_STATE, "memory");
            if (!changed)
                rnn_attention_destroy(m);
            stage_close(stage);
        }
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static size_t fail_at; /* which call from now on fails, 0: none */
static size_t taken;
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);

void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    taken++;
    return fail_at && --fail_at == 0 ? NULL : __real_rnni_memory_take(count, size);
}

#define OUT_OF_MEMORY(which, by, call)                                                                                 \
    do {                                                                                                               \
        fail_at = (which);                                                                                             \
        REFUSED(by, call, RNN_E_MEMORY, "out of memory");                                                              \
        assert_int_equal(fail_at, 0);                                                                                  \
    } while (0)

enum { MORE = 50 };

/* Calls that must grow what they have fail, and the module goes on with what it had. */
static void run_out_of_memory(struct stage *stage)
{
    static float large[MORE * MORE * B * M], context[MORE * T * B * M], weights[MORE * T * B * S];
    struct outputs *o = &stage->out;
    rnn_attention *m = stage->module;
    OUT_OF_MEMORY(1, NULL, rnn_attention_create(&o->module, RNN_ATTENTION_GENERAL, Q, M, 0, 0));
    OUT_OF_MEMORY(2, NULL, rnn_attention_create(&o->module, RNN_ATTENTION_GENERAL, Q, M, 0, 0));
    OUT_OF_MEMORY(1, m,
                  rnn_attention_set_memory(m, large, (size_t)MORE * S * B * M, NULL, 0, (size_t)MORE * S, (size_t)B));
    OUT_OF_MEMORY(
        1, m, rnn_attention_forward(m, context, (size_t)MORE * T * B * M, NULL, 0, large, (size_t)MORE * T * B * Q));
    OUT_OF_MEMORY(1, m,
                  rnn_attention_backward(m, NULL, 0, context, (size_t)MORE * T * B * M, large, (size_t)MORE * T * B * Q,
                                         weights, (size_t)MORE * T * B * S));
}

/* The first way back over a memory takes memory for its gradients. */
static void the_first_way_back_may_fail(void **state)
{
    (void)state;
    for (int32_t score = RNN_ATTENTION_DOT; score <= RNN_ATTENTION_ADDITIVE; score++)
        for (size_t which = 1; which < 3; which++) {
            struct stage whole = stage_open(score), *stage = &whole;
            rnn_attention *m = create(score);
            set_memory(stage, m);
            OUT_OF_MEMORY(which, m,
                          rnn_attention_backward(m, stage->out.dqueries, QUERIES, stage->dcontext, CONTEXTS,
                                                 stage->queries, QUERIES, stage->weights, WEIGHTINGS));
            rnn_attention_destroy(stage->module);
            stage->module = m;
            backward(stage, m);
            memset(&stage->out, 0x55, sizeof stage->out);
            assert_undisturbed(stage);
            stage_close(stage);
        }
}

/* What has grown once is kept: batch after batch of the same sizes takes nothing. */
static void nothing_is_taken_twice(void **state)
{
    (void)state;
    for (int32_t score = RNN_ATTENTION_DOT; score <= RNN_ATTENTION_ADDITIVE; score++) {
        struct stage stage = stage_open(score);
        taken = 0;
        set_memory(&stage, stage.module);
        forward(&stage, stage.module);
        backward(&stage, stage.module);
        assert_int_equal(taken, 0);
        stage_close(&stage);
    }
}

static void memory_may_run_out(void **state)
{
    (void)state;
    for_each_score(run_out_of_memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_of_fewer_bits),
        cmocka_unit_test(updates_equal_those_of_arrays),
        cmocka_unit_test(steps_equal_the_whole),
        cmocka_unit_test(backwards_come_in_any_order),
        cmocka_unit_test(gradients_sum_up),
        cmocka_unit_test(what_is_not_wanted_is_left_out),
        cmocka_unit_test(memories_follow_one_another),
        cmocka_unit_test(wrong_arguments_are_refused),
        cmocka_unit_test(memory_comes_first),
        cmocka_unit_test(memory_may_run_out),
        cmocka_unit_test(the_first_way_back_may_fail),
        cmocka_unit_test(nothing_is_taken_twice),
    };
    return run_with_all_products(tests, sizeof tests / sizeof *tests);
}
