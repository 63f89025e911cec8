/* RNN_LOSS_CTC refuses what it should, and has then written nothing; and calls at the edge of what is allowed.  Linked
 * with --wrap=rnni_memory_take. */
#include "support/loss_call.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static size_t allocations, fails_at; /* fails_at 0: none fails */
static size_t largest_allocation;
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    if (rnni_memory_multiply(count, size) > largest_allocation)
        largest_allocation = rnni_memory_multiply(count, size);
    return ++allocations == fails_at ? NULL : __real_rnni_memory_take(count, size);
}

enum { T = 5, B = 3, C = 4, S = 2, COUNT = T * B * C };

struct call {
    float logits[COUNT];
    int32_t labels[B * S], lengths[B], label_lengths[B];
    struct {
        double loss, losses[B];
        float dlogits[COUNT];
    } out;
    double *losses;
    float *dlogits;
    const float *o;
    const int32_t *l, *n, *s;
    size_t losses_count, dlogits_count, logits_count, labels_count, lengths_count, label_lengths_count;
    size_t steps, batch, classes, most_labels;
    int32_t blank, reduction, zero_infinity;
};

static void begin(struct call *c)
{
    uint64_t seed = 9;
    *c = (struct call){.labels = {1, 3, 3, 3, 1, -9}, .lengths = {5, 4, 0}, .label_lengths = {2, 2, 0}};
    fill_uniform(c->logits, COUNT, &seed);
    memset(&c->out, 0x5a, sizeof c->out);
    c->losses = c->out.losses;
    c->dlogits = c->out.dlogits;
    c->o = c->logits;
    c->l = c->labels;
    c->n = c->lengths;
    c->s = c->label_lengths;
    c->losses_count = c->lengths_count = c->label_lengths_count = c->batch = B;
    c->dlogits_count = c->logits_count = COUNT;
    c->labels_count = B * S;
    c->steps = T;
    c->classes = C;
    c->most_labels = S;
    c->blank = 2;
    c->reduction = RNN_MEAN;
}

static int32_t run(struct call *c, double *loss)
{
    return loss_call_run(&(struct loss_call){.kind = RNN_LOSS_CTC,
                                             .reduction = c->reduction,
                                             .value = loss,
                                             .losses = c->losses,
                                             .losses_count = c->losses_count,
                                             .dy = c->dlogits,
                                             .dy_count = c->dlogits_count,
                                             .y = c->o,
                                             .y_count = c->logits_count,
                                             .classes = c->l,
                                             .classes_count = c->labels_count,
                                             .T = c->steps,
                                             .B = c->batch,
                                             .C = c->classes,
                                             .lengths = c->n,
                                             .lengths_count = c->lengths_count,
                                             .label_lengths = c->s,
                                             .label_lengths_count = c->label_lengths_count,
                                             .blank = c->blank,
                                             .zero_infinity = c->zero_infinity});
}

static void check_refused(struct call *c, double *loss, int32_t status, const char *part, int line)
{
    struct call before;
    memcpy(&before, c, sizeof before);
    int32_t found = run(c, loss);
    if (found != status || !strstr(rnn_last_error(), part) ||
        strncmp(rnn_last_error(), "rnn_loss_", strlen("rnn_loss_")) != 0) {
        print_error("%s: gave %s (%s)\n", part, rnn_status_string(found), rnn_last_error());
        _fail(__FILE__, line);
    }
    assert_memory_equal(&before.out, &c->out, sizeof before.out);
}

#define REFUSED(change, status, part)                                                                                  \
    do {                                                                                                               \
        struct call c;                                                                                                 \
        begin(&c);                                                                                                     \
        change;                                                                                                        \
        check_refused(&c, &c.out.loss, status, part, __LINE__);                                                        \
    } while (0)

static void test_pointers_and_counts(void **state)
{
    (void)state;
    struct call without;
    begin(&without);
    check_refused(&without, NULL, RNN_E_NULL, "value is NULL", __LINE__);
    REFUSED(c.o = NULL, RNN_E_NULL, "y is NULL");
    REFUSED(c.l = NULL, RNN_E_NULL, "classes is NULL");
    REFUSED((c.l = NULL, c.labels_count = 0), RNN_E_VALUE, "label_lengths[0]");
    REFUSED(c.dlogits = NULL, RNN_E_NULL, "dy is NULL");
    REFUSED(c.n = NULL, RNN_E_NULL, "lengths is NULL");
    REFUSED(c.s = NULL, RNN_E_NULL, "label_lengths is NULL");
    REFUSED(c.dlogits_count--, RNN_E_SIZE, "dy_count");
    REFUSED(c.logits_count++, RNN_E_SIZE, "y_count");
    REFUSED(c.labels_count--, RNN_E_SIZE, "classes_count");
    REFUSED(c.labels_count++, RNN_E_SIZE, "classes_count");
    REFUSED(c.lengths_count = 1, RNN_E_SIZE, "lengths_count");
    REFUSED(c.label_lengths_count++, RNN_E_SIZE, "label_lengths_count");
}

