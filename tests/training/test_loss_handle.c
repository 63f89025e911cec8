/* What a loss handle refuses, and that it then keeps what it had; memory.  Linked with --wrap=rnni_memory_take. */
#include "support/loss_call.h"

#include "base/memory.h"
#include "training/loss_handle.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static size_t allocations, fails_at; /* fails_at 0: none fails */
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    return ++allocations == fails_at ? NULL : __real_rnni_memory_take(count, size);
}

enum { T = 3, B = 2, C = 4, S = 2, ROWS = T * B, COUNT = ROWS * C, KINDS = RNN_LOSS_CUSTOM };

static const int32_t lengths[B] = {3, 2}, classes[ROWS] = {0, 1, 2, 3, 1, -5}, labels[B * S] = {1, 2, 3, 1},
                     label_lengths[B] = {1, 2};
static const float class_weights[C] = {1, 0.5f, 2, 1}, mask[ROWS] = {1, 0.5f, 0, 1, 1, NAN}, weights[B] = {2, 0.25f};
static float y[COUNT], values[COUNT];

static void fill(void)
{
    uint64_t seed = 4;
    fill_uniform(y, COUNT, &seed);
    for (size_t i = 0; i < COUNT; i++)
        values[i] = (float)(uniform(&seed) + 1) / 2;
}

static int is_of_classes(int32_t kind)
{
    return kind == RNN_LOSS_CROSS_ENTROPY || kind == RNN_LOSS_CTC;
}

/* The squares of y, and what `user` points to. */
static int32_t squares(void *user, rnn_loss *loss, double *value, double *weight, float *dy, const float *from,
                       size_t count)
{
    (void)loss;
    (void)weight;
    *value = user ? *(const double *)user : 0;
    for (size_t i = 0; i < count; i++) {
        *value += (double)from[i] * (double)from[i];
        if (dy)
            dy[i] = 2 * from[i];
    }
    return RNN_OK;
}

/* ---- a handle with everything ------------------------------------------------------------------------------------ */

static int32_t fill_arrays(rnn_loss *loss, int32_t kind)
{
    int32_t status = rnn_loss_set_batch(loss, lengths, B, T, B, C);
    if (!status && kind != RNN_LOSS_CTC)
        status = rnn_loss_set_mask(loss, mask, ROWS);
    if (!status)
        status = rnn_loss_set_sequence_weights(loss, weights, B);
    if (!status && kind == RNN_LOSS_CTC)
        status = rnn_loss_set_label_lengths(loss, label_lengths, B);
    return status;
}

static int32_t fill_handle(rnn_loss *loss, int32_t kind)
{
    int32_t status = kind == RNN_LOSS_CROSS_ENTROPY ? rnn_loss_set_class_weights(loss, class_weights, C)
                     : kind == RNN_LOSS_CUSTOM      ? rnn_loss_set_callback(loss, squares, NULL)
                                                    : RNN_OK;
    return status ? status : fill_arrays(loss, kind);
}

static int32_t compute(rnn_loss *loss, int32_t kind, double *value, float *dy)
{
    size_t n = dy ? COUNT : 0;
    if (kind == RNN_LOSS_CTC)
        return rnn_loss_of_classes(loss, value, dy, n, y, COUNT, labels, B * S);
    if (is_of_classes(kind))
        return rnn_loss_of_classes(loss, value, dy, n, y, COUNT, classes, ROWS);
    return rnn_loss_of_values(loss, value, dy, n, y, COUNT, values, COUNT);
}

struct result {
    double value, losses[B];
    float dy[COUNT];
};

static struct result result_of(rnn_loss *loss, int32_t kind)
{
    struct result r;
    memset(&r, 0x5a, sizeof r);
    assert_ok(compute(loss, kind, &r.value, r.dy));
    if (kind != RNN_LOSS_CUSTOM)
        assert_ok(rnn_loss_get_sequence_losses(loss, r.losses, B));
    return r;
}

static rnn_loss *open_loss(int32_t kind)
{
    rnn_loss *loss;
    fill();
    assert_ok(rnn_loss_create(&loss, kind));
    assert_ok(fill_handle(loss, kind));
    return loss;
}

