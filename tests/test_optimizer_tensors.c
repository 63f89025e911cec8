/* Optimisers of a model: options of tensors, AMSGrad, and their files; held to torch.optim by golden/torch_groups.h. */
#define _DEFAULT_SOURCE /* mkdtemp */

#include "base/memory.h"
#include "fitting.h"
#include "golden/torch_groups.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* Which of the library's allocations, counted from 1, finds no memory; 0: none. */
static size_t failing, taken;
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    return ++taken == failing ? NULL : __real_rnni_memory_take(count, size);
}

/* ---- networks ---------------------------------------------------------------------------------------------------- */

static rnn_model *model_of(int32_t cell, int64_t inputs, int64_t units)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, cell));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, inputs));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, units));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, 2));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

/* A session whose gradients are written by hand. */
struct trained {
    rnn_model *model;
    rnn_session *session;
    const float *p;
    float *g;
    size_t count;
};

static struct trained trained_open(int32_t cell, int64_t inputs, int64_t units)
{
    struct trained t = {.model = model_of(cell, inputs, units)};
    assert_ok(rnn_session_create(&t.session, t.model, RNN_TRAINING));
    assert_ok(rnn_model_parameters(t.model, &t.p, &t.count));
    assert_ok(rnn_session_gradients(t.session, &t.g, &t.count));
    return t;
}

static void trained_close(struct trained *t)
{
    rnn_session_destroy(t->session);
    rnn_destroy(t->model);
}

static void set_floats(float *to, const double *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = (float)from[i];
}

static void set_factors(rnn_optimizer *optimizer, const char *prefix, double rate, double decay)
{
    assert_ok(rnn_optimizer_set_tensors_real(optimizer, prefix, RNN_RATE_FACTOR, rate));
    assert_ok(rnn_optimizer_set_tensors_real(optimizer, prefix, RNN_DECAY_FACTOR, decay));
}

/* ---- PyTorch ----------------------------------------------------------------------------------------------------- */

/* What generate_groups.py sets under that name; NULL: nothing, a fault. */
static void set_options(rnn_optimizer *optimizer, const char *name)
{
    assert_ok(rnn_optimizer_set_real(optimizer, RNN_RATE, strcmp(name, "frozen") ? 0.02 : 0.1));
    if (!strncmp(name, "amsgrad", 7)) {
        assert_ok(rnn_optimizer_set_int(optimizer, RNN_AMSGRAD, 1));
        assert_ok(rnn_optimizer_set_real(optimizer, RNN_WEIGHT_DECAY, name[7] ? 0.1 : 0));
        assert_ok(rnn_optimizer_set_real(optimizer, RNN_MAX_NORM, strcmp(name, "amsgrad_apart") ? 0 : 0.7));
    } else if (!strcmp(name, "groups")) {
        assert_ok(rnn_optimizer_set_real(optimizer, RNN_WEIGHT_DECAY, 0.2));
        set_factors(optimizer, "head.", 3, 0.5);
        assert_ok(rnn_optimizer_exempt_biases(optimizer));
    } else {
        assert_string_equal(name, "frozen");
        assert_ok(rnn_optimizer_set_real(optimizer, RNN_WEIGHT_DECAY, 0.05));
        assert_ok(rnn_optimizer_set_real(optimizer, RNN_MOMENTUM, 0.9));
        assert_ok(rnn_optimizer_set_real(optimizer, RNN_MAX_NORM, 0.5));
        assert_ok(rnn_optimizer_set_tensors_int(optimizer, "weight_hh", RNN_FROZEN, 1));
        assert_ok(rnn_optimizer_set_tensors_real(optimizer, "head.bias", RNN_RATE_FACTOR, 0.5));
    }
}

/* Whether the library has PyTorch's results; by arrays or a session. */
static int is_as_pytorch(const struct golden_group *golden, rnn_optimizer *optimizer, int by_session)
{
    struct trained t = trained_open(RNN_CELL_TANH, 3, 4);
    float p[GROUPED], g[GROUPED];
    int same = 1;
    assert_int_equal(t.count, GROUPED);
    set_floats(p, groups_initial, GROUPED);
    assert_ok(rnn_model_set_parameters(t.model, p, GROUPED));
    for (size_t n = 0; n < GROUP_UPDATES; n++) {
        set_floats(by_session ? t.g : g, groups_gradients + n * GROUPED, GROUPED);
        if (by_session)
            assert_ok(rnn_optimizer_step(optimizer, t.session));
        else
            assert_ok(rnn_optimizer_step_arrays(optimizer, p, GROUPED, g, GROUPED));
    }
    for (size_t i = 0; i < GROUPED; i++)
        same &= close_enough((double)(by_session ? t.p : p)[i], golden->results[i], 2e-6);
    trained_close(&t);
    return same;
}

