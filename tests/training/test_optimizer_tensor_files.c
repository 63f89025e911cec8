/* Files of optimisers of a model and with AMSGrad, also within a trainer; and memory. */
#define _POSIX_C_SOURCE 200809L

#include "base/memory.h"
#include "support/fitting.h"
#include "support/folder.h"
#include "support/tensor_options.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* Which of the library's allocations, counted from 1, finds no memory; 0: none. */
static size_t failing, taken;
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    return ++taken == failing ? NULL : __real_rnni_memory_take(count, size);
}

/* ---- AMSGrad ----------------------------------------------------------------------------------------------------- */

static void test_amsgrad_option(void **state)
{
    (void)state;
    float p[3] = {1, 2, 3}, g[3] = {0.5f, -1, 2};
    rnn_optimizer *o;
    int64_t value = -1;
    for (int32_t kind = RNN_OPTIMIZER_SGD; kind < RNN_OPTIMIZER_ADAM; kind++) {
        assert_ok(rnn_optimizer_create(&o, kind, 3));
        REFUSED(rnn_optimizer_set_int(o, RNN_AMSGRAD, 1), RNN_E_VALUE, "RNN_AMSGRAD");
        rnn_optimizer_destroy(o);
    }
    assert_ok(rnn_optimizer_create(&o, RNN_OPTIMIZER_ADAM, 3));
    REFUSED(rnn_optimizer_set_int(o, RNN_AMSGRAD, 2), RNN_E_VALUE, "RNN_AMSGRAD is 2");
    taken = 0, failing = 1;
    REFUSED(rnn_optimizer_set_int(o, RNN_AMSGRAD, 1), RNN_E_MEMORY, "out of memory");
    failing = 0;
    assert_ok(rnn_optimizer_get_int(o, RNN_AMSGRAD, &value));
    assert_int_equal(value, 0);
    for (int64_t set = 1; set >= 0; set--)
        assert_ok(rnn_optimizer_set_int(o, RNN_AMSGRAD, set));
    assert_ok(rnn_optimizer_set_int(o, RNN_AMSGRAD, 1));
    assert_ok(rnn_optimizer_step_arrays(o, p, 3, g, 3));
    assert_ok(rnn_optimizer_set_int(o, RNN_AMSGRAD, 1));
    REFUSED(rnn_optimizer_set_int(o, RNN_AMSGRAD, 0), RNN_E_STATE, "after the first update");
    assert_ok(rnn_optimizer_get_int(o, RNN_AMSGRAD, &value));
    assert_int_equal(value, 1);
    rnn_optimizer_destroy(o);
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static char directory[] = "/tmp/rnn-test-XXXXXX"; /* the current directory */
#define PATH "optimizer.safetensors"

static int enter_directory(void **state)
{
    (void)state;
    return enter_folder(directory);
}

static int leave_directory(void **state)
{
    (void)state;
    remove(PATH);
    return chdir("/") || rmdir(directory);
}

/* Saved and loaded in the middle, a run gives the bits of one without interruption; every allocation of the loading
 * fails in turn. */
static void test_resumed(void **state)
{
    (void)state;
    for (int32_t kind = RNN_OPTIMIZER_SGD; kind <= RNN_OPTIMIZER_ADAMW; kind++) {
        struct tensor_setup a = tensor_open(RNN_CELL_GRU, 3, 5), b = tensor_open(RNN_CELL_GRU, 3, 5);
        rnn_optimizer *whole = tensor_optimizer(a.model, kind), *first = tensor_optimizer(b.model, kind),
                      *second = NULL;
        uint64_t seed = 4;
        double factor = -1;
        for (size_t n = 0; n < 8; n++) {
            if (n == 4) {
                int32_t status = RNN_E_MEMORY;
                assert_ok(rnn_optimizer_save(first, PATH));
                for (failing = 1; status; failing++) {
                    taken = 0;
                    status = rnn_optimizer_load(&second, PATH);
                    assert_true(status ? status == RNN_E_MEMORY && !second : second != NULL);
                }
                assert_true(failing > 6);
                failing = 0;
                rnn_optimizer_destroy(first);
                first = second;
            }
            fill_uniform(a.g, a.count, &seed);
            memcpy(b.g, a.g, a.count * sizeof *a.g);
            assert_ok(rnn_optimizer_step(whole, a.session));
            assert_ok(rnn_optimizer_step(first, b.session));
            assert_memory_equal(a.p, b.p, a.count * sizeof *a.p);
        }
        assert_ok(rnn_optimizer_get_tensor_real(first, "weight_hh_l0", RNN_RATE_FACTOR, &factor));
        assert_true(factor == 1 / 3.0);
        rnn_optimizer_destroy(whole);
        rnn_optimizer_destroy(first);
        tensor_close(&a);
        tensor_close(&b);
    }
}

/* Replaces the first `from` in the bytes by `to`, of the same length. */
static void replace(unsigned char *bytes, size_t count, const char *from, const char *to)
{
    size_t length = strlen(from);
    assert_int_equal(length, strlen(to));
    for (size_t i = 0; i + length <= count; i++)
        if (!memcmp(bytes + i, from, length)) {
            memcpy(bytes + i, to, length);
            return;
        }
    fail_msg("no %s in the file", from);
}

static void test_tampered_files(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *part;
    } changes[] = {
        {"\"4 3 ", "\"5 3 ", "line 5 of"}, /* weight_ih_l0 is [4,3] of 46 elements */
        {"\"4 3 ", "\"3 3 ", "elements, expected 46"},
        {"\"4 3 ", "\"4 0 ", "elements, expected 46"}, /* a vector of 4 */
        {"\"4 3 ", "\"9 9 ", "line 1 of"},
        {"\"4 3 ", "\"- 3 ", "line 1 of"},
        {"\"4 3 ", "\"0 3 ", "line 1 of"},
        {"\"4 3 ", "\"4 - ", "line 1 of"},
        {"\"4 3 0 ", "\"4 03 0", "line 1 of"},
        {"\"4 3 0", "\"4 3 2", "line 1 of"},
        {"\"4 3 0", "\"4 3 x", "line 1 of"},
        {"head.bias\\u000a", "head.bias\\u0009", "line 6 of"},
        {"optimizer.amsgrad\":\"1", "optimizer.amsgrad\":\"0", "v_max"},
    };
    rnn_model *model = tensor_model(RNN_CELL_TANH, 3, 4);
    rnn_optimizer *o = tensor_optimizer(model, RNN_OPTIMIZER_ADAM), *loaded = NULL;
    size_t size;
    assert_ok(rnn_optimizer_save_memory(o, NULL, 0, &size));
    unsigned char *bytes = malloc(size);
    assert_non_null(bytes);
    for (size_t i = 0; i < LENGTH(changes); i++) {
        assert_ok(rnn_optimizer_save_memory(o, bytes, size, &size));
        replace(bytes, size, changes[i].from, changes[i].to);
        if (rnn_optimizer_load_memory(&loaded, bytes, size) != RNN_E_FORMAT ||
            !strstr(rnn_last_error(), changes[i].part)) {
            print_error("%s -> %s: %s\n", changes[i].from, changes[i].to, rnn_last_error());
            fail();
        }
        assert_null(loaded);
    }
    assert_ok(rnn_optimizer_save_memory(o, bytes, size, &size));
    assert_ok(rnn_optimizer_load_memory(&loaded, bytes, size));
    rnn_optimizer_destroy(loaded);
    free(bytes);
    rnn_optimizer_destroy(o);
    rnn_destroy(model);
}

