/* rnn_fit with lists whose layers change the length of sequences: bit by bit a loop over other functions of rnn.h, of
 * whole sequences and of pieces; resumed after any batch; the errors.  Linked with --wrap=rnni_memory_take. */
#include "support/list_examples.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH "fit_lengths.safetensors"

enum { EPOCHS = 2 };

/* Batches of BATCH in order, in pieces of `most` steps (0: whole). */
static void open_run(struct run *run, const struct network *network, int64_t most, int64_t seed)
{
    run_open_of(run, examples_model(network, seed), examples_loss(network));
    run_set(run, RNN_EPOCHS, EPOCHS);
    run_set(run, RNN_SEED, -5);
    run_set(run, RNN_STREAM_STEPS, most);
}

/* ---- the loop ---------------------------------------------------------------------------------------------------- */

/* A sequence of a batch: where it is, and the state that it has left. */
struct place {
    size_t sequence, step, row;
    float *state;
};

struct arrays {
    float x[MOST * BATCH * INPUTS], values[MOST * BATCH * OUTPUTS], mask[MOST * BATCH], weights[BATCH];
    float y[MOST * BATCH * OUTPUTS], dy[MOST * BATCH * OUTPUTS];
    int32_t classes[MOST * BATCH], labels[BATCH], lengths[BATCH], left[BATCH];
    size_t steps, outs; /* T, T' */
};

static void fill_input(struct arrays *a, const struct examples *from, const struct place *places, size_t count,
                       size_t most)
{
    for (size_t i = 0; i < sizeof a->x / sizeof *a->x; i++)
        a->x[i] = NAN; /* what is past the end is ignored */
    for (size_t b = 0; b < count; b++) {
        size_t left = from->of[places[b].sequence].steps - places[b].step;
        a->lengths[b] = (int32_t)(most && left > most ? most : left);
        a->steps = (size_t)a->lengths[b] > a->steps ? (size_t)a->lengths[b] : a->steps;
    }
    for (size_t b = 0; b < count; b++)
        for (size_t t = 0; t < (size_t)a->lengths[b]; t++)
            memcpy(a->x + (t * count + b) * INPUTS, from->of[places[b].sequence].x + (places[b].step + t) * INPUTS,
                   INPUTS * sizeof *a->x);
}

/* The rows of the targets that belong to the steps of the output. */
static void fill_targets(struct arrays *a, const struct examples *from, const struct place *places, size_t count)
{
    int is_ctc = from->network->loss == RNN_LOSS_CTC;
    for (size_t b = 0; b < count; b++) {
        const struct example *e = &from->of[places[b].sequence];
        a->weights[b] = (float)e->weight;
        a->labels[b] = (int32_t)e->labels;
        for (size_t t = 0; t < (size_t)a->left[b]; t++) {
            size_t row = t * count + b, at = places[b].row + t;
            assert_true(at < e->rows);
            if (!is_ctc)
                a->classes[row] = e->classes[at];
            a->mask[row] = e->has_mask ? e->mask[at] : 1;
            memcpy(a->values + row * OUTPUTS, e->values + at * OUTPUTS, OUTPUTS * sizeof *a->values);
        }
        if (is_ctc)
            memcpy(a->classes + b * MOST, e->classes, sizeof e->classes);
    }
}

static double loss_of_batch(struct arrays *a, const struct network *network, const rnn_session *session, size_t count)
{
    double value = 0;
    size_t rows = a->outs * count, n = rows * OUTPUTS;
    rnn_loss *loss = examples_loss(network);
    if (rows) {
        assert_ok(rnn_loss_set_batch_of_session(loss, session));
        assert_ok(rnn_loss_set_sequence_weights(loss, a->weights, count));
    }
    if (rows && network->loss != RNN_LOSS_CTC)
        assert_ok(rnn_loss_set_mask(loss, a->mask, rows));
    if (rows && network->loss == RNN_LOSS_CTC) {
        assert_ok(rnn_loss_set_label_lengths(loss, a->labels, count));
        assert_ok(rnn_loss_of_classes(loss, &value, a->dy, n, a->y, n, a->classes, count * MOST));
    } else if (rows && examples_have_values(network)) {
        assert_ok(rnn_loss_of_values(loss, &value, a->dy, n, a->y, n, a->values, n));
    } else if (rows) {
        assert_ok(rnn_loss_of_classes(loss, &value, a->dy, n, a->y, n, a->classes, rows));
    }
    rnn_loss_destroy(loss);
    return value;
}