static void test_values(void **state)
{
    (void)state;
    REFUSED(c.steps = 0, RNN_E_VALUE, "steps");
    REFUSED(c.batch = 0, RNN_E_VALUE, "batch");
    REFUSED(c.classes = 0, RNN_E_VALUE, "classes");
    REFUSED(c.steps = SIZE_MAX, RNN_E_VALUE, "steps");
    REFUSED(c.classes = SIZE_MAX, RNN_E_VALUE, "classes");
    REFUSED(c.blank = -1, RNN_E_VALUE, "RNN_BLANK");
    REFUSED(c.blank = C, RNN_E_VALUE, "RNN_BLANK");
    REFUSED(c.reduction = 0, RNN_E_VALUE, "RNN_REDUCTION");
    REFUSED(c.reduction = 3, RNN_E_VALUE, "RNN_REDUCTION");
    REFUSED(c.zero_infinity = 2, RNN_E_VALUE, "RNN_ZERO_INFINITY");
    REFUSED(c.zero_infinity = -1, RNN_E_VALUE, "RNN_ZERO_INFINITY");
    REFUSED(c.labels[0] = 2, RNN_E_VALUE, "classes[0]");
    REFUSED(c.labels[3] = -1, RNN_E_VALUE, "classes[3]");
    REFUSED(c.labels[3] = C, RNN_E_VALUE, "classes[3]");
    REFUSED(c.lengths[0] = T + 1, RNN_E_VALUE, "lengths[0]");
    REFUSED(c.lengths[2] = -1, RNN_E_VALUE, "lengths[2]");
    REFUSED(c.label_lengths[1] = S + 1, RNN_E_VALUE, "label_lengths[1]");
    REFUSED(c.label_lengths[1] = -1, RNN_E_VALUE, "label_lengths[1]");
}

static void test_without_memory(void **state)
{
    (void)state;
    struct call first;
    begin(&first);
    allocations = 0;
    assert_ok(run(&first, &first.out.loss));
    size_t count = allocations;
    assert_in_range(count, 3, 8);
    for (size_t i = 1; i <= count; i++) { /* each in turn */
        allocations = 0;
        fails_at = i;
        REFUSED((void)0, RNN_E_MEMORY, "out of memory");
    }
    fails_at = 0;
}

/* So many labels that what they need does not fit in size_t. */
static void test_too_many_labels(void **state)
{
    (void)state;
    struct call c;
    begin(&c);
    c.most_labels = SIZE_MAX / B - 1;
    c.labels_count = c.most_labels * B;
    c.n = NULL;
    c.lengths_count = 0;
    c.s = c.label_lengths; /* so that no label is looked at */
    memset(c.label_lengths, 0, sizeof c.label_lengths);
    struct call before;
    memcpy(&before, &c, sizeof before);
    int32_t found = run(&c, &c.out.loss);
    assert_true(found == RNN_E_MEMORY || found == RNN_E_VALUE);
    assert_memory_equal(&before.out, &c.out, sizeof before.out);
}

/* The text promises about 16*T*(S+12) bytes. */
static void test_memory_is_as_said(void **state)
{
    (void)state;
    struct call c;
    begin(&c);
    largest_allocation = 0;
    assert_ok(run(&c, &c.out.loss));
    assert_in_range(largest_allocation, 1, 16 * (T + 8) * (S + 12) * 2);
}

/* ---- allowed ---------------------------------------------------------------------------------------------------- */

static void test_no_labels(void **state)
{
    (void)state;
    struct call c;
    double loss, sum = 0;
    begin(&c);
    c.l = c.n = c.s = NULL;
    c.labels_count = c.lengths_count = c.label_lengths_count = c.most_labels = 0;
    c.reduction = RNN_SUM;
    assert_ok(run(&c, &loss));
    for (size_t i = 0; i < T * B; i++) {
        double norm = 0;
        for (size_t k = 0; k < C; k++)
            norm += exp((double)c.logits[i * C + k]);
        sum += log(norm) - (double)c.logits[i * C + 2];
        for (size_t k = 0; k < C; k++)
            assert_close((double)c.out.dlogits[i * C + k], exp((double)c.logits[i * C + k]) / norm - (k == 2), 1e-6);
    }
    assert_close(loss, sum, 1e-6);
}

/* Sequences of no steps: no labels fit into one, the empty path; labels do not. */
static void test_no_steps(void **state)
{
    (void)state;
    for (int32_t zero_infinity = 0; zero_infinity <= 1; zero_infinity++) {
        struct call c;
        double loss;
        begin(&c);
        c.zero_infinity = zero_infinity;
        c.lengths[0] = c.lengths[1] = 0;
        c.label_lengths[0] = 0;
        assert_ok(run(&c, &loss));
        assert_true(c.out.losses[0] == 0 && c.out.losses[2] == 0);
        assert_true(c.out.losses[1] == (zero_infinity ? 0 : (double)INFINITY) && loss == c.out.losses[1]);
        for (size_t i = 0; i < COUNT; i++)
            assert_true(c.out.dlogits[i] == 0);
    }
}

/* One class, the blank: the only path is certain. */
static void test_one_class(void **state)
{
    (void)state;
    struct call c;
    double loss;
    begin(&c);
    c.classes = 1;
    c.logits_count = c.dlogits_count = T * B;
    c.blank = 0;
    c.labels_count = c.most_labels = 0;
    c.l = NULL;
    memset(c.label_lengths, 0, sizeof c.label_lengths);
    assert_ok(run(&c, &loss));
    assert_close(loss, 0, 1e-6);
    for (size_t i = 0; i < T * B; i++)
        assert_close((double)c.out.dlogits[i], 0, 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pointers_and_counts),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_too_many_labels),
        cmocka_unit_test(test_memory_is_as_said),
        cmocka_unit_test(test_no_labels),
        cmocka_unit_test(test_no_steps),
        cmocka_unit_test(test_one_class),
    };
    return run_with_all_kernels(tests, sizeof tests / sizeof *tests);
}