/* Any part of a file, and a file with any bit changed: refused, or an optimiser that can be saved and used. */
static void test_damaged_files(void **state)
{
    (void)state;
    rnn_model *model = tensor_model(RNN_CELL_TANH, 3, 4);
    rnn_optimizer *o = tensor_optimizer(model, RNN_OPTIMIZER_ADAM), *loaded = NULL;
    float p[46] = {0}, g[46] = {0};
    size_t size, again;
    assert_ok(rnn_optimizer_save_memory(o, NULL, 0, &size));
    unsigned char *bytes = malloc(size), *to = malloc(2 * size);
    assert_true(bytes && to);
    assert_ok(rnn_optimizer_save_memory(o, bytes, size, &size));
    for (size_t count = 0; count < size; count++)
        assert_fails(rnn_optimizer_load_memory(&loaded, bytes, count), RNN_E_FORMAT);
    for (size_t i = 0; i < 8 * size; i++) {
        bytes[i / 8] ^= (unsigned char)(1 << i % 8);
        int32_t status = rnn_optimizer_load_memory(&loaded, bytes, size);
        bytes[i / 8] ^= (unsigned char)(1 << i % 8);
        if (status) {
            assert_true((status == RNN_E_FORMAT || status == RNN_E_UNSUPPORTED) && !loaded);
            continue;
        }
        assert_ok(rnn_optimizer_save_memory(loaded, to, 2 * size, &again));
        status = rnn_optimizer_step_arrays(loaded, p, 46, g, 46);
        assert_true(status == RNN_OK || status == RNN_E_NONFINITE);
        rnn_optimizer_destroy(loaded);
        loaded = NULL;
    }
    free(bytes);
    free(to);
    rnn_optimizer_destroy(o);
    rnn_destroy(model);
}