static size_t without_output; /* batches so far */

/* One batch, and an update. */
static double loop_pieces(struct loop *loop, const struct examples *from, struct place *places, size_t count,
                          size_t most)
{
    struct arrays a = {.steps = 0};
    rnn_session *session = loop->session;
    fill_input(&a, from, places, count, most);
    assert_ok(rnn_reset_state(session, count));
    for (size_t b = 0; b < count; b++)
        if (places[b].step)
            assert_ok(rnn_session_set_row_state(session, b, places[b].state, loop->states_width));
    assert_ok(rnn_session_output_steps(session, a.steps, &a.outs));
    size_t n = a.outs * count * OUTPUTS;
    without_output += !n;
    assert_ok(rnn_forward(session, n ? a.y : NULL, n, a.x, a.steps * count * INPUTS, a.lengths, count, a.steps));
    assert_ok(rnn_session_output_lengths(session, a.left, count));
    fill_targets(&a, from, places, count);
    double loss = loss_of_batch(&a, from->network, session, count);
    assert_ok(rnn_zero_gradients(session));
    assert_ok(rnn_backward(session, NULL, 0, n ? a.dy : NULL, n));
    assert_ok(rnn_optimizer_step(loop->optimizer, session));
    for (size_t b = 0; b < count; b++) {
        places[b].step += (size_t)a.lengths[b];
        places[b].row += (size_t)a.left[b];
        assert_ok(rnn_session_get_row_state(session, b, places[b].state, loop->states_width));
    }
    return loss;
}

/* An epoch; the losses of its batches. */
static size_t loop_examples(struct loop *loop, const struct examples *from, size_t most, int64_t epoch, double *losses)
{
    struct place places[BATCH];
    size_t count = 0, next = 0, batches = 0;
    assert_ok(rnn_session_row_state_count(loop->session, &loop->states_width));
    for (size_t b = 0; b < BATCH; b++)
        assert_non_null(places[b].state = calloc(loop->states_width, sizeof(float)));
    while (count || next < COUNT) {
        size_t left = 0;
        for (; count < BATCH && next < COUNT; count++, next++)
            places[count] = (struct place){next, 0, 0, places[count].state};
        loop_begin(loop, epoch, batches);
        losses[batches++] = loop_pieces(loop, from, places, count, most);
        for (size_t b = 0; b < count; b++) {
            const struct example *e = &from->of[places[b].sequence];
            struct place done = places[b];
            if (done.step == e->steps) {
                assert_int_equal(done.row, e->rows);
                continue;
            }
            places[b] = places[left];
            places[left++] = done;
        }
        count = left;
    }
    for (size_t b = 0; b < BATCH; b++)
        free(places[b].state);
    return batches;
}

static void check_loop(const struct network *network, size_t most, int64_t threads)
{
    struct examples from = examples_made(network, 5);
    rnn_dataset *dataset = examples_dataset(&from);
    struct loop loop = {.model = examples_model(network, 1), .seed = -5};
    struct run run;
    double losses[MAX_EVENTS];
    size_t at = 0;
    loop.optimizer = fitting_optimizer(loop.model);
    assert_ok(rnn_session_create(&loop.session, loop.model, RNN_TRAINING));
    open_run(&run, network, (int64_t)most, 1);
    run_set(&run, RNN_THREADS, threads);
    assert_ok(rnn_fit(run.trainer, dataset, NULL));
    for (int64_t epoch = 0; epoch < EPOCHS; epoch++) {
        size_t batches = loop_examples(&loop, &from, most, epoch, losses);
        assert_epoch_was(&run, &at, losses, batches);
    }
    assert_int_equal(at, run.event_count);
    assert_same_as_loop(&run, &loop);
    loop_close(&loop);
    run_close(&run);
    rnn_dataset_destroy(dataset);
}

