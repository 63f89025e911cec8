/* A run that is saved, loaded by a trainer that knows nothing of it, and goes on: the same bits as without the break.
 */
#include "support/fitting.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH "fit_resume.safetensors"

enum { HALF = 3, ALL = 6 };

/* ---- going on ---------------------------------------------------------------------------------------------------- */

/* How the first half leaves its file. */
enum way { SAVED, CHECKPOINT, KEEP_BEST, KEEP_BEST_SAVED, STOPPED_IN_VALIDATION, WAYS };

static void close_lesson(struct datasets *datasets)
{
    datasets_close(datasets);
    remove(PATH);
}

static void open_run(struct run *run, const struct datasets *datasets, enum way way, int64_t model_seed)
{
    run_open(run, datasets->task, model_seed);
    run_set(run, RNN_SHUFFLE, 1);
    run_set(run, RNN_SEED, 77);
    run_set(run, RNN_EPOCHS, ALL);
    run_set(run, RNN_KEEP_BEST, way == KEEP_BEST || way == KEEP_BEST_SAVED);
}

static int32_t save_in_validation(void *user, rnn_trainer *trainer, int32_t event)
{
    struct run *run = user;
    run->event_count += event == RNN_EVENT_VALIDATION;
    if (event != RNN_EVENT_VALIDATION || run->event_count < HALF)
        return 0;
    assert_ok(rnn_trainer_save(trainer, PATH));
    return 7;
}

/* The first half, and its file. */
static void leave_file(const struct datasets *datasets, enum way way)
{
    struct run run;
    open_run(&run, datasets, way, 1);
    run_set(&run, RNN_EPOCHS, way == STOPPED_IN_VALIDATION ? ALL : HALF);
    if (way == CHECKPOINT || way == KEEP_BEST)
        assert_ok(rnn_trainer_set_checkpoint(run.trainer, PATH));
    if (way == STOPPED_IN_VALIDATION)
        assert_ok(rnn_trainer_set_callback(run.trainer, save_in_validation, &run));
    assert_int_equal(rnn_fit(run.trainer, datasets->training, datasets->validation),
                     way == STOPPED_IN_VALIDATION ? 7 : 0);
    if (way == SAVED || way == KEEP_BEST_SAVED)
        assert_ok(rnn_trainer_save(run.trainer, PATH));
    run_close(&run);
}

/* Another model, whose options of the optimiser are others too, becomes that of the file. */
static void go_on(struct run *run, const struct datasets *datasets, enum way way, int64_t threads)
{
    open_run(run, datasets, way, 99);
    run_set(run, RNN_THREADS, threads);
    assert_ok(rnn_optimizer_set_real(run->optimizer, RNN_RATE, 0.7));
    assert_ok(rnn_optimizer_set_real(run->optimizer, RNN_WEIGHT_DECAY, 0.1));
    assert_ok(rnn_optimizer_set_int(run->optimizer, RNN_SCHEDULE, RNN_SCHEDULE_STEP));
    assert_ok(rnn_trainer_load(run->trainer, PATH));
    assert_int_equal(run_int(run, RNN_EPOCH), HALF);
    assert_ok(rnn_fit(run->trainer, datasets->training, datasets->validation));
}

static void check_resumed(struct task task, enum way way, int64_t threads)
{
    struct datasets datasets = datasets_open(task);
    struct run whole, resumed;
    open_run(&whole, &datasets, way, 1);
    assert_ok(rnn_fit(whole.trainer, datasets.training, datasets.validation));
    leave_file(&datasets, way);
    go_on(&resumed, &datasets, way, threads);
    assert_same_runs(&whole, &resumed);
    assert_same_bytes(run_bytes(&whole), run_bytes(&resumed));
    assert_int_equal(resumed.event_count, whole.event_count / 2);
    for (size_t i = 0; i < resumed.event_count; i++) { /* the second half of what there was to tell */
        assert_int_equal(resumed.events[i], whole.events[resumed.event_count + i]);
        assert_true(resumed.losses[i] == whole.losses[resumed.event_count + i]);
    }
    run_close(&whole);
    run_close(&resumed);
    close_lesson(&datasets);
}

static void test_resumed(void **state)
{
    (void)state;
    for (size_t i = 0; i < task_count; i++)
        for (enum way way = SAVED; way < WAYS; way++)
            check_resumed(tasks[i], way, 1);
}

