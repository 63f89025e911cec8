/* Step masks of datasets: a dataset with left padding and holes, in which anything may be, trains, validates, evaluates
 * and resumes to the bits of one without these steps, for every loss, in pieces and buckets, by copies and by
 * callbacks; and to those of a loop over sessions with a step mask. */
#include "support/fitting.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define PATH "fit_step_masks.safetensors"

enum { PADDING = 3, MOST = PADDING + 2 * LONGEST, VALIDATED = 6, STREAMS = 3 };

/* A sequence with steps that are left out. */
struct padded {
    size_t steps, classes_count;
    float x[MOST * INPUTS], values[MOST * OUTPUTS], mask[MOST];
    int32_t tokens[MOST], classes[MOST], step_mask[MOST];
};

struct padded_data {
    struct task task;
    size_t count;
    struct padded sequences[SEQUENCES];
};

static const struct task others[] = {
    {RNN_LOSS_QUANTILE, 0, RNN_OUTPUT_EVERY_STEP, 0.2, 0},
    {RNN_LOSS_ERROR_TO_SIGNAL, 0, RNN_OUTPUT_EVERY_STEP, 0, 1},
    {RNN_LOSS_CUSTOM, 0, RNN_OUTPUT_EVERY_STEP, 0, 0},
};
enum { OTHERS = sizeof others / sizeof *others };

static int pools(struct task task)
{
    return task.output != RNN_OUTPUT_EVERY_STEP;
}

static int has_classes(struct task task)
{
    return task.loss == RNN_LOSS_CROSS_ENTROPY || task.loss == RNN_LOSS_CTC;
}

static int can_be_cut(struct task task)
{
    return task.loss != RNN_LOSS_CTC && !pools(task) && !task.bidirectional;
}

/* Whether targets belong to steps. */
static int is_by_step(struct task task)
{
    return task.loss != RNN_LOSS_CTC && !pools(task);
}

/* ---- data -------------------------------------------------------------------------------------------------------- */

/* Anything. */
static void spoil(struct padded *to, struct task task)
{
    for (size_t i = 0; i < MOST * INPUTS; i++)
        to->x[i] = NAN;
    for (size_t i = 0; i < MOST * OUTPUTS; i++)
        to->values[i] = is_by_step(task) ? NAN : 0;
    for (size_t t = 0; t < MOST; t++) {
        to->tokens[t] = -7;
        to->classes[t] = 99;
        to->mask[t] = 3;
    }
}

static void pad(struct padded *to, const struct sequence *from, struct task task, uint64_t *seed)
{
    static const float mask[LONGEST] = {0.5f, 1, 0, 2, 0.25f, 1}; /* as fitting_set_weights */
    size_t front = (size_t)((uniform(seed) + 1) / 2 * (PADDING + 1));
    memset(to, 0, sizeof *to);
    spoil(to, task);
    to->steps = front;
    for (size_t t = 0; t < from->steps; t++) {
        size_t at = to->steps;
        memcpy(to->x + at * INPUTS, from->x + t * INPUTS, INPUTS * sizeof *to->x);
        memcpy(to->values + at * OUTPUTS, from->values + t * OUTPUTS, OUTPUTS * sizeof *to->values);
        to->tokens[at] = from->tokens[t];
        to->classes[at] = from->classes[t];
        to->mask[at] = mask[t];
        to->step_mask[at] = 1;
        to->steps += uniform(seed) > 0 ? 2 : 1;
    }
    to->classes_count = is_by_step(task) ? to->steps : from->classes_count;
    if (!is_by_step(task)) {
        memcpy(to->classes, from->classes, from->classes_count * sizeof *to->classes);
        memcpy(to->values, from->values, OUTPUTS * sizeof *to->values);
    }
}

static struct padded_data pad_all(const struct data *data, uint64_t seed)
{
    struct padded_data padded = {.task = data->task, .count = data->count};
    for (size_t i = 0; i < data->count; i++)
        pad(&padded.sequences[i], &data->sequences[i], data->task, &seed);
    return padded;
}