/* ---- refused ----------------------------------------------------------------------------------------------------- */

/* The call failed so; its message begins with its name, has `part` in it, and is that of the handle and the thread. */
static void check_refused(const rnn_loss *loss, int32_t actual, int32_t status, const char *call, const char *part,
                          int line)
{
    const char *text = loss ? rnn_loss_last_error(loss) : rnn_last_error();
    size_t name = strcspn(call, "(");
    if (actual != status || strncmp(text, call, name) != 0 || text[name] != ':' || !strstr(text, part) ||
        strcmp(text, rnn_last_error()) != 0) {
        print_error("%s: %s gave %s (%s)\n", call, part, rnn_status_string(actual), text);
        _fail(__FILE__, line);
    }
}
#define REFUSED(call, status, part) check_refused(loss, (call), (status), #call, (part), __LINE__)

/* Whether what the handle computes is the same as before. */
#define UNCHANGED(kind, before)                                                                                        \
    do {                                                                                                               \
        struct result after_ = result_of(loss, (kind));                                                                \
        assert_memory_equal(&after_, &(before), sizeof after_);                                                        \
    } while (0)

static void test_kinds(void **state)
{
    (void)state;
    const int32_t unknown[] = {0, -1, RNN_LOSS_ERROR_TO_SIGNAL + 1, INT32_MIN, INT32_MAX};
    rnn_loss *loss = NULL, *made = NULL;
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        REFUSED(rnn_loss_create(&made, unknown[i]), RNN_E_VALUE, "kind is");
        assert_null(made);
    }
    REFUSED(rnn_loss_create(NULL, 1), RNN_E_NULL, "out is NULL");
    rnn_loss_destroy(NULL);
    assert_string_equal(rnn_loss_last_error(NULL), "");
}

static const struct {
    int32_t key;
    int kinds; /* bits */
    int is_real;
    double standard, lowest, highest, below, above;
} options[] = {
    {RNN_REDUCTION, 0xfe, 0, RNN_MEAN, RNN_SUM, RNN_MEAN, 0, 3},
    {RNN_IGNORED, 1 << RNN_LOSS_CROSS_ENTROPY | 1 << RNN_LOSS_CUSTOM, 0, -100, INT32_MIN, INT32_MAX, -2147483649.0,
     2147483648.0},
    {RNN_BLANK, 1 << RNN_LOSS_CTC, 0, 0, 0, INT32_MAX, -1, 2147483648.0},
    {RNN_ZERO_INFINITY, 1 << RNN_LOSS_CTC, 0, 0, 0, 1, -1, 2},
    {RNN_SKIP_MISSING, 0x3c, 0, 0, 0, 1, -1, 2},
    {RNN_SMOOTHING, 1 << RNN_LOSS_CROSS_ENTROPY, 1, 0, 0, 1, -1e-9, 1.001},
    {RNN_DELTA, 1 << RNN_LOSS_HUBER, 1, 1, 1e-30, 1e30, 0, 2e30},
};

static double option_of(rnn_loss *loss, int32_t key, int is_real)
{
    int64_t integer = 0;
    double real = 0;
    if (is_real)
        assert_ok(rnn_loss_get_real(loss, key, &real));
    else
        assert_ok(rnn_loss_get_int(loss, key, &integer));
    return is_real ? real : (double)integer;
}

static int32_t set_option(rnn_loss *loss, int32_t key, int is_real, double value)
{
    return is_real ? rnn_loss_set_real(loss, key, value) : rnn_loss_set_int(loss, key, (int64_t)value);
}