static void test_resumed_on_two_threads(void **state)
{
    (void)state;
    for (size_t i = 0; i < task_count; i++)
        check_resumed(tasks[i], SAVED, THREADS(2));
}

/* The plateaus and the counting of reports go on as well, for every kind of optimiser. */
static void test_every_optimizer(void **state)
{
    (void)state;
    for (int32_t kind = RNN_OPTIMIZER_SGD; kind <= RNN_OPTIMIZER_ADAMW; kind++) {
        struct datasets datasets = datasets_open(tasks[1]);
        struct run runs[3]; /* the whole, its first half, its second */
        for (size_t i = 0; i < 3; i++) {
            rnn_optimizer *optimizer;
            open_run(&runs[i], &datasets, SAVED, i == 2 ? 99 : 1);
            struct snapshot model = snapshot_take(runs[i].model, runs[i].optimizer);
            assert_ok(rnn_optimizer_create(&optimizer, kind, model.parameters));
            assert_ok(rnn_optimizer_set_real(optimizer, RNN_RATE, 0.05));
            assert_ok(rnn_optimizer_set_int(optimizer, RNN_PLATEAU, 1));
            assert_ok(rnn_optimizer_set_int(optimizer, RNN_PATIENCE, 1));
            assert_ok(rnn_optimizer_set_real(optimizer, RNN_PLATEAU_THRESHOLD, 0.2));
            if (kind <= RNN_OPTIMIZER_RMSPROP)
                assert_ok(rnn_optimizer_set_real(optimizer, RNN_MOMENTUM, 0.9));
            rnn_trainer_destroy(runs[i].trainer);
            rnn_optimizer_destroy(runs[i].optimizer);
            runs[i].optimizer = optimizer;
            assert_ok(rnn_loss_set_real(runs[i].loss, RNN_SMOOTHING, 0));
            assert_ok(rnn_trainer_create(&runs[i].trainer, runs[i].model, optimizer, runs[i].loss));
            assert_ok(rnn_trainer_set_int(runs[i].trainer, RNN_EPOCHS, i == 1 ? HALF : ALL));
            if (i == 2)
                assert_ok(rnn_trainer_load(runs[i].trainer, PATH));
            assert_ok(rnn_fit(runs[i].trainer, datasets.training, datasets.validation));
            assert_ok(rnn_trainer_save(runs[i].trainer, PATH));
            snapshot_release(&model);
        }
        assert_same_runs(&runs[0], &runs[2]);
        assert_same_bytes(run_bytes(&runs[0]), run_bytes(&runs[2]));
        for (size_t i = 0; i < 3; i++)
            run_close(&runs[i]);
        close_lesson(&datasets);
    }
}

/* Early stop counts on where it was. */
static void test_early_stop_is_resumed(void **state)
{
    (void)state;
    struct datasets datasets = datasets_open(tasks[1]);
    struct run whole, half;
    open_run(&whole, &datasets, KEEP_BEST, 1);
    open_run(&half, &datasets, KEEP_BEST, 1);
    for (struct run *run = &whole; run; run = run == &whole ? &half : NULL) {
        assert_ok(rnn_optimizer_set_real(run->optimizer, RNN_RATE, 0)); /* never better than the first */
        run_set(run, RNN_EARLY_STOP, 4);
        run_set(run, RNN_EPOCHS, run == &whole ? 20 : 4);
        assert_ok(rnn_fit(run->trainer, datasets.training, datasets.validation));
    }
    assert_int_equal(run_int(&whole, RNN_EPOCH), 5);
    assert_ok(rnn_trainer_save(half.trainer, PATH));
    run_close(&half);
    open_run(&half, &datasets, KEEP_BEST, 99);
    run_set(&half, RNN_EARLY_STOP, 4);
    run_set(&half, RNN_EPOCHS, 20);
    assert_ok(rnn_trainer_load(half.trainer, PATH));
    assert_ok(rnn_fit(half.trainer, datasets.training, datasets.validation));
    assert_same_runs(&whole, &half);
    run_close(&whole);
    run_close(&half);
    close_lesson(&datasets);
}

/* ---- what a file is ---------------------------------------------------------------------------------------------- */