/* The weights are those of fitting_set_weights. */
static rnn_dataset *padded_dataset(const struct padded_data *data)
{
    struct task task = data->task;
    rnn_dataset *dataset;
    assert_ok(rnn_dataset_create(&dataset));
    for (size_t i = 0; i < data->count; i++) {
        const struct padded *s = &data->sequences[i];
        add_sequence(dataset, task.tokens ? NULL : s->x, s->steps * INPUTS, task.tokens ? s->tokens : NULL, s->steps,
                     s->classes, s->classes_count, has_classes(task) ? NULL : s->values,
                     (pools(task) ? 1 : s->steps) * OUTPUTS, s->steps);
        if (is_by_step(task) && i)
            assert_ok(rnn_dataset_set_mask(dataset, i, s->mask, s->steps));
        assert_ok(rnn_dataset_set_step_mask(dataset, i, s->step_mask, s->steps));
        assert_ok(rnn_dataset_set_weight(dataset, i, 0.25 * (double)(i + 1)));
    }
    return dataset;
}

static int32_t make(void *user, rnn_sample *sample, size_t index, int64_t seed)
{
    const struct padded_data *data = user;
    const struct padded *from = &data->sequences[index];
    struct task task = data->task;
    (void)seed;
    if (task.tokens)
        assert_ok(rnn_sample_set_tokens(sample, from->tokens, from->steps));
    else
        assert_ok(rnn_sample_set_x(sample, from->x, from->steps * INPUTS, from->steps));
    if (has_classes(task))
        assert_ok(rnn_sample_set_classes(sample, from->classes, from->classes_count));
    else
        assert_ok(rnn_sample_set_values(sample, from->values, (pools(task) ? 1 : from->steps) * OUTPUTS));
    if (is_by_step(task) && index)
        assert_ok(rnn_sample_set_mask(sample, from->mask, from->steps));
    assert_ok(rnn_sample_set_step_mask(sample, from->step_mask, from->steps));
    return rnn_sample_set_weight(sample, 0.25 * (double)(index + 1));
}

/* The two datasets of a task, with and without steps that are left out. */
struct pair {
    struct padded_data training, validation; /* what a source reads */
    struct datasets compact, padded;
};

static void pair_open(struct pair *pair, struct task task, int by_source)
{
    struct data training = fitting_data(task, SEQUENCES, 5), validation = fitting_data(task, VALIDATED, 6);
    pair->training = pad_all(&training, 8);
    pair->validation = pad_all(&validation, 9);
    pair->compact = datasets_open_weighted(task);
    pair->padded.task = task;
    if (by_source) {
        assert_ok(rnn_dataset_create_from_source(&pair->padded.training, SEQUENCES, MOST, MOST * OUTPUTS, make,
                                                 &pair->training));
        assert_ok(rnn_dataset_create_from_source(&pair->padded.validation, VALIDATED, MOST, MOST * OUTPUTS, make,
                                                 &pair->validation));
    } else {
        pair->padded.training = padded_dataset(&pair->training);
        pair->padded.validation = padded_dataset(&pair->validation);
    }
}

static void pair_close(struct pair *pair)
{
    datasets_close(&pair->compact);
    datasets_close(&pair->padded);
}

/* ---- runs -------------------------------------------------------------------------------------------------------- */

/* u d^2 / 2 of all outputs against 0, by what the loss tells of the batch; it has no steps that are left out. */
static int32_t squares(void *user, rnn_loss *loss, double *value, double *weight, float *dy, const float *y,
                       size_t y_count)
{
    const int32_t *lengths, *step_mask;
    const float *mask, *weights;
    size_t steps, batch, classes, count;
    (void)user, (void)weight;
    assert_ok(rnn_loss_get_batch(loss, &lengths, &steps, &batch, &classes));
    assert_ok(rnn_loss_get_step_mask(loss, &step_mask, &count));
    assert_true(!step_mask && lengths);
    assert_ok(rnn_loss_get_mask(loss, &mask, &count));
    assert_ok(rnn_loss_get_sequence_weights(loss, &weights, &count));
    *value = 0;
    for (size_t i = 0; i < y_count; i++) {
        size_t row = i / classes, b = row % batch;
        double u = row / batch < (size_t)lengths[b] ? (double)(mask ? mask[row] : 1) * (double)weights[b] : 0;
        *value += u * (double)y[i] * (double)y[i] / 2;
        if (dy)
            dy[i] = (float)(u * (double)y[i]);
    }
    return 0;
}