static void check_option(rnn_loss *loss, int32_t kind, size_t i)
{
    int32_t key = options[i].key;
    int real = options[i].is_real;
    assert_close(option_of(loss, key, real), options[i].standard, 0);
    if (!(options[i].kinds >> kind & 1)) {
        assert_fails(set_option(loss, key, real, options[i].highest), RNN_E_VALUE);
        assert_non_null(strstr(rnn_loss_last_error(loss), "is not an option of RNN_LOSS_"));
        assert_close(option_of(loss, key, real), options[i].standard, 0);
        return;
    }
    const double allowed[] = {options[i].lowest, options[i].highest};
    const double refused[] = {options[i].below, options[i].above, real ? (double)NAN : options[i].above};
    for (size_t k = 0; k < 2; k++) {
        assert_ok(set_option(loss, key, real, allowed[k]));
        for (size_t j = 0; j < 3; j++)
            assert_fails(set_option(loss, key, real, refused[j]), RNN_E_VALUE);
        assert_close(option_of(loss, key, real), allowed[k], 0);
    }
    int64_t integer;
    double number;
    if (real)
        REFUSED(rnn_loss_get_int(loss, key, &integer), RNN_E_VALUE, "real option");
    else
        REFUSED(rnn_loss_get_real(loss, key, &number), RNN_E_VALUE, "integer option");
    assert_fails(set_option(loss, key, !real, 1), RNN_E_VALUE);
}

static void test_options(void **state)
{
    (void)state;
    const int32_t none[] = {0, -1, RNN_EPOCHS, 500, 506, 559, INT32_MAX};
    for (int32_t kind = 1; kind <= KINDS; kind++) {
        rnn_loss *loss;
        int64_t integer;
        double real;
        assert_ok(rnn_loss_create(&loss, kind));
        for (size_t i = 0; i < sizeof options / sizeof *options; i++)
            check_option(loss, kind, i);
        for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
            REFUSED(rnn_loss_set_int(loss, none[i], 1), RNN_E_VALUE, "not an option");
            REFUSED(rnn_loss_set_real(loss, none[i], 1), RNN_E_VALUE, "not an option");
            REFUSED(rnn_loss_get_int(loss, none[i], &integer), RNN_E_VALUE, "not an option");
            REFUSED(rnn_loss_get_real(loss, none[i], &real), RNN_E_VALUE, "not an option");
        }
        REFUSED(rnn_loss_get_int(loss, RNN_REDUCTION, NULL), RNN_E_NULL, "value is NULL");
        REFUSED(rnn_loss_get_real(loss, RNN_DELTA, NULL), RNN_E_NULL, "value is NULL");
        rnn_loss_destroy(loss);
    }
}

static void test_null_handle(void **state)
{
    (void)state;
    rnn_loss *loss = NULL;
    const int32_t *integers;
    const float *floats;
    size_t n;
    int64_t integer;
    double real;
    float dy[COUNT];
    REFUSED(rnn_loss_set_int(NULL, RNN_REDUCTION, 1), RNN_E_NULL, "loss is NULL");
    REFUSED(rnn_loss_set_real(NULL, RNN_DELTA, 1), RNN_E_NULL, "loss is NULL");
    REFUSED(rnn_loss_get_int(NULL, RNN_REDUCTION, &integer), RNN_E_NULL, "loss is NULL");
    REFUSED(rnn_loss_get_real(NULL, RNN_DELTA, &real), RNN_E_NULL, "loss is NULL");
    REFUSED(rnn_loss_set_class_weights(NULL, class_weights, C), RNN_E_NULL, "loss is NULL");
    REFUSED(rnn_loss_set_batch(NULL, lengths, B, T, B, C), RNN_E_NULL, "loss is NULL");
    REFUSED(rnn_loss_set_batch_of_session(NULL, NULL), RNN_E_NULL, "loss is NULL");
    REFUSED(rnn_loss_set_mask(NULL, mask, ROWS), RNN_E_NULL, "loss is NULL");
    REFUSED(rnn_loss_set_sequence_weights(NULL, weights, B), RNN_E_NULL, "loss is NULL");
    REFUSED(rnn_loss_set_label_lengths(NULL, label_lengths, B), RNN_E_NULL, "loss is NULL");
    REFUSED(rnn_loss_of_classes(NULL, &real, dy, COUNT, y, COUNT, classes, ROWS), RNN_E_NULL, "loss is NULL");
    REFUSED(rnn_loss_of_values(NULL, &real, dy, COUNT, y, COUNT, values, COUNT), RNN_E_NULL, "loss is NULL");
    REFUSED(rnn_loss_get_sequence_losses(NULL, &real, 1), RNN_E_NULL, "loss is NULL");
    REFUSED(rnn_loss_set_callback(NULL, squares, NULL), RNN_E_NULL, "loss is NULL");
    REFUSED(rnn_loss_get_batch(NULL, &integers, &n, &n, &n), RNN_E_NULL, "loss is NULL");
    REFUSED(rnn_loss_get_mask(NULL, &floats, &n), RNN_E_NULL, "loss is NULL");
    REFUSED(rnn_loss_get_sequence_weights(NULL, &floats, &n), RNN_E_NULL, "loss is NULL");
    REFUSED(rnn_loss_get_classes(NULL, &integers, &n), RNN_E_NULL, "loss is NULL");
    REFUSED(rnn_loss_get_values(NULL, &floats, &n), RNN_E_NULL, "loss is NULL");
}

