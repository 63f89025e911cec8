/* What datasets and trainers refuse, and that nothing has changed then: arguments, options, sequences that do not fit.
 */
#include "support/fitting.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH "fit_errors.safetensors"

/* The call fails, its message begins with the function and has `part` in it. */
#define assert_refused(call, status, part)                                                                             \
    do {                                                                                                               \
        assert_fails(call, status);                                                                                    \
        check_message(#call, part, __FILE__, __LINE__);                                                                \
    } while (0)
#define assert_refused_by(trainer, call, status, part)                                                                 \
    do {                                                                                                               \
        assert_refused(call, status, part);                                                                            \
        assert_string_equal(rnn_trainer_last_error(trainer), rnn_last_error());                                        \
    } while (0)

/* ---- arguments --------------------------------------------------------------------------------------------------- */

static void test_null(void **state)
{
    (void)state;
    struct data data = fitting_data(tasks[0], SEQUENCES, 5);
    rnn_dataset *dataset = fitting_dataset(&data), *no_dataset = NULL;
    rnn_trainer *no_trainer = NULL;
    struct run run;
    double real = -1;
    int64_t integer = -1;
    size_t count = 7;
    const float x[2] = {1, 2};
    const int32_t k[2] = {0, 1};
    run_open(&run, tasks[0], 1);
    rnn_trainer *t = run.trainer;
    struct snapshot before = snapshot_take(run.model, run.optimizer);
    assert_refused(rnn_dataset_create(NULL), RNN_E_NULL, "out is NULL");
    assert_refused(rnn_dataset_count(NULL, &count), RNN_E_NULL, "dataset is NULL");
    assert_refused(rnn_dataset_count(dataset, NULL), RNN_E_NULL, "count is NULL");
    assert_refused(rnn_dataset_add(NULL, &count, x, 2, 1), RNN_E_NULL, "dataset is NULL");
    assert_refused(rnn_dataset_add_tokens(NULL, &count, k, 2), RNN_E_NULL, "dataset is NULL");
    assert_refused(rnn_dataset_add(dataset, &count, NULL, 0, 1), RNN_E_NULL, "x is NULL");
    assert_refused(rnn_dataset_add(dataset, &count, NULL, 6, 2), RNN_E_NULL, "x is NULL");
    assert_refused(rnn_dataset_add_tokens(dataset, &count, NULL, 2), RNN_E_NULL, "tokens is NULL");
    assert_refused(rnn_dataset_set_classes(NULL, 0, k, 2), RNN_E_NULL, "dataset is NULL");
    assert_refused(rnn_dataset_set_classes(dataset, 0, NULL, 2), RNN_E_NULL, "classes is NULL");
    assert_refused(rnn_dataset_set_values(NULL, 0, x, 2), RNN_E_NULL, "dataset is NULL");
    assert_refused(rnn_dataset_set_values(dataset, 0, NULL, 0), RNN_E_NULL, "values is NULL");
    assert_refused(rnn_dataset_set_mask(NULL, 0, x, 2), RNN_E_NULL, "dataset is NULL");
    assert_refused(rnn_dataset_set_mask(dataset, 0, NULL, 2), RNN_E_NULL, "mask is NULL");
    assert_refused(rnn_dataset_set_weight(NULL, 0, 1), RNN_E_NULL, "dataset is NULL");
    assert_refused(rnn_trainer_create(NULL, run.model, run.optimizer, run.loss), RNN_E_NULL, "out is NULL");
    assert_refused(rnn_trainer_create(&no_trainer, NULL, run.optimizer, run.loss), RNN_E_NULL, "model is NULL");
    assert_refused(rnn_trainer_create(&no_trainer, run.model, NULL, run.loss), RNN_E_NULL, "optimizer is NULL");
    assert_refused(rnn_trainer_create(&no_trainer, run.model, run.optimizer, NULL), RNN_E_NULL, "loss is NULL");
    assert_refused(rnn_trainer_set_int(NULL, RNN_EPOCHS, 1), RNN_E_NULL, "trainer is NULL");
    assert_refused(rnn_trainer_get_int(NULL, RNN_EPOCHS, &integer), RNN_E_NULL, "trainer is NULL");
    assert_refused(rnn_trainer_get_real(NULL, RNN_BATCH_LOSS, &real), RNN_E_NULL, "trainer is NULL");
    assert_refused_by(t, rnn_trainer_get_int(t, RNN_EPOCHS, NULL), RNN_E_NULL, "value is NULL");
    assert_refused_by(t, rnn_trainer_get_real(t, RNN_BATCH_LOSS, NULL), RNN_E_NULL, "value is NULL");
    assert_refused(rnn_trainer_set_checkpoint(NULL, PATH), RNN_E_NULL, "trainer is NULL");
    assert_refused(rnn_trainer_set_callback(NULL, NULL, NULL), RNN_E_NULL, "trainer is NULL");
    assert_refused(rnn_fit(NULL, dataset, NULL), RNN_E_NULL, "trainer is NULL");
    assert_refused_by(t, rnn_fit(t, NULL, dataset), RNN_E_NULL, "training is NULL");
    assert_refused(rnn_evaluate(NULL, &real, &real, dataset), RNN_E_NULL, "trainer is NULL");
    assert_refused_by(t, rnn_evaluate(t, NULL, &real, dataset), RNN_E_NULL, "loss is NULL");
    assert_refused_by(t, rnn_evaluate(t, &real, &real, NULL), RNN_E_NULL, "dataset is NULL");
    assert_refused(rnn_trainer_save(NULL, PATH), RNN_E_NULL, "trainer is NULL");
    assert_refused_by(t, rnn_trainer_save(t, NULL), RNN_E_NULL, "path is NULL");
    assert_refused(rnn_trainer_load(NULL, PATH), RNN_E_NULL, "trainer is NULL");
    assert_refused_by(t, rnn_trainer_load(t, NULL), RNN_E_NULL, "path is NULL");
    assert_string_equal(rnn_trainer_last_error(NULL), "");
    rnn_dataset_destroy(no_dataset);
    rnn_trainer_destroy(no_trainer);
    assert_true(real == -1 && integer == -1 && count == 7 && !no_trainer);
    assert_same_as_snapshot(&run, &before);
    snapshot_release(&before);
    run_close(&run);
    rnn_dataset_destroy(dataset);
}

static void test_null_samples(void **state)
{
    (void)state;
    const float *x;
    const int32_t *k;
    size_t count, steps;
    assert_fails(rnn_sample_get_x(NULL, &x, &count, &steps), RNN_E_NULL);
    assert_string_equal(rnn_last_error(), "rnn_sample_get_x: sample is NULL");
    assert_fails(rnn_sample_get_tokens(NULL, &k, &count), RNN_E_NULL);
    assert_string_equal(rnn_last_error(), "rnn_sample_get_tokens: sample is NULL");
    assert_fails(rnn_sample_get_classes(NULL, &k, &count), RNN_E_NULL);
    assert_string_equal(rnn_last_error(), "rnn_sample_get_classes: sample is NULL");
    assert_fails(rnn_sample_get_values(NULL, &x, &count), RNN_E_NULL);
    assert_string_equal(rnn_last_error(), "rnn_sample_get_values: sample is NULL");
    assert_fails(rnn_sample_get_mask(NULL, &x, &count), RNN_E_NULL);
    assert_string_equal(rnn_last_error(), "rnn_sample_get_mask: sample is NULL");
    assert_fails(rnn_sample_get_step_mask(NULL, &k, &count), RNN_E_NULL);
    assert_string_equal(rnn_last_error(), "rnn_sample_get_step_mask: sample is NULL");
}

static void test_new_trainer(void **state)
{
    (void)state;
    static const struct {
        int32_t key;
        int64_t value;
    } defaults[] = {{RNN_SEED, 0},       {RNN_EPOCHS, 10},        {RNN_BATCH_SIZE, 32}, {RNN_SHUFFLE, 1},
                    {RNN_EARLY_STOP, 0}, {RNN_KEEP_BEST, 0},      {RNN_THREADS, 1},     {RNN_EPOCH, 0},
                    {RNN_BATCH, 0},      {RNN_SKIP_NONFINITE, 0}, {RNN_SKIPPED, 0}};
    static const int32_t unknown[] = {RNN_BATCH_LOSS, RNN_TRAINING_LOSS, RNN_VALIDATION_LOSS, RNN_BEST_LOSS};
    struct run run = {.model = fitting_model(tasks[0], 1)};
    rnn_optimizer *wrong;
    run.optimizer = fitting_optimizer(run.model);
    struct snapshot taken = snapshot_take(run.model, run.optimizer);
    run.loss = fitting_loss(tasks[0]);
    assert_ok(rnn_trainer_create(&run.trainer, run.model, run.optimizer, run.loss));
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        assert_int_equal(run_int(&run, defaults[i].key), defaults[i].value);
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        assert_true(isnan(run_real(&run, unknown[i])));
    assert_string_equal(rnn_trainer_last_error(run.trainer), "");
    for (size_t i = 0; i < 2; i++) {
        rnn_trainer *none = NULL;
        assert_ok(rnn_optimizer_create(&wrong, RNN_OPTIMIZER_SGD, taken.parameters - 1 + 2 * i));
        assert_refused(rnn_trainer_create(&none, run.model, wrong, run.loss), RNN_E_SIZE, "the optimiser is for");
        assert_null(none);
        rnn_optimizer_destroy(wrong);
    }
    snapshot_release(&taken);
    run_close(&run);
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

static void test_integers_out_of_range(void **state)
{
    (void)state;
    static const struct {
        int32_t key;
        int64_t least, most;
    } ranges[] = {{RNN_BATCH_SIZE, 1, INT32_MAX},
                  {RNN_SHUFFLE, 0, 1},
                  {RNN_KEEP_BEST, 0, 1},
#ifndef RNNI_NO_THREADS /* else 2 is refused for another reason: test_no_threads.c */
                  {RNN_THREADS, 1, 1024},
#endif
                  {RNN_SKIP_NONFINITE, 0, 1}};
    struct run run;
    run_open(&run, tasks[0], 1);
    rnn_trainer *t = run.trainer;
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        int32_t key = ranges[i].key;
        const int64_t wrong[] = {ranges[i].least - 1, ranges[i].most + 1, INT64_MIN, INT64_MAX};
        run_set(&run, key, ranges[i].most);
        run_set(&run, key, ranges[i].least);
        for (size_t j = 0; j < 4; j++)
            assert_refused_by(t, rnn_trainer_set_int(t, key, wrong[j]), RNN_E_VALUE, "expected");
        assert_int_equal(run_int(&run, key), ranges[i].least);
    }
    assert_refused_by(t, rnn_trainer_set_int(t, RNN_EPOCHS, -1), RNN_E_VALUE, "RNN_EPOCHS is -1");
    assert_refused_by(t, rnn_trainer_set_int(t, RNN_EARLY_STOP, -1), RNN_E_VALUE, "RNN_EARLY_STOP is -1");
    run_set(&run, RNN_SEED, INT64_MIN);
    run_set(&run, RNN_SEED, INT64_MAX);
    run_close(&run);
}

static void test_min_delta_out_of_range(void **state)
{
    (void)state;
    const double wrong[] = {-1e-9, 2e30, (double)INFINITY, (double)NAN};
    struct run run;
    run_open(&run, tasks[0], 1);
    assert_true(run_real(&run, RNN_MIN_DELTA) == 0);
    assert_ok(rnn_trainer_set_real(run.trainer, RNN_MIN_DELTA, 1e30));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_refused_by(run.trainer, rnn_trainer_set_real(run.trainer, RNN_MIN_DELTA, wrong[i]), RNN_E_VALUE,
                          "RNN_MIN_DELTA is");
    assert_true(run_real(&run, RNN_MIN_DELTA) == 1e30);
    assert_fails(rnn_trainer_set_real(NULL, RNN_MIN_DELTA, 0), RNN_E_NULL);
    run_close(&run);
}

static void test_keys(void **state)
{
    (void)state;
    static const int32_t closed_ints[] = {RNN_EPOCH, RNN_BATCH, RNN_SKIPPED};
    static const int32_t closed_reals[] = {RNN_BATCH_LOSS, RNN_TRAINING_LOSS, RNN_VALIDATION_LOSS, RNN_BEST_LOSS};
    static const int32_t unknown[] = {0,         600,           608,      617,        710,       715,
                                      RNN_BLANK, RNN_SMOOTHING, RNN_RATE, RNN_LAYERS, INT32_MAX, INT32_MIN};
    struct run run;
    int64_t integer = -5;
    double real = -5;
    run_open(&run, tasks[0], 1);
    rnn_trainer *t = run.trainer;
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        assert_refused_by(t, rnn_trainer_set_int(t, unknown[i], 1), RNN_E_VALUE, "not an option");
        assert_refused_by(t, rnn_trainer_get_int(t, unknown[i], &integer), RNN_E_VALUE, "not an option");
        assert_refused_by(t, rnn_trainer_get_real(t, unknown[i], &real), RNN_E_VALUE, "not an option");
        assert_refused_by(t, rnn_trainer_set_real(t, unknown[i], 1), RNN_E_VALUE, "not an option");
    }
    for (size_t i = 0; i < 3; i++)
        assert_refused_by(t, rnn_trainer_set_int(t, closed_ints[i], 1), RNN_E_VALUE, "is read only");
    for (size_t i = 0; i < 4; i++)
        assert_refused_by(t, rnn_trainer_set_int(t, closed_reals[i], 1), RNN_E_VALUE, "is a real option");
    for (size_t i = 0; i < 4; i++)
        assert_refused_by(t, rnn_trainer_set_real(t, closed_reals[i], 1), RNN_E_VALUE, "is read only");
    assert_refused_by(t, rnn_trainer_set_int(t, RNN_MIN_DELTA, 1), RNN_E_VALUE, "is a real option");
    assert_refused_by(t, rnn_trainer_set_real(t, RNN_EPOCHS, 1), RNN_E_VALUE, "is an integer option");
    assert_refused_by(t, rnn_trainer_get_int(t, RNN_BEST_LOSS, &integer), RNN_E_VALUE, "is a real option");
    assert_refused_by(t, rnn_trainer_get_real(t, RNN_EPOCH, &real), RNN_E_VALUE, "is an integer option");
    assert_true(integer == -5 && real == -5);
    assert_int_equal(run_int(&run, RNN_EPOCH), 0);
    run_close(&run);
}