static void open_run(struct run *run, struct task task, int64_t steps, int64_t model_seed)
{
    rnn_loss *loss = fitting_loss(task);
    if (task.loss == RNN_LOSS_CUSTOM)
        assert_ok(rnn_loss_set_callback(loss, squares, NULL));
    run_open_with(run, task, model_seed, loss);
    run_set(run, RNN_STREAM_STEPS, steps);
    run_set(run, RNN_SHUFFLE, 1);
    run_set(run, RNN_SEED, 5);
    run_set(run, RNN_EPOCHS, 2);
    run_set(run, RNN_KEEP_BEST, 1);
}

static void check_evaluated(const struct run *run, const struct datasets *a, const struct datasets *b)
{
    double loss[2], accuracy[2];
    assert_ok(rnn_evaluate(run->trainer, &loss[0], &accuracy[0], a->training));
    assert_ok(rnn_evaluate(run->trainer, &loss[1], &accuracy[1], b->training));
    assert_true(loss[0] == loss[1] && !memcmp(&accuracy[0], &accuracy[1], sizeof *accuracy));
}

static void check_same(const struct pair *pair, int64_t steps, int64_t buckets, int64_t threads)
{
    struct run expected, run;
    open_run(&expected, pair->compact.task, steps, 1);
    open_run(&run, pair->compact.task, steps, 1);
    run_set(&expected, RNN_BUCKETS, buckets);
    run_set(&run, RNN_BUCKETS, buckets);
    run_set(&run, RNN_THREADS, threads);
    assert_ok(rnn_fit(expected.trainer, pair->compact.training, pair->compact.validation));
    assert_ok(rnn_fit(run.trainer, pair->padded.training, pair->padded.validation));
    assert_same_runs(&run, &expected);
    assert_int_equal(run.event_count, expected.event_count);
    for (size_t i = 0; i < run.event_count; i++)
        assert_true(run.losses[i] == expected.losses[i] || (isnan(run.losses[i]) && isnan(expected.losses[i])));
    check_evaluated(&run, &pair->compact, &pair->padded);
    run_close(&expected);
    run_close(&run);
}

static void check_task(struct task task)
{
    for (int by_source = 0; by_source < 2; by_source++) {
        struct pair pair;
        pair_open(&pair, task, by_source);
        for (int64_t steps = 0; steps <= (can_be_cut(task) ? STREAMS : 0); steps++)
            for (int64_t buckets = 0; buckets <= !by_source; buckets++)
                check_same(&pair, steps, buckets, THREADS(1 + steps % 2));
        pair_close(&pair);
    }
}

static void test_as_compacted(void **state)
{
    (void)state;
    for (size_t i = 0; i < task_count; i++)
        check_task(tasks[i]);
    for (size_t i = 0; i < OTHERS; i++)
        check_task(others[i]);
}

/* ---- by a loop --------------------------------------------------------------------------------------------------- */

