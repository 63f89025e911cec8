/* rnn_fit with lists whose layers change the length of sequences: what targets of each sequence are expected, memory,
 * pieces, and numbers that are not finite.  Linked with --wrap=rnni_memory_take. */
#include "support/list_examples.h"

#include "base/memory.h"
#include "model/output_length.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t takes, fail_at;
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    return ++takes == fail_at ? NULL : __real_rnni_memory_take(count, size);
}

/* ---- targets ----------------------------------------------------------------------------------------------------- */

static const float zeros[MOST * INPUTS];
static const float numbers[MOST * OUTPUTS];
static const int32_t classes[MOST];

struct setup {
    struct run run;
    rnn_dataset *good, *bad; /* in the second, sequence 4 is to be made wrong */
};

static void setup_open(struct setup *setup, int network, rnn_loss *loss)
{
    struct examples from = examples_made(example_networks[network], 3);
    run_open_of(&setup->run, examples_model(from.network, 1), loss ? loss : examples_loss(from.network));
    from.of[4].steps = 9; /* of which a stride makes 5 */
    from.of[4].rows = rnni_output_length_of(setup->run.model, 9);
    setup->good = examples_dataset(&from);
    setup->bad = examples_dataset(&from);
}

static void setup_close(struct setup *setup)
{
    run_close(&setup->run);
    rnn_dataset_destroy(setup->good);
    rnn_dataset_destroy(setup->bad);
}

/* As training, as validation and in rnn_evaluate; nothing has changed. */
static void check_refused(struct setup *setup, int32_t status, const char *part)
{
    char message[160];
    double loss = -1;
    struct bytes before = run_bytes(&setup->run);
    snprintf(message, sizeof message, "training: %s", part);
    assert_fails(rnn_fit(setup->run.trainer, setup->bad, NULL), status);
    check_message("rnn_fit(", message, __FILE__, __LINE__);
    snprintf(message, sizeof message, "validation: %s", part);
    assert_fails(rnn_fit(setup->run.trainer, setup->good, setup->bad), status);
    check_message("rnn_fit(", message, __FILE__, __LINE__);
    snprintf(message, sizeof message, "dataset: %s", part);
    assert_fails(rnn_evaluate(setup->run.trainer, &loss, NULL, setup->bad), status);
    check_message("rnn_evaluate(", message, __FILE__, __LINE__);
    assert_true(loss == -1);
    assert_int_equal(setup->run.event_count, 0);
    assert_same_bytes(before, run_bytes(&setup->run));
}

/* Targets as many as the steps of the input are refused like any other number. */
static void test_numbers_of_targets(void **state)
{
    (void)state;
    struct setup setup;
    setup_open(&setup, STRIDED, NULL);
    assert_ok(rnn_dataset_set_classes(setup.bad, 4, classes, 9));
    check_refused(&setup, RNN_E_SIZE, "sequence 4 has 9 classes, expected 5; its 9 steps have an output of 5");
    assert_ok(rnn_dataset_set_classes(setup.bad, 4, classes, 5));
    assert_ok(rnn_dataset_set_mask(setup.bad, 4, numbers, 9));
    check_refused(&setup, RNN_E_SIZE, "sequence 4 has 9 elements of the mask, expected 5; its 9 steps have an output");
    assert_fails(rnn_dataset_set_mask(setup.bad, 4, numbers, 10), RNN_E_SIZE);
    check_message("rnn_dataset_set_mask(", "mask_count is 10, expected 1 to 9 (T)", __FILE__, __LINE__);
    assert_fails(rnn_dataset_set_mask(setup.bad, 4, numbers, 0), RNN_E_SIZE);
    check_message("rnn_dataset_set_mask(", "mask_count is 0, expected 1 to 9 (T)", __FILE__, __LINE__);
    assert_ok(rnn_dataset_set_mask(setup.bad, 4, numbers, 5));
    assert_ok(rnn_fit(setup.run.trainer, setup.bad, setup.bad));
    setup_close(&setup);

    setup_open(&setup, UNPADDED, NULL);
    assert_ok(rnn_dataset_set_values(setup.bad, 4, numbers, 9 * OUTPUTS));
    check_refused(&setup, RNN_E_SIZE, "sequence 4 has 36 values, expected 20; its 9 steps have an output of 5");
    assert_ok(rnn_dataset_set_values(setup.bad, 4, numbers, OUTPUTS));
    check_refused(&setup, RNN_E_SIZE, "sequence 4 has 4 values, expected 20; its 9 steps have an output of 5");
    setup_close(&setup);

    setup_open(&setup, POOLED, NULL);
    assert_ok(rnn_dataset_set_classes(setup.bad, 4, classes, 4));
    check_refused(&setup, RNN_E_SIZE, "sequence 4 has 4 classes, expected 1");
    setup_close(&setup);
}