/* ---- what a dataset takes ---------------------------------------------------------------------------------------- */

static void test_sequences_that_are_refused(void **state)
{
    (void)state;
    static const float x[12] = {0};
    static const int32_t k[12] = {0};
    rnn_dataset *d;
    size_t count = 7, index = 7;
    assert_ok(rnn_dataset_create(&d));
    assert_refused(rnn_dataset_add(d, &index, x, 6, 0), RNN_E_VALUE, "steps is 0");
    assert_refused(rnn_dataset_add(d, &index, x, 6, (size_t)INT32_MAX + 1), RNN_E_VALUE, "steps is");
    assert_refused(rnn_dataset_add(d, &index, x, 6, SIZE_MAX), RNN_E_VALUE, "steps is");
    assert_refused(rnn_dataset_add(d, &index, x, 5, 2), RNN_E_SIZE, "x_count is 5");
    assert_refused(rnn_dataset_add(d, &index, x, 0, 2), RNN_E_SIZE, "x_count is 0");
    assert_refused(rnn_dataset_add(d, &index, x, SIZE_MAX, 1), RNN_E_MEMORY, "out of memory");
    assert_refused(rnn_dataset_add_tokens(d, &index, k, 0), RNN_E_VALUE, "tokens_count is 0");
    assert_refused(rnn_dataset_add_tokens(d, &index, k, (size_t)INT32_MAX + 1), RNN_E_VALUE, "tokens_count is");
    assert_refused(rnn_dataset_set_weight(d, 0, 1), RNN_E_VALUE, "index is 0, expected below 0");
    assert_ok(rnn_dataset_count(d, &count));
    assert_int_equal(count, 0);
    assert_int_equal(index, 7);

    assert_ok(rnn_dataset_add(d, &index, x, 6, 2)); /* 3 features */
    assert_int_equal(index, 0);
    assert_refused(rnn_dataset_add(d, &index, x, 4, 2), RNN_E_SIZE, "2 features for each step");
    assert_refused(rnn_dataset_add_tokens(d, &index, k, 2), RNN_E_STATE, "tokens, expected real numbers");
    assert_ok(rnn_dataset_add(d, NULL, x, 12, 4));
    assert_ok(rnn_dataset_count(d, &count));
    assert_int_equal(count, 2);
    assert_refused(rnn_dataset_set_classes(d, 2, k, 2), RNN_E_VALUE, "index is 2, expected below 2");
    assert_refused(rnn_dataset_set_values(d, 2, x, 2), RNN_E_VALUE, "index is 2");
    assert_refused(rnn_dataset_set_mask(d, SIZE_MAX, x, 2), RNN_E_VALUE, "index is");
    assert_refused(rnn_dataset_set_weight(d, 2, 1), RNN_E_VALUE, "index is 2");
    assert_refused(rnn_dataset_set_classes(d, 0, k, SIZE_MAX), RNN_E_VALUE, "classes_count");
    assert_refused(rnn_dataset_set_values(d, 0, x, SIZE_MAX / 4 + 1), RNN_E_MEMORY, "out of memory");
    assert_refused(rnn_dataset_set_values(d, 0, x, 0), RNN_E_SIZE, "values_count is 0");
    assert_refused(rnn_dataset_set_mask(d, 0, x, 3), RNN_E_SIZE, "mask_count is 3, expected 1 to 2");
    for (size_t i = 0; i < 4; i++) {
        const float wrong[] = {-1e-9f, NAN, INFINITY, -INFINITY}, mask[] = {1, wrong[i]};
        assert_refused(rnn_dataset_set_mask(d, 0, mask, 2), RNN_E_VALUE, "mask[1] is");
        assert_refused(rnn_dataset_set_weight(d, 0, (double)wrong[i]), RNN_E_VALUE, "weight is");
    }
    assert_refused(rnn_dataset_set_weight(d, 0, 1e39), RNN_E_VALUE, "weight is 1e+39");
    assert_ok(rnn_dataset_set_mask(d, 0, NULL, 0));
    assert_ok(rnn_dataset_set_classes(d, 1, NULL, 0)); /* no labels */
    rnn_dataset_destroy(d);
    assert_ok(rnn_dataset_create(&d));
    assert_ok(rnn_dataset_add_tokens(d, NULL, k, 2));
    assert_refused(rnn_dataset_add(d, NULL, x, 6, 2), RNN_E_STATE,
                   "the input is real numbers, expected tokens like that of the first sequence");
    rnn_dataset_destroy(d);
}