/* ---- without a batch --------------------------------------------------------------------------------------------- */

static void test_no_batch(void **state)
{
    (void)state;
    for (int32_t kind = 1; kind <= KINDS; kind++) {
        rnn_loss *loss;
        const int32_t *ends;
        const float *floats;
        size_t n;
        double value = 7, losses[B];
        float dy[COUNT];
        assert_ok(rnn_loss_create(&loss, kind));
        if (kind == RNN_LOSS_CTC)
            REFUSED(rnn_loss_set_label_lengths(loss, label_lengths, B), RNN_E_STATE, "no batch");
        else
            REFUSED(rnn_loss_set_mask(loss, mask, ROWS), RNN_E_STATE, "no batch");
        REFUSED(rnn_loss_set_sequence_weights(loss, weights, B), RNN_E_STATE, "no batch");
        REFUSED(rnn_loss_get_batch(loss, &ends, &n, &n, &n), RNN_E_STATE, "no batch");
        REFUSED(rnn_loss_get_mask(loss, &floats, &n), RNN_E_STATE, "no batch");
        REFUSED(rnn_loss_get_sequence_weights(loss, &floats, &n), RNN_E_STATE, "no batch");
        assert_fails(compute(loss, kind, &value, dy), RNN_E_STATE);
        assert_non_null(strstr(rnn_loss_last_error(loss), "no batch"));
        if (kind != RNN_LOSS_CUSTOM)
            REFUSED(rnn_loss_get_sequence_losses(loss, losses, B), RNN_E_STATE, "expected after");
        assert_true(value == 7);
        rnn_loss_destroy(loss);
    }
}

/* Losses of sequences belong to a batch. */
static void test_losses_of_sequences(void **state)
{
    (void)state;
    rnn_loss *loss = open_loss(RNN_LOSS_CTC);
    double losses[B] = {7, 7};
    REFUSED(rnn_loss_get_sequence_losses(loss, losses, B), RNN_E_STATE, "expected after");
    (void)result_of(loss, RNN_LOSS_CTC);
    REFUSED(rnn_loss_get_sequence_losses(loss, NULL, B), RNN_E_NULL, "losses is NULL");
    REFUSED(rnn_loss_get_sequence_losses(loss, NULL, 0), RNN_E_NULL, "losses is NULL");
    REFUSED(rnn_loss_get_sequence_losses(loss, losses, 0), RNN_E_SIZE, "losses_count");
    REFUSED(rnn_loss_get_sequence_losses(loss, losses, B + 1), RNN_E_SIZE, "losses_count");
    assert_true(losses[0] == 7 && losses[1] == 7);
    assert_ok(rnn_loss_set_batch(loss, NULL, 0, T, B, C));
    REFUSED(rnn_loss_get_sequence_losses(loss, losses, B), RNN_E_STATE, "expected after");
    rnn_loss_destroy(loss);
    loss = open_loss(RNN_LOSS_CUSTOM);
    REFUSED(rnn_loss_get_sequence_losses(loss, losses, B), RNN_E_UNSUPPORTED, "RNN_LOSS_CUSTOM");
    rnn_loss_destroy(loss);
}

/* ---- arrays ------------------------------------------------------------------------------------------------------ */