static rnn_optimizer *optimizer_of(int32_t kind)
{
    rnn_model *model = model_of(RNN_CELL_TANH, 3, 4);
    rnn_optimizer *optimizer;
    assert_ok(rnn_optimizer_create_for_model(&optimizer, kind, model));
    rnn_destroy(model);
    return optimizer;
}

static void test_as_pytorch(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(golden_groups); i++)
        for (int by_session = 0; by_session < 2; by_session++)
            for (size_t k = 0; k < LENGTH(golden_groups); k++) { /* only its own options give its results */
                if (golden_groups[k].kind != golden_groups[i].kind)
                    continue;
                rnn_optimizer *optimizer = optimizer_of(golden_groups[k].kind);
                set_options(optimizer, golden_groups[k].name);
                if (is_as_pytorch(&golden_groups[i], optimizer, by_session) != (i == k)) {
                    print_error("%s with the options of %s\n", golden_groups[i].name, golden_groups[k].name);
                    fail();
                }
                rnn_optimizer_destroy(optimizer);
            }
}

/* ---- parts ------------------------------------------------------------------------------------------------------- */

/* Without clipping, tensors with options of their own are as if each had an optimiser of its own; for every kind, to
 * the bit, on 1, 2 and 3 threads. */
static void check_parts(int32_t kind, int amsgrad, size_t threads)
{
    struct trained t = trained_open(RNN_CELL_LSTM, 37, 120);
    rnn_optimizer *all, *parts[16];
    size_t tensors, updates = 3, offset, rank, shape[2];
    const char *name;
    uint64_t seed = 3;
    float *p = malloc(t.count * sizeof *p);
    assert_non_null(p);
    memcpy(p, t.p, t.count * sizeof *p);
    assert_ok(rnn_session_set_threads(t.session, threads));
    assert_ok(rnn_optimizer_create_for_model(&all, kind, t.model));
    assert_ok(rnn_optimizer_set_real(all, RNN_WEIGHT_DECAY, 0.1));
    if (amsgrad)
        assert_ok(rnn_optimizer_set_int(all, RNN_AMSGRAD, 1));
    assert_ok(rnn_model_tensor_count(t.model, &tensors));
    assert_in_range(tensors, 2, 16);
    for (size_t i = 0; i < tensors; i++) {
        assert_ok(rnn_model_tensor_info(t.model, i, &name, &rank, shape, 2, &offset));
        size_t count = shape[0] * (rank > 1 ? shape[1] : 1);
        double rate, rate_factor = i % 3 == 2 ? 0.25 : (double)i, decay_factor = i % 2 ? 0.5 : 1;
        set_factors(all, name, rate_factor, decay_factor);
        assert_ok(rnn_optimizer_create(&parts[i], kind, count));
        assert_ok(rnn_optimizer_get_real(all, RNN_RATE, &rate));
        assert_ok(rnn_optimizer_set_real(parts[i], RNN_RATE, rate * rate_factor));
        assert_ok(rnn_optimizer_set_real(parts[i], RNN_WEIGHT_DECAY, 0.1 * decay_factor));
        if (amsgrad)
            assert_ok(rnn_optimizer_set_int(parts[i], RNN_AMSGRAD, 1));
    }
    for (size_t n = 0; n < updates; n++) {
        fill_uniform(t.g, t.count, &seed);
        for (size_t i = 0; i < tensors; i++) {
            assert_ok(rnn_model_tensor_info(t.model, i, &name, &rank, shape, 2, &offset));
            size_t count = shape[0] * (rank > 1 ? shape[1] : 1);
            assert_ok(rnn_optimizer_step_arrays(parts[i], p + offset, count, t.g + offset, count));
        }
        assert_ok(rnn_optimizer_step(all, t.session));
        assert_memory_equal(p, t.p, t.count * sizeof *p);
    }
    for (size_t i = 0; i < tensors; i++)
        rnn_optimizer_destroy(parts[i]);
    rnn_optimizer_destroy(all);
    free(p);
    trained_close(&t);
}