/* The trainer's options stay, those of the optimiser are the file's; the optimiser alone can be read from it. */
static void test_options_and_optimizer(void **state)
{
    (void)state;
    struct datasets datasets = datasets_open(tasks[1]);
    struct run run;
    rnn_optimizer *alone;
    double rate;
    leave_file(&datasets, SAVED);
    open_run(&run, &datasets, SAVED, 99);
    run_set(&run, RNN_BATCH_SIZE, 3);
    run_set(&run, RNN_EPOCHS, 50);
    assert_ok(rnn_optimizer_set_real(run.optimizer, RNN_RATE, 0.7));
    assert_ok(rnn_trainer_load(run.trainer, PATH));
    assert_int_equal(run_int(&run, RNN_BATCH_SIZE), 3);
    assert_int_equal(run_int(&run, RNN_EPOCHS), 50);
    assert_ok(rnn_optimizer_get_real(run.optimizer, RNN_RATE, &rate));
    assert_true(rate == 0.02);
    assert_ok(rnn_optimizer_load(&alone, PATH));
    struct snapshot expected = snapshot_take(run.model, alone);
    assert_same_as_snapshot(&run, &expected);
    snapshot_release(&expected);
    rnn_optimizer_destroy(alone);
    run_close(&run);
    close_lesson(&datasets);
}

/* One that has never run can be saved and loaded too; what the loading trainer had of a run is gone. */
static void test_before_the_first_epoch(void **state)
{
    (void)state;
    struct datasets datasets = datasets_open(tasks[1]);
    struct run fresh, used, whole;
    open_run(&fresh, &datasets, KEEP_BEST, 1);
    open_run(&whole, &datasets, KEEP_BEST, 1);
    open_run(&used, &datasets, KEEP_BEST, 99);
    assert_ok(rnn_trainer_save(fresh.trainer, PATH));
    assert_ok(rnn_fit(used.trainer, datasets.training, datasets.validation));
    assert_ok(rnn_trainer_load(used.trainer, PATH));
    assert_true(isnan(run_real(&used, RNN_BEST_LOSS)) && isnan(run_real(&used, RNN_VALIDATION_LOSS)));
    assert_int_equal(run_int(&used, RNN_EPOCH), 0);
    assert_same_bytes(run_bytes(&used), run_bytes(&fresh));
    assert_ok(rnn_fit(used.trainer, datasets.training, datasets.validation));
    assert_ok(rnn_fit(whole.trainer, datasets.training, datasets.validation));
    assert_same_runs(&whole, &used);
    run_close(&fresh);
    run_close(&used);
    run_close(&whole);
    close_lesson(&datasets);
}

/* A session on the model sees what was loaded. */
static void test_sessions_see_what_is_loaded(void **state)
{
    (void)state;
    const float x[INPUTS] = {1, -1, 0.5f};
    float y[OUTPUTS], z[OUTPUTS];
    struct datasets datasets = datasets_open(tasks[1]);
    struct run from, to;
    rnn_session *before, *other;
    open_run(&from, &datasets, SAVED, 1);
    open_run(&to, &datasets, SAVED, 99);
    assert_ok(rnn_session_create(&before, to.model, RNN_INFERENCE));
    assert_ok(rnn_session_create(&other, from.model, RNN_INFERENCE));
    assert_ok(rnn_trainer_save(from.trainer, PATH));
    assert_ok(rnn_trainer_load(to.trainer, PATH));
    assert_ok(rnn_step(before, y, OUTPUTS, x, INPUTS));
    assert_ok(rnn_step(other, z, OUTPUTS, x, INPUTS));
    assert_memory_equal(y, z, sizeof y);
    rnn_session_destroy(before);
    rnn_session_destroy(other);
    run_close(&from);
    run_close(&to);
    close_lesson(&datasets);
}

/* ---- files that are refused -------------------------------------------------------------------------------------- */

static void write_file(const unsigned char *data, size_t count)
{
    FILE *file = fopen(PATH, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, count, file), count);
    fclose(file);
}

