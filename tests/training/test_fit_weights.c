/* rnn_fit with class weights, masks, weights of sequences and missing targets: as a loop over the functions of rnn.h,
 * bit for bit; and with custom losses. */
#include "support/fitting.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EPOCHS = 3, T_MOST = LONGEST };

/* What is set besides the targets. */
enum { CLASS_WEIGHTS = 1, MASKS = 2, WEIGHTS = 4, MISSING = 8, CUSTOM = 16 };

static const float class_weights[OUTPUTS] = {0.5f, 2, 1, 0.25f};

struct extras {
    float mask[SEQUENCES][LONGEST]; /* of every sequence but the first */
    float weights[SEQUENCES];
};

static struct extras extras_of(uint64_t seed)
{
    struct extras e;
    for (size_t s = 0; s < SEQUENCES; s++) {
        e.weights[s] = s == 3 ? 0 : (float)(uniform(&seed) + 1);
        for (size_t t = 0; t < LONGEST; t++)
            e.mask[s][t] = uniform(&seed) < -0.3 ? 0 : (float)(uniform(&seed) + 1);
    }
    return e;
}

/* Every fourth value. */
static void forget_values(struct data *data)
{
    for (size_t s = 0; s < data->count; s++)
        for (size_t i = s % 4; i < LONGEST * OUTPUTS; i += 4)
            data->sequences[s].values[i] = NAN;
}

static rnn_dataset *dataset_of(const struct data *data, const struct extras *e, int with)
{
    rnn_dataset *dataset = fitting_dataset(data);
    for (size_t s = 0; s < data->count; s++) {
        if (with & MASKS && s > 0)
            assert_ok(rnn_dataset_set_mask(dataset, s, e->mask[s], data->sequences[s].steps));
        if (with & WEIGHTS)
            assert_ok(rnn_dataset_set_weight(dataset, s, (double)e->weights[s]));
    }
    return dataset;
}

/* ---- custom ------------------------------------------------------------------------------------------------------ */

/* The squared error, in the order of sums of the library. */
static int32_t squared(void *user, rnn_loss *loss, double *value, double *weight, float *dy, const float *y,
                       size_t y_count)
{
    const int32_t *lengths;
    const float *targets, *mask, *weights;
    size_t T, B, C, count;
    (void)weight;
    ++*(int *)user;
    assert_ok(rnn_loss_get_batch(loss, &lengths, &T, &B, &C));
    assert_ok(rnn_loss_get_values(loss, &targets, &count));
    assert_int_equal(count, y_count);
    assert_ok(rnn_loss_get_mask(loss, &mask, &count));
    assert_true(count == (mask ? T * B : 0));
    assert_ok(rnn_loss_get_sequence_weights(loss, &weights, &count));
    assert_true(count == (weights ? B : 0));
    *value = 0;
    for (size_t row = 0; row < T * B; row++) {
        size_t t = row / B, b = row % B;
        double u = (mask ? (double)mask[row] : 1) * (weights ? (double)weights[b] : 1);
        if (lengths && t >= (size_t)lengths[b])
            continue;
        for (size_t c = 0; c < C; c++) {
            double d = (double)y[row * C + c] - (double)targets[row * C + c];
            *value += u * d * d;
            if (dy)
                dy[row * C + c] = (float)(u * 2 * d);
        }
    }
    return 0;
}

static int32_t refuses(void *user, rnn_loss *loss, double *value, double *weight, float *dy, const float *y,
                       size_t y_count)
{
    (void)loss, (void)value, (void)weight, (void)dy, (void)y, (void)y_count;
    return *(const int32_t *)user;
}

static int custom_calls;

static rnn_loss *loss_of(struct task task, int with)
{
    rnn_loss *loss;
    if (with & CUSTOM) {
        assert_ok(rnn_loss_create(&loss, RNN_LOSS_CUSTOM));
        assert_ok(rnn_loss_set_callback(loss, squared, &custom_calls));
        return loss;
    }
    loss = fitting_loss(task);
    if (with & CLASS_WEIGHTS)
        assert_ok(rnn_loss_set_class_weights(loss, class_weights, OUTPUTS));
    if (with & MISSING)
        assert_ok(rnn_loss_set_int(loss, RNN_SKIP_MISSING, 1));
    return loss;
}

/* ---- the loop ---------------------------------------------------------------------------------------------------- */

