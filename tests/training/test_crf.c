/* The linear-chain CRF held to the sum over all paths, one by one, in double, and to pytorch-crf: losses, gradients of
 * emissions and of transitions, best paths and marginals; then in a network: gradients by finite differences, rnn_fit,
 * files.  Linked with
 * --wrap=rnni_memory_take. */
#include "oracle/golden/torch_crf.h"
#include "support/crf_instance.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t takes, no_memory_at; /* blocks that were asked for; which of them is refused, 0: none */
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    return ++takes == no_memory_at ? NULL : __real_rnni_memory_take(count, size);
}

enum { CASES = 60 };

/* ---- losses ------------------------------------------------------------------------------------------------------ */

static void set_scores(const struct instance *s, rnn_loss *loss)
{
    size_t c = s->classes;
    assert_ok(rnn_loss_set_transitions(loss, s->start, c, s->end, c, s->w, c * c));
}

static void open_batch(const struct instance *s, rnn_loss **loss)
{
    assert_ok(rnn_loss_create(loss, RNN_LOSS_CRF));
    set_scores(s, *loss);
    assert_ok(rnn_loss_set_batch(*loss, s->lengths, s->batch, s->steps, s->batch, s->classes));
    assert_ok(rnn_loss_set_sequence_weights(*loss, s->weights, s->batch));
}

static void check_loss(struct instance *s, int in_place)
{
    size_t rows = s->steps * s->batch, count = rows * s->classes, c = s->classes;
    float dy[COUNT], dstart[C], dend[C], dw[C * C];
    double value, losses[B], expected = crf_expect(s);
    rnn_loss *loss;
    open_batch(s, &loss);
    memcpy(dy, s->e, sizeof dy);
    assert_ok(rnn_loss_of_classes(loss, &value, dy, count, in_place ? dy : s->e, count, s->target, rows));
    assert_ok(rnn_loss_get_sequence_losses(loss, losses, s->batch));
    assert_ok(rnn_loss_get_transition_gradients(loss, dstart, c, dend, c, dw, c * c));
    for (size_t b = 0; b < s->batch; b++)
        assert_true(losses[b] == s->losses[b] || fabs(losses[b] - s->losses[b]) < 1e-9);
    assert_true(value == expected || fabs(value - expected) < 1e-9);
    assert_all_close(dy, s->de, count, 1e-6);
    assert_all_close(dstart, s->dstart, c, 1e-6);
    assert_all_close(dend, s->dend, c, 1e-6);
    assert_all_close(dw, s->dw, c * c, 1e-6);
    rnn_loss_destroy(loss);
}

static void test_losses(void **state)
{
    uint64_t random = 3;
    (void)state;
    for (int i = 0; i < CASES; i++) {
        struct instance s;
        crf_draw(&s, &random, i % 3 == 0, 0);
        check_loss(&s, i % 2);
    }
}

/* ---- pytorch-crf ------------------------------------------------------------------------------------------------- */

enum { MOST_GOLDEN = 512 };

static const float *floats(float *to, const double *from, size_t count)
{
    assert_true(count <= MOST_GOLDEN);
    for (size_t i = 0; i < count; i++)
        to[i] = (float)from[i];
    return to;
}

static void check_golden_paths(const struct golden_crf *g, const float *y, const float *start, const float *end,
                               const float *scores)
{
    size_t c = g->classes, length;
    rnn_decoder *decoder;
    assert_ok(rnn_decoder_create(&decoder, RNN_DECODER_CRF));
    assert_ok(rnn_decoder_set_transitions(decoder, start, c, end, c, scores, c * c));
    assert_ok(rnn_decoder_decode(decoder, y, g->steps * g->batch * c, g->lengths, g->batch, g->steps, g->batch, c));
    for (size_t b = 0; b < g->batch; b++) {
        const int32_t *path;
        assert_ok(rnn_decoder_get_result(decoder, b, 0, &path, NULL, NULL, &length, NULL));
        assert_true(length == (size_t)g->lengths[b]);
        for (size_t t = 0; t < length; t++)
            assert_int_equal(path[t], g->best[t * g->batch + b]);
    }
    rnn_decoder_destroy(decoder);
}