static void refuse_arrays(rnn_loss *loss, int32_t kind)
{
    const float bad[B] = {1, -1e-30f}, endless[B] = {INFINITY, 1}, nothing[ROWS] = {1, 1, 1, NAN, 1, 1};
    const int32_t below[B] = {0, -1}, long_ones[B] = {T + 1, 0};
    REFUSED(rnn_loss_set_batch(loss, long_ones, B, T, B, C), RNN_E_VALUE, "lengths[0]");
    REFUSED(rnn_loss_set_batch(loss, below, B, T, B, C), RNN_E_VALUE, "lengths[1]");
    REFUSED(rnn_loss_set_batch(loss, lengths, B + 1, T, B, C), RNN_E_SIZE, "lengths_count");
    REFUSED(rnn_loss_set_batch(loss, NULL, B, T, B, C), RNN_E_NULL, "lengths is NULL");
    REFUSED(rnn_loss_set_batch(loss, NULL, 0, 0, B, C), RNN_E_VALUE, "steps is 0");
    REFUSED(rnn_loss_set_batch(loss, NULL, 0, T, 0, C), RNN_E_VALUE, "batch is 0");
    REFUSED(rnn_loss_set_batch(loss, NULL, 0, T, B, 0), RNN_E_VALUE, "classes is 0");
#if SIZE_MAX < UINT64_MAX /* else no batch is so large */
    REFUSED(rnn_loss_set_batch(loss, NULL, 0, INT32_MAX, 1, INT32_MAX), RNN_E_MEMORY, "exceeds the address space");
#endif
    REFUSED(rnn_loss_set_batch_of_session(loss, NULL), RNN_E_NULL, "session is NULL");
    REFUSED(rnn_loss_set_sequence_weights(loss, bad, B), RNN_E_VALUE, "weights[1]");
    REFUSED(rnn_loss_set_sequence_weights(loss, endless, B), RNN_E_VALUE, "weights[0]");
    REFUSED(rnn_loss_set_sequence_weights(loss, weights, B - 1), RNN_E_SIZE, "weights_count");
    REFUSED(rnn_loss_set_sequence_weights(loss, NULL, B), RNN_E_NULL, "weights is NULL");
    if (kind == RNN_LOSS_CTC) {
        REFUSED(rnn_loss_set_mask(loss, mask, ROWS), RNN_E_UNSUPPORTED, "RNN_LOSS_CTC");
        REFUSED(rnn_loss_set_label_lengths(loss, below, B), RNN_E_VALUE, "label_lengths[1]");
        REFUSED(rnn_loss_set_label_lengths(loss, label_lengths, 1), RNN_E_SIZE, "label_lengths_count");
        REFUSED(rnn_loss_set_label_lengths(loss, NULL, B), RNN_E_NULL, "label_lengths is NULL");
    } else {
        REFUSED(rnn_loss_set_label_lengths(loss, label_lengths, B), RNN_E_UNSUPPORTED, "expected RNN_LOSS_CTC");
        REFUSED(rnn_loss_set_mask(loss, nothing, ROWS), RNN_E_VALUE, "mask[3]");
        REFUSED(rnn_loss_set_mask(loss, mask, ROWS + 1), RNN_E_SIZE, "mask_count");
        REFUSED(rnn_loss_set_mask(loss, NULL, ROWS), RNN_E_NULL, "mask is NULL");
    }
    if (kind == RNN_LOSS_CROSS_ENTROPY) {
        REFUSED(rnn_loss_set_class_weights(loss, bad, 2), RNN_E_VALUE, "weights[1]");
        REFUSED(rnn_loss_set_class_weights(loss, endless, 2), RNN_E_VALUE, "weights[0]");
        REFUSED(rnn_loss_set_class_weights(loss, class_weights, 0), RNN_E_SIZE, "weights_count");
        REFUSED(rnn_loss_set_class_weights(loss, NULL, C), RNN_E_NULL, "weights is NULL");
        REFUSED(rnn_loss_set_class_weights(loss, class_weights, SIZE_MAX), RNN_E_VALUE, "weights_count");
    } else {
        REFUSED(rnn_loss_set_class_weights(loss, class_weights, C), RNN_E_UNSUPPORTED, "RNN_LOSS_CROSS_ENTROPY");
    }
    if (kind != RNN_LOSS_CUSTOM)
        REFUSED(rnn_loss_set_callback(loss, squares, NULL), RNN_E_UNSUPPORTED, "expected RNN_LOSS_CUSTOM");
}