static void test_as_a_loop(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXAMPLE_NETWORKS; i++)
        for (int64_t threads = 1; threads <= THREADS(2); threads++)
            check_loop(example_networks[i], 0, threads);
}

/* Some pieces, and some whole batches of them, have no output. */
static void test_pieces_as_a_loop(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXAMPLE_NETWORKS; i++)
        for (size_t most = 1; !example_networks[i]->whole && most <= MOST; most += 1 + most / 5)
            check_loop(example_networks[i], most, THREADS(1 + (int64_t)most % 2));
    assert_true(without_output > 20);
}

/* ---- validation -------------------------------------------------------------------------------------------------- */

/* The proportion of right classes among the outputs that count, sequence by sequence. */
static double accuracy_of(rnn_model *model, const struct examples *from)
{
    size_t counted = 0, right = 0;
    rnn_session *session;
    assert_ok(rnn_session_create(&session, model, RNN_INFERENCE));
    for (size_t i = 0; i < COUNT; i++) {
        const struct example *e = &from->of[i];
        float y[MOST * OUTPUTS];
        assert_ok(rnn_reset_state(session, 1));
        assert_ok(rnn_forward(session, y, e->rows * OUTPUTS, e->x, e->steps * INPUTS, NULL, 0, e->steps));
        for (size_t t = 0; t < e->rows; t++) {
            size_t best = 0;
            for (size_t c = 1; c < OUTPUTS; c++)
                best = y[t * OUTPUTS + c] > y[t * OUTPUTS + best] ? c : best;
            if (e->has_mask && e->mask[t] == 0)
                continue;
            counted++;
            right += (int32_t)best == e->classes[t];
        }
    }
    rnn_session_destroy(session);
    return (double)right / (double)counted;
}

/* The loss does not depend on batches, pieces and threads. */
static void test_validation(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXAMPLE_NETWORKS; i++) {
        struct examples from = examples_made(example_networks[i], 6);
        rnn_dataset *dataset = examples_dataset(&from);
        struct run run;
        double expected, loss, accuracy;
        open_run(&run, example_networks[i], 0, 1);
        run_set(&run, RNN_BATCH_SIZE, 1);
        assert_ok(rnn_evaluate(run.trainer, &expected, &accuracy, dataset));
        if (example_networks[i]->loss == RNN_LOSS_CROSS_ENTROPY)
            assert_true(accuracy == accuracy_of(run.model, &from));
        run_set(&run, RNN_BATCH_SIZE, 3);
        for (size_t most = 0; most <= (example_networks[i]->whole ? 0 : MOST); most += 1 + most / 5) {
            double other;
            run_set(&run, RNN_STREAM_STEPS, (int64_t)most);
            run_set(&run, RNN_THREADS, THREADS(1 + (int64_t)most % 2));
            assert_ok(rnn_evaluate(run.trainer, &loss, &other, dataset));
            assert_close(loss, expected, 1e-6);
            assert_true(accuracy == other || (isnan(accuracy) && isnan(other)));
        }
        run_set(&run, RNN_STREAM_STEPS, 0);
        assert_ok(rnn_fit(run.trainer, dataset, dataset));
        assert_ok(rnn_evaluate(run.trainer, &loss, &accuracy, dataset));
        assert_true(run_real(&run, RNN_VALIDATION_LOSS) == loss && loss < expected);
        run_close(&run);
        rnn_dataset_destroy(dataset);
    }
}

/* ---- resuming, sources, transforms ------------------------------------------------------------------------------- */

static void open_shuffled(struct run *run, const struct network *network, int64_t most, int64_t buckets, int64_t seed)
{
    open_run(run, network, most, seed);
    run_set(run, RNN_SHUFFLE, 1);
    run_set(run, RNN_BUCKETS, buckets);
}