/* ---- what does not fit ------------------------------------------------------------------------------------------- */

/* rnn_fit, as training and as validation, and rnn_evaluate refuse the dataset, and the trainer is as it was. */
static void check_does_not_fit(struct run *run, const rnn_dataset *right, const rnn_dataset *wrong, int32_t status,
                               const char *part)
{
    struct snapshot before = snapshot_take(run->model, run->optimizer);
    rnn_trainer *t = run->trainer;
    double loss = -1, accuracy = -1;
    run->event_count = 0;
    assert_refused_by(t, rnn_fit(t, wrong, NULL), status, part);
    assert_refused_by(t, rnn_fit(t, wrong, right), status, part);
    assert_refused_by(t, rnn_fit(t, right, wrong), status, part);
    assert_refused_by(t, rnn_evaluate(t, &loss, &accuracy, wrong), status, part);
    assert_true(loss == -1 && accuracy == -1 && run->event_count == 0);
    assert_int_equal(run_int(run, RNN_EPOCH), 0);
    assert_same_as_snapshot(run, &before);
    snapshot_release(&before);
}

struct misfit {
    size_t task;
    struct sequence change; /* what the second sequence is: steps 2 */
    size_t x_count, tokens_count, classes_count, values_count;
    int32_t status;
    const char *part;
};