static void test_parts(void **state)
{
    (void)state;
    for (int32_t kind = RNN_OPTIMIZER_SGD; kind <= RNN_OPTIMIZER_ADAMW; kind++)
        for (int amsgrad = 0; amsgrad <= (kind >= RNN_OPTIMIZER_ADAM); amsgrad++)
            for (size_t threads = 1; threads <= 3; threads++)
                check_parts(kind, amsgrad, threads);
}

/* Factors of 1 are no factors: the bits of an optimiser of a count, with clipping by norm. */
static void test_without_factors(void **state)
{
    (void)state;
    struct trained a = trained_open(RNN_CELL_LSTM, 37, 120), b = trained_open(RNN_CELL_LSTM, 37, 120);
    rnn_optimizer *plain, *of_model;
    uint64_t seed = 3;
    assert_ok(rnn_optimizer_create(&plain, RNN_OPTIMIZER_ADAMW, a.count));
    assert_ok(rnn_optimizer_create_for_model(&of_model, RNN_OPTIMIZER_ADAMW, b.model));
    assert_ok(rnn_optimizer_set_real(plain, RNN_MAX_NORM, 1));
    assert_ok(rnn_optimizer_set_real(of_model, RNN_MAX_NORM, 1));
    set_factors(of_model, "weight_", 2, 0);
    set_factors(of_model, "", 1, 1);
    for (size_t n = 0; n < 3; n++) {
        fill_uniform(a.g, a.count, &seed);
        memcpy(b.g, a.g, a.count * sizeof *a.g);
        assert_ok(rnn_optimizer_step(plain, a.session));
        assert_ok(rnn_optimizer_step(of_model, b.session));
        assert_memory_equal(a.p, b.p, a.count * sizeof *a.p);
    }
    rnn_optimizer_destroy(plain);
    rnn_optimizer_destroy(of_model);
    trained_close(&a);
    trained_close(&b);
}

/* ---- frozen ------------------------------------------------------------------------------------------------------ */

static void test_frozen(void **state)
{
    (void)state;
    for (int32_t kind = RNN_OPTIMIZER_SGD; kind <= RNN_OPTIMIZER_ADAMW; kind++) {
        struct trained t = trained_open(RNN_CELL_TANH, 3, 4);
        rnn_optimizer *optimizer;
        float before[GROUPED], ignored[] = {NAN, INFINITY, 3e38f};
        assert_ok(rnn_optimizer_create_for_model(&optimizer, kind, t.model));
        assert_ok(rnn_optimizer_set_tensors_int(optimizer, "weight_hh", RNN_FROZEN, 1)); /* elements 12 to 27 */
        for (size_t i = 0; i < 6; i++) {
            memcpy(before, t.p, sizeof before);
            for (size_t k = 0; k < GROUPED; k++)
                t.g[k] = k >= 12 && k < 28 ? ignored[i % 3] : 0.5f;
            assert_ok(rnn_optimizer_set_real(optimizer, RNN_MAX_NORM, i < 3 ? 0 : 1));
            assert_ok(rnn_optimizer_step(optimizer, t.session));
            for (size_t k = 0; k < GROUPED; k++)
                assert_true((t.p[k] == before[k]) == (k >= 12 && k < 28));
        }
        t.g[30] = NAN; /* bias_ih_l0 */
        assert_fails(rnn_optimizer_step(optimizer, t.session), RNN_E_NONFINITE);
        assert_non_null(strstr(rnn_optimizer_last_error(optimizer), "bias_ih_l0"));
        float p[GROUPED] = {0};
        assert_fails(rnn_optimizer_step_arrays(optimizer, p, GROUPED, t.g, GROUPED), RNN_E_NONFINITE);
        assert_non_null(strstr(rnn_optimizer_last_error(optimizer), "[30]"));
        t.g[30] = kind == RNN_OPTIMIZER_SGD ? 1 : 3e38f; /* its square is infinite */
        if (kind != RNN_OPTIMIZER_SGD) {
            assert_ok(rnn_optimizer_set_real(optimizer, RNN_MAX_NORM, 0));
            assert_fails(rnn_optimizer_step(optimizer, t.session), RNN_E_NONFINITE);
        }
        rnn_optimizer_destroy(optimizer);
        trained_close(&t);
    }
}

