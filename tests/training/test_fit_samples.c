/* Datasets whose sequences come from a source, and transforms: the same bits as copied sequences; every error is found
 * and leaves the run as it was.  Linked with --wrap=rnni_memory_take. */
#include "support/fitting.h"

#include "base/memory.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH "fit_samples.safetensors"

enum { MOST_TARGETS = LONGEST * OUTPUTS };

static size_t fail_at, takes;
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    return ++takes == fail_at ? NULL : __real_rnni_memory_take(count, size);
}

static int pools(struct task task)
{
    return task.output != RNN_OUTPUT_EVERY_STEP;
}

static int can_be_cut(struct task task)
{
    return task.loss != RNN_LOSS_CTC && !pools(task) && !task.bidirectional;
}

/* ---- a source ---------------------------------------------------------------------------------------------------- */

/* With the weights and masks of fitting_set_weights. */
static int32_t make(void *user, rnn_sample *sample, size_t index, int64_t seed)
{
    static const float mask[LONGEST] = {0.5f, 1, 0, 2, 0.25f, 1};
    const struct data *data = user;
    const struct sequence *from = &data->sequences[index];
    struct task task = data->task;
    assert_true(index < data->count && seed >= 0);
    if (task.tokens)
        assert_ok(rnn_sample_set_tokens(sample, from->tokens, from->steps));
    else
        assert_ok(rnn_sample_set_x(sample, from->x, from->steps * INPUTS, from->steps));
    if (task.loss == RNN_LOSS_CROSS_ENTROPY || task.loss == RNN_LOSS_CTC)
        assert_ok(rnn_sample_set_classes(sample, from->classes, from->classes_count));
    else
        assert_ok(rnn_sample_set_values(sample, from->values, (pools(task) ? 1 : from->steps) * OUTPUTS));
    if (task.loss != RNN_LOSS_CTC && !pools(task) && index)
        assert_ok(rnn_sample_set_mask(sample, mask, from->steps));
    assert_ok(rnn_sample_set_weight(sample, 0.25 * (double)(index + 1)));
    return 0;
}

static rnn_dataset *sourced(struct data *data)
{
    rnn_dataset *dataset;
    assert_ok(rnn_dataset_create_from_source(&dataset, data->count, LONGEST, MOST_TARGETS, make, data));
    return dataset;
}

static void open_run(struct run *run, struct task task, int64_t steps, int64_t model_seed)
{
    run_open(run, task, model_seed);
    run_set(run, RNN_STREAM_STEPS, steps);
    run_set(run, RNN_SHUFFLE, 1);
    run_set(run, RNN_SEED, 5);
    run_set(run, RNN_EPOCHS, 2);
    run_set(run, RNN_KEEP_BEST, 1);
}

static void check_source(struct task task, int64_t steps)
{
    struct data data = fitting_data(task, SEQUENCES, 5), other = fitting_data(task, 6, 6);
    struct datasets copied = datasets_open_weighted(task);
    rnn_dataset *training = sourced(&data), *validation = sourced(&other);
    struct run expected, run;
    open_run(&expected, task, steps, 1);
    open_run(&run, task, steps, 1);
    assert_ok(rnn_fit(expected.trainer, copied.training, copied.validation));
    assert_ok(rnn_fit(run.trainer, training, validation));
    assert_same_runs(&run, &expected);
    assert_int_equal(run.event_count, expected.event_count);
    double loss[2], accuracy[2];
    assert_ok(rnn_evaluate(run.trainer, &loss[0], &accuracy[0], training));
    assert_ok(rnn_evaluate(run.trainer, &loss[1], &accuracy[1], copied.training));
    assert_true(loss[0] == loss[1] && !memcmp(&accuracy[0], &accuracy[1], sizeof *accuracy));
    run_close(&expected);
    run_close(&run);
    rnn_dataset_destroy(training);
    rnn_dataset_destroy(validation);
    datasets_close(&copied);
}