static const struct misfit misfits[] = {
    {0, {0}, 6, 0, 2, 0, RNN_E_STATE, "of real numbers, expected tokens"},
    {1, {0}, 0, 2, 2, 0, RNN_E_STATE, "of tokens, expected real numbers"},
    {1, {0}, 4, 0, 2, 0, RNN_E_SIZE, "2 features a step, expected 3 (I)"},
    {0, {0}, 0, 2, 0, 8, RNN_E_STATE, "are values, expected classes"},
    {8, {0}, 6, 0, 2, 0, RNN_E_STATE, "are classes, expected values"},
    {10, {0}, 6, 0, 0, 8, RNN_E_STATE, "are values, expected classes"},
    {0, {.tokens = {1, 5}}, 0, 2, 2, 0, RNN_E_VALUE, "token 1 of sequence 1 is 5, expected 0 to 4"},
    {0, {.tokens = {-1}}, 0, 2, 2, 0, RNN_E_VALUE, "token 0 of sequence 1 is -1"},
    {0, {.classes = {0, 4}}, 0, 2, 2, 0, RNN_E_VALUE, "class 1 of sequence 1 is 4, expected 0 to 3"},
    {0, {.classes = {-1}}, 0, 2, 2, 0, RNN_E_VALUE, "class 0 of sequence 1 is -1"},
    {0, {0}, 0, 2, 1, 0, RNN_E_SIZE, "sequence 1 has 1 classes, expected 2"},
    {0, {0}, 0, 2, 0, 0, RNN_E_SIZE, "sequence 1 has 0 classes, expected 2"},
    {2, {0}, 0, 2, 2, 0, RNN_E_SIZE, "sequence 1 has 2 classes, expected 1"},
    {8, {0}, 6, 0, 0, 4, RNN_E_SIZE, "sequence 1 has 4 values, expected 8"},
    {9, {0}, 6, 0, 0, 8, RNN_E_SIZE, "sequence 1 has 8 values, expected 4"},
    {4, {.values = {0, 1, 0, 1.5f}}, 6, 0, 0, 8, RNN_E_VALUE, "value 3 of sequence 1 is 1.5, expected 0 to 1"},
    {4, {.values = {0, -0.5f}}, 6, 0, 0, 8, RNN_E_VALUE, "value 1 of sequence 1 is -0.5"},
    {4, {.values = {NAN}}, 6, 0, 0, 8, RNN_E_VALUE, "value 0 of sequence 1 is"},
    {10, {.classes = {1, 2}}, 6, 0, 2, 0, RNN_E_VALUE, "label 1 of sequence 1 is 2, expected 0 to 3 and not the blank"},
    {10, {.classes = {4}}, 6, 0, 1, 0, RNN_E_VALUE, "label 0 of sequence 1 is 4, expected 0 to 3"},
    {10, {.classes = {IGNORED}}, 6, 0, 1, 0, RNN_E_VALUE, "label 0 of sequence 1 is -7"},
};