static void test_short_sequences(void **state)
{
    (void)state;
    for (int i = 0; i < EXAMPLE_NETWORKS; i++) {
        struct setup setup;
        char part[96];
        size_t least = example_networks[i]->least, index;
        if (least == 1)
            continue;
        setup_open(&setup, i, NULL);
        assert_ok(rnn_dataset_add(setup.bad, &index, zeros, (least - 1) * INPUTS, least - 1));
        snprintf(part, sizeof part, "sequence 10 has %zu steps, expected at least %zu, with which the network",
                 least - 1, least);
        check_refused(&setup, RNN_E_SIZE, part);
        setup_close(&setup);
    }
}

/* Which outputs count is not said for steps that are left out. */
static void test_step_masks(void **state)
{
    (void)state;
    static const int32_t mask[] = {0, 1, 1, 1, 1, 1, 1, 1, 1};
    for (int i = STRIDED; i <= POOLED; i++) {
        struct setup setup;
        setup_open(&setup, i, NULL);
        assert_ok(rnn_dataset_set_step_mask(setup.bad, 4, mask, 9));
        check_refused(&setup, RNN_E_UNSUPPORTED,
                      "sequence 4 has a step mask, expected none for layers that change the length");
        setup_close(&setup);
    }
}

/* ---- custom losses ----------------------------------------------------------------------------------------------- */

/* It gets the steps, lengths and targets of the output. */
static int32_t half_the_squares(void *user, rnn_loss *loss, double *value, double *weight, float *dy, const float *y,
                                size_t y_count)
{
    const int32_t *lengths;
    const float *values;
    size_t steps, batch, outputs, count, longest = 0;
    (void)weight;
    assert_ok(rnn_loss_get_batch(loss, &lengths, &steps, &batch, &outputs));
    assert_ok(rnn_loss_get_values(loss, &values, &count));
    for (size_t b = 0; b < batch; b++)
        longest = (size_t)lengths[b] > longest ? (size_t)lengths[b] : longest;
    assert_int_equal(steps, longest ? longest : 1);
    assert_int_equal(y_count, steps * batch * outputs);
    assert_int_equal(count, steps * batch * 3);
    *value = 0;
    memset(dy, 0, dy ? y_count * sizeof *dy : 0);
    for (size_t i = 0; i < y_count; i++) {
        if (i / outputs / batch >= (size_t)lengths[i / outputs % batch]) {
            assert_true(y[i] == 0);
            continue;
        }
        *value += (double)y[i] * (double)y[i] / 2;
        if (dy)
            dy[i] = y[i];
        ++*(size_t *)user;
    }
    return 0;
}

static void test_custom_losses(void **state)
{
    (void)state;
    struct setup setup;
    rnn_loss *loss;
    size_t elements = 0, expected = 0;
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CUSTOM));
    assert_ok(rnn_loss_set_callback(loss, half_the_squares, &elements));
    setup_open(&setup, UNPADDED, loss);
    for (size_t i = 0; i < COUNT; i++) {
        size_t steps = 5 + i, rows = rnni_output_length_of(setup.run.model, steps), index;
        rnn_dataset *all[] = {setup.good, setup.bad};
        for (size_t k = 0; k < 2; k++) {
            if (!i) {
                rnn_dataset_destroy(all[k]);
                assert_ok(rnn_dataset_create(k ? &setup.bad : &setup.good));
            }
            rnn_dataset *dataset = k ? setup.bad : setup.good;
            assert_ok(rnn_dataset_add(dataset, &index, zeros, steps * INPUTS, steps));
            assert_ok(rnn_dataset_set_values(dataset, index, numbers, rows * 3));
        }
        expected += rows * OUTPUTS;
    }
    assert_ok(rnn_dataset_set_values(setup.bad, 4, numbers, 9));
    check_refused(&setup, RNN_E_SIZE, "sequence 4 has 9 values, expected a multiple of 5; its 9 steps have an output");
    assert_ok(rnn_dataset_set_values(setup.bad, 4, numbers, 10));
    check_refused(&setup, RNN_E_SIZE, "sequence 4 has 10 values, K = 2, expected K = 3 like sequence 0");
    for (int64_t most = 0; most < 9; most++) {
        run_set(&setup.run, RNN_EPOCHS, most + 1);
        run_set(&setup.run, RNN_STREAM_STEPS, most);
        elements = 0;
        assert_ok(rnn_fit(setup.run.trainer, setup.good, NULL));
        assert_int_equal(elements, expected);
    }
    setup_close(&setup);
}