struct arrays {
    float x[LONGEST * BATCH * INPUTS], values[LONGEST * BATCH * OUTPUTS], mask[LONGEST * BATCH], weights[BATCH];
    int32_t tokens[LONGEST * BATCH], classes[LONGEST * BATCH], lengths[BATCH], label_lengths[BATCH];
    float y[LONGEST * BATCH * OUTPUTS], dy[LONGEST * BATCH * OUTPUTS];
    size_t T, B, S;
};

static void fill(struct arrays *a, const struct data *data, const struct extras *e, size_t first, int pooled)
{
    memset(a, 0, sizeof *a);
    a->B = data->count - first < BATCH ? data->count - first : BATCH;
    for (size_t b = 0; b < a->B; b++) {
        const struct sequence *s = &data->sequences[first + b];
        a->T = s->steps > a->T ? s->steps : a->T;
        a->S = s->classes_count > a->S ? s->classes_count : a->S;
    }
    for (size_t b = 0; b < a->B; b++) {
        const struct sequence *s = &data->sequences[first + b];
        a->lengths[b] = (int32_t)s->steps;
        a->label_lengths[b] = (int32_t)s->classes_count;
        a->weights[b] = e->weights[first + b];
        for (size_t t = 0; t < a->T; t++)
            a->mask[t * a->B + b] = first + b > 0 && t < s->steps ? e->mask[first + b][t] : 1;
        for (size_t t = 0; t < s->steps; t++) {
            memcpy(a->x + (t * a->B + b) * INPUTS, s->x + t * INPUTS, INPUTS * sizeof(float));
            a->tokens[t * a->B + b] = s->tokens[t];
        }
        for (size_t t = 0; t < (pooled ? 1 : s->steps); t++) {
            memcpy(a->values + (t * a->B + b) * OUTPUTS, s->values + t * OUTPUTS, OUTPUTS * sizeof(float));
            if (data->task.loss != RNN_LOSS_CTC)
                a->classes[t * a->B + b] = s->classes[t];
        }
        for (size_t i = 0; i < s->classes_count && data->task.loss == RNN_LOSS_CTC; i++)
            a->classes[b * a->S + i] = s->classes[i];
    }
}

static double loss_in_loop(struct arrays *a, rnn_loss *loss, struct task task, int with, float *dy)
{
    int pooled = task.output != RNN_OUTPUT_EVERY_STEP, has_classes = task.loss == RNN_LOSS_CROSS_ENTROPY;
    size_t T = pooled ? 1 : a->T, rows = T * a->B, count = rows * OUTPUTS;
    double value = -1;
    assert_ok(rnn_loss_set_batch(loss, pooled ? NULL : a->lengths, pooled ? 0 : a->B, T, a->B, OUTPUTS));
    if (with & MASKS)
        assert_ok(rnn_loss_set_mask(loss, a->mask, rows));
    if (with & WEIGHTS)
        assert_ok(rnn_loss_set_sequence_weights(loss, a->weights, a->B));
    if (task.loss == RNN_LOSS_CTC) {
        assert_ok(rnn_loss_set_label_lengths(loss, a->label_lengths, a->B));
        assert_ok(rnn_loss_of_classes(loss, &value, dy, dy ? count : 0, a->y, count, a->classes, a->B * a->S));
    } else if (has_classes) {
        assert_ok(rnn_loss_of_classes(loss, &value, dy, dy ? count : 0, a->y, count, a->classes, rows));
    } else {
        assert_ok(rnn_loss_of_values(loss, &value, dy, dy ? count : 0, a->y, count, a->values, rows * OUTPUTS));
    }
    return value;
}

static double batch_in_loop(struct loop *loop, struct arrays *a, rnn_loss *loss, int with)
{
    struct task task = loop->task;
    size_t rows = a->T * a->B, count = (task.output != RNN_OUTPUT_EVERY_STEP ? a->B : rows) * OUTPUTS;
    assert_ok(rnn_reset_state(loop->session, a->B));
    if (task.tokens)
        assert_ok(rnn_forward_tokens(loop->session, a->y, count, a->tokens, rows, a->lengths, a->B, a->T));
    else
        assert_ok(rnn_forward(loop->session, a->y, count, a->x, rows * INPUTS, a->lengths, a->B, a->T));
    double value = loss_in_loop(a, loss, task, with, a->dy);
    assert_ok(rnn_zero_gradients(loop->session));
    assert_ok(rnn_backward(loop->session, NULL, 0, a->dy, count));
    assert_ok(rnn_optimizer_step(loop->optimizer, loop->session));
    return value;
}