/* One batch of all sequences, padded to the same T, with the step masks of session and loss. */
static void train_by_sessions(const struct padded_data *data, rnn_session *session, rnn_loss *loss,
                              rnn_optimizer *optimizer)
{
    enum { ROWS = MOST * SEQUENCES };
    static float x[ROWS * INPUTS], y[ROWS * OUTPUTS], dy[ROWS * OUTPUTS];
    static int32_t mask[ROWS], classes[ROWS];
    double value;
    memset(mask, 0, sizeof mask);
    for (size_t b = 0; b < SEQUENCES; b++)
        for (size_t t = 0; t < data->sequences[b].steps; t++) {
            const struct padded *s = &data->sequences[b];
            size_t row = t * SEQUENCES + b;
            memcpy(x + row * INPUTS, s->x + t * INPUTS, INPUTS * sizeof *x);
            classes[row] = s->classes[t];
            mask[row] = s->step_mask[t];
        }
    assert_ok(rnn_reset_state(session, SEQUENCES));
    assert_ok(rnn_session_set_step_mask(session, mask, ROWS));
    assert_ok(rnn_forward(session, y, ROWS * OUTPUTS, x, ROWS * INPUTS, NULL, 0, MOST));
    assert_ok(rnn_loss_set_batch_of_session(loss, session));
    assert_ok(rnn_loss_of_classes(loss, &value, dy, ROWS * OUTPUTS, y, ROWS * OUTPUTS, classes, ROWS));
    assert_ok(rnn_zero_gradients(session));
    assert_ok(rnn_backward(session, NULL, 0, dy, ROWS * OUTPUTS));
    assert_ok(rnn_optimizer_step(optimizer, session));
}

static void test_as_sessions(void **state)
{
    enum { EPOCHS = 4 };
    struct task task = tasks[1];
    (void)state;
    task.dropout = 0;
    struct data data = fitting_data(task, SEQUENCES, 5);
    struct padded_data padded = pad_all(&data, 8);
    struct loop loop = loop_open(task, 1);
    rnn_loss *loss = fitting_loss(task);
    rnn_dataset *dataset = padded_dataset(&padded);
    struct run run;
    for (size_t i = 0; i < SEQUENCES; i++) {
        assert_ok(rnn_dataset_set_weight(dataset, i, 1));
        assert_ok(rnn_dataset_set_mask(dataset, i, NULL, 0));
    }
    for (int64_t epoch = 0; epoch < EPOCHS; epoch++)
        train_by_sessions(&padded, loop.session, loss, loop.optimizer);
    run_open(&run, task, 1);
    run_set(&run, RNN_BATCH_SIZE, SEQUENCES);
    run_set(&run, RNN_EPOCHS, EPOCHS);
    assert_ok(rnn_fit(run.trainer, dataset, NULL));
    struct snapshot expected = snapshot_take(loop.model, loop.optimizer);
    assert_same_as_snapshot(&run, &expected);
    snapshot_release(&expected);
    run_close(&run);
    rnn_loss_destroy(loss);
    loop_close(&loop);
    rnn_dataset_destroy(dataset);
}

/* ---- transforms -------------------------------------------------------------------------------------------------- */

/* Some steps less, by the seed: by a step mask, or without them. */
static size_t choose(int32_t mask[LONGEST], size_t steps, int64_t seed)
{
    uint64_t random = (uint64_t)seed;
    size_t left = 0;
    for (size_t t = 0; t < steps; t++)
        left += (size_t)(mask[t] = t + 1 == steps || uniform(&random) > -0.5);
    return left;
}

static int32_t leave_out(void *user, rnn_sample *sample, size_t index, int64_t seed)
{
    const float *x;
    const int32_t *read;
    int32_t mask[LONGEST];
    size_t count, steps;
    (void)user, (void)index;
    assert_ok(rnn_sample_get_step_mask(sample, &read, &count));
    assert_true(!read && !count);
    assert_ok(rnn_sample_get_x(sample, &x, &count, &steps));
    choose(mask, steps, seed);
    assert_ok(rnn_sample_set_step_mask(sample, mask, steps));
    assert_ok(rnn_sample_get_step_mask(sample, &read, &count));
    assert_int_equal(count, steps);
    assert_memory_equal(read, mask, steps * sizeof *mask);
    return rnn_sample_set_step_mask(sample, read, count); /* by itself */
}