/* ---- sources ----------------------------------------------------------------------------------------------------- */

/* Each sequence has the steps and classes of `user`. */
static int32_t make(void *user, rnn_sample *sample, size_t index, int64_t seed)
{
    const size_t *sizes = user;
    (void)index, (void)seed;
    assert_ok(rnn_sample_set_x(sample, zeros, sizes[0] * INPUTS, sizes[0]));
    return rnn_sample_set_classes(sample, classes, sizes[1]);
}

static void test_sources(void **state)
{
    (void)state;
    size_t sizes[2] = {4, 4};
    struct setup setup;
    rnn_dataset *dataset;
    setup_open(&setup, DEEP, NULL);
    assert_ok(rnn_dataset_create_from_source(&dataset, COUNT, MOST, MOST, make, sizes));
    run_set(&setup.run, RNN_SHUFFLE, 0);
    assert_fails(rnn_fit(setup.run.trainer, dataset, NULL), RNN_E_SIZE);
    check_message("rnn_fit(", "epoch 1, batch 1: callback: rnn_sample: sequence 0 has 4 steps, expected at least 5",
                  __FILE__, __LINE__);
    sizes[0] = 9;
    assert_fails(rnn_fit(setup.run.trainer, dataset, NULL), RNN_E_SIZE);
    check_message("rnn_fit(", "sequence 0 has 4 classes, expected 1; its 9 steps have an output of 1", __FILE__,
                  __LINE__);
    sizes[1] = 1;
    assert_ok(rnn_fit(setup.run.trainer, dataset, NULL));
    rnn_dataset_destroy(dataset);
    /* No sequence of the dataset can have an output. */
    assert_ok(rnn_dataset_create_from_source(&dataset, COUNT, 4, 4, make, sizes));
    sizes[0] = 4;
    run_set(&setup.run, RNN_EPOCHS, 4);
    assert_fails(rnn_fit(setup.run.trainer, dataset, NULL), RNN_E_SIZE);
    check_message("rnn_fit(", "sequence 0 has 4 steps, expected at least 5", __FILE__, __LINE__);
    rnn_dataset_destroy(dataset);
    setup_close(&setup);
}

/* ---- memory, pieces ---------------------------------------------------------------------------------------------- */

/* The limit is what is needed, and arrays of the output are as long as that. */
static void test_limit(void **state)
{
    (void)state;
    int64_t needed[EXAMPLE_NETWORKS];
    for (int i = 0; i < EXAMPLE_NETWORKS; i++) {
        struct setup setup;
        setup_open(&setup, i, NULL);
        run_set(&setup.run, RNN_MEMORY_LIMIT, 1);
        assert_fails(rnn_fit(setup.run.trainer, setup.good, NULL), RNN_E_MEMORY);
        check_message("rnn_fit(", "sequence 3 of training, with 17 steps in a batch, is the longest", __FILE__,
                      __LINE__);
        needed[i] = bytes_named();
        run_set(&setup.run, RNN_MEMORY_LIMIT, needed[i] - 1);
        assert_fails(rnn_fit(setup.run.trainer, setup.good, NULL), RNN_E_MEMORY);
        run_set(&setup.run, RNN_MEMORY_LIMIT, needed[i]);
        assert_ok(rnn_fit(setup.run.trainer, setup.good, NULL));
        setup_close(&setup);
    }
}

/* What fails has not begun, and nothing is taken after the first batch. */
static void check_memory(int network, int64_t most)
{
    struct setup setup, whole;
    setup_open(&whole, network, NULL);
    run_set(&whole.run, RNN_STREAM_STEPS, most);
    assert_ok(rnn_fit(whole.run.trainer, whole.good, whole.bad));
    setup_open(&setup, network, NULL);
    run_set(&setup.run, RNN_STREAM_STEPS, most);
    struct bytes before = run_bytes(&setup.run);
    int32_t status;
    fail_at = 1;
    do {
        takes = 0;
        status = rnn_fit(setup.run.trainer, setup.good, setup.bad);
        size_t taken = takes, at = fail_at;
        fail_at = 0;
        assert_true(status ? status == RNN_E_MEMORY && !setup.run.event_count : taken < at);
        if (status) {
            struct bytes is = run_bytes(&setup.run);
            assert_memory_equal(is.data, before.data, before.count);
            free(is.data);
        }
        fail_at = at + 1;
    } while (status);
    fail_at = 0;
    assert_same_runs(&setup.run, &whole.run);
    free(before.data);
    setup_close(&setup);
    setup_close(&whole);
}