/* The trainer refuses the file and is as it was. */
static void check_refused(struct run *run, int32_t status, const char *part)
{
    struct bytes before = run_bytes(run);
    double loss = run_real(run, RNN_TRAINING_LOSS);
    assert_fails(rnn_trainer_load(run->trainer, PATH), status);
    assert_memory_equal(rnn_last_error(), "rnn_trainer_load: ", 18);
    assert_string_equal(rnn_last_error(), rnn_trainer_last_error(run->trainer));
    if (!strstr(rnn_last_error(), part)) {
        print_error("\"%s\"\n  has no \"%s\"\n", rnn_last_error(), part);
        fail();
    }
    assert_same_bytes(before, run_bytes(run));
    assert_true(loss == run_real(run, RNN_TRAINING_LOSS));
}

/* The bytes with one text in the place of another of the same length. */
static void write_changed(struct bytes bytes, const char *from, const char *to)
{
    unsigned char *copy = malloc(bytes.count);
    size_t length = strlen(from), found = 0;
    assert_int_equal(length, strlen(to));
    assert_non_null(copy);
    memcpy(copy, bytes.data, bytes.count);
    for (size_t i = 0; i + length <= bytes.count && !found; i++)
        if (!memcmp(copy + i, from, length)) {
            memcpy(copy + i, to, length);
            found = 1;
        }
    assert_int_equal(found, 1);
    write_file(copy, bytes.count);
    free(copy);
}

static void test_damaged_files(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        int32_t status;
        const char *part;
    } changes[] = {
        {"\"rnn.trainer.epoch\"", "\"rnn.trainer.epocH\"", RNN_E_FORMAT, "rnn.trainer.epoch"},
        {"\"rnn.trainer.epoch\":\"3\"", "\"rnn.trainer.epoch\":\"x\"", RNN_E_FORMAT, "rnn.trainer.epoch"},
        {"\"rnn.trainer.epoch\":\"3\"", "\"rnn.trainer.epoch\":\" \"", RNN_E_FORMAT, "rnn.trainer.epoch"},
        {"\"rnn.trainer.stale\":\"", "\"rnn.trainer.stale\":-", RNN_E_FORMAT, ""},
        {"\"rnn.trainer.best_loss\":\"0x", "\"rnn.trainer.best_loss\":\"na", RNN_E_FORMAT, "best_loss"},
        {"\"trainer.parameters\"", "\"trainer.parameterz\"", RNN_E_FORMAT, "trainer.parameters"},
        {"\"trainer.best\"", "\"trainer.Best\"", RNN_E_FORMAT, "trainer.best"},
        {"\"optimizer.m\"", "\"optimizer.w\"", RNN_E_FORMAT, "optimizer."},
        {"\"rnn.optimizer\"", "\"rnn_optimizer\"", RNN_E_FORMAT, "rnn.optimizer"},
        {"RNN_OPTIMIZER_ADAM\"", "RNN_OPTIMIZER_ADAX\"", RNN_E_UNSUPPORTED, "ADAX"},
        {"RNN_OPTIMIZER_ADAM\"", "RNN_OPTIMIZER_SGD\" ", RNN_E_FORMAT, "optimizer.v"},
        {"\"rnn.optimizer.updates\":\"", "\"rnn.optimizer.updates\":-", RNN_E_FORMAT, ""},
        {"\"rnn.optimizer.patience\"", "\"rnn.optimizer.patients\"", RNN_E_UNSUPPORTED, "patients"},
        {"\"rnn.optimizer.patience\"", "\"rnn.optimizer.nesterov\"", RNN_E_FORMAT,
         "not an option of RNN_OPTIMIZER_ADAM"},
        {"\"rnn.trainer.stale\"", "\"rnn.trainer.stall\"", RNN_E_UNSUPPORTED, "stall"},
        {"\"rnn.optimizer.schedule\":\"4\"", "\"rnn.optimizer.schedule\":\"5\"", RNN_E_FORMAT, "schedule"},
    };
    struct datasets datasets = datasets_open(tasks[1]);
    struct run run;
    leave_file(&datasets, KEEP_BEST);
    struct bytes bytes = read_file(PATH);
    open_run(&run, &datasets, KEEP_BEST, 9);
    run_set(&run, RNN_EPOCHS, 2);
    assert_ok(rnn_fit(run.trainer, datasets.training, datasets.validation));
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        write_changed(bytes, changes[i].from, changes[i].to);
        check_refused(&run, changes[i].status, changes[i].part);
    }
    for (size_t length = 0; length < bytes.count; length += length < 64 ? 1 : 97) {
        write_file(bytes.data, length);
        check_refused(&run, RNN_E_FORMAT, "");
    }
    remove(PATH);
    check_refused(&run, RNN_E_IO, "fit_resume.safetensors");
    write_file(bytes.data, bytes.count);
    assert_ok(rnn_trainer_load(run.trainer, PATH));
    free(bytes.data);
    run_close(&run);
    close_lesson(&datasets);
}

