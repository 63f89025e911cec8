/* Optimisers of a model: options of tensors and AMSGrad, held to torch.optim by golden/torch_groups.h. */
#include "oracle/golden/torch_groups.h"
#include "support/tensor_options.h"

#include <math.h>
#include <stdlib.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static void set_floats(float *to, const double *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = (float)from[i];
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
        tensor_set_factors(optimizer, "head.", 3, 0.5);
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
    struct tensor_setup t = tensor_open(RNN_CELL_TANH, 3, 4);
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
    tensor_close(&t);
    return same;
}

static rnn_optimizer *optimizer_of(int32_t kind)
{
    rnn_model *model = tensor_model(RNN_CELL_TANH, 3, 4);
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
static void check_parts(int32_t kind, int amsgrad, float scale, size_t threads)
{
    struct tensor_setup t = tensor_open(RNN_CELL_LSTM, 37, 120);
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
        tensor_set_factors(all, name, rate_factor, decay_factor);
        assert_ok(rnn_optimizer_create(&parts[i], kind, count));
        assert_ok(rnn_optimizer_get_real(all, RNN_RATE, &rate));
        assert_ok(rnn_optimizer_set_real(parts[i], RNN_RATE, rate * rate_factor));
        assert_ok(rnn_optimizer_set_real(parts[i], RNN_WEIGHT_DECAY, 0.1 * decay_factor));
        if (amsgrad)
            assert_ok(rnn_optimizer_set_int(parts[i], RNN_AMSGRAD, 1));
    }
    for (size_t n = 0; n < updates; n++) {
        fill_uniform(t.g, t.count, &seed);
        for (size_t i = 0; i < t.count; i++)
            t.g[i] *= scale;
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
    tensor_close(&t);
}

static void test_parts(void **state)
{
    (void)state;
    for (int32_t kind = RNN_OPTIMIZER_SGD; kind <= RNN_OPTIMIZER_ADAMW; kind++)
        for (int amsgrad = 0; amsgrad <= (kind >= RNN_OPTIMIZER_ADAM); amsgrad++)
            for (size_t threads = 1; threads <= THREADS(3); threads++) {
                check_parts(kind, amsgrad, 1, threads);
                check_parts(kind, amsgrad, 5e18f, threads); /* squares up to 2.5e37: the update is tried on copies */
            }
}

/* Factors of 1 are no factors: the bits of an optimiser of a count, with clipping by norm. */
static void test_without_factors(void **state)
{
    (void)state;
    struct tensor_setup a = tensor_open(RNN_CELL_LSTM, 37, 120), b = tensor_open(RNN_CELL_LSTM, 37, 120);
    rnn_optimizer *plain, *of_model;
    uint64_t seed = 3;
    assert_ok(rnn_optimizer_create(&plain, RNN_OPTIMIZER_ADAMW, a.count));
    assert_ok(rnn_optimizer_create_for_model(&of_model, RNN_OPTIMIZER_ADAMW, b.model));
    assert_ok(rnn_optimizer_set_real(plain, RNN_MAX_NORM, 1));
    assert_ok(rnn_optimizer_set_real(of_model, RNN_MAX_NORM, 1));
    tensor_set_factors(of_model, "weight_", 2, 0);
    tensor_set_factors(of_model, "", 1, 1);
    for (size_t n = 0; n < 3; n++) {
        fill_uniform(a.g, a.count, &seed);
        memcpy(b.g, a.g, a.count * sizeof *a.g);
        assert_ok(rnn_optimizer_step(plain, a.session));
        assert_ok(rnn_optimizer_step(of_model, b.session));
        assert_memory_equal(a.p, b.p, a.count * sizeof *a.p);
    }
    rnn_optimizer_destroy(plain);
    rnn_optimizer_destroy(of_model);
    tensor_close(&a);
    tensor_close(&b);
}

/* ---- frozen ------------------------------------------------------------------------------------------------------ */

static void test_frozen(void **state)
{
    (void)state;
    for (int32_t kind = RNN_OPTIMIZER_SGD; kind <= RNN_OPTIMIZER_ADAMW; kind++) {
        struct tensor_setup t = tensor_open(RNN_CELL_TANH, 3, 4);
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
        tensor_close(&t);
    }
}

/* Moments of frozen tensors stay: in the file the last numbers are the moments that the kind has. */
static void test_frozen_moments(void **state)
{
    (void)state;
    static const size_t moments[] = {0, 1, 2, 1, 3, 3};
    for (int32_t kind = RNN_OPTIMIZER_SGD; kind <= RNN_OPTIMIZER_ADAMW; kind++) {
        struct tensor_setup t = tensor_open(RNN_CELL_TANH, 3, 4);
        rnn_optimizer *optimizer;
        unsigned char bytes[2][8192];
        size_t size[2];
        uint64_t seed = 5;
        assert_ok(rnn_optimizer_create_for_model(&optimizer, kind, t.model));
        if (kind <= RNN_OPTIMIZER_RMSPROP)
            assert_ok(rnn_optimizer_set_real(optimizer, RNN_MOMENTUM, 0.9));
        if (kind >= RNN_OPTIMIZER_ADAM)
            assert_ok(rnn_optimizer_set_int(optimizer, RNN_AMSGRAD, 1));
        for (int n = 0; n < 4; n++) {
            fill_uniform(t.g, t.count, &seed);
            if (n == 2)
                assert_ok(rnn_optimizer_set_tensors_int(optimizer, "weight_hh", RNN_FROZEN, 1)); /* 12 to 27 */
            if (n == 2)
                assert_ok(rnn_optimizer_save_memory(optimizer, bytes[0], sizeof bytes[0], &size[0]));
            assert_ok(rnn_optimizer_step(optimizer, t.session));
        }
        assert_ok(rnn_optimizer_save_memory(optimizer, bytes[1], sizeof bytes[1], &size[1]));
        for (size_t i = 0; i < moments[kind] * GROUPED; i++) {
            size_t k = GROUPED - 1 - i % GROUPED, back = (i + 1) * sizeof(float);
            int same = !memcmp(bytes[0] + size[0] - back, bytes[1] + size[1] - back, sizeof(float));
            assert_true(k >= 12 && k < 28 ? same
                                          : !same || (i < GROUPED && kind >= RNN_OPTIMIZER_ADAM)); /* v_max may */
        }
        rnn_optimizer_destroy(optimizer);
        tensor_close(&t);
    }
}

/* The norm leaves out what is frozen, in pieces that do not depend on the threads. */
static void test_threads(void **state)
{
    (void)state;
    for (int32_t kind = RNN_OPTIMIZER_SGD; kind <= RNN_OPTIMIZER_ADAMW; kind++) {
        struct tensor_setup one = tensor_open(RNN_CELL_LSTM, 37, 120);
        for (size_t threads = 2; threads <= THREADS(3); threads++) {
            struct tensor_setup t = tensor_open(RNN_CELL_LSTM, 37, 120);
            rnn_optimizer *a = tensor_optimizer(one.model, kind), *b = tensor_optimizer(t.model, kind);
            uint64_t seed = 6;
            assert_ok(rnn_model_set_parameters(t.model, one.p, one.count));
            assert_ok(rnn_session_set_threads(t.session, threads));
            for (size_t n = 0; n < 3; n++) {
                fill_uniform(t.g, t.count, &seed);
                memcpy(one.g, t.g, t.count * sizeof *t.g);
                assert_ok(rnn_optimizer_step(a, one.session));
                assert_ok(rnn_optimizer_step(b, t.session));
                assert_memory_equal(one.p, t.p, t.count * sizeof *t.p);
            }
            rnn_optimizer_destroy(a);
            rnn_optimizer_destroy(b);
            tensor_close(&t);
        }
        tensor_close(&one);
    }
}

/* An update that is too large by the factor of one tensor alone is refused, and nothing has changed. */
static void test_overflow(void **state)
{
    (void)state;
    for (int32_t kind = RNN_OPTIMIZER_SGD; kind <= RNN_OPTIMIZER_ADAMW; kind++)
        for (int decay = 0; decay < 2; decay++) {
            struct tensor_setup t = tensor_open(RNN_CELL_TANH, 3, 4);
            rnn_optimizer *o;
            float before[GROUPED];
            unsigned char bytes[2][8192];
            size_t size[2];
            uint64_t seed = 7;
            assert_ok(rnn_optimizer_create_for_model(&o, kind, t.model));
            assert_ok(rnn_optimizer_set_real(o, RNN_RATE, 1e10));
            assert_ok(rnn_optimizer_set_real(o, RNN_WEIGHT_DECAY, decay ? 1e10 : 0));
            fill_uniform(t.g, t.count, &seed);
            fill_uniform(before, GROUPED, &seed);
            assert_ok(rnn_model_set_parameters(t.model, before, GROUPED));
            tensor_set_factors(o, "head.weight", decay ? 1 : 1e30, decay ? 1e30 : 1);
            assert_ok(rnn_optimizer_save_memory(o, bytes[0], sizeof bytes[0], &size[0]));
            REFUSED(rnn_optimizer_step(o, t.session), RNN_E_NONFINITE, "head.weight");
            assert_ok(rnn_optimizer_save_memory(o, bytes[1], sizeof bytes[1], &size[1]));
            assert_true(size[0] == size[1] && !memcmp(bytes[0], bytes[1], size[0]));
            assert_memory_equal(before, t.p, sizeof before);
            assert_ok(rnn_optimizer_set_tensors_int(o, "head.weight", RNN_FROZEN, 1));
            assert_ok(rnn_optimizer_step(o, t.session));
            rnn_optimizer_destroy(o);
            tensor_close(&t);
        }
}

/* ---- prefixes and errors ----------------------------------------------------------------------------------------- */

static void test_prefixes(void **state)
{
    (void)state;
    rnn_optimizer *o = optimizer_of(RNN_OPTIMIZER_ADAM);
    int64_t frozen = -1;
    double decay = -1;
    assert_true(tensor_rate_factor(o, "head.bias") == 1);
    assert_ok(rnn_optimizer_set_tensors_real(o, "", RNN_RATE_FACTOR, 2));
    assert_ok(rnn_optimizer_set_tensors_real(o, "bias_", RNN_RATE_FACTOR, 3));
    assert_ok(rnn_optimizer_set_tensors_real(o, "bias_hh_l0", RNN_RATE_FACTOR, 0));
    assert_true(tensor_rate_factor(o, "weight_ih_l0") == 2 && tensor_rate_factor(o, "head.bias") == 2);
    assert_true(tensor_rate_factor(o, "bias_ih_l0") == 3 && tensor_rate_factor(o, "bias_hh_l0") == 0);
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

static void test_errors(void **state)
{
    (void)state;
    const double wrong[] = {-1e-9, 1.1e30, (double)NAN, (double)INFINITY};
    rnn_optimizer *o = NULL, *plain, *none = NULL;
    rnn_model *model = tensor_model(RNN_CELL_TANH, 3, 4);
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
    assert_true(tensor_rate_factor(o, "head.bias") == 1 && integer == 77 && real == 77 && !none);
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

static rnn_model *without_bias(int32_t cell, int64_t inputs, int64_t units)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, cell));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, inputs));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, units));
    assert_ok(rnn_config_set_int(config, RNN_BIAS, 0));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