static void check_misfit(const struct misfit *of)
{
    struct data data = fitting_data(tasks[of->task], SEQUENCES, 5);
    rnn_dataset *right = fitting_dataset(&data), *wrong;
    struct run run;
    run_open(&run, tasks[of->task], 1);
    assert_ok(rnn_dataset_create(&wrong));
    for (size_t i = 0; i < 2; i++) { /* the first is right where it can be: targets of its own count, all 0 */
        static const struct sequence zeros;
        const struct sequence *s = i ? &of->change : &zeros;
        int all = tasks[of->task].output == RNN_OUTPUT_EVERY_STEP;
        size_t classes_count = i ? of->classes_count : of->values_count ? 0 : all ? 2 : 1;
        size_t values_count = i ? of->values_count : of->values_count ? (size_t)(all ? 8 : 4) : 0;
        add_sequence(wrong, of->x_count ? s->x : NULL, of->x_count, of->tokens_count ? s->tokens : NULL,
                     of->tokens_count, classes_count ? s->classes : NULL, classes_count,
                     values_count ? s->values : NULL, values_count, 2);
    }
    check_does_not_fit(&run, right, wrong, of->status, of->part);
    assert_ok(rnn_fit(run.trainer, right, right));
    run_close(&run);
    rnn_dataset_destroy(right);
    rnn_dataset_destroy(wrong);
}