/* Without factors and AMSGrad an optimiser of a count has no trace of either in its file. */
static void test_plain_files(void **state)
{
    (void)state;
    rnn_optimizer *o;
    char bytes[4096];
    size_t size;
    assert_ok(rnn_optimizer_create(&o, RNN_OPTIMIZER_ADAM, 3));
    assert_ok(rnn_optimizer_save_memory(o, bytes, sizeof bytes, &size));
    bytes[size < sizeof bytes ? size : sizeof bytes - 1] = 0;
    assert_null(strstr(bytes + 8, "amsgrad"));
    assert_null(strstr(bytes + 8, "optimizer.tensors"));
    assert_null(strstr(bytes + 8, "v_max"));
    rnn_optimizer_destroy(o);
}

/* ---- the trainer ------------------------------------------------------------------------------------------------- */

/* A run with such an optimiser, stopped and resumed from its checkpoint, gives the bits of the whole; a callback may
 * change options that the text of the checkpoint has. */
static int32_t change(void *user, rnn_trainer *trainer, int32_t event)
{
    (void)trainer;
    if (event == RNN_EVENT_EPOCH)
        assert_ok(rnn_optimizer_set_tensors_real(user, "head.", RNN_RATE_FACTOR, 0.123456789012345));
    return 0;
}

static void test_trainer(void **state)
{
    (void)state;
    struct datasets datasets = datasets_open(tasks[1]);
    rnn_model *models[2];
    rnn_optimizer *optimizers[2];
    const float *p[2];
    size_t count;
    for (int i = 0; i < 2; i++) {
        rnn_trainer *trainer;
        models[i] = fitting_model(tasks[1], 1);
        optimizers[i] = tensor_optimizer(models[i], RNN_OPTIMIZER_ADAMW);
        for (int part = i ? 0 : 1; part < 2; part++) {
            rnn_loss *loss = fitting_loss(tasks[1]);
            assert_ok(rnn_trainer_create(&trainer, models[i], optimizers[i], loss));
            assert_ok(rnn_trainer_set_int(trainer, RNN_EPOCHS, part ? 4 : 2));
            assert_ok(rnn_trainer_set_callback(trainer, change, optimizers[i]));
            if (!part)
                assert_ok(rnn_trainer_set_checkpoint(trainer, PATH));
            else if (i)
                assert_ok(rnn_trainer_load(trainer, PATH));
            assert_ok(rnn_fit(trainer, datasets.training, NULL));
            rnn_trainer_destroy(trainer);
            rnn_loss_destroy(loss);
            if (i && !part) { /* another optimiser, which the file fills */
                rnn_optimizer_destroy(optimizers[i]);
                assert_ok(rnn_optimizer_create_for_model(&optimizers[i], RNN_OPTIMIZER_ADAMW, models[i]));
            }
        }
        assert_ok(rnn_model_parameters(models[i], &p[i], &count));
    }
    assert_true(tensor_rate_factor(optimizers[1], "weight_hh_l0") == 1 / 3.0);
    assert_memory_equal(p[0], p[1], count * sizeof *p[0]);
    for (int i = 0; i < 2; i++) {
        rnn_destroy(models[i]);
        rnn_optimizer_destroy(optimizers[i]);
    }
    datasets_close(&datasets);
}

/* A file of a plain optimiser has no options of tensors: those of the trainer that loads it become their defaults, and
 * the run goes on to the bits of the plain one. */
static void test_plain_trainer_file(void **state)
{
    (void)state;
    struct datasets datasets = datasets_open(tasks[1]);
    rnn_model *models[2];
    rnn_optimizer *optimizers[2];
    rnn_loss *loss = fitting_loss(tasks[1]);
    const float *p[2];
    size_t count;
    for (int i = 0; i < 2; i++) {
        rnn_trainer *trainer;
        models[i] = fitting_model(tasks[1], 1);
        assert_ok(rnn_model_parameters(models[i], &p[i], &count));
        if (i)
            assert_ok(rnn_optimizer_create_for_model(&optimizers[i], RNN_OPTIMIZER_ADAM, models[i]));
        else
            assert_ok(rnn_optimizer_create(&optimizers[i], RNN_OPTIMIZER_ADAM, count));
        assert_ok(rnn_trainer_create(&trainer, models[i], optimizers[i], loss));
        assert_ok(rnn_trainer_set_int(trainer, RNN_EPOCHS, 2));
        if (i) {
            assert_ok(rnn_optimizer_set_tensors_real(optimizers[i], "", RNN_RATE_FACTOR, 0.25));
            assert_ok(rnn_optimizer_set_tensors_int(optimizers[i], "head.", RNN_FROZEN, 1));
            assert_ok(rnn_trainer_load(trainer, PATH));
            assert_true(tensor_rate_factor(optimizers[i], "weight_hh_l0") == 1);
        } else {
            assert_ok(rnn_fit(trainer, datasets.training, NULL));
            assert_ok(rnn_trainer_save(trainer, PATH));
        }
        assert_ok(rnn_trainer_set_int(trainer, RNN_EPOCHS, 4));
        assert_ok(rnn_fit(trainer, datasets.training, NULL));
        rnn_trainer_destroy(trainer);
    }
    assert_memory_equal(p[0], p[1], count * sizeof *p[0]);
    for (int i = 0; i < 2; i++) {
        rnn_destroy(models[i]);
        rnn_optimizer_destroy(optimizers[i]);
    }
    rnn_loss_destroy(loss);
    datasets_close(&datasets);
}

