/* A CRF whose chain is that of the steps that count: loss, gradients, paths and marginals are those of the sum over all
 * paths of these steps, and to the bit those of the steps moved together; with threads, in a network, and in rnn_fit.
 * Linked with --wrap=rnni_memory_take. */
#include "support/crf_instance.h"

#include <math.h>
#include <string.h>

static size_t takes, no_memory_at; /* blocks that were asked for; which of them is refused, 0: none */
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    return ++takes == no_memory_at ? NULL : __real_rnni_memory_take(count, size);
}

enum { CASES = 100 };

/* What a loss and a decoder give. */
struct found {
    double value, losses[B], scores[B][RESULTS];
    float dy[COUNT], dstart[C], dend[C], dw[C * C], marginals[COUNT];
    size_t count[B];
    int32_t path[B][RESULTS][T], steps[B][RESULTS][T], length[B][RESULTS];
};

/* The steps of `s` that count, moved together; past their ends is nothing. */
static struct instance move_together(const struct instance *s)
{
    struct instance to = *s;
    for (size_t b = 0; b < s->batch; b++) {
        for (size_t t = 0; t < s->count[b]; t++) {
            size_t row = t * s->batch + b, from = s->at[b][t] * s->batch + b;
            to.target[row] = s->target[from];
            memcpy(to.e + row * s->classes, s->e + from * s->classes, s->classes * sizeof *to.e);
        }
        to.lengths[b] = (int32_t)s->count[b];
    }
    return to;
}

static rnn_loss *open_loss(const struct instance *s, int masks, size_t threads)
{
    size_t c = s->classes;
    rnn_loss *loss;
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CRF));
    assert_ok(rnn_loss_set_threads(loss, THREADS(threads)));
    assert_ok(rnn_loss_set_transitions(loss, s->start, c, s->end, c, s->w, c * c));
    assert_ok(rnn_loss_set_batch(loss, s->lengths, s->batch, s->steps, s->batch, c));
    assert_ok(rnn_loss_set_sequence_weights(loss, s->weights, s->batch));
    if (masks)
        assert_ok(rnn_loss_set_step_mask(loss, s->mask, s->steps * s->batch));
    return loss;
}

static void run_loss(const struct instance *s, struct found *f, int masks, int in_place)
{
    size_t rows = s->steps * s->batch, c = s->classes;
    rnn_loss *loss = open_loss(s, masks, 1);
    memcpy(f->dy, s->e, sizeof f->dy);
    assert_ok(
        rnn_loss_of_classes(loss, &f->value, f->dy, rows * c, in_place ? f->dy : s->e, rows * c, s->target, rows));
    assert_ok(rnn_loss_get_sequence_losses(loss, f->losses, s->batch));
    assert_ok(rnn_loss_get_transition_gradients(loss, f->dstart, c, f->dend, c, f->dw, c * c));
    rnn_loss_destroy(loss);
}

static rnn_decoder *open_decoder(const struct instance *s, int masks)
{
    size_t c = s->classes;
    rnn_decoder *decoder;
    assert_ok(rnn_decoder_create(&decoder, RNN_DECODER_CRF));
    assert_ok(rnn_decoder_set_int(decoder, RNN_RESULTS, RESULTS));
    assert_ok(rnn_decoder_set_transitions(decoder, s->start, c, s->end, c, s->w, c * c));
    if (masks)
        assert_ok(rnn_decoder_set_step_mask(decoder, s->mask, s->steps * s->batch));
    return decoder;
}

static void run_decoder(const struct instance *s, struct found *f, int masks)
{
    size_t c = s->classes, count = s->steps * s->batch * c;
    rnn_decoder *decoder = open_decoder(s, masks);
    assert_ok(rnn_decoder_decode(decoder, s->e, count, s->lengths, s->batch, s->steps, s->batch, c));
    assert_ok(rnn_decoder_get_marginals(decoder, f->marginals, count));
    for (size_t b = 0; b < s->batch; b++) {
        assert_ok(rnn_decoder_get_result_count(decoder, b, &f->count[b]));
        for (size_t rank = 0; rank < f->count[b]; rank++) {
            const int32_t *path, *steps;
            const float *scores;
            size_t length;
            assert_ok(rnn_decoder_get_result(decoder, b, rank, &path, &steps, &scores, &length, &f->scores[b][rank]));
            f->length[b][rank] = (int32_t)length;
            for (size_t t = 0; t < length; t++) {
                f->path[b][rank][t] = path[t];
                f->steps[b][rank][t] = steps[t];
                double p = (double)f->marginals[((size_t)steps[t] * s->batch + b) * c + (size_t)path[t]];
                assert_true(p < 1e-30 || fabs((double)scores[t] - log(p)) < 1e-5);
            }
        }
    }
    rnn_decoder_destroy(decoder);
}