static void test_pytorch_crf(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden_crfs / sizeof *golden_crfs; i++) {
        const struct golden_crf *g = &golden_crfs[i];
        static float y[MOST_GOLDEN], dy[MOST_GOLDEN], start[8], end[8], scores[64], dstart[8], dend[8], dscores[64];
        size_t c = g->classes, rows = g->steps * g->batch;
        double value;
        rnn_loss *loss;
        assert_ok(rnn_loss_create(&loss, RNN_LOSS_CRF));
        assert_ok(rnn_loss_set_int(loss, RNN_REDUCTION, g->reduction));
        assert_ok(rnn_loss_set_transitions(loss, floats(start, g->start, c), c, floats(end, g->end, c), c,
                                           floats(scores, g->scores, c * c), c * c));
        assert_ok(rnn_loss_set_batch(loss, g->lengths, g->batch, g->steps, g->batch, c));
        assert_ok(
            rnn_loss_of_classes(loss, &value, dy, rows * c, floats(y, g->y, rows * c), rows * c, g->targets, rows));
        assert_ok(rnn_loss_get_transition_gradients(loss, dstart, c, dend, c, dscores, c * c));
        assert_close(value, g->loss, 1e-10);
        assert_all_close(dy, g->gradient, rows * c, 1e-6);
        assert_all_close(dstart, g->dstart, c, 1e-6);
        assert_all_close(dend, g->dend, c, 1e-6);
        assert_all_close(dscores, g->dscores, c * c, 1e-6);
        rnn_loss_destroy(loss);
        check_golden_paths(g, y, start, end, scores);
    }
}

/* A fault in one score must be seen. */
static void test_planted_faults(void **state)
{
    uint64_t random = 9;
    struct instance s;
    (void)state;
    do
        crf_draw(&s, &random, 0, 0);
    while (s.classes < 2 || s.lengths[0] < 2 || !(s.weights[0] > 0));
    double right = crf_expect(&s);
    s.w[0] += 0.01f;
    assert_true(fabs(crf_expect(&s) - right) > 1e-6);
}

/* Neither long sequences nor large scores overflow. */
static void test_long(void **state)
{
    enum { LONG = 10000 };
    float *e = calloc((size_t)LONG * 2, sizeof *e), *dy = calloc((size_t)LONG * 2, sizeof *dy);
    int32_t *target = calloc(LONG, sizeof *target);
    const float zeros[4] = {0}, large[4] = {1e30f, -1e30f, -1e30f, 1e30f};
    double value;
    rnn_loss *loss;
    (void)state;
    assert_true(e && dy && target);
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CRF));
    assert_ok(rnn_loss_set_transitions(loss, zeros, 2, zeros, 2, zeros, 4));
    assert_ok(rnn_loss_set_batch(loss, NULL, 0, LONG, 1, 2));
    assert_ok(rnn_loss_of_classes(loss, &value, dy, (size_t)LONG * 2, e, (size_t)LONG * 2, target, LONG));
    assert_close(value, LONG * log(2), 1e-9);
    assert_close((double)dy[0], -0.5, 1e-6);
    assert_ok(rnn_loss_set_transitions(loss, zeros, 2, zeros, 2, large, 4));
    assert_ok(rnn_loss_of_classes(loss, &value, dy, (size_t)LONG * 2, e, (size_t)LONG * 2, target, LONG));
    assert_close(value, log(2), 1e-6); /* all of one class or all of the other */
    e[7] = NAN;
    assert_ok(rnn_loss_of_classes(loss, &value, dy, (size_t)LONG * 2, e, (size_t)LONG * 2, target, LONG));
    assert_true(isnan(value) && isnan(dy[0]));
    e[7] = 0;
    for (size_t i = 0; i < 4; i++) { /* at the first step too, in each class */
        e[i % 2] = i < 2 ? NAN : INFINITY;
        assert_ok(rnn_loss_of_classes(loss, &value, dy, (size_t)LONG * 2, e, (size_t)LONG * 2, target, LONG));
        assert_true(isnan(value) && isnan(dy[0]));
        e[i % 2] = 0;
    }
    rnn_loss_destroy(loss);
    free(e);
    free(dy);
    free(target);
}