static void test_memory(void **state)
{
    (void)state;
    for (int i = 0; i < EXAMPLE_NETWORKS; i++) {
        check_memory(i, 0);
        if (!example_networks[i]->whole)
            check_memory(i, 3);
    }
}

static void test_what_cannot_be_cut(void **state)
{
    (void)state;
    struct setup setup;
    rnn_loss *loss;
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CROSS_ENTROPY));
    setup_open(&setup, LABELS, loss);
    run_set(&setup.run, RNN_STREAM_STEPS, 4);
    assert_fails(rnn_fit(setup.run.trainer, setup.good, NULL), RNN_E_STATE);
    check_message("rnn_fit(", "a layer of the network, with a reverse direction or a centred convolution,", __FILE__,
                  __LINE__);
    setup_close(&setup);
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CTC));
    setup_open(&setup, STRIDED, loss);
    run_set(&setup.run, RNN_STREAM_STEPS, 4);
    assert_fails(rnn_fit(setup.run.trainer, setup.good, NULL), RNN_E_STATE);
    check_message("rnn_fit(", "RNN_LOSS_CTC needs whole sequences", __FILE__, __LINE__);
    setup_close(&setup);
    setup_open(&setup, POOLED, NULL);
    run_set(&setup.run, RNN_STREAM_STEPS, 4);
    assert_fails(rnn_fit(setup.run.trainer, setup.good, NULL), RNN_E_STATE);
    check_message("rnn_fit(", "one output for each sequence needs whole sequences", __FILE__, __LINE__);
    setup_close(&setup);
}

/* ---- numbers that are not finite --------------------------------------------------------------------------------- */

enum { STEPS = 12, PIECE = 3, BAD = 6 }; /* the piece from step 6 on is not finite */

static rnn_dataset *bad_piece(float *x, size_t rows)
{
    uint64_t seed = 4;
    rnn_dataset *dataset;
    fill_uniform(x, STEPS * INPUTS, &seed);
    for (size_t k = BAD * INPUTS; k < (BAD + PIECE) * INPUTS; k++)
        x[k] = NAN;
    assert_ok(rnn_dataset_create(&dataset));
    assert_ok(rnn_dataset_add(dataset, NULL, x, STEPS * INPUTS, STEPS));
    if (rows)
        assert_ok(rnn_dataset_set_values(dataset, 0, numbers, rows * OUTPUTS));
    else
        assert_ok(rnn_dataset_set_classes(dataset, 0, classes, STEPS / 2));
    return dataset;
}

static void open_skipping(struct run *run, int network)
{
    run_open_of(run, examples_model(example_networks[network], 1), examples_loss(example_networks[network]));
    run_set(run, RNN_EPOCHS, 1);
    run_set(run, RNN_STREAM_STEPS, PIECE);
}

/* The piece makes no update; the sequence goes on with the initial state and, behind it, steps of zeros. */
static void test_skipped(void **state)
{
    (void)state;
    enum { ROWS = STEPS - 4, REACH = 4 };
    float x[STEPS * INPUTS], y[PIECE * OUTPUTS], after[(REACH + PIECE) * INPUTS] = {0};
    struct run run;
    double expected = 0;
    rnn_session *session;
    rnn_dataset *dataset = bad_piece(x, ROWS);
    open_skipping(&run, UNPADDED);
    assert_fails(rnn_fit(run.trainer, dataset, NULL), RNN_E_NONFINITE);
    check_message("rnn_fit(", "epoch 1, batch 3: sequence 0: ", __FILE__, __LINE__);
    run_set(&run, RNN_SKIP_NONFINITE, 1);
    run_stop_after_batch(&run, 3, NULL);
    assert_int_equal(rnn_fit(run.trainer, dataset, NULL), 5);
    assert_int_equal(run_int(&run, RNN_SKIPPED), 1);
    memcpy(after + REACH * INPUTS, x + (BAD + PIECE) * INPUTS, PIECE * INPUTS * sizeof *x);
    assert_ok(rnn_session_create(&session, run.model, RNN_INFERENCE));
    assert_ok(rnn_forward(session, y, PIECE * OUTPUTS, after, (REACH + PIECE) * INPUTS, NULL, 0, REACH + PIECE));
    for (size_t i = 0; i < PIECE * OUTPUTS; i++)
        expected += (double)y[i] * (double)y[i] / (PIECE * OUTPUTS);
    assert_ok(rnn_fit(run.trainer, dataset, NULL));
    assert_close(run_real(&run, RNN_BATCH_LOSS), expected, 1e-6);
    rnn_session_destroy(session);
    rnn_dataset_destroy(dataset);
    run_close(&run);
}