/* Whether rnn_fit, with the features `with`, equals the loop with the features `in_loop` bit by bit. */
static int fit_equals_loop(struct task task, int with, int in_loop)
{
    struct data data = fitting_data(task, SEQUENCES, 5);
    struct extras e = extras_of(9);
    struct loop loop = loop_open(task, 1);
    struct run run;
    double last = -1;
    if (with & MISSING)
        forget_values(&data);
    rnn_dataset *dataset = dataset_of(&data, &e, with);
    rnn_loss *loss = loss_of(task, in_loop);
    struct arrays *a = malloc(sizeof *a);
    assert_non_null(a);
    run_open_with(&run, task, 1, loss_of(task, with));
    assert_ok(rnn_fit(run.trainer, dataset, NULL));
    for (int64_t epoch = 0; epoch < EPOCHS; epoch++)
        for (size_t first = 0; first < data.count; first += BATCH) {
            fill(a, &data, &e, first, task.output != RNN_OUTPUT_EVERY_STEP);
            loop_begin(&loop, epoch, first / BATCH);
            last = batch_in_loop(&loop, a, loss, in_loop);
        }
    struct snapshot expected = snapshot_take(loop.model, loop.optimizer);
    struct snapshot is = snapshot_take(run.model, run.optimizer);
    int same = snapshot_equal(&is, &expected) && run_real(&run, RNN_BATCH_LOSS) == last;
    snapshot_release(&expected);
    snapshot_release(&is);
    free(a);
    rnn_loss_destroy(loss);
    rnn_dataset_destroy(dataset);
    loop_close(&loop);
    run_close(&run);
    return same;
}

static int allowed(struct task task, int with)
{
    int of_values = task.loss != RNN_LOSS_CROSS_ENTROPY && task.loss != RNN_LOSS_CTC;
    if (with & CLASS_WEIGHTS && task.loss != RNN_LOSS_CROSS_ENTROPY)
        return 0;
    if (with & MASKS && (task.loss == RNN_LOSS_CTC || task.output != RNN_OUTPUT_EVERY_STEP))
        return 0;
    return !(with & MISSING) || of_values;
}

static void test_equals_loop(void **state)
{
    (void)state;
    for (size_t i = 0; i < task_count; i++)
        for (int with = 1; with < CUSTOM; with++)
            if (allowed(tasks[i], with) && !fit_equals_loop(tasks[i], with, with)) {
                print_error("task %zu with %d differs from the loop\n", i, with);
                fail();
            }
}

/* Each of them counts: a loop without it gives other bits. */
static void test_planted_faults(void **state)
{
    (void)state;
    static const int each[] = {CLASS_WEIGHTS, MASKS, WEIGHTS};
    for (size_t i = 0; i < task_count; i++)
        for (size_t j = 0; j < 3; j++)
            if (allowed(tasks[i], each[j]) && fit_equals_loop(tasks[i], each[j], 0)) {
                print_error("task %zu ignores %d\n", i, each[j]);
                fail();
            }
}

/* A custom loss that is the squared error gives its results, up to the rounding of its gradient to floats before the
 * mean, without and with masks and weights. */
static void test_custom_squared_error(void **state)
{
    (void)state;
    const struct task task = {.loss = RNN_LOSS_SQUARED_ERROR, .output = RNN_OUTPUT_EVERY_STEP};
    custom_calls = 0;
    for (int with = 0; with <= (MASKS | WEIGHTS); with += MASKS) {
        struct data data = fitting_data(task, SEQUENCES, 5);
        struct extras e = extras_of(9);
        rnn_dataset *dataset = dataset_of(&data, &e, with);
        struct run runs[2];
        for (int i = 0; i < 2; i++) {
            run_open_with(&runs[i], task, 1, loss_of(task, i ? CUSTOM : 0));
            assert_ok(rnn_fit(runs[i].trainer, dataset, dataset));
        }
        assert_close(run_real(&runs[1], RNN_TRAINING_LOSS), run_real(&runs[0], RNN_TRAINING_LOSS), 1e-6);
        assert_close(run_real(&runs[1], RNN_VALIDATION_LOSS), run_real(&runs[0], RNN_VALIDATION_LOSS), 1e-6);
        struct snapshot a = snapshot_take(runs[0].model, runs[0].optimizer);
        struct snapshot b = snapshot_take(runs[1].model, runs[1].optimizer);
        for (size_t i = 0; i < a.parameters; i++)
            assert_close((double)b.values[i], (double)a.values[i], 1e-5);
        snapshot_release(&a);
        snapshot_release(&b);
        run_close(&runs[0]);
        run_close(&runs[1]);
        rnn_dataset_destroy(dataset);
    }
    assert_true(custom_calls > 0);
}