/* [16,3] and [16,4], or [8,6] and [8,8]: the same names and counts. */
static void check_shapes(void)
{
    rnn_model *a = without_bias(RNN_CELL_LSTM, 3, 4), *b = without_bias(RNN_CELL_TANH, 6, 8);
    rnn_session *session;
    rnn_trainer *trainer = NULL;
    rnn_loss *loss;
    rnn_optimizer *o;
    assert_ok(rnn_optimizer_create_for_model(&o, RNN_OPTIMIZER_SGD, a));
    assert_ok(rnn_session_create(&session, b, RNN_TRAINING));
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CROSS_ENTROPY));
    REFUSED(rnn_optimizer_step(o, session), RNN_E_SIZE, "name or shape");
    assert_fails(rnn_trainer_create(&trainer, b, o, loss), RNN_E_SIZE);
    assert_null(trainer);
    assert_ok(rnn_trainer_create(&trainer, a, o, loss));
    rnn_trainer_destroy(trainer);
    rnn_loss_destroy(loss);
    rnn_session_destroy(session);
    rnn_optimizer_destroy(o);
    rnn_destroy(a);
    rnn_destroy(b);
}

/* Another model with the same tensors is fine; one with as many parameters in other tensors is not. */
static void test_other_models(void **state)
{
    (void)state;
    struct tensor_setup same = tensor_open(RNN_CELL_TANH, 3, 4), larger = tensor_open(RNN_CELL_TANH, 4, 4);
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
    check_shapes();
    tensor_close(&same);
    tensor_close(&larger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_pytorch),      cmocka_unit_test(test_parts),
        cmocka_unit_test(test_without_factors), cmocka_unit_test(test_frozen),
        cmocka_unit_test(test_frozen_moments),  cmocka_unit_test(test_threads),
        cmocka_unit_test(test_overflow),        cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_errors),          cmocka_unit_test(test_other_models),
    };
    return run_with_all_kernels(tests, sizeof tests / sizeof *tests);
}