static void test_sequences_that_do_not_fit(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof misfits / sizeof *misfits; i++)
        check_misfit(&misfits[i]);
}

static void test_empty_dataset(void **state)
{
    (void)state;
    struct data data = fitting_data(tasks[0], SEQUENCES, 5);
    rnn_dataset *right = fitting_dataset(&data), *empty;
    struct run run;
    run_open(&run, tasks[0], 1);
    assert_ok(rnn_dataset_create(&empty));
    check_does_not_fit(&run, right, empty, RNN_E_SIZE, "has no sequence");
    run_close(&run);
    rnn_dataset_destroy(right);
    rnn_dataset_destroy(empty);
}

/* CTC wants outputs at every step, and a blank that is a class. */
static void test_networks_that_do_not_fit(void **state)
{
    (void)state;
    struct task task = tasks[11];
    struct data data = fitting_data(task, SEQUENCES, 5);
    rnn_dataset *dataset = fitting_dataset(&data);
    struct run run;
    double loss;
    run_open(&run, task, 1);
    rnn_trainer *t = run.trainer;
    assert_ok(rnn_loss_set_int(run.loss, RNN_BLANK, OUTPUTS));
    assert_refused_by(t, rnn_fit(t, dataset, NULL), RNN_E_VALUE, "RNN_BLANK is 4, expected 0 to 3");
    assert_refused_by(t, rnn_evaluate(t, &loss, NULL, dataset), RNN_E_VALUE, "RNN_BLANK is 4, expected 0 to 3");
    run_close(&run);
    task.output = RNN_OUTPUT_LAST_STEP;
    run_open(&run, task, 1);
    t = run.trainer;
    assert_refused_by(t, rnn_fit(t, dataset, NULL), RNN_E_STATE, "RNN_LOSS_CTC needs an output at every step");
    run_close(&run);
    rnn_dataset_destroy(dataset);
}