static int32_t cut_out(void *user, rnn_sample *sample, size_t index, int64_t seed)
{
    const struct sequence *from = &((const struct data *)user)->sequences[index];
    float x[LONGEST * INPUTS];
    int32_t mask[LONGEST], classes[LONGEST];
    size_t left = choose(mask, from->steps, seed), to = 0;
    for (size_t t = 0; t < from->steps; t++) {
        if (!mask[t])
            continue;
        memcpy(x + to * INPUTS, from->x + t * INPUTS, INPUTS * sizeof *x);
        classes[to++] = from->classes[t];
    }
    assert_ok(rnn_sample_set_x(sample, x, left * INPUTS, left));
    return rnn_sample_set_classes(sample, classes, left);
}

static void test_transform(void **state)
{
    struct data data = fitting_data(tasks[1], SEQUENCES, 5);
    (void)state;
    for (int64_t steps = 0; steps <= STREAMS; steps++) {
        struct datasets datasets = datasets_open(tasks[1]);
        struct run expected, run;
        open_run(&expected, tasks[1], steps, 1);
        open_run(&run, tasks[1], steps, 1);
        assert_ok(rnn_dataset_set_transform(datasets.training, cut_out, &data));
        assert_ok(rnn_fit(expected.trainer, datasets.training, datasets.validation));
        assert_ok(rnn_dataset_set_transform(datasets.training, leave_out, NULL));
        assert_ok(rnn_fit(run.trainer, datasets.training, datasets.validation));
        assert_same_runs(&run, &expected);
        run_close(&expected);
        run_close(&run);
        datasets_close(&datasets);
    }
}

/* A copy has the step mask of the dataset; and without it all steps count. */
static int32_t drop_step_mask(void *user, rnn_sample *sample, size_t index, int64_t seed)
{
    const struct padded_data *data = user;
    const int32_t *mask;
    size_t count;
    (void)seed;
    assert_ok(rnn_sample_get_step_mask(sample, &mask, &count));
    assert_int_equal(count, data->sequences[index].steps);
    assert_memory_equal(mask, data->sequences[index].step_mask, count * sizeof *mask);
    return rnn_sample_set_step_mask(sample, NULL, 0);
}

/* Another T drops it too. */
static int32_t shorten(void *user, rnn_sample *sample, size_t index, int64_t seed)
{
    const struct padded *from = &((const struct padded_data *)user)->sequences[index];
    const int32_t *mask;
    size_t count;
    (void)seed;
    if (from->steps == 1)
        return rnn_sample_set_step_mask(sample, NULL, 0);
    assert_ok(rnn_sample_set_tokens(sample, from->tokens, from->steps - 1));
    assert_ok(rnn_sample_set_classes(sample, from->classes, from->steps - 1));
    assert_ok(rnn_sample_get_step_mask(sample, &mask, &count));
    assert_true(!mask && !count);
    return 0;
}

/* Every step counts again: that of the data whose first step is left out, or shorter by one, is what a dataset is that
 * has no step mask. */
static void check_unmasked(rnn_sample_function transform, size_t fewer)
{
    struct task task = {RNN_LOSS_CROSS_ENTROPY, 1, RNN_OUTPUT_EVERY_STEP, 0, 0};
    struct data data = fitting_data(task, SEQUENCES, 5);
    struct padded_data padded = {.task = task, .count = SEQUENCES};
    struct run expected, run;
    for (size_t i = 0; i < SEQUENCES; i++) {
        struct padded *s = &padded.sequences[i];
        struct sequence *from = &data.sequences[i];
        s->steps = s->classes_count = from->steps;
        memcpy(s->tokens, from->tokens, sizeof from->tokens);
        memcpy(s->classes, from->classes, sizeof from->classes);
        for (size_t t = 1; t < s->steps; t++)
            s->step_mask[t] = 1;
        for (size_t t = 0; t < MOST; t++)
            s->mask[t] = 1;
        from->steps -= from->steps > 1 ? fewer : 0;
        from->classes_count = from->steps;
    }
    rnn_dataset *compact = fitting_dataset(&data), *dataset = padded_dataset(&padded);
    for (size_t i = 0; i < SEQUENCES; i++) {
        assert_ok(rnn_dataset_set_weight(dataset, i, 1));
        assert_ok(rnn_dataset_set_mask(dataset, i, NULL, 0));
    }
    assert_ok(rnn_dataset_set_transform(dataset, transform, &padded));
    open_run(&expected, task, 2, 1);
    open_run(&run, task, 2, 1);
    assert_ok(rnn_fit(expected.trainer, compact, compact));
    assert_ok(rnn_fit(run.trainer, dataset, compact));
    assert_same_runs(&run, &expected);
    run_close(&expected);
    run_close(&run);
    rnn_dataset_destroy(compact);
    rnn_dataset_destroy(dataset);
}