static void refuse_predictions(rnn_loss *loss, int32_t kind, struct result *r)
{
#define OF(value, dy, dy_count, y, y_count)                                                                            \
    (is_of_classes(kind)                                                                                               \
         ? rnn_loss_of_classes(loss, value, dy, dy_count, y, y_count, kind == RNN_LOSS_CTC ? labels : classes,         \
                               kind == RNN_LOSS_CTC ? B * S : ROWS)                                                    \
         : rnn_loss_of_values(loss, value, dy, dy_count, y, y_count, values, COUNT))
    assert_fails(OF(NULL, r->dy, COUNT, y, COUNT), RNN_E_NULL);
    assert_fails(OF(&r->value, NULL, COUNT, y, COUNT), RNN_E_NULL);
    assert_fails(OF(&r->value, r->dy, COUNT, NULL, COUNT), RNN_E_NULL);
    assert_fails(OF(&r->value, r->dy, COUNT, NULL, 0), RNN_E_NULL);
    assert_fails(OF(&r->value, r->dy, 0, y, COUNT), RNN_E_SIZE);
    assert_fails(OF(&r->value, r->dy, COUNT + 1, y, COUNT), RNN_E_SIZE);
    assert_fails(OF(&r->value, r->dy, COUNT, y, COUNT - 1), RNN_E_SIZE);
#undef OF
}

static void refuse_targets(rnn_loss *loss, int32_t kind, struct result *r)
{
    int32_t wrong[ROWS] = {0, 1, 2, C, 1, 1};
    if (kind == RNN_LOSS_CUSTOM) {
        REFUSED(rnn_loss_of_values(loss, &r->value, r->dy, COUNT, y, COUNT, values, ROWS + 1), RNN_E_SIZE, "T*B = 6");
        REFUSED(rnn_loss_of_values(loss, &r->value, r->dy, COUNT, y, COUNT, NULL, COUNT), RNN_E_NULL, "values is NULL");
        REFUSED(rnn_loss_of_classes(loss, &r->value, r->dy, COUNT, y, COUNT, wrong, ROWS), RNN_E_VALUE, "classes[3]");
        REFUSED(rnn_loss_of_classes(loss, &r->value, r->dy, COUNT, y, COUNT, classes, 1), RNN_E_SIZE, "classes_count");
        REFUSED(rnn_loss_of_classes(loss, &r->value, r->dy, COUNT, y, COUNT, NULL, 0), RNN_E_NULL, "classes is NULL");
    } else if (!is_of_classes(kind)) {
        REFUSED(rnn_loss_of_classes(loss, &r->value, r->dy, COUNT, y, COUNT, classes, ROWS), RNN_E_UNSUPPORTED,
                "are values");
        REFUSED(rnn_loss_of_values(loss, &r->value, r->dy, COUNT, y, COUNT, values, COUNT - 1), RNN_E_SIZE,
                "values_count");
        REFUSED(rnn_loss_of_values(loss, &r->value, r->dy, COUNT, y, COUNT, NULL, 0), RNN_E_NULL, "values is NULL");
    } else {
        REFUSED(rnn_loss_of_values(loss, &r->value, r->dy, COUNT, y, COUNT, values, COUNT), RNN_E_UNSUPPORTED,
                "are classes");
        REFUSED(rnn_loss_of_classes(loss, &r->value, r->dy, COUNT, y, COUNT, classes, ROWS + 1), RNN_E_SIZE,
                "classes_count");
        REFUSED(rnn_loss_of_classes(loss, &r->value, r->dy, COUNT, y, COUNT, NULL, ROWS), RNN_E_NULL,
                "classes is NULL");
        REFUSED(rnn_loss_of_classes(loss, &r->value, r->dy, COUNT, y, COUNT, wrong, ROWS), RNN_E_VALUE, "classes[");
    }
}