/* A transform that fails ends the call with its number; nothing has been learned. */
static int32_t refuse(void *user, rnn_sample *sample, size_t index, int64_t seed)
{
    (void)user, (void)sample, (void)seed;
    return index == 2 ? 77 : 0;
}

static void test_transform_that_fails(void **state)
{
    (void)state;
    struct data data = fitting_data(tasks[1], 3, 5);
    rnn_dataset *dataset = fitting_dataset(&data);
    struct run run;
    assert_ok(rnn_dataset_set_transform(dataset, refuse, NULL));
    run_open(&run, tasks[1], 1);
    struct snapshot before = snapshot_take(run.model, run.optimizer);
    assert_int_equal(rnn_fit(run.trainer, dataset, NULL), 77);
    assert_string_equal(rnn_last_error(), "rnn_fit: epoch 1, batch 1: sequence 2: the transform returned 77");
    assert_same_as_snapshot(&run, &before);
    snapshot_release(&before);
    run_close(&run);
    rnn_dataset_destroy(dataset);
}

/* The longest sequence is named, of whichever dataset. */
static void test_memory_limit(void **state)
{
    (void)state;
    struct data data = fitting_data(tasks[1], 3, 5);
    for (size_t i = 0; i < 3; i++)
        data.sequences[i].steps = data.sequences[i].classes_count = 1;
    rnn_dataset *shorter = fitting_dataset(&data);
    data.sequences[2].steps = data.sequences[2].classes_count = LONGEST;
    rnn_dataset *longer = fitting_dataset(&data);
    struct run run;
    run_open(&run, tasks[1], 1);
    run_set(&run, RNN_MEMORY_LIMIT, 1);
    assert_refused_by(run.trainer, rnn_fit(run.trainer, shorter, longer), RNN_E_MEMORY,
                      "sequence 2 of validation, with 6 steps in a batch, is the longest");
    assert_refused_by(run.trainer, rnn_fit(run.trainer, longer, shorter), RNN_E_MEMORY,
                      "sequence 2 of training, with 6 steps in a batch, is the longest");
    run_close(&run);
    rnn_dataset_destroy(shorter);
    rnn_dataset_destroy(longer);
}

/* A checkpoint that cannot be written: the message is of rnn_fit, the epoch is over, and the next fit goes on. */
static void test_checkpoint_that_cannot_be_written(void **state)
{
    (void)state;
    struct data data = fitting_data(tasks[0], SEQUENCES, 5);
    rnn_dataset *dataset = fitting_dataset(&data);
    struct run run, whole;
    run_open(&run, tasks[0], 1);
    run_open(&whole, tasks[0], 1);
    rnn_trainer *t = run.trainer;
    assert_ok(rnn_trainer_set_checkpoint(t, "no/such/folder/file"));
    assert_refused_by(t, rnn_fit(t, dataset, NULL), RNN_E_IO, "no/such/folder/file");
    assert_int_equal(run_int(&run, RNN_EPOCH), 1);
    assert_ok(rnn_trainer_set_checkpoint(t, NULL));
    assert_ok(rnn_fit(t, dataset, NULL));
    assert_ok(rnn_fit(whole.trainer, dataset, NULL));
    assert_same_runs(&run, &whole);
    run_close(&run);
    run_close(&whole);
    rnn_dataset_destroy(dataset);
}

int main(void)
{
    const struct CMUnitTest tests_of_errors[] = {
        cmocka_unit_test(test_null),
        cmocka_unit_test(test_null_samples),
        cmocka_unit_test(test_new_trainer),
        cmocka_unit_test(test_integers_out_of_range),
        cmocka_unit_test(test_min_delta_out_of_range),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_sequences_that_are_refused),
        cmocka_unit_test(test_sequences_that_do_not_fit),
        cmocka_unit_test(test_empty_dataset),
        cmocka_unit_test(test_networks_that_do_not_fit),
        cmocka_unit_test(test_transform_that_fails),
        cmocka_unit_test(test_memory_limit),
        cmocka_unit_test(test_checkpoint_that_cannot_be_written),
    };
    return cmocka_run_group_tests(tests_of_errors, NULL, NULL);
}