static void test_transform_of_masked(void **state)
{
    (void)state;
    check_unmasked(drop_step_mask, 0);
    check_unmasked(shorten, 1);
}

/* ---- resumed ----------------------------------------------------------------------------------------------------- */

/* Stopped after batch `at` and resumed by another trainer; 0: there is none. */
static int check_resumed(const struct pair *pair, const struct run *whole, int64_t steps, size_t at)
{
    struct run stopped, resumed;
    open_run(&stopped, pair->compact.task, steps, 1);
    run_stop_after_batch(&stopped, at, PATH);
    int32_t status = rnn_fit(stopped.trainer, pair->padded.training, pair->padded.validation);
    run_close(&stopped);
    if (!status)
        return 0;
    open_run(&resumed, pair->compact.task, steps, 99);
    assert_ok(rnn_trainer_load(resumed.trainer, PATH));
    assert_ok(rnn_fit(resumed.trainer, pair->padded.training, pair->padded.validation));
    assert_same_runs(&resumed, whole);
    run_close(&resumed);
    return 1;
}

/* After each batch, to the bits of the whole run without steps that are left out. */
static void test_resumed(void **state)
{
    (void)state;
    for (size_t i = 0; i < task_count; i += 4)
        for (int by_source = 0; by_source < 2; by_source++)
            for (int64_t steps = 0; steps <= (can_be_cut(tasks[i]) ? STREAMS : 0); steps++) {
                struct pair pair;
                struct run whole;
                size_t batches = 0;
                pair_open(&pair, tasks[i], by_source);
                open_run(&whole, tasks[i], steps, 1);
                assert_ok(rnn_fit(whole.trainer, pair.compact.training, pair.compact.validation));
                while (check_resumed(&pair, &whole, steps, batches + 1))
                    batches++;
                assert_int_equal(batches, run_events(&whole, RNN_EVENT_BATCH));
                run_close(&whole);
                pair_close(&pair);
                remove(PATH);
            }
}

/* RNN_MEMORY_LIMIT counts the steps that are left. */
static void test_memory_limit(void **state)
{
    char expected[256];
    (void)state;
    for (size_t i = 0; i < task_count; i++) {
        struct pair pair;
        struct run run;
        pair_open(&pair, tasks[i], 0);
        open_run(&run, tasks[i], 0, 1);
        run_set(&run, RNN_MEMORY_LIMIT, 1);
        assert_fails(rnn_fit(run.trainer, pair.compact.training, pair.compact.validation), RNN_E_MEMORY);
        snprintf(expected, sizeof expected, "%s", rnn_trainer_last_error(run.trainer));
        assert_fails(rnn_fit(run.trainer, pair.padded.training, pair.padded.validation), RNN_E_MEMORY);
        assert_string_equal(rnn_trainer_last_error(run.trainer), expected);
        run_close(&run);
        pair_close(&pair);
    }
}

int main(void)
{
    const struct CMUnitTest tests_of_masks[] = {
        cmocka_unit_test(test_as_compacted), cmocka_unit_test(test_as_sessions),
        cmocka_unit_test(test_transform),    cmocka_unit_test(test_transform_of_masked),
        cmocka_unit_test(test_resumed),      cmocka_unit_test(test_memory_limit),
    };
    return cmocka_run_group_tests(tests_of_masks, NULL, NULL);
}