/* After a call that fails batch, options, outputs and the losses of sequences are what they were. */
static void test_refused_calls_change_nothing(void **state)
{
    (void)state;
    for (int32_t kind = 1; kind <= KINDS; kind++) {
        rnn_loss *loss = open_loss(kind);
        struct result before = result_of(loss, kind), untouched, out;
        double losses[B];
        memset(&out, 0x5a, sizeof out);
        memset(&untouched, 0x5a, sizeof untouched);
        refuse_arrays(loss, kind);
        refuse_predictions(loss, kind, &out);
        refuse_targets(loss, kind, &out);
        assert_memory_equal(&out, &untouched, sizeof out);
        if (kind != RNN_LOSS_CUSTOM) {
            assert_ok(rnn_loss_get_sequence_losses(loss, losses, B));
            assert_memory_equal(losses, before.losses, sizeof losses);
        }
        UNCHANGED(kind, before);
        rnn_loss_destroy(loss);
    }
}

static void test_weights_of_other_classes(void **state)
{
    (void)state;
    rnn_loss *loss = open_loss(RNN_LOSS_CROSS_ENTROPY);
    double value = 7;
    assert_ok(rnn_loss_set_batch(loss, NULL, 0, 1, 2, C - 1));
    REFUSED(rnn_loss_of_classes(loss, &value, NULL, 0, y, 6, classes, 2), RNN_E_SIZE, "class weights");
    assert_ok(rnn_loss_set_class_weights(loss, NULL, 0));
    assert_true(value == 7);
    assert_ok(rnn_loss_of_classes(loss, &value, NULL, 0, y, 6, classes, 2));
    rnn_loss_destroy(loss);
}

static void test_missing_and_probabilities(void **state)
{
    (void)state;
    for (int skips = 0; skips < 2; skips++) {
        rnn_loss *loss = open_loss(RNN_LOSS_BINARY_CROSS_ENTROPY);
        double value = 7;
        assert_ok(rnn_loss_set_int(loss, RNN_SKIP_MISSING, skips));
        values[4 * C] = 1.01f;
        REFUSED(rnn_loss_of_values(loss, &value, NULL, 0, y, COUNT, values, COUNT), RNN_E_VALUE, "values[16]");
        values[4 * C] = NAN;
        assert_int_equal(rnn_loss_of_values(loss, &value, NULL, 0, y, COUNT, values, COUNT),
                         skips ? RNN_OK : RNN_E_VALUE);
        values[4 * C] = 0;
        values[2 * C] = -1; /* its mask is 0 */
        values[5 * C] = -1; /* past the end */
        assert_ok(rnn_loss_of_values(loss, &value, NULL, 0, y, COUNT, values, COUNT));
        assert_true(isfinite(value));
        rnn_loss_destroy(loss);
        loss = open_loss(RNN_LOSS_SQUARED_ERROR);
        assert_ok(rnn_loss_set_int(loss, RNN_SKIP_MISSING, skips));
        values[4 * C] = NAN;
        assert_ok(rnn_loss_of_values(loss, &value, NULL, 0, y, COUNT, values, COUNT));
        assert_int_equal(!isnan(value), skips);
        rnn_loss_destroy(loss);
    }
}