/* A batch that is skipped makes no update, so a callback may still set RNN_AMSGRAD, and the checkpoint has room. */
static int32_t set_amsgrad(void *user, rnn_trainer *trainer, int32_t event)
{
    int64_t updates;
    (void)trainer;
    (void)event;
    assert_ok(rnn_optimizer_get_int(user, RNN_UPDATES, &updates));
    for (int i = 0; i < 2 && !updates; i++) /* the second time it changes nothing */
        assert_ok(rnn_optimizer_set_int(user, RNN_AMSGRAD, 1));
    return 0;
}

static void test_amsgrad_in_a_fit(void **state)
{
    (void)state;
    struct data data = fitting_data(tasks[5], SEQUENCES, 5); /* squared error */
    rnn_config *config;
    rnn_model *model;
    rnn_optimizer *optimizer;
    rnn_trainer *trainer;
    int64_t amsgrad = -1, skipped = -1;
    for (size_t s = 0; s < data.count; s++) /* every second one is in a batch of two */
        data.sequences[s].values[0] = s % 2 ? NAN : 0;
    rnn_dataset *dataset = fitting_dataset(&data);
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, RNN_CELL_LSTM));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, INPUTS));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 60)); /* v_max is longer than the rest of the room */
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, OUTPUTS));
    assert_ok(rnn_create(&model, config));
    assert_ok(rnn_optimizer_create_for_model(&optimizer, RNN_OPTIMIZER_ADAM, model));
    open_trainer(&trainer, model, optimizer, RNN_LOSS_SQUARED_ERROR);
    assert_ok(rnn_trainer_set_int(trainer, RNN_BATCH_SIZE, 2));
    assert_ok(rnn_trainer_set_int(trainer, RNN_SHUFFLE, 0));
    assert_ok(rnn_trainer_set_int(trainer, RNN_SKIP_NONFINITE, 1));
    assert_ok(rnn_trainer_set_int(trainer, RNN_EPOCHS, 1));
    assert_ok(rnn_trainer_set_callback(trainer, set_amsgrad, optimizer));
    assert_ok(rnn_trainer_set_checkpoint(trainer, PATH));
    assert_ok(rnn_fit(trainer, dataset, NULL));
    assert_ok(rnn_trainer_get_int(trainer, RNN_SKIPPED, &skipped));
    assert_ok(rnn_optimizer_get_int(optimizer, RNN_AMSGRAD, &amsgrad));
    assert_true(amsgrad == 1 && skipped == SEQUENCES / 2);
    rnn_trainer_destroy(trainer);
    rnn_optimizer_destroy(optimizer);
    rnn_destroy(model);
    rnn_config_destroy(config);
    rnn_dataset_destroy(dataset);
}

static void test_memory(void **state)
{
    (void)state;
    rnn_model *model = tensor_model(RNN_CELL_TANH, 3, 4);
    rnn_optimizer *o = NULL;
    int32_t status = RNN_E_MEMORY;
    for (failing = 1; status; failing++) {
        taken = 0;
        status = rnn_optimizer_create_for_model(&o, RNN_OPTIMIZER_ADAM, model);
        assert_true(status ? status == RNN_E_MEMORY && !o : o != NULL);
    }
    assert_true(failing > 7);
    failing = 0;
    rnn_optimizer_destroy(o);
    rnn_destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_amsgrad_option),
        cmocka_unit_test(test_resumed),
        cmocka_unit_test(test_tampered_files),
        cmocka_unit_test(test_damaged_files),
        cmocka_unit_test(test_plain_files),
        cmocka_unit_test(test_trainer),
        cmocka_unit_test(test_plain_trainer_file),
        cmocka_unit_test(test_amsgrad_in_a_fit),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
