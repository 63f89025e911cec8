/* rnn_fit and rnn_evaluate with custom losses: the bits of a built-in loss, what a callback returns, what it must not
 * do, and which sequence is not finite. */
#include "support/fitting.h"

#include <math.h>
#include <stdio.h>

enum { WIDE = 2 * OUTPUTS };

static const struct task plain = {RNN_LOSS_SQUARED_ERROR, 0, RNN_OUTPUT_EVERY_STEP, 0, 0};
static const struct task pooled = {RNN_LOSS_SQUARED_ERROR, 0, RNN_OUTPUT_MEAN, 0, 0};

#define assert_refused(call, status, part)                                                                             \
    do {                                                                                                               \
        assert_int_equal(call, status);                                                                                \
        check_message(#call, part, __FILE__, __LINE__);                                                                \
    } while (0)

/* What the callback does. */
struct custom {
    int32_t returned; /* from the call of that number on, from 1; 0: never */
    size_t at, calls;
    int ignores_lengths, has_classes;
    size_t width; /* K, the first OUTPUTS of which are the targets */
};

static double weight_at(rnn_loss *loss, size_t row)
{
    const int32_t *lengths;
    const float *mask, *weights;
    size_t steps, batch, classes, count;
    assert_ok(rnn_loss_get_batch(loss, &lengths, &steps, &batch, &classes));
    assert_ok(rnn_loss_get_mask(loss, &mask, &count));
    assert_ok(rnn_loss_get_sequence_weights(loss, &weights, &count));
    if (lengths && row / batch >= (size_t)lengths[row % batch])
        return 0;
    return (mask ? (double)mask[row] : 1) * (weights ? (double)weights[row % batch] : 1);
}

/* The squared error of values, or of y and a class as a number; divided by its callback, so that no step rounds
 * otherwise than in the library. */
static int32_t squared(void *user, rnn_loss *loss, double *value, double *weight, float *dy, const float *y,
                       size_t y_count)
{
    struct custom *custom = user;
    const float *values = NULL;
    const int32_t *classes = NULL;
    size_t count;
    if (++custom->calls == custom->at)
        return custom->returned;
    if (custom->has_classes)
        assert_ok(rnn_loss_get_classes(loss, &classes, &count));
    else
        assert_ok(rnn_loss_get_values(loss, &values, &count));
    assert_int_equal(count * OUTPUTS, y_count * (classes ? 1 : custom->width));
    double factor = *weight > 0 ? 1 / *weight : 0, sum = 0;
    for (size_t i = 0; i < y_count; i++) {
        size_t row = i / OUTPUTS, c = i % OUTPUTS;
        double u = custom->ignores_lengths ? 1 : weight_at(loss, row);
        if (u == 0)
            continue;
        double d = (double)y[i] - (classes ? (double)classes[row] : (double)values[row * custom->width + c]);
        sum += u * (d * d);
        if (dy)
            dy[i] = (float)(factor * u * (2 * d));
    }
    *value = factor * sum;
    *weight = *weight > 0;
    return 0;
}

static void open_custom(struct run *run, struct task task, struct custom *custom)
{
    rnn_loss *loss;
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CUSTOM));
    assert_ok(rnn_loss_set_callback(loss, squared, custom));
    run_open_with(run, task, 1, loss);
}

/* ---- bits -------------------------------------------------------------------------------------------------------- */

static void check_bits(struct task task, int weighted)
{
    struct data data = fitting_data(task, SEQUENCES, 5);
    struct custom custom = {.width = OUTPUTS};
    struct run built_in, own;
    rnn_dataset *dataset = fitting_dataset(&data);
    if (weighted)
        fitting_set_weights(dataset, &data);
    run_open(&built_in, task, 1);
    open_custom(&own, task, &custom);
    assert_ok(rnn_fit(built_in.trainer, dataset, NULL));
    assert_ok(rnn_fit(own.trainer, dataset, NULL));
    struct snapshot expected = snapshot_take(built_in.model, built_in.optimizer);
    assert_same_as_snapshot(&own, &expected);
    assert_true(run_real(&own, RNN_BATCH_LOSS) == run_real(&built_in, RNN_BATCH_LOSS));
    assert_int_equal(custom.calls, 3 * BATCHES);
    snapshot_release(&expected);
    run_close(&built_in);
    run_close(&own);
    rnn_dataset_destroy(dataset);
}