/* A file from before the position within an epoch was in it goes on with the next epoch. */
static void test_old_files(void **state)
{
    (void)state;
    static const char *const names[] = {"sequences", "order.count", "order.batch_size", "order.shuffle",   "order.seed",
                                        "batch",     "batch_loss",  "training_loss",    "training_weight", "skipped"};
    struct datasets datasets = datasets_open(tasks[1]);
    struct run whole, resumed;
    open_run(&whole, &datasets, SAVED, 1);
    assert_ok(rnn_fit(whole.trainer, datasets.training, datasets.validation));
    leave_file(&datasets, SAVED);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char new[64], old[64];
        struct bytes bytes = read_file(PATH);
        snprintf(new, sizeof new, "\"rnn.trainer.%s\"", names[i]);
        snprintf(old, sizeof old, "\"not.trainer.%s\"", names[i]); /* which nobody reads */
        write_changed(bytes, new, old);
        free(bytes.data);
    }
    go_on(&resumed, &datasets, SAVED, 1);
    assert_same_runs(&whole, &resumed);
    assert_same_bytes(run_bytes(&whole), run_bytes(&resumed));
    run_close(&whole);
    run_close(&resumed);
    close_lesson(&datasets);
}

/* Files of others: a model, an optimiser alone, another kind of optimiser, another network. */
static void test_foreign_files(void **state)
{
    (void)state;
    struct datasets datasets = datasets_open(tasks[1]);
    struct run run, other;
    rnn_optimizer *sgd;
    rnn_trainer *trainer;
    open_run(&run, &datasets, SAVED, 9);
    run_set(&run, RNN_EPOCHS, 2);
    assert_ok(rnn_fit(run.trainer, datasets.training, datasets.validation));
    assert_ok(rnn_save(run.model, PATH));
    check_refused(&run, RNN_E_FORMAT, "not a file of a trainer");
    assert_ok(rnn_optimizer_save(run.optimizer, PATH));
    check_refused(&run, RNN_E_FORMAT, "not a file of a trainer");

    struct snapshot taken = snapshot_take(run.model, run.optimizer);
    assert_ok(rnn_optimizer_create(&sgd, RNN_OPTIMIZER_ADAMW, taken.parameters));
    open_trainer(&trainer, run.model, sgd, RNN_LOSS_CROSS_ENTROPY);
    assert_ok(rnn_trainer_save(trainer, PATH));
    check_refused(&run, RNN_E_FORMAT, "RNN_OPTIMIZER_ADAMW");

    run_open(&other, tasks[0], 1);
    assert_ok(rnn_trainer_save(other.trainer, PATH));
    check_refused(&run, RNN_E_FORMAT, "parameters");
    assert_fails(rnn_trainer_load(run.trainer, "no/such/file"), RNN_E_IO);
    assert_fails(rnn_trainer_save(run.trainer, "no/such/file"), RNN_E_IO);
    snapshot_release(&taken);
    rnn_trainer_destroy(trainer);
    rnn_optimizer_destroy(sgd);
    run_close(&run);
    run_close(&other);
    close_lesson(&datasets);
}

int main(void)
{
    const struct CMUnitTest tests_of_resuming[] = {
        cmocka_unit_test(test_resumed),
        cmocka_unit_test(test_resumed_on_two_threads),
        cmocka_unit_test(test_every_optimizer),
        cmocka_unit_test(test_early_stop_is_resumed),
        cmocka_unit_test(test_options_and_optimizer),
        cmocka_unit_test(test_before_the_first_epoch),
        cmocka_unit_test(test_sessions_see_what_is_loaded),
        cmocka_unit_test(test_damaged_files),
        cmocka_unit_test(test_old_files),
        cmocka_unit_test(test_foreign_files),
    };
    return cmocka_run_group_tests(tests_of_resuming, NULL, NULL);
}