/* Under a stride of 2 the outputs of the next piece, from step 9 on, begin at step 10. */
static void test_skipped_under_a_stride(void **state)
{
    (void)state;
    float x[STEPS * INPUTS];
    struct run run;
    rnn_dataset *dataset = bad_piece(x, 0);
    open_skipping(&run, STRIDED);
    run_set(&run, RNN_SKIP_NONFINITE, 1);
    assert_ok(rnn_fit(run.trainer, dataset, NULL));
    assert_int_equal(run_int(&run, RNN_SKIPPED), 1);
    assert_int_equal(run_events(&run, RNN_EVENT_BATCH), 4);
    assert_int_equal(run_updates(&run), 3);
    rnn_dataset_destroy(dataset);
    run_close(&run);
}

/* ---- the rule ---------------------------------------------------------------------------------------------------- */

static struct layer random_conv(uint64_t *seed)
{
    int64_t draw[3];
    for (size_t k = 0; k < 3; k++)
        draw[k] = 1 + (int64_t)((uniform(seed) + 1) / 2 * 3);
    return (struct layer){.kind = RNN_KIND_CONV1D,
                          .kernel = draw[0],
                          .stride = draw[1],
                          .padding = draw[2] == 1 ? RNN_PADDING_CAUSAL : RNN_PADDING_NONE};
}

/* rnni_output_length_... against what sessions do, of whole sequences and in pieces. */
static void test_rule(void **state)
{
    (void)state;
    uint64_t seed = 9;
    for (int i = 0; i < 60; i++) {
        struct network network = {.loss = RNN_LOSS_CROSS_ENTROPY};
        rnn_session *session;
        size_t least, steps, left;
        for (int k = 0; k <= i % 4; k++)
            network.layers[k] = random_conv(&seed);
        rnn_model *model = examples_model(&network, 1);
        assert_ok(rnn_session_create(&session, model, RNN_INFERENCE));
        least = rnni_output_length_least(model);
        for (steps = 1; steps <= MOST; steps++) {
            assert_ok(rnn_session_output_steps(session, steps, &left));
            assert_int_equal(rnni_output_length_of(model, steps), left);
            assert_int_equal(left > 0, steps >= least);
        }
        for (size_t piece = 1; piece <= 6; piece++) {
            size_t rows = 0, longest = 0;
            assert_ok(rnn_reset_state(session, 1));
            for (steps = piece; steps <= 12 * piece; steps += piece) {
                float y[MOST * OUTPUTS];
                assert_ok(rnn_session_output_steps(session, piece, &left));
                assert_ok(rnn_forward(session, left ? y : NULL, left * OUTPUTS, zeros, piece * INPUTS, NULL, 0, piece));
                rows += left;
                longest = left > longest ? left : longest;
                assert_int_equal(rnni_output_length_of(model, steps), rows);
            }
            assert_in_range(longest, 0, rnni_output_length_most(model, piece));
        }
        rnn_session_destroy(session);
        rnn_destroy(model);
    }
}

/* A convolution above a pooling that would need two rows. */
static void test_never_an_output(void **state)
{
    (void)state;
    static const struct network network = {
        .layers = {{.kind = RNN_KIND_POOLING},
                   {.kind = RNN_KIND_CONV1D, .kernel = 2, .stride = 1, .padding = RNN_PADDING_NONE}}};
    rnn_model *model = examples_model(&network, 1);
    assert_true(rnni_output_length_least(model) == SIZE_MAX);
    assert_int_equal(rnni_output_length_of(model, MOST), 0);
    rnn_destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests_of_errors[] = {
        cmocka_unit_test(test_numbers_of_targets),
        cmocka_unit_test(test_short_sequences),
        cmocka_unit_test(test_step_masks),
        cmocka_unit_test(test_custom_losses),
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_what_cannot_be_cut),
        cmocka_unit_test(test_skipped),
        cmocka_unit_test(test_skipped_under_a_stride),
        cmocka_unit_test(test_rule),
        cmocka_unit_test(test_never_an_output),
    };
    return cmocka_run_group_tests(tests_of_errors, NULL, NULL);
}