enum { MANY = 70, STEPS = 40, WIDE = 9, MANY_ROWS = MANY * STEPS, ALL = MANY_ROWS * WIDE };

/* What so many threads make of a batch; mask NULL: none. */
static void run_on_threads(size_t threads, const float *e, const float *scores, const int32_t *target,
                           const int32_t *mask, double *value, float *dy, float *dw)
{
    float d[WIDE];
    rnn_loss *loss;
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CRF));
    assert_ok(rnn_loss_set_threads(loss, THREADS(threads)));
    assert_ok(rnn_loss_set_transitions(loss, scores, WIDE, scores, WIDE, scores, WIDE * WIDE));
    assert_ok(rnn_loss_set_batch(loss, NULL, 0, STEPS, MANY, WIDE));
    assert_ok(rnn_loss_set_step_mask(loss, mask, mask ? MANY_ROWS : 0));
    assert_ok(rnn_loss_of_classes(loss, value, dy, ALL, e, ALL, target, MANY_ROWS));
    assert_ok(rnn_loss_get_transition_gradients(loss, d, WIDE, d, WIDE, dw, WIDE * WIDE));
    rnn_loss_destroy(loss);
}

static void test_threads(void **state)
{
    static float e[ALL], dy[2][ALL], scores[WIDE * WIDE], dw[2][WIDE * WIDE];
    static int32_t target[MANY_ROWS], mask[MANY_ROWS];
    uint64_t random = 4;
    double value[2];
    (void)state;
    fill_uniform(e, ALL, &random);
    fill_uniform(scores, WIDE * WIDE, &random);
    for (size_t i = 0; i < MANY_ROWS; i++) {
        target[i] = (int32_t)crf_below(&random, WIDE);
        mask[i] = crf_below(&random, 3) > 0;
    }
    for (int masks = 0; masks < 2; masks++) {
        for (size_t i = 0; i < 2; i++)
            run_on_threads(1 + 2 * i, e, scores, target, masks ? mask : NULL, &value[i], dy[i], dw[i]);
        assert_memory_equal(&value[0], &value[1], sizeof value[0]);
        assert_memory_equal(dy[0], dy[1], sizeof dy[0]);
        assert_memory_equal(dw[0], dw[1], sizeof dw[0]);
    }
}

/* ---- paths ------------------------------------------------------------------------------------------------------- */

static void check_paths(struct instance *s)
{
    size_t c = s->classes, count = s->steps * s->batch * c;
    float p[COUNT];
    rnn_decoder *decoder;
    (void)crf_expect(s);
    assert_ok(rnn_decoder_create(&decoder, RNN_DECODER_CRF));
    assert_ok(rnn_decoder_set_int(decoder, RNN_RESULTS, RESULTS));
    assert_ok(rnn_decoder_set_transitions(decoder, s->start, c, s->end, c, s->w, c * c));
    assert_ok(rnn_decoder_decode(decoder, s->e, count, s->lengths, s->batch, s->steps, s->batch, c));
    assert_ok(rnn_decoder_get_marginals(decoder, p, count));
    assert_all_close(p, s->marginals, count, 1e-6);
    for (size_t b = 0; b < s->batch; b++) {
        size_t found, length, expected = s->paths[b] < RESULTS ? s->paths[b] : RESULTS;
        assert_ok(rnn_decoder_get_result_count(decoder, b, &found));
        assert_true(found == expected);
        for (size_t rank = 0; rank < found; rank++) {
            const int32_t *path = NULL;
            double score;
            assert_ok(rnn_decoder_get_result(decoder, b, rank, &path, NULL, NULL, &length, &score));
            assert_true(length == (size_t)s->lengths[b]);
            assert_close(score, s->lengths[b] ? s->best[b][rank] : 0, 1e-6);
            if (rank == 0 && length)
                assert_memory_equal(path, s->best_path[b], length * sizeof *path);
        }
    }
    rnn_decoder_destroy(decoder);
}