static void test_as_copied(void **state)
{
    (void)state;
    for (size_t i = 0; i < task_count; i++)
        for (int64_t steps = 0; steps <= (can_be_cut(tasks[i]) ? 3 : 0); steps++)
            check_source(tasks[i], steps);
}

/* ---- transforms -------------------------------------------------------------------------------------------------- */

/* Sets again what is there, from the arrays of the sample itself. */
static int32_t repeat(void *user, rnn_sample *sample, size_t index, int64_t seed)
{
    const float *x, *values, *mask;
    const int32_t *tokens, *classes;
    size_t count, steps;
    (void)index, (void)seed;
    ++*(size_t *)user;
    assert_ok(rnn_sample_get_x(sample, &x, &count, &steps));
    if (x)
        assert_ok(rnn_sample_set_x(sample, x, count, steps));
    assert_ok(rnn_sample_get_tokens(sample, &tokens, &count));
    if (tokens)
        assert_ok(rnn_sample_set_tokens(sample, tokens, count));
    assert_ok(rnn_sample_get_values(sample, &values, &count));
    if (values)
        assert_ok(rnn_sample_set_values(sample, values, count));
    assert_ok(rnn_sample_get_classes(sample, &classes, &count));
    if (classes)
        assert_ok(rnn_sample_set_classes(sample, classes, count));
    assert_ok(rnn_sample_get_mask(sample, &mask, &count));
    if (mask)
        assert_ok(rnn_sample_set_mask(sample, mask, count));
    return 0;
}

static void test_transform_that_changes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < task_count; i++) {
        struct datasets datasets = datasets_open_weighted(tasks[i]);
        struct run expected, run;
        size_t calls = 0;
        int64_t steps = can_be_cut(tasks[i]) ? 2 : 0;
        open_run(&expected, tasks[i], steps, 1);
        open_run(&run, tasks[i], steps, 1);
        assert_ok(rnn_fit(expected.trainer, datasets.training, datasets.validation));
        assert_ok(rnn_dataset_set_transform(datasets.training, repeat, &calls));
        assert_ok(rnn_dataset_set_transform(datasets.validation, repeat, &calls));
        assert_ok(rnn_fit(run.trainer, datasets.training, datasets.validation));
        assert_int_equal(calls, 2 * SEQUENCES); /* each once in an epoch, and none of the validation */
        assert_same_runs(&run, &expected);
        assert_ok(rnn_dataset_set_transform(datasets.training, NULL, NULL));
        run_set(&run, RNN_EPOCHS, 3);
        assert_ok(rnn_fit(run.trainer, datasets.training, datasets.validation));
        assert_int_equal(calls, 2 * SEQUENCES);
        run_close(&expected);
        run_close(&run);
        datasets_close(&datasets);
    }
}

/* Noise on x, of the seed; and the last step may be lost. */
static int32_t disturb(void *user, rnn_sample *sample, size_t index, int64_t seed)
{
    const float *x;
    const int32_t *classes;
    float changed[LONGEST * INPUTS];
    size_t count, classes_count, steps;
    uint64_t random = (uint64_t)seed;
    (void)user, (void)index;
    assert_ok(rnn_sample_get_x(sample, &x, &count, &steps));
    fill_uniform(changed, LONGEST * INPUTS, &random);
    for (size_t i = 0; i < count; i++)
        changed[i] = x[i] + 0.1f * changed[i];
    steps -= steps > 1 && seed % 2;
    assert_ok(rnn_sample_set_x(sample, changed, steps * INPUTS, steps));
    assert_ok(rnn_sample_get_classes(sample, &classes, &classes_count));
    assert_ok(rnn_sample_set_classes(sample, classes, steps));
    return 0;
}