/* ---- prefixes and errors ----------------------------------------------------------------------------------------- */

static double rate_of(rnn_optimizer *optimizer, const char *name)
{
    double value = -1;
    assert_ok(rnn_optimizer_get_tensor_real(optimizer, name, RNN_RATE_FACTOR, &value));
    return value;
}

static void test_prefixes(void **state)
{
    (void)state;
    rnn_optimizer *o = optimizer_of(RNN_OPTIMIZER_ADAM);
    int64_t frozen = -1;
    double decay = -1;
    assert_true(rate_of(o, "head.bias") == 1);
    assert_ok(rnn_optimizer_set_tensors_real(o, "", RNN_RATE_FACTOR, 2));
    assert_ok(rnn_optimizer_set_tensors_real(o, "bias_", RNN_RATE_FACTOR, 3));
    assert_ok(rnn_optimizer_set_tensors_real(o, "bias_hh_l0", RNN_RATE_FACTOR, 0));
    assert_true(rate_of(o, "weight_ih_l0") == 2 && rate_of(o, "head.bias") == 2);
    assert_true(rate_of(o, "bias_ih_l0") == 3 && rate_of(o, "bias_hh_l0") == 0);
    assert_ok(rnn_optimizer_set_tensors_int(o, "weight_hh_l0", RNN_FROZEN, 1));
    assert_ok(rnn_optimizer_get_tensor_int(o, "weight_hh_l0", RNN_FROZEN, &frozen));
    assert_int_equal(frozen, 1);
    assert_ok(rnn_optimizer_get_tensor_int(o, "weight_ih_l0", RNN_FROZEN, &frozen));
    assert_int_equal(frozen, 0);
    assert_ok(rnn_optimizer_exempt_biases(o));
    assert_ok(rnn_optimizer_get_tensor_real(o, "head.bias", RNN_DECAY_FACTOR, &decay));
    assert_true(decay == 0);
    assert_ok(rnn_optimizer_get_tensor_real(o, "head.weight", RNN_DECAY_FACTOR, &decay));
    assert_true(decay == 1);
    rnn_optimizer_destroy(o);
}

static void check_refused(int32_t found, int32_t status, const rnn_optimizer *optimizer, const char *part, int line)
{
    const char *message = optimizer ? rnn_optimizer_last_error(optimizer) : rnn_last_error();
    if (found == status && strstr(message, part) && !strcmp(message, rnn_last_error()))
        return;
    print_error("%s (%s), expected %s\n", rnn_status_string(found), message, part);
    _fail(__FILE__, line);
}
#define REFUSED(call, status, part) check_refused(call, status, o, part, __LINE__)