static void check_resumed(const struct network *network, int64_t most, int64_t buckets)
{
    struct examples from = examples_made(network, 7);
    rnn_dataset *dataset = examples_dataset(&from);
    struct run whole, stopped, resumed;
    open_shuffled(&whole, network, most, buckets, 1);
    assert_ok(rnn_fit(whole.trainer, dataset, dataset));
    for (size_t at = 1; at <= run_events(&whole, RNN_EVENT_BATCH); at++) {
        open_shuffled(&stopped, network, most, buckets, 1);
        run_stop_after_batch(&stopped, at, PATH);
        assert_int_equal(rnn_fit(stopped.trainer, dataset, dataset), 5);
        run_close(&stopped);
        open_shuffled(&resumed, network, most, buckets, 99);
        assert_ok(rnn_trainer_load(resumed.trainer, PATH));
        assert_ok(rnn_fit(resumed.trainer, dataset, dataset));
        assert_same_runs(&resumed, &whole);
        assert_same_bytes(run_bytes(&resumed), run_bytes(&whole));
        run_close(&resumed);
    }
    run_close(&whole);
    rnn_dataset_destroy(dataset);
    remove(PATH);
}

static void test_resumed_after_every_batch(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXAMPLE_NETWORKS; i++) {
        check_resumed(example_networks[i], 0, 0);
        check_resumed(example_networks[i], 0, 2);
        if (!example_networks[i]->whole)
            check_resumed(example_networks[i], 3, 2);
    }
}

static int32_t make(void *user, rnn_sample *sample, size_t index, int64_t seed)
{
    const struct examples *from = user;
    const struct example *e = &from->of[index];
    (void)seed;
    assert_ok(rnn_sample_set_x(sample, e->x, e->steps * INPUTS, e->steps));
    if (examples_have_values(from->network))
        assert_ok(rnn_sample_set_values(sample, e->values, e->rows * OUTPUTS));
    else
        assert_ok(
            rnn_sample_set_classes(sample, e->classes, from->network->loss == RNN_LOSS_CTC ? e->labels : e->rows));
    assert_ok(rnn_sample_set_mask(sample, e->has_mask ? e->mask : NULL, e->has_mask ? e->rows : 0));
    return rnn_sample_set_weight(sample, e->weight);
}

static int32_t keep(void *user, rnn_sample *sample, size_t index, int64_t seed)
{
    const float *mask;
    size_t count;
    assert_ok(rnn_sample_get_mask(sample, &mask, &count));
    assert_int_equal(count, ((const struct examples *)user)->of[index].has_mask
                                ? ((const struct examples *)user)->of[index].rows
                                : 0);
    (void)seed;
    return 0;
}

/* Sequences from a source, and those that a transform leaves as they are, train like stored ones: with the room for the
 * most targets of a sequence, also where a batch of pieces has more steps of output than any of its sequences. */
static void test_sources_and_transforms(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXAMPLE_NETWORKS; i++)
        for (int64_t most = 0; most <= (example_networks[i]->whole ? 0 : 5); most++) {
            struct examples from = examples_made(example_networks[i], 8);
            size_t targets = from.of[3].rows * (examples_have_values(example_networks[i]) ? OUTPUTS : 1);
            rnn_dataset *stored = examples_dataset(&from), *kept = examples_dataset(&from), *made;
            struct run a, b, c;
            assert_ok(rnn_dataset_create_from_source(&made, COUNT, MOST, targets, make, &from));
            assert_ok(rnn_dataset_set_transform(kept, keep, &from));
            open_run(&a, example_networks[i], most, 1);
            open_run(&b, example_networks[i], most, 1);
            open_run(&c, example_networks[i], most, 1);
            assert_ok(rnn_fit(a.trainer, stored, stored));
            assert_ok(rnn_fit(b.trainer, made, made));
            assert_ok(rnn_fit(c.trainer, kept, made));
            assert_same_runs(&b, &a);
            assert_same_runs(&c, &a);
            run_close(&a);
            run_close(&b);
            run_close(&c);
            rnn_dataset_destroy(stored);
            rnn_dataset_destroy(kept);
            rnn_dataset_destroy(made);
        }
}

int main(void)
{
    const struct CMUnitTest tests_of_lengths[] = {
        cmocka_unit_test(test_as_a_loop),
        cmocka_unit_test(test_pieces_as_a_loop),
        cmocka_unit_test(test_validation),
        cmocka_unit_test(test_resumed_after_every_batch),
        cmocka_unit_test(test_sources_and_transforms),
    };
    return cmocka_run_group_tests(tests_of_lengths, NULL, NULL);
}