static void check_enumerated(struct instance *s, const struct found *f)
{
    size_t c = s->classes, count = s->steps * s->batch * c;
    double expected = crf_expect(s);
    assert_true(f->value == expected || fabs(f->value - expected) < 1e-9);
    for (size_t b = 0; b < s->batch; b++) {
        assert_true(f->losses[b] == s->losses[b] || fabs(f->losses[b] - s->losses[b]) < 1e-9);
        assert_true(f->count[b] == (s->paths[b] < RESULTS ? s->paths[b] : RESULTS));
        for (size_t rank = 0; rank < f->count[b]; rank++) {
            assert_true((size_t)f->length[b][rank] == s->count[b]);
            assert_close(f->scores[b][rank], s->count[b] ? s->best[b][rank] : 0, 1e-6);
            for (size_t t = 0; t < s->count[b]; t++)
                assert_true((size_t)f->steps[b][rank][t] == s->at[b][t]);
        }
        if (f->count[b])
            assert_memory_equal(f->path[b][0], s->best_path[b], s->count[b] * sizeof(int32_t));
    }
    assert_all_close(f->dy, s->de, count, 1e-6);
    assert_all_close(f->marginals, s->marginals, count, 1e-6);
    assert_all_close(f->dstart, s->dstart, c, 1e-6);
    assert_all_close(f->dend, s->dend, c, 1e-6);
    assert_all_close(f->dw, s->dw, c * c, 1e-6);
}

/* A row of the arrays is that of the step moved together, or 0. */
static void check_rows(const struct instance *s, const float *is, const float *moved)
{
    size_t c = s->classes;
    float expected[COUNT] = {0};
    for (size_t b = 0; b < s->batch; b++)
        for (size_t t = 0; t < s->count[b]; t++)
            memcpy(expected + (s->at[b][t] * s->batch + b) * c, moved + (t * s->batch + b) * c, c * sizeof *is);
    for (size_t i = 0; i < s->steps * s->batch * c; i++)
        assert_true(is[i] == expected[i]);
}

static void check_moved(const struct instance *s, const struct found *is, const struct found *moved)
{
    size_t c = s->classes;
    assert_true(is->value == moved->value);
    assert_memory_equal(is->losses, moved->losses, s->batch * sizeof *is->losses);
    assert_memory_equal(is->dstart, moved->dstart, c * sizeof *is->dstart);
    assert_memory_equal(is->dend, moved->dend, c * sizeof *is->dend);
    assert_memory_equal(is->dw, moved->dw, c * c * sizeof *is->dw);
    check_rows(s, is->dy, moved->dy);
    check_rows(s, is->marginals, moved->marginals);
    for (size_t b = 0; b < s->batch; b++) {
        assert_true(is->count[b] == moved->count[b]);
        assert_memory_equal(is->scores[b], moved->scores[b], is->count[b] * sizeof **is->scores);
        assert_memory_equal(is->path[b], moved->path[b], sizeof is->path[b]);
    }
}

static void test_instances(void **state)
{
    uint64_t random = 3;
    (void)state;
    for (int i = 0; i < CASES; i++) {
        struct instance s, moved;
        struct found is = {0}, of_moved = {0};
        crf_draw(&s, &random, i % 3 == 0, 1);
        moved = move_together(&s);
        run_loss(&s, &is, 1, i % 2);
        run_decoder(&s, &is, 1);
        check_enumerated(&s, &is);
        run_loss(&moved, &of_moved, 0, 0);
        run_decoder(&moved, &of_moved, 0);
        check_moved(&s, &is, &of_moved);
    }
}

/* ---- networks ---------------------------------------------------------------------------------------------------- */

