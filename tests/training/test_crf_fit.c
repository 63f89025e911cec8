/* rnn_fit and rnn_evaluate with a CRF, where sequences count nothing, have no path or no numbers, and without memory.
 * Linked with --wrap=rnni_memory_take. */
#include "support/crf_instance.h"
#include "support/fitting.h"

#include <math.h>
#include <string.h>

static size_t takes, fail_at;
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    return ++takes == fail_at ? NULL : __real_rnni_memory_take(count, size);
}

static rnn_trainer *trainer_of(rnn_model *model)
{
    rnn_optimizer *optimizer;
    rnn_trainer *trainer;
    assert_ok(rnn_optimizer_create_for_model(&optimizer, RNN_OPTIMIZER_ADAM, model));
    open_trainer(&trainer, model, optimizer, RNN_LOSS_CRF);
    rnn_optimizer_destroy(optimizer);
    assert_ok(rnn_trainer_set_int(trainer, RNN_EPOCHS, 1));
    return trainer;
}

static void add(rnn_dataset *dataset, uint64_t seed, float first, size_t steps)
{
    float x[T * I];
    int32_t classes[T];
    fill_uniform(x, T * I, &seed);
    x[0] = isnan(first) ? first : x[0];
    for (size_t t = 0; t < T; t++)
        classes[t] = (int32_t)crf_below(&seed, C);
    add_sequence(dataset, x, steps * I, NULL, 0, classes, steps, NULL, 0, steps);
}

static double accuracy_of(rnn_trainer *trainer, const rnn_dataset *dataset, double *loss)
{
    double accuracy = -1;
    assert_ok(rnn_evaluate(trainer, loss, &accuracy, dataset));
    return accuracy;
}

/* The accuracy is over the steps of sequences with a weight; one whose input is not a number has none right. */
static void test_what_counts(void **state)
{
    (void)state;
    rnn_model *model = crf_model(RNN_CELL_LSTM, RNN_DIRECTION_BOTH, 1);
    rnn_trainer *trainer = trainer_of(model);
    rnn_dataset *one, *two, *all;
    double loss;
    assert_ok(rnn_dataset_create(&one));
    assert_ok(rnn_dataset_create(&two));
    assert_ok(rnn_dataset_create(&all));
    add(one, 1, 0, T);
    add(two, 2, 0, T);
    double right = T * (accuracy_of(trainer, one, &loss) + accuracy_of(trainer, two, &loss));
    assert_true(right > 0);
    add(all, 1, 0, T);
    add(all, 3, 0, T);
    add(all, 2, 0, T);
    add(all, 4, 0, T);
    assert_ok(rnn_dataset_set_weight(all, 1, 0));
    const int32_t none[T] = {0};
    assert_ok(rnn_dataset_set_step_mask(all, 3, none, T));
    assert_close(accuracy_of(trainer, all, &loss), right / (2 * T), 1e-12);
    assert_true(isfinite(loss));
    add(all, 5, NAN, 3);
    assert_close(accuracy_of(trainer, all, &loss), right / (2 * T + 3), 1e-12);
    assert_true(isnan(loss));
    rnn_trainer_destroy(trainer);
    rnn_dataset_destroy(one);
    rnn_dataset_destroy(two);
    rnn_dataset_destroy(all);
    rnn_destroy(model);
}

/* Where no class may begin a sequence, or none may end one, there is no path: the loss is infinite and nothing is
 * right; scores that are no numbers are refused by their name. */