static void test_bits_of_squared_error(void **state)
{
    (void)state;
    for (int weighted = 0; weighted <= 1; weighted++) {
        check_bits(plain, weighted);
        check_bits(pooled, weighted);
    }
}

/* K may be another number than Y: here twice as many, of which the callback reads the first half. */
static void check_width(struct task task)
{
    struct data data = fitting_data(task, SEQUENCES, 5);
    struct custom custom = {.width = OUTPUTS}, wide = {.width = WIDE};
    struct run runs[2];
    rnn_dataset *datasets[2] = {fitting_dataset(&data), fitting_dataset(&data)};
    for (size_t s = 0; s < data.count; s++) {
        float values[LONGEST * WIDE];
        size_t rows = task.output == RNN_OUTPUT_EVERY_STEP ? data.sequences[s].steps : 1;
        for (size_t i = 0; i < rows * WIDE; i++)
            values[i] = i % WIDE < OUTPUTS ? data.sequences[s].values[i / WIDE * OUTPUTS + i % WIDE] : NAN;
        assert_ok(rnn_dataset_set_values(datasets[1], s, values, rows * WIDE));
    }
    for (int i = 0; i < 2; i++) {
        open_custom(&runs[i], task, i ? &wide : &custom);
        assert_ok(rnn_fit(runs[i].trainer, datasets[i], datasets[i]));
        rnn_dataset_destroy(datasets[i]);
    }
    assert_same_runs(&runs[1], &runs[0]);
    run_close(&runs[0]);
    run_close(&runs[1]);
}

static void test_width(void **state)
{
    (void)state;
    check_width(plain);
    check_width(pooled);
}

/* ---- classes ----------------------------------------------------------------------------------------------------- */

/* Classes out of range are found before anything changes, as rnn_loss_of_classes would refuse them in their batch. */
static void test_classes(void **state)
{
    (void)state;
    struct task task = {RNN_LOSS_CROSS_ENTROPY, 0, RNN_OUTPUT_EVERY_STEP, 0, 0};
    struct custom custom = {.has_classes = 1};
    struct run run;
    struct data data = fitting_data(task, SEQUENCES, 5);
    const size_t last = SEQUENCES - 1;
    float mask[LONGEST] = {0, 1, 1, 1, 1, 1};
    for (size_t s = 0; s < data.count; s++)
        for (size_t t = 0; t < LONGEST; t++)
            data.sequences[s].classes[t] = data.sequences[s].classes[t] == IGNORED ? 0 : data.sequences[s].classes[t];
    data.sequences[last].classes[0] = OUTPUTS;
    rnn_dataset *dataset = fitting_dataset(&data);
    open_custom(&run, task, &custom);
    struct snapshot before = snapshot_take(run.model, run.optimizer);
    assert_refused(rnn_fit(run.trainer, dataset, NULL), RNN_E_VALUE,
                   "training: class 0 of sequence 10 is 4, expected 0");
    data.sequences[last].classes[0] = -1;
    assert_ok(rnn_dataset_set_classes(dataset, last, data.sequences[last].classes, data.sequences[last].steps));
    assert_refused(rnn_fit(run.trainer, dataset, NULL), RNN_E_VALUE, "class 0 of sequence 10 is -1");
    assert_same_as_snapshot(&run, &before);
    assert_int_equal(custom.calls, 0);
    assert_ok(rnn_dataset_set_mask(dataset, last, mask, data.sequences[last].steps));
    assert_ok(rnn_fit(run.trainer, dataset, NULL));
    assert_ok(rnn_dataset_set_mask(dataset, last, NULL, 0));
    assert_ok(rnn_loss_set_int(run.loss, RNN_IGNORED, -1));
    run_set(&run, RNN_EPOCHS, 4);
    assert_ok(rnn_fit(run.trainer, dataset, NULL));
    snapshot_release(&before);
    run_close(&run);
    rnn_dataset_destroy(dataset);
}

/* ---- what the callback returns ----------------------------------------------------------------------------------- */