static void test_paths(void **state)
{
    uint64_t random = 6;
    (void)state;
    for (int i = 0; i < CASES; i++) {
        struct instance s;
        crf_draw(&s, &random, i % 3 == 0, 0);
        check_paths(&s);
    }
}

/* ---- networks ---------------------------------------------------------------------------------------------------- */

enum { N = 8 };

/* Sequences whose classes follow one another in turn. */
static void fill_dataset(rnn_dataset *dataset)
{
    uint64_t random = 2;
    for (size_t n = 0; n < N; n++) {
        float x[T * I];
        int32_t classes[T];
        size_t steps = 2 + n % (T - 1);
        fill_uniform(x, T * I, &random);
        for (size_t t = 0; t < steps; t++)
            classes[t] = (int32_t)((t + n) % C);
        add_sequence(dataset, x, steps * I, NULL, 0, classes, steps, NULL, 0, steps);
    }
}

static double loss_on(rnn_model *model, rnn_session *session, rnn_loss *loss, const float *x, const int32_t *target,
                      float *dy)
{
    float y[COUNT];
    double value;
    assert_ok(rnn_reset_state(session, B));
    assert_ok(rnn_forward(session, y, COUNT, x, ROWS * I, NULL, 0, T));
    assert_ok(rnn_loss_set_transitions_of_model(loss, model));
    assert_ok(rnn_loss_set_batch_of_session(loss, session));
    assert_ok(rnn_loss_of_classes(loss, &value, dy, dy ? COUNT : 0, y, COUNT, target, ROWS));
    return value;
}

/* The gradients of all parameters, those of the CRF included, against finite differences. */
static void test_network_gradients(void **state)
{
    uint64_t random = 1;
    float x[ROWS * I], dy[COUNT], *gradients, *values;
    const float *parameters;
    int32_t target[ROWS];
    size_t count;
    rnn_model *model = crf_model(RNN_CELL_LSTM, RNN_DIRECTION_BOTH, 4);
    rnn_session *session;
    rnn_loss *loss;
    (void)state;
    fill_uniform(x, ROWS * I, &random);
    for (size_t i = 0; i < ROWS; i++)
        target[i] = (int32_t)crf_below(&random, C);
    assert_ok(rnn_session_create(&session, model, RNN_TRAINING));
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CRF));
    (void)loss_on(model, session, loss, x, target, dy);
    assert_ok(rnn_zero_gradients(session));
    assert_ok(rnn_backward(session, NULL, 0, dy, COUNT));
    assert_ok(rnn_session_add_transition_gradients(session, loss));
    assert_ok(rnn_session_gradients(session, &values, &count));
    gradients = malloc(count * sizeof *gradients);
    assert_non_null(gradients);
    memcpy(gradients, values, count * sizeof *values);
    for (size_t i = 0; i < count; i++) {
        float *moved = malloc(count * sizeof *moved), step = 1e-2f;
        double up, down;
        assert_non_null(moved);
        assert_ok(rnn_model_parameters(model, &parameters, &count));
        memcpy(moved, parameters, count * sizeof *moved);
        float kept = moved[i];
        moved[i] = kept + step;
        assert_ok(rnn_model_set_parameters(model, moved, count));
        up = loss_on(model, session, loss, x, target, NULL);
        moved[i] = kept - step;
        assert_ok(rnn_model_set_parameters(model, moved, count));
        down = loss_on(model, session, loss, x, target, NULL);
        moved[i] = kept;
        assert_ok(rnn_model_set_parameters(model, moved, count));
        free(moved);
        assert_close((double)gradients[i], (up - down) / (2 * (double)step), 3e-3);
    }
    free(gradients);
    rnn_loss_destroy(loss);
    rnn_session_destroy(session);
    rnn_destroy(model);
}