static int check_resumed(const struct run *whole, const struct datasets *datasets, int64_t steps, size_t at)
{
    struct run stopped, resumed;
    open_run(&stopped, datasets->task, steps, 1);
    run_stop_after_batch(&stopped, at, PATH);
    int32_t status = rnn_fit(stopped.trainer, datasets->training, datasets->validation);
    run_close(&stopped);
    if (!status)
        return 0;
    open_run(&resumed, datasets->task, steps, 99);
    assert_ok(rnn_trainer_load(resumed.trainer, PATH));
    assert_ok(rnn_fit(resumed.trainer, datasets->training, datasets->validation));
    assert_same_runs(&resumed, whole);
    run_close(&resumed);
    return 1;
}

static void check_resumed_everywhere(int64_t steps)
{
    struct data data = fitting_data(tasks[1], SEQUENCES, 5);
    for (int source = 0; source < 2; source++) {
        struct datasets datasets = datasets_open(tasks[1]);
        if (source) {
            rnn_dataset_destroy(datasets.training);
            datasets.training = sourced(&data);
        }
        assert_ok(rnn_dataset_set_transform(datasets.training, disturb, NULL));
        struct run whole;
        size_t batches = 0;
        open_run(&whole, tasks[1], steps, 1);
        assert_ok(rnn_fit(whole.trainer, datasets.training, datasets.validation));
        while (check_resumed(&whole, &datasets, steps, batches + 1))
            batches++;
        assert_int_equal(batches, run_events(&whole, RNN_EVENT_BATCH));
        run_close(&whole);
        datasets_close(&datasets);
        remove(PATH);
    }
}

static void test_resumed(void **state)
{
    (void)state;
    for (int64_t steps = 0; steps <= 3; steps++)
        check_resumed_everywhere(steps);
}

/* ---- seeds ------------------------------------------------------------------------------------------------------- */

struct heard {
    struct data data;
    int64_t seeds[4][SEQUENCES];
    size_t calls;
};

static int32_t hear(void *user, rnn_sample *sample, size_t index, int64_t seed)
{
    struct heard *heard = user;
    heard->seeds[heard->calls++ / SEQUENCES][index] = seed;
    return make(&heard->data, sample, index, seed);
}

static void hear_run(struct heard *heard, int64_t seed, int64_t batch)
{
    struct run run;
    rnn_dataset *dataset;
    heard->data = fitting_data(tasks[1], SEQUENCES, 5);
    heard->calls = 0;
    assert_ok(rnn_dataset_create_from_source(&dataset, SEQUENCES, LONGEST, LONGEST, hear, heard));
    open_run(&run, tasks[1], 0, 1);
    run_set(&run, RNN_SEED, seed);
    run_set(&run, RNN_BATCH_SIZE, batch);
    assert_ok(rnn_fit(run.trainer, dataset, dataset));
    assert_int_equal(heard->calls, 4 * SEQUENCES);
    run_close(&run);
    rnn_dataset_destroy(dataset);
}