static void test_errors(void **state)
{
    (void)state;
    const double wrong[] = {-1e-9, 1.1e30, (double)NAN, (double)INFINITY};
    rnn_optimizer *o = NULL, *plain, *none = NULL;
    rnn_model *model = model_of(RNN_CELL_TANH, 3, 4);
    int64_t integer = 77;
    double real = 77;
    REFUSED(rnn_optimizer_create_for_model(NULL, RNN_OPTIMIZER_SGD, model), RNN_E_NULL, "out is NULL");
    REFUSED(rnn_optimizer_create_for_model(&none, RNN_OPTIMIZER_SGD, NULL), RNN_E_NULL, "model is NULL");
    REFUSED(rnn_optimizer_create_for_model(&none, 0, model), RNN_E_VALUE, "kind is 0");
    REFUSED(rnn_optimizer_create_for_model(&none, 6, model), RNN_E_VALUE, "kind is 6");
    REFUSED(rnn_optimizer_set_tensors_int(NULL, "", RNN_FROZEN, 1), RNN_E_NULL, "optimizer is NULL");
    REFUSED(rnn_optimizer_set_tensors_real(NULL, "", RNN_RATE_FACTOR, 1), RNN_E_NULL, "optimizer is NULL");
    REFUSED(rnn_optimizer_get_tensor_int(NULL, "", RNN_FROZEN, &integer), RNN_E_NULL, "optimizer is NULL");
    REFUSED(rnn_optimizer_get_tensor_real(NULL, "", RNN_RATE_FACTOR, &real), RNN_E_NULL, "optimizer is NULL");
    REFUSED(rnn_optimizer_exempt_biases(NULL), RNN_E_NULL, "optimizer is NULL");
    o = optimizer_of(RNN_OPTIMIZER_ADAM);
    REFUSED(rnn_optimizer_set_tensors_int(o, NULL, RNN_FROZEN, 1), RNN_E_NULL, "prefix is NULL");
    REFUSED(rnn_optimizer_set_tensors_real(o, NULL, RNN_RATE_FACTOR, 1), RNN_E_NULL, "prefix is NULL");
    REFUSED(rnn_optimizer_get_tensor_int(o, NULL, RNN_FROZEN, &integer), RNN_E_NULL, "name is NULL");
    REFUSED(rnn_optimizer_get_tensor_int(o, "head.bias", RNN_FROZEN, NULL), RNN_E_NULL, "value is NULL");
    REFUSED(rnn_optimizer_get_tensor_real(o, NULL, RNN_RATE_FACTOR, &real), RNN_E_NULL, "name is NULL");
    REFUSED(rnn_optimizer_get_tensor_real(o, "head.bias", RNN_RATE_FACTOR, NULL), RNN_E_NULL, "value is NULL");
    REFUSED(rnn_optimizer_set_tensors_int(o, "weight_xy", RNN_FROZEN, 1), RNN_E_NAME, "\"weight_xy\"");
    REFUSED(rnn_optimizer_get_tensor_int(o, "head.", RNN_FROZEN, &integer), RNN_E_NAME, "\"head.\"");
    REFUSED(rnn_optimizer_get_tensor_real(o, "", RNN_RATE_FACTOR, &real), RNN_E_NAME, "\"\"");
    REFUSED(rnn_optimizer_set_tensors_int(o, "", RNN_FROZEN, 2), RNN_E_VALUE, "RNN_FROZEN is 2");
    REFUSED(rnn_optimizer_set_tensors_int(o, "", RNN_RATE_FACTOR, 1), RNN_E_VALUE, "RNN_RATE_FACTOR");
    REFUSED(rnn_optimizer_set_tensors_real(o, "", RNN_FROZEN, 1), RNN_E_VALUE, "RNN_FROZEN");
    REFUSED(rnn_optimizer_set_tensors_real(o, "", RNN_RATE, 1), RNN_E_VALUE, "not an option");
    REFUSED(rnn_optimizer_set_tensors_int(o, "", 350, 1), RNN_E_VALUE, "not an option");
    for (size_t i = 0; i < LENGTH(wrong); i++) {
        REFUSED(rnn_optimizer_set_tensors_real(o, "", RNN_RATE_FACTOR, wrong[i]), RNN_E_VALUE, "RNN_RATE_FACTOR is");
        REFUSED(rnn_optimizer_set_tensors_real(o, "", RNN_DECAY_FACTOR, wrong[i]), RNN_E_VALUE, "RNN_DECAY_FACTOR is");
    }
    assert_true(rate_of(o, "head.bias") == 1 && integer == 77 && real == 77 && !none);
    rnn_optimizer_destroy(o);
    assert_ok(rnn_optimizer_create(&plain, RNN_OPTIMIZER_ADAM, GROUPED));
    o = plain;
    REFUSED(rnn_optimizer_set_tensors_int(o, "", RNN_FROZEN, 1), RNN_E_STATE, "rnn_optimizer_create_for_model");
    REFUSED(rnn_optimizer_set_tensors_real(o, "", RNN_RATE_FACTOR, 1), RNN_E_STATE, "rnn_optimizer_create_for_model");
    REFUSED(rnn_optimizer_get_tensor_int(o, "head.bias", RNN_FROZEN, &integer), RNN_E_STATE, "for_model");
    REFUSED(rnn_optimizer_get_tensor_real(o, "head.bias", RNN_RATE_FACTOR, &real), RNN_E_STATE, "for_model");
    REFUSED(rnn_optimizer_exempt_biases(o), RNN_E_STATE, "for_model");
    rnn_optimizer_destroy(plain);
    rnn_destroy(model);
}