/* ---- means and accuracy ------------------------------------------------------------------------------------------ */

/* The mean is over what counts, whatever the size of the batches; the accuracy is over the same targets. */
static void test_means(void **state)
{
    (void)state;
    const int with = CLASS_WEIGHTS | MASKS | WEIGHTS;
    struct data data = fitting_data(tasks[1], SEQUENCES, 5);
    struct extras e = extras_of(9);
    rnn_dataset *dataset = dataset_of(&data, &e, with);
    rnn_model *model = fitting_model(tasks[1], 1);
    rnn_optimizer *optimizer = fitting_optimizer(model);
    rnn_loss *loss = loss_of(tasks[1], with);
    rnn_session *session;
    struct arrays *a = malloc(sizeof *a);
    double sum = 0, weight = 0, counted = 0, right = 0;
    assert_non_null(a);
    assert_ok(rnn_session_create(&session, model, RNN_INFERENCE));
    for (size_t s = 0; s < data.count; s++) { /* in double, sequence by sequence */
        const struct sequence *of = &data.sequences[s];
        assert_ok(rnn_reset_state(session, 1));
        assert_ok(rnn_forward(session, a->y, of->steps * OUTPUTS, of->x, of->steps * INPUTS, NULL, 0, of->steps));
        for (size_t t = 0; t < of->steps; t++) {
            const float *y = a->y + t * OUTPUTS;
            double u = (s ? (double)e.mask[s][t] : 1) * (double)e.weights[s], norm = 0, all = 0;
            size_t best = 0;
            if (of->classes[t] == IGNORED || u == 0)
                continue;
            for (size_t c = 0; c < OUTPUTS; c++)
                norm += exp((double)y[c]);
            for (size_t c = 0; c < OUTPUTS; c++) {
                all += (double)class_weights[c] * (log(norm) - (double)y[c]);
                best = y[c] > y[best] ? c : best;
            }
            double w = (double)class_weights[of->classes[t]], n = log(norm) - (double)y[of->classes[t]];
            sum += u * ((1 - 0.1) * w * n + 0.1 / OUTPUTS * all);
            weight += u * w;
            counted++;
            right += best == (size_t)of->classes[t];
        }
    }
    for (int64_t batch = 1; batch <= SEQUENCES; batch += 5) {
        rnn_trainer *trainer;
        double mean = -1, accuracy = -1;
        assert_ok(rnn_trainer_create(&trainer, model, optimizer, loss));
        assert_ok(rnn_trainer_set_int(trainer, RNN_BATCH_SIZE, batch));
        assert_ok(rnn_evaluate(trainer, &mean, &accuracy, dataset));
        assert_close(mean, sum / weight, 1e-6);
        assert_close(accuracy, right / counted, 1e-12);
        rnn_trainer_destroy(trainer);
    }
    free(a);
    rnn_session_destroy(session);
    rnn_loss_destroy(loss);
    rnn_optimizer_destroy(optimizer);
    rnn_destroy(model);
    rnn_dataset_destroy(dataset);
}

/* ---- missing values ---------------------------------------------------------------------------------------------- */

/* Steps whose values are missing train to the same bits as the same steps under a mask. */
static void check_missing_as_masked(struct task task)
{
    struct data data = fitting_data(task, SEQUENCES, 5), forgotten = data;
    rnn_dataset *masked = fitting_dataset(&data);
    struct run runs[2];
    for (size_t s = 0; s < data.count; s++) {
        float mask[LONGEST];
        for (size_t t = 0; t < data.sequences[s].steps; t++) {
            mask[t] = (s + t) % 3 ? 1 : 0;
            for (size_t c = 0; c < OUTPUTS && mask[t] == 0; c++)
                forgotten.sequences[s].values[t * OUTPUTS + c] = NAN;
        }
        assert_ok(rnn_dataset_set_mask(masked, s, mask, data.sequences[s].steps));
    }
    rnn_dataset *missing = fitting_dataset(&forgotten);
    for (int i = 0; i < 2; i++) {
        run_open(&runs[i], task, 1);
        assert_ok(rnn_loss_set_int(runs[i].loss, RNN_SKIP_MISSING, i));
        assert_ok(rnn_fit(runs[i].trainer, i ? missing : masked, i ? missing : masked));
    }
    assert_same_runs(&runs[1], &runs[0]);
    run_close(&runs[0]);
    run_close(&runs[1]);
    rnn_dataset_destroy(masked);
    rnn_dataset_destroy(missing);
}