/* Gradients of a run: with a step mask, or without lengths longer than those that count. */
static double gradients_of(rnn_model *model, float *gradients, const float *x, const struct instance *s, int masks)
{
    float y[COUNT], dy[COUNT], *values;
    size_t count, rows = s->steps * s->batch;
    double value;
    rnn_session *session;
    rnn_loss *loss;
    assert_ok(rnn_session_create(&session, model, RNN_TRAINING));
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CRF));
    assert_ok(rnn_reset_state(session, s->batch));
    if (masks)
        assert_ok(rnn_session_set_step_mask(session, s->mask, rows));
    assert_ok(rnn_forward(session, y, rows * C, x, rows * I, s->lengths, s->batch, s->steps));
    assert_ok(rnn_loss_set_transitions_of_model(loss, model));
    assert_ok(rnn_loss_set_batch_of_session(loss, session));
    assert_ok(rnn_loss_of_classes(loss, &value, dy, rows * C, y, rows * C, s->target, rows));
    assert_ok(rnn_backward(session, NULL, 0, dy, rows * C));
    assert_ok(rnn_session_add_transition_gradients(session, loss));
    assert_ok(rnn_session_gradients(session, &values, &count));
    memcpy(gradients, values, count * sizeof *values);
    rnn_loss_destroy(loss);
    rnn_session_destroy(session);
    return value;
}

static void test_network(void **state)
{
    static float gradients[2][512];
    uint64_t random = 5;
    rnn_model *model = crf_model(RNN_CELL_GRU, RNN_DIRECTION_BOTH, 1);
    const float *parameters;
    size_t count;
    (void)state;
    assert_ok(rnn_model_parameters(model, &parameters, &count));
    assert_true(count <= 512);
    for (int i = 0; i < CASES; i++) {
        struct instance s, moved;
        float x[ROWS * I], moved_x[ROWS * I] = {0};
        do
            crf_draw(&s, &random, 0, 1);
        while (s.classes != C);
        moved = move_together(&s);
        fill_uniform(x, ROWS * I, &random);
        for (size_t b = 0; b < s.batch; b++)
            for (size_t t = 0; t < s.count[b]; t++)
                memcpy(moved_x + (t * s.batch + b) * I, x + (s.at[b][t] * s.batch + b) * I, I * sizeof *x);
        double is = gradients_of(model, gradients[0], x, &s, 1);
        assert_true(is == gradients_of(model, gradients[1], moved_x, &moved, 0));
        assert_memory_equal(gradients[0], gradients[1], count * sizeof **gradients);
    }
    rnn_destroy(model);
}

/* ---- rnn_fit ----------------------------------------------------------------------------------------------------- */

enum { N = 9 };

/* Sequences whose classes follow one another in turn, with holes, or without the steps there. */
static rnn_dataset *open_dataset(int masks)
{
    rnn_dataset *dataset;
    uint64_t random = 2;
    assert_ok(rnn_dataset_create(&dataset));
    for (size_t n = 0; n < N; n++) {
        float x[2 * T * I];
        int32_t classes[2 * T], mask[2 * T];
        size_t steps = 0, counted = 2 + n % (T - 1);
        for (size_t t = 0; t < counted; steps++) {
            int counts = uniform(&random) > -0.3 || steps - t >= T;
            if (!counts && !masks) {
                steps--;
                continue;
            }
            mask[steps] = counts;
            classes[steps] = counts ? (int32_t)((t + n) % C) : -3;
            for (size_t i = 0; i < I; i++)
                x[steps * I + i] = counts ? (float)((t * 7 + n * 3 + i) % 5) / 5 : NAN;
            t += (size_t)counts;
        }
        add_sequence(dataset, x, steps * I, NULL, 0, classes, steps, NULL, 0, steps);
        if (masks)
            assert_ok(rnn_dataset_set_step_mask(dataset, n, mask, steps));
    }
    return dataset;
}

static rnn_trainer *train(rnn_model *model, const rnn_dataset *dataset)
{
    rnn_trainer *trainer;
    rnn_optimizer *optimizer;
    assert_ok(rnn_optimizer_create_for_model(&optimizer, RNN_OPTIMIZER_ADAM, model));
    assert_ok(rnn_optimizer_set_real(optimizer, RNN_RATE, 0.05));
    open_trainer(&trainer, model, optimizer, RNN_LOSS_CRF);
    rnn_optimizer_destroy(optimizer);
    assert_ok(rnn_trainer_set_int(trainer, RNN_BATCH_SIZE, 4));
    assert_ok(rnn_trainer_set_int(trainer, RNN_EPOCHS, 5));
    assert_ok(rnn_fit(trainer, dataset, dataset));
    return trainer;
}

