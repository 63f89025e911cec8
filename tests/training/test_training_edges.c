/* Edge cases of training: invalid keys, weights close to 0, outputs that are NaN, files whose counters are the largest
 * integer, and callbacks that destroy what rnn_fit uses. */
#include "support/loss_call.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLASSES 3

/* A network of tokens, and what trains it. */
struct training {
    rnn_model *model;
    rnn_optimizer *optimizer;
    rnn_trainer *trainer;
};

static struct training open_training(void)
{
    struct training training = {NULL, NULL, NULL};
    rnn_config *config;
    const float *parameters;
    size_t count;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_VOCABULARY, CLASSES));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 2));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, CLASSES));
    assert_ok(rnn_create(&training.model, config));
    rnn_config_destroy(config);
    assert_ok(rnn_model_parameters(training.model, &parameters, &count));
    assert_ok(rnn_optimizer_create(&training.optimizer, RNN_OPTIMIZER_ADAM, count));
    open_trainer(&training.trainer, training.model, training.optimizer, RNN_LOSS_CROSS_ENTROPY);
    return training;
}

static void close_training(struct training training)
{
    rnn_trainer_destroy(training.trainer);
    rnn_optimizer_destroy(training.optimizer);
    rnn_destroy(training.model);
}

/* ---- keys -------------------------------------------------------------------------------------------------------- */

/* Fields of the option structs that have no key cannot be reached by an invalid key. */
static void an_invalid_key_is_refused(void **state)
{
    (void)state;
    struct training training = open_training();
    for (int32_t key = -2; key <= 0; key++) {
        int64_t integer = 5;
        double real = 5;
        assert_fails(rnn_optimizer_get_int(training.optimizer, key, &integer), RNN_E_VALUE);
        assert_fails(rnn_optimizer_get_real(training.optimizer, key, &real), RNN_E_VALUE);
        assert_fails(rnn_optimizer_set_int(training.optimizer, key, 1), RNN_E_VALUE);
        assert_fails(rnn_trainer_get_int(training.trainer, key, &integer), RNN_E_VALUE);
        assert_fails(rnn_trainer_get_real(training.trainer, key, &real), RNN_E_VALUE);
        assert_fails(rnn_trainer_set_int(training.trainer, key, 1), RNN_E_VALUE);
        assert_non_null(strstr(rnn_trainer_last_error(training.trainer), "not an option"));
        assert_int_equal(integer, 5);
        assert_close(real, 5, 0);
    }
    close_training(training);
}

/* ---- weights ----------------------------------------------------------------------------------------------------- */

/* If all classes have the same weight, the mean does not depend on it, even if 1 / sum of weights overflows. */
static void the_mean_of_tiny_weights_is_that_of_ones(void **state)
{
    (void)state;
    const float weigh[] = {1e-45f, 1e-40f, 1e-38f, 1, 3e38f};
    const float logits[2 * CLASSES] = {1, -2, 0.5f, 3, 0, -1};
    const int32_t targets[2] = {1, 2};
    for (size_t i = 0; i < sizeof weigh / sizeof *weigh; i++)
        for (int smooth = 0; smooth < 2; smooth++) {
            float weights[CLASSES] = {weigh[i], weigh[i], weigh[i]}, expected[2 * CLASSES], actual[2 * CLASSES];
            double expected_loss, loss;
            struct loss_call call = {.kind = RNN_LOSS_CROSS_ENTROPY,
                                     .reduction = RNN_MEAN,
                                     .value = &expected_loss,
                                     .dy = expected,
                                     .dy_count = 2 * CLASSES,
                                     .y = logits,
                                     .y_count = 2 * CLASSES,
                                     .classes = targets,
                                     .classes_count = 2,
                                     .T = 2,
                                     .B = 1,
                                     .C = CLASSES,
                                     .smoothing = 0.25 * smooth,
                                     .ignored = -100};
            assert_ok(loss_call_run(&call));
            call.value = &loss;
            call.dy = actual;
            call.class_weights = weights;
            call.class_weights_count = CLASSES;
            assert_ok(loss_call_run(&call));
            assert_close(loss, expected_loss, 1e-6);
            for (size_t c = 0; c < 2 * CLASSES; c++)
                assert_close(actual[c], expected[c], 1e-6);
        }
}