/* It ends the call, with whatever number and whatever RNN_SKIP_NONFINITE; the fit then continues with that batch. */
static void check_returned(int32_t returned, int skips)
{
    struct data data = fitting_data(plain, SEQUENCES, 5);
    struct custom custom = {.returned = returned, .at = BATCHES + 2, .width = OUTPUTS}, whole = {.width = OUTPUTS};
    struct run run, expected;
    double loss = -1;
    rnn_dataset *dataset = fitting_dataset(&data);
    char part[100];
    open_custom(&run, plain, &custom);
    open_custom(&expected, plain, &whole);
    run_set(&run, RNN_SKIP_NONFINITE, skips);
    assert_fails(rnn_fit(NULL, NULL, NULL), RNN_E_NULL); /* an older message, which is not the reason */
    assert_int_equal(rnn_fit(run.trainer, dataset, NULL), returned);
    snprintf(part, sizeof part, "rnn_fit: epoch 2, batch 2: the callback of the loss returned %d", (int)returned);
    assert_string_equal(rnn_trainer_last_error(run.trainer), part);
    assert_int_equal(run_int(&run, RNN_BATCH), 1);
    assert_int_equal(run_int(&run, RNN_SKIPPED), 0);
    assert_int_equal(run_updates(&run), BATCHES + 1);
    assert_ok(rnn_fit(run.trainer, dataset, NULL));
    assert_ok(rnn_fit(expected.trainer, dataset, NULL));
    assert_same_runs(&run, &expected);
    custom.at = custom.calls + 1;
    assert_int_equal(rnn_evaluate(run.trainer, &loss, NULL, dataset), returned);
    snprintf(part, sizeof part, "rnn_evaluate: the callback of the loss returned %d", (int)returned);
    assert_string_equal(rnn_trainer_last_error(run.trainer), part);
    assert_true(loss == -1);
    run_close(&run);
    run_close(&expected);
    rnn_dataset_destroy(dataset);
}

static void test_what_the_callback_returns(void **state)
{
    (void)state;
    static const int32_t statuses[] = {1, INT32_MAX, -1, RNN_E_NONFINITE, INT32_MIN};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        for (int skips = 0; skips <= 1; skips++)
            check_returned(statuses[i], skips);
}

/* In the validation the epoch is completed. */
static void test_failure_in_validation(void **state)
{
    (void)state;
    struct data data = fitting_data(plain, SEQUENCES, 5);
    struct custom custom = {.returned = 9, .at = BATCHES + 1, .width = OUTPUTS};
    struct run run;
    rnn_dataset *dataset = fitting_dataset(&data);
    open_custom(&run, plain, &custom);
    assert_refused(rnn_fit(run.trainer, dataset, dataset), 9, "rnn_fit: the callback of the loss returned 9");
    assert_int_equal(run_int(&run, RNN_EPOCH), 1);
    assert_true(isnan(run_real(&run, RNN_VALIDATION_LOSS)));
    assert_ok(rnn_fit(run.trainer, dataset, dataset));
    assert_int_equal(run_updates(&run), 3 * BATCHES);
    run_close(&run);
    rnn_dataset_destroy(dataset);
}

static int32_t set_weight(void *user, rnn_loss *loss, double *value, double *weight, float *dy, const float *y,
                          size_t y_count)
{
    (void)loss, (void)value, (void)dy, (void)y, (void)y_count;
    *weight = *(const double *)user;
    return 0;
}

/* What the library finds wrong with the callback's results is in the message. */
static void test_weight_out_of_range(void **state)
{
    (void)state;
    struct data data = fitting_data(plain, SEQUENCES, 5);
    struct custom custom = {.width = OUTPUTS};
    struct run run;
    double weight = -1;
    rnn_dataset *dataset = fitting_dataset(&data);
    open_custom(&run, plain, &custom);
    assert_ok(rnn_loss_set_callback(run.loss, set_weight, &weight));
    assert_refused(rnn_fit(run.trainer, dataset, NULL), RNN_E_VALUE,
                   "epoch 1, batch 1: rnn_loss_of_values: the callback set weight to -1");
    run_close(&run);
    rnn_dataset_destroy(dataset);
}

/* ---- within the callback ----------------------------------------------------------------------------------------- */

struct intruder {
    struct run run;
    rnn_dataset *dataset;
    struct custom custom;
    int destroys;
};

#define assert_not_here(call) assert_fails(call, RNN_E_STATE)