static void test_seeds(void **state)
{
    (void)state;
    struct heard a, same, other;
    hear_run(&a, 5, BATCH);
    hear_run(&same, 5, 2);
    hear_run(&other, 6, BATCH);
    assert_memory_equal(a.seeds, same.seeds, sizeof a.seeds);
    assert_memory_equal(a.seeds[1], a.seeds[3], sizeof a.seeds[1]); /* of the validation */
    for (size_t i = 0; i < 3 * SEQUENCES; i++) {
        int64_t seed = a.seeds[i / SEQUENCES][i % SEQUENCES];
        assert_true(seed != other.seeds[i / SEQUENCES][i % SEQUENCES]);
        for (size_t k = 0; k < i; k++)
            assert_true(seed != a.seeds[k / SEQUENCES][k % SEQUENCES]);
    }
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

/* What a callback does wrong, for one sequence. */
enum fault {
    NO_FAULT,
    RETURNS,
    NO_INPUT,
    NO_TARGETS,
    TOO_LONG,
    NO_STEPS,
    WRONG_X,
    TOKENS,
    TOO_MANY,
    NO_VALUES,
    MASK,
    MASK_COUNT,
    WEIGHT,
    CLASS,
    COUNT,
    VALUES,
    MASK_OF_OTHER,
    NULLS,
    FAULTS
};

struct faulty {
    struct data data;
    enum fault fault;
    size_t at;
};

static int32_t set_wrong(rnn_sample *s, enum fault fault)
{
    static const float numbers[100] = {1};
    static const float masks[] = {1, -1, 1, 1, 1, 1};
    static const int32_t classes[100] = {0, 77};
    switch (fault) {
    case RETURNS:
        return 7;
    case TOO_LONG:
        return rnn_sample_set_x(s, numbers, (LONGEST + 1) * INPUTS, LONGEST + 1);
    case NO_STEPS:
        return rnn_sample_set_x(s, numbers, 0, 0);
    case WRONG_X:
        return rnn_sample_set_x(s, numbers, 2 * INPUTS + 1, 2);
    case TOKENS:
        return rnn_sample_set_tokens(s, classes, 2);
    case TOO_MANY:
        return rnn_sample_set_classes(s, classes, MOST_TARGETS + 1);
    case NO_VALUES:
        return rnn_sample_set_values(s, numbers, 0);
    case MASK:
        assert_ok(rnn_sample_set_x(s, numbers, 2 * INPUTS, 2));
        return rnn_sample_set_mask(s, masks, 2);
    case MASK_COUNT:
        assert_ok(rnn_sample_set_x(s, numbers, 2 * INPUTS, 2));
        return rnn_sample_set_mask(s, numbers, 3);
    case WEIGHT:
        return rnn_sample_set_weight(s, -1);
    case CLASS:
        assert_ok(rnn_sample_set_x(s, numbers, 2 * INPUTS, 2));
        return rnn_sample_set_classes(s, classes, 2);
    case COUNT:
        assert_ok(rnn_sample_set_x(s, numbers, 2 * INPUTS, 2));
        return rnn_sample_set_classes(s, classes, 1);
    case VALUES:
        assert_ok(rnn_sample_set_x(s, numbers, 2 * INPUTS, 2));
        return rnn_sample_set_values(s, numbers, 2 * OUTPUTS);
    case NO_TARGETS:
        return rnn_sample_set_x(s, numbers, 2 * INPUTS, 2);
    case NULLS: {
        const float *reals;
        const int32_t *integers;
        size_t count;
        assert_fails(rnn_sample_set_x(s, NULL, INPUTS, 1), RNN_E_NULL);
        assert_fails(rnn_sample_set_tokens(s, NULL, 1), RNN_E_NULL);
        assert_fails(rnn_sample_set_classes(s, NULL, 1), RNN_E_NULL);
        assert_fails(rnn_sample_set_values(s, NULL, 1), RNN_E_NULL);
        assert_fails(rnn_sample_get_x(s, NULL, &count, &count), RNN_E_NULL);
        assert_fails(rnn_sample_get_x(s, &reals, NULL, &count), RNN_E_NULL);
        assert_fails(rnn_sample_get_x(s, &reals, &count, NULL), RNN_E_NULL);
        assert_fails(rnn_sample_get_tokens(s, NULL, &count), RNN_E_NULL);
        assert_fails(rnn_sample_get_tokens(s, &integers, NULL), RNN_E_NULL);
        assert_fails(rnn_sample_get_classes(s, NULL, &count), RNN_E_NULL);
        assert_fails(rnn_sample_get_classes(s, &integers, NULL), RNN_E_NULL);
        assert_fails(rnn_sample_get_values(s, NULL, &count), RNN_E_NULL);
        assert_fails(rnn_sample_get_values(s, &reals, NULL), RNN_E_NULL);
        assert_fails(rnn_sample_get_mask(s, NULL, &count), RNN_E_NULL);
        return rnn_sample_get_mask(s, &reals, NULL);
    }
    default:
        return 0;
    }
}

static int32_t make_faulty(void *user, rnn_sample *sample, size_t index, int64_t seed)
{
    struct faulty *faulty = user;
    if (faulty->fault == NO_FAULT || index != faulty->at)
        return make(&faulty->data, sample, index, seed);
    return set_wrong(sample, faulty->fault);
}

static const struct expected {
    int32_t status;
    const char *part;
} expected[FAULTS] = {
    [RETURNS] = {7, "sequence 6: the source returned 7"},
    [NO_INPUT] = {RNN_E_STATE, "sequence 6: the source set no input, expected rnn_sample_set_x"},
    [NO_TARGETS] = {RNN_E_STATE, "sequence 6 has no targets, expected classes"},
    [TOO_LONG] = {RNN_E_SIZE, "sequence 6: rnn_sample_set_x: the sequence has 7 steps, expected 1 to 6"},
    [NO_STEPS] = {RNN_E_SIZE, "sequence 6: rnn_sample_set_x: the sequence has 0 steps, expected 1 to 6"},
    [WRONG_X] = {RNN_E_SIZE, "sequence 6: rnn_sample_set_x: x_count is 7, expected 6 (T*I = 2*3"},
    [TOKENS] = {RNN_E_STATE, "sequence 6: rnn_sample_set_tokens: the input is tokens, expected real numbers"},
    [TOO_MANY] = {RNN_E_SIZE, "sequence 6: rnn_sample_set_classes: classes_count is 25, expected 0 to 24"},
    [NO_VALUES] = {RNN_E_SIZE, "sequence 6: rnn_sample_set_values: values_count is 0, expected 1 to 24"},
    [MASK] = {RNN_E_VALUE, "sequence 6: rnn_sample_set_mask: mask[1] is -1"},
    [MASK_COUNT] = {RNN_E_SIZE, "sequence 6: rnn_sample_set_mask: mask_count is 3, expected 1 to 2 (T;"},
    [WEIGHT] = {RNN_E_VALUE, "sequence 6: rnn_sample_set_weight: weight is -1"},
    [CLASS] = {RNN_E_VALUE, "class 1 of sequence 6 is 77, expected 0 to 3"},
    [COUNT] = {RNN_E_SIZE, "sequence 6 has 1 classes, expected 2"},
    [VALUES] = {RNN_E_STATE, "the targets of sequence 6 are values, expected classes"},
    [NULLS] = {RNN_E_NULL, "sequence 6: rnn_sample_get_mask: mask_count is NULL"},
};

/* The fault is in the second batch; without it the run goes on as if nothing had been. */
static void check_fault(enum fault fault)
{
    struct faulty faulty = {fitting_data(tasks[1], SEQUENCES, 5), fault, 6};
    struct run run, whole;
    rnn_dataset *dataset;
    double loss = -1;

    assert_ok(rnn_dataset_create_from_source(&dataset, SEQUENCES, LONGEST, MOST_TARGETS, make_faulty, &faulty));
    open_run(&run, tasks[1], 0, 1);
    open_run(&whole, tasks[1], 0, 1);
    run_set(&run, RNN_SHUFFLE, 0);
    run_set(&whole, RNN_SHUFFLE, 0);
    assert_int_equal(rnn_fit(run.trainer, dataset, dataset), expected[fault].status);
    check_message("rnn_fit(", expected[fault].part, __FILE__, __LINE__);
    check_message("rnn_fit(", "epoch 1, batch 2: ", __FILE__, __LINE__);
    assert_int_equal(run_updates(&run), 1);
    assert_int_equal(rnn_evaluate(run.trainer, &loss, NULL, dataset), expected[fault].status);
    check_message("rnn_evaluate(", expected[fault].part, __FILE__, __LINE__);
    assert_true(loss == -1);
    faulty.fault = NO_FAULT;
    assert_ok(rnn_fit(run.trainer, dataset, dataset));
    assert_ok(rnn_fit(whole.trainer, dataset, dataset));
    assert_same_runs(&run, &whole);
    faulty.fault = fault; /* in the validation alone */

    rnn_dataset *good = sourced(&faulty.data);
    run_set(&run, RNN_EPOCHS, 3);
    assert_int_equal(rnn_fit(run.trainer, good, dataset), expected[fault].status);
    check_message("rnn_fit(", "validation: ", __FILE__, __LINE__);
    assert_int_equal(run_int(&run, RNN_EPOCH), 3);
    rnn_dataset_destroy(good);
    rnn_dataset_destroy(dataset);
    run_close(&run);
    run_close(&whole);
}

static void test_faults(void **state)
{
    (void)state;
    for (enum fault fault = NO_FAULT + 1; fault < FAULTS; fault++)
        if (expected[fault].status)
            check_fault(fault);
}

static int32_t shrink(void *user, rnn_sample *sample, size_t index, int64_t seed)
{
    struct faulty *faulty = user;
    struct sequence *from = &faulty->data.sequences[index];
    from->steps = from->classes_count = faulty->fault ? 1 : LONGEST;
    return make(&faulty->data, sample, index, seed);
}

/* A source that does not make the same sequence again. */
static void test_sequence_that_changes(void **state)
{
    (void)state;
    struct faulty faulty = {fitting_data(tasks[1], SEQUENCES, 5), NO_FAULT, 0};
    struct run run;
    rnn_dataset *dataset;
    assert_ok(rnn_dataset_create_from_source(&dataset, SEQUENCES, LONGEST, MOST_TARGETS, shrink, &faulty));
    open_run(&run, tasks[1], 2, 1);
    run_set(&run, RNN_KEEP_BEST, 0);
    run.stop_event = RNN_EVENT_BATCH;
    run.stop_with = 1;
    run.stop_at = 1;
    assert_int_equal(rnn_fit(run.trainer, dataset, NULL), 1);
    faulty.fault = TOO_LONG;
    assert_fails(rnn_fit(run.trainer, dataset, NULL), RNN_E_STATE);
    check_message("rnn_fit(", "has 1 steps, expected more than 2, which are done", __FILE__, __LINE__);
    faulty.fault = NO_FAULT;
    run_set(&run, RNN_EPOCHS, 1);
    assert_ok(rnn_fit(run.trainer, dataset, NULL));
    rnn_dataset_destroy(dataset);
    run_close(&run);
}

static void test_errors_of_datasets(void **state)
{
    (void)state;
    static const float x[INPUTS] = {1};
    static const int32_t k[1] = {1};
    struct data data = fitting_data(tasks[1], SEQUENCES, 5);
    rnn_dataset *d = NULL;
    const size_t large = (size_t)INT32_MAX + 1;
    assert_fails(rnn_dataset_create_from_source(NULL, 1, 1, 1, make, NULL), RNN_E_NULL);
    assert_fails(rnn_dataset_create_from_source(&d, 1, 1, 1, NULL, NULL), RNN_E_NULL);
    assert_fails(rnn_dataset_create_from_source(&d, 0, 1, 1, make, NULL), RNN_E_VALUE);
    assert_fails(rnn_dataset_create_from_source(&d, 1, 0, 1, make, NULL), RNN_E_VALUE);
    assert_fails(rnn_dataset_create_from_source(&d, 1, 1, 0, make, NULL), RNN_E_VALUE);
    assert_fails(rnn_dataset_create_from_source(&d, large, 1, 1, make, NULL), RNN_E_VALUE);
    assert_fails(rnn_dataset_create_from_source(&d, 1, large, 1, make, NULL), RNN_E_VALUE);
    assert_fails(rnn_dataset_create_from_source(&d, 1, 1, large, make, NULL), RNN_E_VALUE);
    check_message("rnn_dataset_create_from_source(", "most_targets is", __FILE__, __LINE__);
    assert_null(d);
    takes = 0;
    fail_at = 1;
    assert_fails(rnn_dataset_create_from_source(&d, 1, 1, 1, make, NULL), RNN_E_MEMORY);
    fail_at = 0;
    assert_null(d);
    d = sourced(&data);
    assert_fails(rnn_dataset_add(d, NULL, x, INPUTS, 1), RNN_E_STATE);
    check_message("rnn_dataset_add(", "come from a source", __FILE__, __LINE__);
    assert_fails(rnn_dataset_add_tokens(d, NULL, k, 1), RNN_E_STATE);
    assert_fails(rnn_dataset_set_classes(d, 0, k, 1), RNN_E_STATE);
    assert_fails(rnn_dataset_set_values(d, 0, x, 1), RNN_E_STATE);
    assert_fails(rnn_dataset_set_mask(d, 0, x, 1), RNN_E_STATE);
    assert_fails(rnn_dataset_set_weight(d, 0, 1), RNN_E_STATE);
    assert_fails(rnn_dataset_set_transform(NULL, make, NULL), RNN_E_NULL);
    assert_fails(rnn_sample_set_x(NULL, x, INPUTS, 1), RNN_E_NULL);
    assert_fails(rnn_sample_set_tokens(NULL, k, 1), RNN_E_NULL);
    assert_fails(rnn_sample_set_classes(NULL, k, 1), RNN_E_NULL);
    assert_fails(rnn_sample_set_values(NULL, x, 1), RNN_E_NULL);
    assert_fails(rnn_sample_set_mask(NULL, x, 1), RNN_E_NULL);
    assert_fails(rnn_sample_set_weight(NULL, 1), RNN_E_NULL);
    rnn_dataset_destroy(d);
}

struct caller {
    struct data data;
    rnn_trainer *trainer;
    rnn_dataset *dataset;
};

static int32_t call_back(void *user, rnn_sample *sample, size_t index, int64_t seed)
{
    struct caller *caller = user;
    assert_fails(rnn_fit(caller->trainer, caller->dataset, NULL), RNN_E_STATE);
    assert_fails(rnn_dataset_set_transform(caller->dataset, NULL, NULL), RNN_E_STATE);
    return make(&caller->data, sample, index, seed);
}

static void test_calls_from_the_source(void **state)
{
    (void)state;
    struct caller caller = {.data = fitting_data(tasks[1], SEQUENCES, 5)};
    struct run run;
    open_run(&run, tasks[1], 0, 1);
    caller.trainer = run.trainer;
    assert_ok(rnn_dataset_create_from_source(&caller.dataset, SEQUENCES, LONGEST, LONGEST, call_back, &caller));
    assert_ok(rnn_fit(run.trainer, caller.dataset, caller.dataset));
    rnn_dataset_destroy(caller.dataset);
    run_close(&run);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static void test_memory(void **state)
{
    (void)state;
    struct data data = fitting_data(tasks[1], SEQUENCES, 5);
    rnn_dataset *dataset = sourced(&data);
    assert_ok(rnn_dataset_set_transform(dataset, disturb, NULL));
    struct run run;
    int32_t status = RNN_E_MEMORY;
    open_run(&run, tasks[1], 2, 1);
    for (size_t n = 1; status; n++) {
        takes = 0;
        fail_at = n;
        status = rnn_fit(run.trainer, dataset, dataset);
        fail_at = 0;
        if (!status)
            break;
        assert_int_equal(status, RNN_E_MEMORY);
        assert_int_equal(run.event_count, 0);
    }
    run_close(&run);
    rnn_dataset_destroy(dataset);
}

int main(void)
{
    const struct CMUnitTest tests_of_samples[] = {
        cmocka_unit_test(test_as_copied),
        cmocka_unit_test(test_transform_that_changes_nothing),
        cmocka_unit_test(test_resumed),
        cmocka_unit_test(test_seeds),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_sequence_that_changes),
        cmocka_unit_test(test_errors_of_datasets),
        cmocka_unit_test(test_calls_from_the_source),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests_of_samples, NULL, NULL);
}