static void fit(rnn_model *model, rnn_trainer **out, int64_t epochs, const rnn_dataset *dataset)
{
    rnn_optimizer *optimizer;
    if (!*out) {
        assert_ok(rnn_optimizer_create_for_model(&optimizer, RNN_OPTIMIZER_ADAM, model));
        assert_ok(rnn_optimizer_set_real(optimizer, RNN_RATE, 0.05));
        open_trainer(out, model, optimizer, RNN_LOSS_CRF);
        rnn_optimizer_destroy(optimizer);
        assert_ok(rnn_trainer_set_int(*out, RNN_BATCH_SIZE, 3));
    }
    assert_ok(rnn_trainer_set_int(*out, RNN_EPOCHS, epochs));
    assert_ok(rnn_fit(*out, dataset, NULL));
}

/* rnn_fit learns the transitions; a forbidden one stays forbidden; a run that is saved and resumed gives the same bits;
 * the file of the model has them. */
static void test_fit(void **state)
{
    static unsigned char bytes[1 << 16];
    rnn_model *model = crf_model(RNN_CELL_LSTM, RNN_DIRECTION_BOTH, 1),
              *other = crf_model(RNN_CELL_LSTM, RNN_DIRECTION_BOTH, 2), *loaded;
    rnn_trainer *trainer = NULL, *resumed = NULL;
    rnn_dataset *dataset;
    const float *values, *more;
    float before[C * C], after[C * C];
    double loss, accuracy;
    size_t count, size;
    char path[] = "test_crf.trainer";
    (void)state;
    assert_ok(rnn_dataset_create(&dataset));
    fill_dataset(dataset);
    assert_ok(rnn_model_get_parameter(model, "crf.transitions", before, C * C));
    before[1 * C + 0] = -INFINITY; /* class 0 never follows class 1, as in the data */
    assert_ok(rnn_model_set_parameter(model, "crf.transitions", before, C * C));
    fit(model, &trainer, 3, dataset);
    assert_ok(rnn_trainer_save(trainer, path));
    fit(model, &trainer, 60, dataset);
    assert_ok(rnn_evaluate(trainer, &loss, &accuracy, dataset));
    assert_true(loss < 0.5 && accuracy > 0.9);
    assert_ok(rnn_trainer_set_int(trainer, RNN_STREAM_STEPS, 2)); /* paths are those of whole sequences */
    assert_fails(rnn_evaluate(trainer, &loss, &accuracy, dataset), RNN_E_STATE);
    assert_non_null(strstr(rnn_last_error(), "RNN_LOSS_CRF needs whole sequences"));
    assert_ok(rnn_model_get_parameter(model, "crf.transitions", after, C * C));
    assert_true(after[C] == -INFINITY && after[1] > before[1] + 0.1f); /* class 1 follows class 0 */
    fit(other, &resumed, 1, dataset);
    assert_ok(rnn_trainer_load(resumed, path));
    fit(other, &resumed, 60, dataset);
    assert_ok(rnn_model_parameters(model, &values, &count));
    assert_ok(rnn_model_parameters(other, &more, &count));
    assert_memory_equal(values, more, count * sizeof *values);
    assert_ok(rnn_save_memory(model, bytes, sizeof bytes, &size));
    assert_ok(rnn_load_memory(&loaded, bytes, size));
    assert_ok(rnn_model_parameters(loaded, &more, &count));
    assert_memory_equal(values, more, count * sizeof *values);
    remove(path);
    rnn_dataset_destroy(dataset);
    rnn_trainer_destroy(trainer);
    rnn_trainer_destroy(resumed);
    rnn_destroy(model);
    rnn_destroy(other);
    rnn_destroy(loaded);
}