/* Another model with the same tensors is fine; one with as many parameters in other tensors is not. */
static void test_other_models(void **state)
{
    (void)state;
    struct trained same = trained_open(RNN_CELL_TANH, 3, 4), larger = trained_open(RNN_CELL_TANH, 4, 4);
    rnn_config *config;
    rnn_optimizer *o;
    assert_ok(rnn_optimizer_create_for_model(&o, RNN_OPTIMIZER_SGD, same.model));
    assert_ok(rnn_optimizer_step(o, same.session));
    rnn_destroy(same.model); /* the session keeps it */
    same.model = NULL;
    assert_ok(rnn_optimizer_step(o, same.session));
    REFUSED(rnn_optimizer_step(o, larger.session), RNN_E_SIZE, "parameters");
    assert_ok(rnn_config_create(&config)); /* the same shapes under other names */
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 3));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 4));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, 2));
    for (int named = 0; named < 2; named++) {
        rnn_model *model;
        rnn_session *session;
        assert_ok(rnn_config_set_text(config, RNN_HEAD_NAME, named ? "fc." : "head."));
        assert_ok(rnn_create(&model, config));
        assert_ok(rnn_session_create(&session, model, RNN_TRAINING));
        if (named)
            REFUSED(rnn_optimizer_step(o, session), RNN_E_SIZE, "not those of the optimiser");
        else
            assert_ok(rnn_optimizer_step(o, session));
        rnn_session_destroy(session);
        rnn_destroy(model);
    }
    rnn_config_destroy(config);
    rnn_optimizer_destroy(o);
    trained_close(&same);
    trained_close(&larger);
}

/* ---- AMSGrad ----------------------------------------------------------------------------------------------------- */