static int32_t intrude(void *user, rnn_loss *loss, double *value, double *weight, float *dy, const float *y,
                       size_t y_count)
{
    struct intruder *i = user;
    const float x[INPUTS] = {1};
    double number = -1;
    if (i->destroys && !i->custom.calls) {
        rnn_trainer_destroy(i->run.trainer);
        rnn_dataset_destroy(i->dataset);
        rnn_loss_destroy(i->run.loss);
        rnn_loss_destroy(loss); /* the trainer's */
        rnn_optimizer_destroy(i->run.optimizer);
        rnn_destroy(i->run.model);
    }
    if (!i->destroys) {
        assert_not_here(rnn_dataset_add(i->dataset, NULL, x, INPUTS, 1));
        assert_not_here(rnn_dataset_set_classes(i->dataset, 0, NULL, 0));
        assert_not_here(rnn_dataset_set_values(i->dataset, 0, x, 1));
        assert_not_here(rnn_dataset_set_mask(i->dataset, 0, NULL, 0));
        assert_not_here(rnn_dataset_set_weight(i->dataset, 0, 2));
        assert_not_here(rnn_trainer_set_int(i->run.trainer, RNN_BATCH_SIZE, 1));
        assert_not_here(rnn_trainer_set_checkpoint(i->run.trainer, NULL));
        assert_not_here(rnn_trainer_set_callback(i->run.trainer, NULL, NULL));
        assert_not_here(rnn_trainer_load(i->run.trainer, "nowhere"));
        assert_not_here(rnn_fit(i->run.trainer, i->dataset, NULL));
        assert_not_here(rnn_evaluate(i->run.trainer, &number, NULL, i->dataset));
    }
    return squared(&i->custom, loss, value, weight, dy, y, y_count);
}

static void open_intruder(struct intruder *i, int destroys)
{
    struct data data = fitting_data(plain, SEQUENCES, 5);
    *i = (struct intruder){.dataset = fitting_dataset(&data), .custom = {.width = OUTPUTS}, .destroys = destroys};
    open_custom(&i->run, plain, &i->custom);
    assert_ok(rnn_loss_set_callback(i->run.loss, intrude, i));
}

/* Neither in rnn_fit nor in rnn_evaluate; both are allowed again afterwards. */
static void test_what_a_callback_must_not(void **state)
{
    (void)state;
    struct intruder i;
    double loss = -1;
    open_intruder(&i, 0);
    assert_ok(rnn_evaluate(i.run.trainer, &loss, NULL, i.dataset));
    assert_ok(rnn_fit(i.run.trainer, i.dataset, i.dataset));
    assert_int_equal(i.custom.calls, BATCHES + 3 * 2 * BATCHES);
    run_set(&i.run, RNN_BATCH_SIZE, 1);
    assert_ok(rnn_dataset_set_weight(i.dataset, 0, 2));
    run_close(&i.run);
    rnn_dataset_destroy(i.dataset);
}

/* Handles that it destroys live until the call returns. */
static void test_callback_that_destroys(void **state)
{
    (void)state;
    struct intruder i;
    double loss = -1;
    open_intruder(&i, 1);
    assert_ok(rnn_evaluate(i.run.trainer, &loss, NULL, i.dataset));
    assert_true(loss > 0);
    open_intruder(&i, 1);
    assert_ok(rnn_fit(i.run.trainer, i.dataset, i.dataset));
    assert_int_equal(i.custom.calls, 3 * 2 * BATCHES);
}

/* ---- not finite -------------------------------------------------------------------------------------------------- */

/* The sequence is named if the loss of the others is finite without it. */
static void test_sequence_that_is_not_finite(void **state)
{
    (void)state;
    for (int weighted = 0; weighted <= 1; weighted++)
        for (size_t s = 0; s < SEQUENCES; s++) {
            struct data data = fitting_data(plain, SEQUENCES, 5);
            struct custom custom = {.width = OUTPUTS};
            struct run run;
            char part[64];
            data.sequences[s].x[0] = NAN;
            rnn_dataset *dataset = fitting_dataset(&data);
            if (weighted)
                fitting_set_weights(dataset, &data);
            open_custom(&run, plain, &custom);
            assert_int_equal(rnn_fit(run.trainer, dataset, NULL), RNN_E_NONFINITE);
            snprintf(part, sizeof part, ", batch %zu: sequence %zu: the loss is infinite", s / BATCH + 1, s);
            check_message("rnn_fit(", part, __FILE__, __LINE__);
            run_close(&run);
            rnn_dataset_destroy(dataset);
        }
}