static void test_missing_as_masked(void **state)
{
    (void)state;
    for (size_t i = 0; i < task_count; i++)
        if (allowed(tasks[i], MASKS | MISSING))
            check_missing_as_masked(tasks[i]);
}

/* ---- the caller's loss ------------------------------------------------------------------------------------------- */

/* Options count from the next rnn_fit on; the batch that the caller has set stays; the loss may be destroyed. */
static void test_callers_loss(void **state)
{
    (void)state;
    struct datasets datasets = datasets_open(tasks[0]);
    struct run run;
    const int32_t *lengths;
    const int32_t three[2] = {3, 1};
    size_t steps, batch, classes;
    double before = -1, after = -1;
    run_open(&run, tasks[0], 1);
    assert_ok(rnn_loss_set_batch(run.loss, three, 2, 3, 2, 7));
    assert_ok(rnn_evaluate(run.trainer, &before, NULL, datasets.validation));
    assert_ok(rnn_loss_get_batch(run.loss, &lengths, &steps, &batch, &classes));
    assert_true(steps == 3 && batch == 2 && classes == 7 && lengths[0] == 3 && lengths[1] == 1);
    assert_ok(rnn_loss_set_class_weights(run.loss, class_weights, OUTPUTS));
    assert_ok(rnn_evaluate(run.trainer, &after, NULL, datasets.validation));
    assert_true(after != before);
    rnn_loss_destroy(run.loss);
    assert_ok(rnn_fit(run.trainer, datasets.training, NULL));
    run.loss = NULL;
    run_close(&run);
    datasets_close(&datasets);
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

#define assert_refused(call, status, part)                                                                             \
    do {                                                                                                               \
        assert_int_equal(call, status);                                                                                \
        check_message(#call, part, __FILE__, __LINE__);                                                                \
    } while (0)

static void test_what_does_not_fit(void **state)
{
    (void)state;
    const float mask[LONGEST] = {1, 1, 1, 1, 1, 1};
    struct run run;
    rnn_dataset *d;
    struct data data = fitting_data(tasks[0], SEQUENCES, 5);
    run_open(&run, tasks[0], 1);
    rnn_trainer *t = run.trainer;
    struct snapshot before = snapshot_take(run.model, run.optimizer);
    d = fitting_dataset(&data);
    assert_ok(rnn_dataset_add_tokens(d, NULL, data.sequences[0].tokens, 2));
    assert_refused(rnn_fit(t, d, NULL), RNN_E_STATE, "training: sequence 11 has no targets, expected classes");
    assert_ok(rnn_dataset_set_classes(d, SEQUENCES, data.sequences[0].tokens, 2));
    assert_ok(rnn_loss_set_int(run.loss, RNN_REDUCTION, RNN_SUM));
    assert_refused(rnn_fit(t, d, NULL), RNN_E_STATE, "RNN_REDUCTION of the loss is 1, expected RNN_MEAN");
    assert_ok(rnn_loss_set_int(run.loss, RNN_REDUCTION, RNN_MEAN));
    assert_ok(rnn_loss_set_class_weights(run.loss, class_weights, OUTPUTS - 1));
    assert_refused(rnn_fit(t, d, NULL), RNN_E_SIZE, "3 class weights, expected 4 (Y)");
    assert_same_as_snapshot(&run, &before);
    assert_ok(rnn_loss_set_class_weights(run.loss, NULL, 0));
    run_set(&run, RNN_EPOCHS, 1);
    assert_ok(rnn_fit(t, d, NULL));
    snapshot_release(&before);
    run_close(&run);
    rnn_dataset_destroy(d);
    for (size_t i = 0; i < task_count; i++) {
        if (allowed(tasks[i], MASKS))
            continue;
        data = fitting_data(tasks[i], SEQUENCES, 5);
        run_open(&run, tasks[i], 1);
        d = fitting_dataset(&data);
        assert_ok(rnn_dataset_set_mask(d, 1, mask, data.sequences[1].steps));
        assert_refused(rnn_fit(run.trainer, d, NULL), RNN_E_STATE, "sequence 1 has a mask, expected none");
        assert_ok(rnn_dataset_set_mask(d, 1, NULL, 0));
        assert_ok(rnn_fit(run.trainer, d, NULL));
        run_close(&run);
        rnn_dataset_destroy(d);
    }
}

/* A target that is no number is refused by binary cross-entropy, unless it may be missing or the mask leaves it out. */
static void test_missing_probabilities(void **state)
{
    (void)state;
    struct data data = fitting_data(tasks[4], SEQUENCES, 5);
    float mask[LONGEST] = {1, 1, 1, 1, 1, 1};
    struct run run;
    double missing = -1, masked = -1;
    run_open(&run, tasks[4], 1);
    for (size_t c = 0; c < OUTPUTS; c++)
        data.sequences[2].values[c] = NAN;
    rnn_dataset *dataset = fitting_dataset(&data);
    assert_refused(rnn_evaluate(run.trainer, &missing, NULL, dataset), RNN_E_VALUE, "value 0 of sequence 2 is");
    assert_ok(rnn_loss_set_int(run.loss, RNN_SKIP_MISSING, 1));
    assert_ok(rnn_evaluate(run.trainer, &missing, NULL, dataset));
    assert_ok(rnn_loss_set_int(run.loss, RNN_SKIP_MISSING, 0));
    mask[0] = 0;
    assert_ok(rnn_dataset_set_mask(dataset, 2, mask, data.sequences[2].steps));
    assert_ok(rnn_evaluate(run.trainer, &masked, NULL, dataset));
    assert_close(masked, missing, 1e-12);
    run_close(&run);
    rnn_dataset_destroy(dataset);
}

static void test_custom_errors(void **state)
{
    (void)state;
    const struct task task = {.loss = RNN_LOSS_SQUARED_ERROR, .output = RNN_OUTPUT_EVERY_STEP};
    struct data data = fitting_data(task, SEQUENCES, 5);
    rnn_dataset *dataset = fitting_dataset(&data);
    rnn_model *model = fitting_model(task, 1);
    rnn_optimizer *optimizer = fitting_optimizer(model);
    rnn_trainer *trainer;
    rnn_loss *custom;
    int32_t returned = 5;
    assert_ok(rnn_loss_create(&custom, RNN_LOSS_CUSTOM));
    assert_ok(rnn_trainer_create(&trainer, model, optimizer, custom));
    struct snapshot before = snapshot_take(model, optimizer);
    assert_refused(rnn_fit(trainer, dataset, NULL), RNN_E_STATE, "no callback");
    assert_ok(rnn_loss_set_callback(custom, refuses, &returned));
    assert_refused(rnn_fit(trainer, dataset, NULL), 5, "epoch 1, batch 1: the callback of the loss returned 5");
    returned = RNN_E_UNSUPPORTED;
    assert_refused(rnn_fit(trainer, dataset, NULL), RNN_E_UNSUPPORTED, "loss returned -10");
    double loss = -1;
    returned = 7;
    assert_refused(rnn_evaluate(trainer, &loss, NULL, dataset), 7, "loss returned 7");
    assert_true(loss == -1);
    struct snapshot after = snapshot_take(model, optimizer);
    assert_true(snapshot_equal(&before, &after));
    assert_ok(rnn_dataset_set_values(dataset, 1, data.sequences[1].values, data.sequences[1].steps));
    if (data.sequences[1].steps)
        assert_refused(rnn_fit(trainer, dataset, NULL), RNN_E_SIZE, "expected");
    const int32_t classes[LONGEST] = {0};
    assert_ok(rnn_dataset_set_classes(dataset, 1, classes, data.sequences[1].steps));
    assert_refused(rnn_fit(trainer, dataset, NULL), RNN_E_STATE, "are classes, expected values");
    snapshot_release(&before);
    snapshot_release(&after);
    rnn_trainer_destroy(trainer);
    rnn_loss_destroy(custom);
    rnn_optimizer_destroy(optimizer);
    rnn_destroy(model);
    rnn_dataset_destroy(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_loop),          cmocka_unit_test(test_planted_faults),
        cmocka_unit_test(test_custom_squared_error), cmocka_unit_test(test_means),
        cmocka_unit_test(test_missing_as_masked),    cmocka_unit_test(test_callers_loss),
        cmocka_unit_test(test_what_does_not_fit),    cmocka_unit_test(test_missing_probabilities),
        cmocka_unit_test(test_custom_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