static void test_amsgrad_option(void **state)
{
    (void)state;
    float p[3] = {1, 2, 3}, g[3] = {0.5f, -1, 2};
    rnn_optimizer *o;
    int64_t value = -1;
    for (int32_t kind = RNN_OPTIMIZER_SGD; kind < RNN_OPTIMIZER_ADAM; kind++) {
        assert_ok(rnn_optimizer_create(&o, kind, 3));
        REFUSED(rnn_optimizer_set_int(o, RNN_AMSGRAD, 1), RNN_E_VALUE, "RNN_AMSGRAD");
        rnn_optimizer_destroy(o);
    }
    assert_ok(rnn_optimizer_create(&o, RNN_OPTIMIZER_ADAM, 3));
    REFUSED(rnn_optimizer_set_int(o, RNN_AMSGRAD, 2), RNN_E_VALUE, "RNN_AMSGRAD is 2");
    taken = 0, failing = 1;
    REFUSED(rnn_optimizer_set_int(o, RNN_AMSGRAD, 1), RNN_E_MEMORY, "out of memory");
    failing = 0;
    assert_ok(rnn_optimizer_get_int(o, RNN_AMSGRAD, &value));
    assert_int_equal(value, 0);
    for (int64_t set = 1; set >= 0; set--)
        assert_ok(rnn_optimizer_set_int(o, RNN_AMSGRAD, set));
    assert_ok(rnn_optimizer_set_int(o, RNN_AMSGRAD, 1));
    assert_ok(rnn_optimizer_step_arrays(o, p, 3, g, 3));
    assert_ok(rnn_optimizer_set_int(o, RNN_AMSGRAD, 1));
    REFUSED(rnn_optimizer_set_int(o, RNN_AMSGRAD, 0), RNN_E_STATE, "after the first update");
    assert_ok(rnn_optimizer_get_int(o, RNN_AMSGRAD, &value));
    assert_int_equal(value, 1);
    rnn_optimizer_destroy(o);
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static char directory[] = "/tmp/rnn-test-XXXXXX"; /* the current directory */
#define PATH "optimizer.safetensors"

static int enter_directory(void **state)
{
    (void)state;
    return !mkdtemp(directory) || chdir(directory);
}

static int leave_directory(void **state)
{
    (void)state;
    remove(PATH);
    return chdir("/") || rmdir(directory);
}

static rnn_optimizer *grouped(const rnn_model *model, int32_t kind)
{
    rnn_optimizer *o;
    assert_ok(rnn_optimizer_create_for_model(&o, kind, model));
    assert_ok(rnn_optimizer_set_real(o, RNN_WEIGHT_DECAY, 0.1));
    assert_ok(rnn_optimizer_set_real(o, RNN_MAX_NORM, 2));
    set_factors(o, "weight_", 1 / 3.0, 0.7);
    assert_ok(rnn_optimizer_exempt_biases(o));
    assert_ok(rnn_optimizer_set_tensors_int(o, "bias_hh", RNN_FROZEN, 1));
    if (kind >= RNN_OPTIMIZER_ADAM)
        assert_ok(rnn_optimizer_set_int(o, RNN_AMSGRAD, 1));
    return o;
}

/* Saved and loaded in the middle, a run gives the bits of one without interruption; every allocation of the loading
 * fails in turn. */
static void test_resumed(void **state)
{
    (void)state;
    for (int32_t kind = RNN_OPTIMIZER_SGD; kind <= RNN_OPTIMIZER_ADAMW; kind++) {
        struct trained a = trained_open(RNN_CELL_GRU, 3, 5), b = trained_open(RNN_CELL_GRU, 3, 5);
        rnn_optimizer *whole = grouped(a.model, kind), *first = grouped(b.model, kind), *second = NULL;
        uint64_t seed = 4;
        double factor = -1;
        for (size_t n = 0; n < 8; n++) {
            if (n == 4) {
                int32_t status = RNN_E_MEMORY;
                assert_ok(rnn_optimizer_save(first, PATH));
                for (failing = 1; status; failing++) {
                    taken = 0;
                    status = rnn_optimizer_load(&second, PATH);
                    assert_true(status ? status == RNN_E_MEMORY && !second : second != NULL);
                }
                assert_true(failing > 6);
                failing = 0;
                rnn_optimizer_destroy(first);
                first = second;
            }
            fill_uniform(a.g, a.count, &seed);
            memcpy(b.g, a.g, a.count * sizeof *a.g);
            assert_ok(rnn_optimizer_step(whole, a.session));
            assert_ok(rnn_optimizer_step(first, b.session));
            assert_memory_equal(a.p, b.p, a.count * sizeof *a.p);
        }
        assert_ok(rnn_optimizer_get_tensor_real(first, "weight_hh_l0", RNN_RATE_FACTOR, &factor));
        assert_true(factor == 1 / 3.0);
        rnn_optimizer_destroy(whole);
        rnn_optimizer_destroy(first);
        trained_close(&a);
        trained_close(&b);
    }
}

/* Replaces the first `from` in the bytes by `to`, of the same length. */
static void replace(unsigned char *bytes, size_t count, const char *from, const char *to)
{
    size_t length = strlen(from);
    assert_int_equal(length, strlen(to));
    for (size_t i = 0; i + length <= count; i++)
        if (!memcmp(bytes + i, from, length)) {
            memcpy(bytes + i, to, length);
            return;
        }
    fail_msg("no %s in the file", from);
}

static void test_tampered_files(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *part;
    } changes[] = {
        {"\"12 2 ", "\"13 2 ", "line 6 of"}, /* weight_ih_l0 has 12 elements */
        {"\"12 2 ", "\"11 2 ", "elements, expected 46"},
        {"\"12 2 ", "\"99 2 ", "line 1 of"},
        {"\"12 2 ", "\"-2 2 ", "line 1 of"},
        {"\"12 2 ", "\"00 2 ", "line 1 of"},
        {"\"12 2 ", "\"12 0 ", "line 1 of"},
        {"\"12 2 0", "\"12 2 2", "line 1 of"},
        {"\"12 2 0", "\"12 2 x", "line 1 of"},
        {"head.bias\\u000a", "head.bias\\u0009", "line 6 of"},
        {"optimizer.amsgrad\":\"1", "optimizer.amsgrad\":\"0", "v_max"},
    };
    rnn_model *model = model_of(RNN_CELL_TANH, 3, 4);
    rnn_optimizer *o = grouped(model, RNN_OPTIMIZER_ADAM), *loaded = NULL;
    size_t size;
    assert_ok(rnn_optimizer_save_memory(o, NULL, 0, &size));
    unsigned char *bytes = malloc(size);
    assert_non_null(bytes);
    for (size_t i = 0; i < LENGTH(changes); i++) {
        assert_ok(rnn_optimizer_save_memory(o, bytes, size, &size));
        replace(bytes, size, changes[i].from, changes[i].to);
        if (rnn_optimizer_load_memory(&loaded, bytes, size) != RNN_E_FORMAT ||
            !strstr(rnn_last_error(), changes[i].part)) {
            print_error("%s -> %s: %s\n", changes[i].from, changes[i].to, rnn_last_error());
            fail();
        }
        assert_null(loaded);
    }
    assert_ok(rnn_optimizer_save_memory(o, bytes, size, &size));
    assert_ok(rnn_optimizer_load_memory(&loaded, bytes, size));
    rnn_optimizer_destroy(loaded);
    free(bytes);
    rnn_optimizer_destroy(o);
    rnn_destroy(model);
}