/* Its first loss is not a number; asked for those of single sequences it fails. */
static int32_t fail_alone(void *user, rnn_loss *loss, double *value, double *weight, float *dy, const float *y,
                          size_t y_count)
{
    size_t *calls = user;
    (void)loss, (void)weight, (void)dy, (void)y, (void)y_count;
    *value = (double)NAN;
    return ++*calls > 1 ? 9 : 0;
}

static void test_callback_that_fails_alone(void **state)
{
    (void)state;
    struct data data = fitting_data(plain, SEQUENCES, 5);
    struct custom custom = {.width = OUTPUTS};
    struct run run;
    size_t calls = 0;
    rnn_dataset *dataset = fitting_dataset(&data);
    open_custom(&run, plain, &custom);
    assert_ok(rnn_loss_set_callback(run.loss, fail_alone, &calls));
    assert_int_equal(rnn_fit(run.trainer, dataset, NULL), RNN_E_NONFINITE);
    assert_string_equal(rnn_last_error(), "rnn_fit: epoch 1, batch 1: the loss is infinite or not a number; the batch "
                                          "made no update");
    assert_int_equal(calls, 1 + BATCH);
    run_close(&run);
    rnn_dataset_destroy(dataset);
}

/* A callback that changes the model: the run cannot be gone back over, and the fit goes on with that batch. */
struct changer {
    struct custom custom;
    struct run run;
};

static int32_t change_model(void *user, rnn_loss *loss, double *value, double *weight, float *dy, const float *y,
                            size_t y_count)
{
    struct changer *changer = user;
    float head[OUTPUTS] = {0};
    if (changer->custom.calls == 1)
        assert_ok(rnn_model_set_parameter(changer->run.model, "head.bias", head, OUTPUTS));
    return squared(&changer->custom, loss, value, weight, dy, y, y_count);
}

static void test_callback_that_changes_the_model(void **state)
{
    (void)state;
    struct data data = fitting_data(plain, SEQUENCES, 5);
    struct changer changer = {.custom = {.width = OUTPUTS}};
    rnn_dataset *dataset = fitting_dataset(&data);
    open_custom(&changer.run, plain, &changer.custom);
    assert_ok(rnn_loss_set_callback(changer.run.loss, change_model, &changer));
    assert_refused(rnn_fit(changer.run.trainer, dataset, NULL), RNN_E_STATE,
                   "rnn_fit: epoch 1, batch 2: rnn_backward: ");
    assert_int_equal(run_updates(&changer.run), 1);
    assert_int_equal(run_int(&changer.run, RNN_BATCH), 1);
    assert_ok(rnn_fit(changer.run.trainer, dataset, NULL));
    assert_int_equal(run_updates(&changer.run), 3 * BATCHES);
    run_close(&changer.run);
    rnn_dataset_destroy(dataset);
}

/* A callback that ignores the lengths gives the same loss for each sequence alone: none is named, unless it is the only
 * one of its batch. */
static void check_told(int64_t batch_size, const char *part)
{
    struct data data = fitting_data(plain, SEQUENCES, 5);
    struct custom custom = {.width = OUTPUTS, .ignores_lengths = 1};
    struct run run;
    data.sequences[2].x[0] = NAN;
    rnn_dataset *dataset = fitting_dataset(&data);
    open_custom(&run, plain, &custom);
    run_set(&run, RNN_BATCH_SIZE, batch_size);
    assert_refused(rnn_fit(run.trainer, dataset, NULL), RNN_E_NONFINITE, part);
    run_close(&run);
    rnn_dataset_destroy(dataset);
}

static void test_no_sequence_can_be_told(void **state)
{
    (void)state;
    check_told(BATCH, "epoch 1, batch 1: the loss is infinite");
    check_told(1, "epoch 1, batch 3: sequence 2: the loss is infinite");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bits_of_squared_error),
        cmocka_unit_test(test_width),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_what_the_callback_returns),
        cmocka_unit_test(test_failure_in_validation),
        cmocka_unit_test(test_weight_out_of_range),
        cmocka_unit_test(test_what_a_callback_must_not),
        cmocka_unit_test(test_callback_that_destroys),
        cmocka_unit_test(test_sequence_that_is_not_finite),
        cmocka_unit_test(test_no_sequence_can_be_told),
        cmocka_unit_test(test_callback_that_fails_alone),
        cmocka_unit_test(test_callback_that_changes_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