/* ---- accuracy ---------------------------------------------------------------------------------------------------- */

/* If all outputs are NaN, no class is the largest, not even the first. */
static void nan_outputs_are_not_correct(void **state)
{
    (void)state;
    struct training training = open_training();
    rnn_dataset *dataset;
    const int32_t tokens[2] = {1, 2}, classes[2] = {0, 0};
    const float *parameters;
    size_t count;
    double loss, accuracy;
    assert_ok(rnn_model_parameters(training.model, &parameters, &count));
    float *broken = malloc(count * sizeof *broken);
    assert_non_null(broken);
    for (size_t i = 0; i < count; i++)
        broken[i] = NAN;
    assert_ok(rnn_model_set_parameters(training.model, broken, count));
    assert_ok(rnn_dataset_create(&dataset));
    add_sequence(dataset, NULL, 0, tokens, 2, classes, 2, NULL, 0, 2);
    assert_ok(rnn_evaluate(training.trainer, &loss, &accuracy, dataset));
    assert_true(isnan(loss));
    assert_close(accuracy, 0, 0);
    free(broken);
    rnn_dataset_destroy(dataset);
    close_training(training);
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

struct file {
    unsigned char bytes[8192];
    size_t count;
};

/* Replaces the number in "key":"0" of the header. */
static void set_metadata(struct file *file, const char *key, const char *number)
{
    char old[64], new[128];
    snprintf(old, sizeof old, "\"%s\":\"0\"", key);
    snprintf(new, sizeof new, "\"%s\":\"%s\"", key, number);
    size_t at = 8, was = strlen(old), is = strlen(new), header = file->bytes[0] | (size_t)file->bytes[1] << 8;
    while (at + was <= 8 + header && memcmp(file->bytes + at, old, was) != 0)
        at++;
    assert_true(at + was <= 8 + header);
    assert_true(file->count - was + is <= sizeof file->bytes);
    memmove(file->bytes + at + is, file->bytes + at + was, file->count - at - was);
    memcpy(file->bytes + at, new, is);
    file->count = file->count - was + is;
    header = header - was + is;
    file->bytes[0] = (unsigned char)(header & 0xff);
    file->bytes[1] = (unsigned char)(header >> 8);
}

static const char largest[] = "9223372036854775807";
static const char half[] = "4611686018427387903";

/* Counters continue from their values in a file, and must not overflow. */
static void an_optimiser_does_not_count_beyond_an_integer(void **state)
{
    (void)state;
    static const char *const keys[] = {"rnn.optimizer.updates", "rnn.optimizer.stale"};
    rnn_optimizer *made, *loaded = NULL;
    float parameter = 1, gradient = 1;
    assert_ok(rnn_optimizer_create(&made, RNN_OPTIMIZER_SGD, 1));
    assert_ok(rnn_optimizer_set_int(made, RNN_PLATEAU, 1));
    for (size_t i = 0; i < 2; i++) {
        struct file file;
        assert_ok(rnn_optimizer_save_memory(made, file.bytes, sizeof file.bytes, &file.count));
        set_metadata(&file, keys[i], largest);
        assert_fails(rnn_optimizer_load_memory(&loaded, file.bytes, file.count), RNN_E_FORMAT);
        assert_null(loaded);
        assert_ok(rnn_optimizer_save_memory(made, file.bytes, sizeof file.bytes, &file.count));
        set_metadata(&file, keys[i], half);
        assert_ok(rnn_optimizer_load_memory(&loaded, file.bytes, file.count));
        assert_ok(rnn_optimizer_step_arrays(loaded, &parameter, 1, &gradient, 1));
        assert_ok(rnn_optimizer_report(loaded, (double)NAN));
        rnn_optimizer_destroy(loaded);
        loaded = NULL;
    }
    rnn_optimizer_destroy(made);
}

#define PATH "test_training_edges.rnn"

static void read_file(struct file *file)
{
    FILE *stream = fopen(PATH, "rb");
    assert_non_null(stream);
    file->count = fread(file->bytes, 1, sizeof file->bytes, stream);
    fclose(stream);
}

static void write_file(const struct file *file)
{
    FILE *stream = fopen(PATH, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(file->bytes, 1, file->count, stream), file->count);
    fclose(stream);
}

static void a_trainer_does_not_count_beyond_an_integer(void **state)
{
    (void)state;
    static const char *const keys[] = {"rnn.trainer.epoch",     "rnn.trainer.stale",       "rnn.trainer.batch",
                                       "rnn.trainer.sequences", "rnn.trainer.order.count", "rnn.trainer.skipped"};
    struct training training = open_training();
    for (size_t i = 0; i <= sizeof keys / sizeof *keys; i++) { /* and more sequences of an epoch than it has */
        struct file file;
        int64_t epoch;
        int beyond = i == sizeof keys / sizeof *keys;
        assert_ok(rnn_trainer_save(training.trainer, PATH));
        read_file(&file);
        set_metadata(&file, beyond ? "rnn.trainer.sequences" : keys[i], beyond ? "1" : largest);
        write_file(&file);
        assert_fails(rnn_trainer_load(training.trainer, PATH), RNN_E_FORMAT);
        assert_ok(rnn_trainer_get_int(training.trainer, RNN_EPOCH, &epoch));
        assert_int_equal(epoch, 0);
    }
    remove(PATH);
    close_training(training);
}

/* ---- callbacks: what is refused, and what is allowed ------------------------------------------------------------ */

struct callback_data {
    rnn_dataset *training, *validation;
    int calls;
};

static int32_t change_and_destroy(void *user, rnn_trainer *trainer, int32_t event)
{
    struct callback_data *data = user;
    const int32_t tokens[] = {0, 1};
    (void)event;
    if (data->calls++)
        return 0;
    rnn_dataset *const datasets[] = {data->training, data->validation};
    for (size_t i = 0; i < 2; i++) {
        const float values[] = {1, 0, 1};
        assert_fails(rnn_dataset_add_tokens(datasets[i], NULL, tokens, 2), RNN_E_STATE);
        assert_fails(rnn_dataset_set_classes(datasets[i], 0, tokens, 2), RNN_E_STATE);
        assert_fails(rnn_dataset_set_values(datasets[i], 0, values, 3), RNN_E_STATE);
        assert_fails(rnn_dataset_set_mask(datasets[i], 0, values, 3), RNN_E_STATE);
        assert_fails(rnn_dataset_set_weight(datasets[i], 0, 2), RNN_E_STATE);
    }
    rnn_dataset_destroy(data->training);
    rnn_dataset_destroy(data->validation);
    rnn_trainer_destroy(trainer);
    return 0;
}

static rnn_dataset *make_dataset(size_t count)
{
    const int32_t tokens[] = {0, 1, 2};
    rnn_dataset *dataset;
    assert_ok(rnn_dataset_create(&dataset));
    for (size_t i = 0; i < count; i++)
        add_sequence(dataset, NULL, 0, tokens, 3, tokens, 3, NULL, 0, 3);
    return dataset;
}

/* All three handles are used until the end of rnn_fit, and destroyed there: the address sanitizer finds leaks and late
 * accesses. */
static void what_a_callback_destroys_lives_until_the_end(void **state)
{
    (void)state;
    struct training training = open_training();
    struct callback_data data = {make_dataset(5), make_dataset(3), 0};
    assert_ok(rnn_trainer_set_int(training.trainer, RNN_EPOCHS, 2));
    assert_ok(rnn_trainer_set_int(training.trainer, RNN_BATCH_SIZE, 2));
    assert_ok(rnn_trainer_set_callback(training.trainer, change_and_destroy, &data));
    assert_ok(rnn_fit(training.trainer, data.training, data.validation));
    assert_int_equal(data.calls, 2 * (3 + 1 + 1)); /* batches, validation, epoch */
    training.trainer = NULL;
    close_training(training);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_invalid_key_is_refused),
        cmocka_unit_test(the_mean_of_tiny_weights_is_that_of_ones),
        cmocka_unit_test(nan_outputs_are_not_correct),
        cmocka_unit_test(an_optimiser_does_not_count_beyond_an_integer),
        cmocka_unit_test(a_trainer_does_not_count_beyond_an_integer),
        cmocka_unit_test(what_a_callback_destroys_lives_until_the_end),
    };
    return run_with_all_products(tests, sizeof tests / sizeof *tests);
}