/* Without factors and AMSGrad an optimiser of a count has no trace of either in its file. */
static void test_plain_files(void **state)
{
    (void)state;
    rnn_optimizer *o;
    char bytes[4096];
    size_t size;
    assert_ok(rnn_optimizer_create(&o, RNN_OPTIMIZER_ADAM, 3));
    assert_ok(rnn_optimizer_save_memory(o, bytes, sizeof bytes, &size));
    bytes[size < sizeof bytes ? size : sizeof bytes - 1] = 0;
    assert_null(strstr(bytes + 8, "amsgrad"));
    assert_null(strstr(bytes + 8, "optimizer.tensors"));
    assert_null(strstr(bytes + 8, "v_max"));
    rnn_optimizer_destroy(o);
}

/* ---- the trainer ------------------------------------------------------------------------------------------------- */

/* A run with such an optimiser, stopped and resumed from its checkpoint, gives the bits of the whole; a callback may
 * change options that the text of the checkpoint has. */
static int32_t change(void *user, rnn_trainer *trainer, int32_t event)
{
    (void)trainer;
    if (event == RNN_EVENT_EPOCH)
        assert_ok(rnn_optimizer_set_tensors_real(user, "head.", RNN_RATE_FACTOR, 0.123456789012345));
    return 0;
}

static void test_trainer(void **state)
{
    (void)state;
    struct lesson lesson = lesson_open(tasks[1]);
    rnn_model *models[2];
    rnn_optimizer *optimizers[2];
    const float *p[2];
    size_t count;
    for (int i = 0; i < 2; i++) {
        rnn_trainer *trainer;
        models[i] = fitting_model(tasks[1], 1);
        optimizers[i] = grouped(models[i], RNN_OPTIMIZER_ADAMW);
        for (int part = i ? 0 : 1; part < 2; part++) {
            rnn_loss *loss = fitting_loss(tasks[1]);
            assert_ok(rnn_trainer_create(&trainer, models[i], optimizers[i], loss));
            assert_ok(rnn_trainer_set_int(trainer, RNN_EPOCHS, part ? 4 : 2));
            assert_ok(rnn_trainer_set_callback(trainer, change, optimizers[i]));
            if (!part)
                assert_ok(rnn_trainer_set_checkpoint(trainer, PATH));
            else if (i)
                assert_ok(rnn_trainer_load(trainer, PATH));
            assert_ok(rnn_fit(trainer, lesson.training, NULL));
            rnn_trainer_destroy(trainer);
            rnn_loss_destroy(loss);
            if (i && !part) { /* another optimiser, which the file fills */
                rnn_optimizer_destroy(optimizers[i]);
                assert_ok(rnn_optimizer_create_for_model(&optimizers[i], RNN_OPTIMIZER_ADAMW, models[i]));
            }
        }
        assert_ok(rnn_model_parameters(models[i], &p[i], &count));
    }
    assert_true(rate_of(optimizers[1], "weight_hh_l0") == 1 / 3.0);
    assert_memory_equal(p[0], p[1], count * sizeof *p[0]);
    for (int i = 0; i < 2; i++) {
        rnn_destroy(models[i]);
        rnn_optimizer_destroy(optimizers[i]);
    }
    lesson_close(&lesson);
}

static void test_memory(void **state)
{
    (void)state;
    rnn_model *model = model_of(RNN_CELL_TANH, 3, 4);
    rnn_optimizer *o = NULL;
    int32_t status = RNN_E_MEMORY;
    for (failing = 1; status; failing++) {
        taken = 0;
        status = rnn_optimizer_create_for_model(&o, RNN_OPTIMIZER_ADAM, model);
        assert_true(status ? status == RNN_E_MEMORY && !o : o != NULL);
    }
    assert_true(failing > 7);
    failing = 0;
    rnn_optimizer_destroy(o);
    rnn_destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_pytorch),      cmocka_unit_test(test_parts),
        cmocka_unit_test(test_without_factors), cmocka_unit_test(test_frozen),
        cmocka_unit_test(test_prefixes),        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_other_models),    cmocka_unit_test(test_amsgrad_option),
        cmocka_unit_test(test_resumed),         cmocka_unit_test(test_tampered_files),
        cmocka_unit_test(test_plain_files),     cmocka_unit_test(test_trainer),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