static void test_fit(void **state)
{
    rnn_model *models[2];
    double loss[2], accuracy[2];
    const float *values[2];
    size_t count;
    (void)state;
    for (int masks = 0; masks < 2; masks++) {
        rnn_dataset *dataset = open_dataset(masks);
        models[masks] = crf_model(RNN_CELL_GRU, RNN_DIRECTION_BOTH, 1);
        rnn_trainer *trainer = train(models[masks], dataset);
        assert_ok(rnn_evaluate(trainer, &loss[masks], &accuracy[masks], dataset));
        assert_ok(rnn_model_parameters(models[masks], &values[masks], &count));
        rnn_trainer_destroy(trainer);
        rnn_dataset_destroy(dataset);
    }
    assert_true(loss[0] == loss[1] && accuracy[0] == accuracy[1]);
    assert_memory_equal(values[0], values[1], count * sizeof **values);
    rnn_destroy(models[0]);
    rnn_destroy(models[1]);
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

static void test_errors(void **state)
{
    const float scores[C * C] = {0}, e[3 * C] = {[C] = NAN};
    const int32_t target[3] = {0, 77, 1}, late[3] = {0, 1, 77}, mask[3] = {1, 0, 1}, bad[3] = {1, 0, 2};
    float dy[3 * C];
    double value;
    rnn_loss *loss;
    (void)state;
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CRF));
    assert_ok(rnn_loss_set_transitions(loss, scores, C, scores, C, scores, C * C));
    assert_fails(rnn_loss_set_step_mask(loss, mask, 3), RNN_E_STATE); /* no batch */
    assert_ok(rnn_loss_set_batch(loss, NULL, 0, 3, 1, C));
    assert_fails(rnn_loss_set_step_mask(loss, mask, 2), RNN_E_SIZE);
    assert_fails(rnn_loss_set_step_mask(loss, bad, 3), RNN_E_VALUE);
    assert_fails(rnn_loss_of_classes(loss, &value, dy, 3 * C, e, 3 * C, target, 3), RNN_E_VALUE);
    assert_ok(rnn_loss_set_step_mask(loss, mask, 3));
    assert_ok(rnn_loss_of_classes(loss, &value, dy, 3 * C, e, 3 * C, target, 3));
    assert_close(value, 2 * log(C), 1e-9);
    assert_true(dy[C] == 0);
    assert_fails(rnn_loss_of_classes(loss, &value, dy, 3 * C, e, 3 * C, late, 3), RNN_E_VALUE);
    assert_non_null(strstr(rnn_loss_last_error(loss), "classes[2], at step 2 of sequence 0, is 77"));
    rnn_loss_destroy(loss);
}

/* Every block of the loss is refused in turn. */
static void test_memory(void **state)
{
    uint64_t random = 11;
    struct instance s;
    (void)state;
    do
        crf_draw(&s, &random, 0, 1);
    while (s.classes < 3 || s.steps < 3);
    size_t rows = s.steps * s.batch, count = rows * s.classes;
    for (size_t at = 1;; at++) {
        float dy[COUNT];
        double value = -1;
        rnn_loss *loss = open_loss(&s, 0, 1);
        takes = 0;
        no_memory_at = at;
        int32_t status = rnn_loss_set_step_mask(loss, s.mask, rows);
        if (!status)
            status = rnn_loss_of_classes(loss, &value, dy, count, s.e, count, s.target, rows);
        int refused = takes >= at;
        no_memory_at = 0;
        assert_int_equal(status, refused ? RNN_E_MEMORY : RNN_OK);
        assert_true(!refused || value == -1);
        assert_ok(rnn_loss_set_step_mask(loss, s.mask, rows));
        assert_ok(rnn_loss_of_classes(loss, &value, dy, count, s.e, count, s.target, rows));
        assert_close(value, crf_expect(&s), 1e-9);
        rnn_loss_destroy(loss);
        if (!refused)
            return;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_instances), cmocka_unit_test(test_network), cmocka_unit_test(test_fit),
        cmocka_unit_test(test_errors),    cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