/* A new batch drops mask, weights and label lengths; (NULL, 0) drops one of them. */
static void test_dropping(void **state)
{
    (void)state;
    for (int32_t kind = 1; kind <= KINDS; kind++) {
        rnn_loss *loss = open_loss(kind), *fresh;
        const float *floats;
        size_t count = 7;
        assert_ok(rnn_loss_create(&fresh, kind));
        if (kind == RNN_LOSS_CROSS_ENTROPY)
            assert_ok(rnn_loss_set_class_weights(fresh, class_weights, C));
        if (kind == RNN_LOSS_CUSTOM)
            assert_ok(rnn_loss_set_callback(fresh, squares, NULL));
        assert_ok(rnn_loss_set_batch(fresh, lengths, B, T, B, C));
        struct result expected = result_of(fresh, kind);
        assert_ok(rnn_loss_set_batch(loss, lengths, B, T, B, C));
        UNCHANGED(kind, expected);
        assert_ok(fill_arrays(loss, kind));
        assert_ok(kind == RNN_LOSS_CTC ? rnn_loss_set_label_lengths(loss, NULL, 0) : rnn_loss_set_mask(loss, NULL, 0));
        assert_ok(rnn_loss_set_sequence_weights(loss, NULL, 0));
        UNCHANGED(kind, expected);
        assert_ok(rnn_loss_get_mask(loss, &floats, &count));
        assert_true(!floats && !count);
        assert_ok(rnn_loss_get_sequence_weights(loss, &floats, &count));
        assert_true(!floats && !count);
        rnn_loss_destroy(loss);
        rnn_loss_destroy(fresh);
    }
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

/* Each allocation fails in turn; what then fails is called again. */
static void test_each_allocation_fails(void **state)
{
    (void)state;
    for (int32_t kind = 1; kind <= KINDS; kind++) {
        rnn_loss *loss = open_loss(kind);
        struct result expected = result_of(loss, kind);
        rnn_loss_destroy(loss);
        for (size_t i = 1, failures = 1; failures; i++) {
            struct result r, untouched;
            int32_t status;
            failures = allocations = 0;
            fails_at = i;
            memset(&untouched, 0x5a, sizeof untouched);
            r = untouched;
#define AGAIN(call)                                                                                                    \
    while ((status = (call)) != RNN_OK) {                                                                              \
        assert_int_equal(status, RNN_E_MEMORY);                                                                        \
        assert_non_null(strstr(rnn_last_error(), "out of memory"));                                                    \
        assert_memory_equal(&r, &untouched, sizeof r);                                                                 \
        assert_int_equal(++failures, 1);                                                                               \
    }
            AGAIN(rnn_loss_create(&loss, kind))
            AGAIN(fill_handle(loss, kind))
            AGAIN(compute(loss, kind, &r.value, r.dy))
#undef AGAIN
            if (kind != RNN_LOSS_CUSTOM)
                assert_ok(rnn_loss_get_sequence_losses(loss, r.losses, B));
            assert_memory_equal(&r, &expected, sizeof r);
            rnn_loss_destroy(loss);
        }
        fails_at = 0;
    }
}

static void test_reserved_memory_is_enough(void **state)
{
    (void)state;
    for (int32_t kind = 1; kind <= KINDS; kind++) {
        rnn_loss *from = open_loss(kind), *loss;
        double more = 0.5;
        assert_ok(rnn_loss_set_int(from, RNN_REDUCTION, RNN_SUM));
        if (kind == RNN_LOSS_CUSTOM)
            assert_ok(rnn_loss_set_callback(from, squares, &more));
        struct result expected = result_of(from, kind);
        assert_ok(rnn_loss_create(&loss, RNN_LOSS_SQUARED_ERROR));
        assert_ok(rnni_loss_copy_options(loss, from));
        assert_true(rnni_loss_reserve(loss, T, B, C, S, 1));
        allocations = 0;
        for (int i = 0; i < 2; i++) {
            assert_ok(fill_arrays(loss, kind));
            UNCHANGED(kind, expected);
            assert_true(rnni_loss_reserve(loss, T, B, C, S, 1));
            assert_true(rnni_loss_weight(loss) > 0);
        }
        assert_int_equal(allocations, 0);
        assert_true(rnni_loss_reserve(loss, 2 * T, B, C, S, 1)); /* the batch stays */
        UNCHANGED(kind, expected);
        assert_false(rnni_loss_reserve(loss, SIZE_MAX / 4, SIZE_MAX / 4, 4, 1, 1));
        UNCHANGED(kind, expected);
        rnni_loss_retain(loss);
        rnn_loss_destroy(loss);
        UNCHANGED(kind, expected);
        rnni_loss_drop(loss);
        rnn_loss_destroy(from);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_null_handle),
        cmocka_unit_test(test_no_batch),
        cmocka_unit_test(test_losses_of_sequences),
        cmocka_unit_test(test_refused_calls_change_nothing),
        cmocka_unit_test(test_weights_of_other_classes),
        cmocka_unit_test(test_missing_and_probabilities),
        cmocka_unit_test(test_dropping),
        cmocka_unit_test(test_each_allocation_fails),
        cmocka_unit_test(test_reserved_memory_is_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