static void test_no_path(void **state)
{
    (void)state;
    static const char *const names[] = {"crf.start_transitions", "crf.end_transitions"};
    const float forbidden[C] = {-INFINITY, -INFINITY, -INFINITY, -INFINITY}, wrong[C] = {0, NAN};
    for (size_t i = 0; i < 2; i++) {
        rnn_model *model = crf_model(RNN_CELL_LSTM, RNN_DIRECTION_BOTH, 1);
        rnn_trainer *trainer = trainer_of(model);
        rnn_dataset *dataset;
        double loss = -1;
        assert_ok(rnn_dataset_create(&dataset));
        add(dataset, 1, 0, T);
        assert_ok(rnn_model_set_parameter(model, names[i], forbidden, C));
        assert_true(accuracy_of(trainer, dataset, &loss) == 0);
        assert_true(isinf(loss) && loss > 0);
        assert_fails(rnn_fit(trainer, dataset, NULL), RNN_E_NONFINITE);
        assert_ok(rnn_model_set_parameter(model, names[i], wrong, C));
        assert_fails(rnn_fit(trainer, dataset, NULL), RNN_E_VALUE);
        check_message("rnn_fit(", "rnn_fit: rnn_loss_set_transitions_of_model: ", __FILE__, __LINE__);
        assert_non_null(strstr(rnn_last_error(), i ? ": end[1] is " : ": start[1] is "));
        rnn_trainer_destroy(trainer);
        rnn_dataset_destroy(dataset);
        rnn_destroy(model);
    }
}

/* A callback between batches makes a score no number: the next batch is refused, and is the first of the next fit. */
static int32_t spoil(void *user, rnn_trainer *trainer, int32_t event)
{
    const float wrong[C] = {0, NAN};
    (void)trainer;
    if (event == RNN_EVENT_BATCH)
        assert_ok(rnn_model_set_parameter(user, "crf.end_transitions", wrong, C));
    return 0;
}

static void test_scores_that_change(void **state)
{
    (void)state;
    rnn_model *model = crf_model(RNN_CELL_LSTM, RNN_DIRECTION_BOTH, 1);
    rnn_trainer *trainer = trainer_of(model);
    rnn_dataset *dataset;
    const float right[C] = {0};
    int64_t batch = -1;
    assert_ok(rnn_dataset_create(&dataset));
    add(dataset, 1, 0, T);
    add(dataset, 2, 0, T);
    assert_ok(rnn_trainer_set_int(trainer, RNN_BATCH_SIZE, 1));
    assert_ok(rnn_trainer_set_callback(trainer, spoil, model));
    assert_fails(rnn_fit(trainer, dataset, NULL), RNN_E_VALUE);
    check_message("rnn_fit(", "epoch 1, batch 2: rnn_loss_set_transitions_of_model: end[1] is ", __FILE__, __LINE__);
    assert_ok(rnn_trainer_get_int(trainer, RNN_BATCH, &batch));
    assert_int_equal(batch, 1);
    assert_ok(rnn_trainer_set_callback(trainer, NULL, NULL));
    assert_ok(rnn_model_set_parameter(model, "crf.end_transitions", right, C));
    assert_ok(rnn_fit(trainer, dataset, NULL));
    assert_ok(rnn_trainer_get_int(trainer, RNN_BATCH, &batch));
    assert_int_equal(batch, 2);
    rnn_trainer_destroy(trainer);
    rnn_dataset_destroy(dataset);
    rnn_destroy(model);
}

/* Each allocation fails in its turn; the parameters are as they were until all are there. */
static void test_memory(void **state)
{
    (void)state;
    rnn_model *model = crf_model(RNN_CELL_LSTM, RNN_DIRECTION_BOTH, 1);
    rnn_trainer *trainer = trainer_of(model);
    rnn_dataset *dataset;
    const float *values;
    float before[C * C], after[C * C];
    size_t count;
    int32_t status = RNN_E_MEMORY;
    assert_ok(rnn_dataset_create(&dataset));
    add(dataset, 1, 0, T);
    add(dataset, 2, 0, T);
    assert_ok(rnn_model_parameters(model, &values, &count));
    assert_ok(rnn_model_get_parameter(model, "crf.transitions", before, C * C));
    for (size_t n = 1; status; n++) {
        takes = 0;
        fail_at = n;
        status = rnn_fit(trainer, dataset, dataset);
        fail_at = 0;
        assert_ok(rnn_model_get_parameter(model, "crf.transitions", after, C * C));
        assert_true(!memcmp(before, after, sizeof before) == (status != 0));
        if (status) {
            assert_int_equal(status, RNN_E_MEMORY);
            check_message("rnn_fit(", "out of memory", __FILE__, __LINE__);
        }
    }
    rnn_trainer_destroy(trainer);
    rnn_dataset_destroy(dataset);
    rnn_destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_counts),
        cmocka_unit_test(test_no_path),
        cmocka_unit_test(test_scores_that_change),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