/* A decoder takes from a model what it also takes as arrays. */
static void test_transitions_of_a_model(void **state)
{
    float e[T * C], start[C], end[C], scores[C * C], p[2][T * C];
    uint64_t random = 8;
    rnn_decoder *decoder;
    rnn_model *model = crf_model(RNN_CELL_LSTM, RNN_DIRECTION_FORWARD, 7);
    (void)state;
    fill_uniform(e, T * C, &random);
    fill_uniform(scores, C * C, &random);
    assert_ok(rnn_model_set_parameter(model, "crf.transitions", scores, C * C));
    assert_ok(rnn_model_get_parameter(model, "crf.start_transitions", start, C));
    assert_ok(rnn_model_get_parameter(model, "crf.end_transitions", end, C));
    for (int of_model = 0; of_model < 2; of_model++) {
        assert_ok(rnn_decoder_create(&decoder, RNN_DECODER_CRF));
        assert_ok(of_model ? rnn_decoder_set_transitions_of_model(decoder, model)
                           : rnn_decoder_set_transitions(decoder, start, C, end, C, scores, C * C));
        assert_ok(rnn_decoder_decode(decoder, e, T * C, NULL, 0, T, 1, C));
        assert_ok(rnn_decoder_get_marginals(decoder, p[of_model], T * C));
        rnn_decoder_destroy(decoder);
    }
    assert_memory_equal(p[0], p[1], sizeof p[0]);
    rnn_destroy(model);
}

/* The last batch is smaller than those before: what they have left counts no more. */
static void test_accuracy_of_any_batch_size(void **state)
{
    rnn_model *model = crf_model(RNN_CELL_LSTM, RNN_DIRECTION_BOTH, 1);
    rnn_trainer *trainer = NULL;
    rnn_dataset *dataset;
    double loss, accuracy[2];
    (void)state;
    assert_ok(rnn_dataset_create(&dataset));
    fill_dataset(dataset);
    fit(model, &trainer, 2, dataset);
    for (int i = 0; i < 2; i++) {
        assert_ok(rnn_trainer_set_int(trainer, RNN_BATCH_SIZE, i ? 5 : N));
        assert_ok(rnn_evaluate(trainer, &loss, &accuracy[i], dataset));
    }
    assert_true(accuracy[0] == accuracy[1] && accuracy[0] > 0 && accuracy[0] < 1);
    rnn_trainer_destroy(trainer);
    rnn_dataset_destroy(dataset);
    rnn_destroy(model);
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

static void test_errors(void **state)
{
    const float scores[C * C] = {0}, bad[C * C] = {NAN}, e[2 * C] = {0};
    const int32_t target[2] = {0, C}, mask[2] = {1, 0};
    float dy[2 * C];
    double value;
    rnn_loss *loss, *other;
    rnn_decoder *decoder;
    rnn_config *config;
    rnn_model *model;
    (void)state;
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CRF));
    assert_ok(rnn_loss_set_batch(loss, NULL, 0, 2, 1, C));
    assert_fails(rnn_loss_of_classes(loss, &value, dy, 2 * C, e, 2 * C, target, 2), RNN_E_STATE);
    assert_fails(rnn_loss_set_transitions(loss, scores, C, scores, C, scores, C), RNN_E_SIZE);
    assert_fails(rnn_loss_set_transitions(loss, scores, C, scores, C - 1, scores, C * C), RNN_E_SIZE);
    assert_fails(rnn_loss_set_transitions(loss, scores, C, scores, C, bad, C * C), RNN_E_VALUE);
    assert_ok(rnn_loss_set_transitions(loss, scores, C, scores, C, scores, C * C));
    assert_fails(rnn_loss_of_classes(loss, &value, dy, 2 * C, e, 2 * C, target, 2), RNN_E_VALUE); /* class C */
    assert_fails(rnn_loss_set_mask(loss, scores, 2), RNN_E_UNSUPPORTED);
    assert_ok(rnn_loss_set_transitions(loss, scores, 2, scores, 2, scores, 4));
    assert_fails(rnn_loss_of_classes(loss, &value, dy, 2 * C, e, 2 * C, mask, 2), RNN_E_SIZE);
    assert_ok(rnn_loss_create(&other, RNN_LOSS_CTC));
    assert_fails(rnn_loss_set_transitions(other, scores, C, scores, C, scores, C * C), RNN_E_UNSUPPORTED);
    rnn_loss_destroy(other);
    rnn_loss_destroy(loss);
    assert_ok(rnn_decoder_create(&decoder, RNN_DECODER_CRF));
    assert_fails(rnn_decoder_decode(decoder, e, 2 * C, NULL, 0, 2, 1, C), RNN_E_STATE);
    assert_fails(rnn_decoder_get_marginals(decoder, dy, 2 * C), RNN_E_STATE);
    assert_ok(rnn_decoder_set_transitions(decoder, scores, 2, scores, 2, scores, 4));
    assert_fails(rnn_decoder_decode(decoder, e, 2 * C, NULL, 0, 2, 1, C), RNN_E_SIZE);
    assert_fails(rnn_decoder_begin(decoder, 1, C), RNN_E_UNSUPPORTED);
    rnn_decoder_destroy(decoder);
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, I));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 3));
    assert_ok(rnn_config_set_int(config, RNN_CRF, 1));
    assert_fails(rnn_create(&model, config), RNN_E_VALUE); /* without a head */
    rnn_config_destroy(config);
}

/* Every block is refused in turn, and nothing is lost but the call. */
static void test_memory(void **state)
{
    uint64_t random = 11;
    struct instance s;
    size_t count;
    (void)state;
    do
        crf_draw(&s, &random, 0, 0);
    while (s.classes < 3 || s.steps < 3);
    count = s.steps * s.batch * s.classes;
    for (size_t at = 1;; at++) {
        float dy[COUNT];
        double value;
        rnn_loss *loss;
        rnn_decoder *decoder;
        open_batch(&s, &loss);
        assert_ok(rnn_decoder_create(&decoder, RNN_DECODER_CRF));
        assert_ok(
            rnn_decoder_set_transitions(decoder, s.start, s.classes, s.end, s.classes, s.w, s.classes * s.classes));
        takes = 0;
        no_memory_at = at;
        int32_t first = rnn_loss_of_classes(loss, &value, dy, count, s.e, count, s.target, s.steps * s.batch);
        int32_t second = rnn_decoder_decode(decoder, s.e, count, s.lengths, s.batch, s.steps, s.batch, s.classes);
        int refused = takes >= at;
        no_memory_at = 0;
        assert_true(refused ? (first == RNN_E_MEMORY) != (second == RNN_E_MEMORY) : !first && !second);
        assert_ok(rnn_loss_of_classes(loss, &value, dy, count, s.e, count, s.target, s.steps * s.batch));
        assert_close(value, crf_expect(&s), 1e-9);
        assert_ok(rnn_decoder_decode(decoder, s.e, count, s.lengths, s.batch, s.steps, s.batch, s.classes));
        rnn_decoder_destroy(decoder);
        rnn_loss_destroy(loss);
        if (!refused)
            return;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pytorch_crf),
        cmocka_unit_test(test_losses),
        cmocka_unit_test(test_planted_faults),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_network_gradients),
        cmocka_unit_test(test_fit),
        cmocka_unit_test(test_accuracy_of_any_batch_size),
        cmocka_unit_test(test_transitions_of_a_model),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
