/* RNN_STREAM_STEPS: rnn_fit over pieces of sequences, with the state carried on, is the same loop over other functions
 * of rnn.h, bit by bit; and it can be stopped and resumed after any batch.  Linked with --wrap=rnni_memory_take. */
#include "support/fitting.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH "fit_streams.safetensors"

enum { EPOCHS = 2, MOST_STEPS = LONGEST + 1 };

static size_t takes, fail_at;
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    return ++takes == fail_at ? NULL : __real_rnni_memory_take(count, size);
}

static int can_be_cut(struct task task)
{
    return task.loss != RNN_LOSS_CTC && task.output == RNN_OUTPUT_EVERY_STEP && !task.bidirectional;
}

static void open_run(struct run *run, struct task task, int64_t steps, int64_t shuffle, int64_t model_seed)
{
    run_open(run, task, model_seed);
    run_set(run, RNN_STREAM_STEPS, steps);
    run_set(run, RNN_SHUFFLE, shuffle);
    run_set(run, RNN_SEED, -77);
    run_set(run, RNN_EPOCHS, EPOCHS);
}

/* ---- against a loop ---------------------------------------------------------------------------------------------- */

/* A sequence of a batch, and where it is. */
struct row {
    size_t sequence, step;
    float *state;
};

static struct sequence piece_of(const struct sequence *whole, struct task task, size_t first, size_t most)
{
    struct sequence piece = *whole;
    size_t left = whole->steps - first;
    piece.steps = left < most ? left : most;
    memmove(piece.x, whole->x + first * INPUTS, piece.steps * INPUTS * sizeof(float));
    memmove(piece.tokens, whole->tokens + first, piece.steps * sizeof(int32_t));
    memmove(piece.values, whole->values + first * OUTPUTS, piece.steps * OUTPUTS * sizeof(float));
    memmove(piece.classes, whole->classes + first, piece.steps * sizeof(int32_t));
    if (task.loss == RNN_LOSS_CROSS_ENTROPY)
        piece.classes_count = piece.steps;
    return piece;
}

/* One batch, of `count` rows of which `carried` go on; keeps the states.  Returns how many go on. */
static size_t loop_pieces(struct loop *loop, const struct data *data, struct row *rows, size_t count, size_t most,
                          double *loss)
{
    struct sequence pieces[BATCH];
    const struct sequence *batch[BATCH];
    float *states = calloc(BATCH * loop->states_width, sizeof *states);
    size_t left = 0;
    assert_non_null(states);
    loop->carried = 0;
    for (size_t b = 0; b < count; b++) {
        pieces[b] = piece_of(&data->sequences[rows[b].sequence], data->task, rows[b].step, most);
        batch[b] = &pieces[b];
        if (rows[b].step)
            memcpy(states + loop->carried++ * loop->states_width, rows[b].state, loop->states_width * sizeof *states);
    }
    loop->states = states;
    *loss = loop_batch(loop, batch, count, 1);
    for (size_t b = 0; b < count; b++) {
        rows[b].step += pieces[b].steps;
        if (rows[b].step == data->sequences[rows[b].sequence].steps)
            continue;
        assert_ok(rnn_session_get_row_state(loop->session, b, rows[b].state, loop->states_width));
        struct row row = rows[left]; /* whose state is no longer needed, unless it is the same */
        rows[left] = rows[b];
        rows[b] = row;
        left++;
    }
    free(states);
    return left;
}

static size_t loop_streams(struct loop *loop, const struct data *data, size_t most, int64_t epoch, double *losses)
{
    struct row rows[BATCH];
    size_t count = 0, next = 0, batches = 0;
    assert_ok(rnn_session_row_state_count(loop->session, &loop->states_width));
    for (size_t b = 0; b < BATCH; b++)
        assert_non_null(rows[b].state = calloc(loop->states_width, sizeof(float)));
    while (count || next < data->count) {
        for (; count < BATCH && next < data->count; count++, next++) {
            rows[count].sequence = next;
            rows[count].step = 0;
        }
        loop_begin(loop, epoch, batches);
        count = loop_pieces(loop, data, rows, count, most, &losses[batches]);
        batches++;
    }
    for (size_t b = 0; b < BATCH; b++)
        free(rows[b].state);
    return batches;
}

static void check_loop(struct task task, size_t most)
{
    struct data data = fitting_data(task, SEQUENCES, 5);
    rnn_dataset *dataset = fitting_dataset(&data);
    struct loop loop = loop_open(task, 1);
    struct run run;
    double losses[MAX_EVENTS];
    size_t at = 0;
    loop.seed = -77;
    open_run(&run, task, (int64_t)most, 0, 1);
    assert_ok(rnn_fit(run.trainer, dataset, NULL));
    for (int64_t epoch = 0; epoch < EPOCHS; epoch++) {
        size_t batches = loop_streams(&loop, &data, most, epoch, losses);
        assert_true(most >= LONGEST || batches > BATCHES);
        assert_epoch_was(&run, &at, losses, batches);
    }
    assert_int_equal(at, run.event_count);
    assert_same_as_loop(&run, &loop);
    loop_close(&loop);
    run_close(&run);
    rnn_dataset_destroy(dataset);
}

static void test_as_a_loop(void **state)
{
    (void)state;
    for (size_t i = 0; i < task_count; i++)
        for (size_t most = 1; can_be_cut(tasks[i]) && most <= MOST_STEPS; most++)
            check_loop(tasks[i], most);
}

/* With pieces that no sequence exceeds it is the fit of whole sequences. */
static void test_long_pieces_are_whole_sequences(void **state)
{
    (void)state;
    for (size_t i = 0; i < task_count; i++) {
        if (!can_be_cut(tasks[i]))
            continue;
        struct datasets datasets = datasets_open_weighted(tasks[i]);
        struct run whole, pieces;
        open_run(&whole, tasks[i], 0, 1, 1);
        open_run(&pieces, tasks[i], LONGEST, 1, 1);
        assert_ok(rnn_fit(whole.trainer, datasets.training, datasets.validation));
        assert_ok(rnn_fit(pieces.trainer, datasets.training, datasets.validation));
        assert_same_runs(&whole, &pieces);
        assert_int_equal(whole.event_count, pieces.event_count);
        run_close(&whole);
        run_close(&pieces);
        datasets_close(&datasets);
    }
}

/* ---- validation -------------------------------------------------------------------------------------------------- */

static void test_validation_is_of_whole_sequences(void **state)
{
    (void)state;
    for (size_t i = 0; i < task_count; i++)
        for (int64_t most = 1; can_be_cut(tasks[i]) && most < LONGEST; most++) {
            struct datasets datasets = datasets_open_weighted(tasks[i]);
            struct run run;
            double whole, pieces, accuracy, accuracy_of_pieces;
            open_run(&run, tasks[i], 0, 1, 1);
            assert_ok(rnn_evaluate(run.trainer, &whole, &accuracy, datasets.training));
            run_set(&run, RNN_STREAM_STEPS, most);
            assert_ok(rnn_evaluate(run.trainer, &pieces, &accuracy_of_pieces, datasets.training));
            assert_close(pieces, whole, 1e-5);
            assert_true(accuracy == accuracy_of_pieces || (isnan(accuracy) && isnan(accuracy_of_pieces)));
            run_close(&run);
            datasets_close(&datasets);
        }
}

/* ---- resuming ---------------------------------------------------------------------------------------------------- */

/* New handles go on after batch `at`.  0: there is no such batch. */
static int check_resumed(const struct datasets *datasets, const struct run *whole, int64_t most, size_t at)
{
    struct run stopped, resumed;
    double loss;
    open_run(&stopped, datasets->task, most, 1, 1);
    run_stop_after_batch(&stopped, at, PATH);
    int32_t status = rnn_fit(stopped.trainer, datasets->training, datasets->validation);
    run_close(&stopped);
    if (!status)
        return 0;
    assert_int_equal(status, 5);
    open_run(&resumed, datasets->task, most, 1, 99);
    run_set(&resumed, RNN_THREADS, THREADS(1 + (int64_t)at % 2));
    assert_ok(rnn_trainer_load(resumed.trainer, PATH));
    assert_ok(rnn_evaluate(resumed.trainer, &loss, NULL, datasets->validation)); /* disturbs nothing */
    assert_ok(rnn_fit(resumed.trainer, datasets->training, datasets->validation));
    assert_same_runs(&resumed, whole);
    assert_same_bytes(run_bytes(&resumed), run_bytes((struct run *)(uintptr_t)whole));
    run_close(&resumed);
    return 1;
}

static void test_resumed_after_every_batch(void **state)
{
    (void)state;
    for (size_t i = 0; i < task_count; i++)
        for (int64_t most = 1; can_be_cut(tasks[i]) && most <= 4; most += 3) {
            struct datasets datasets = datasets_open_weighted(tasks[i]);
            struct run whole, again;
            size_t batches = 0;
            open_run(&whole, tasks[i], most, 1, 1);
            assert_ok(rnn_fit(whole.trainer, datasets.training, datasets.validation));
            while (check_resumed(&datasets, &whole, most, batches + 1))
                batches++;
            assert_int_equal(batches, run_events(&whole, RNN_EVENT_BATCH));
            open_run(&again, tasks[i], most, 1, 1); /* and the same trainer, again and again */
            again.stop_event = RNN_EVENT_BATCH;
            again.stop_with = 3;
            for (again.stop_at = 1; again.stop_at <= batches; again.stop_at++)
                assert_int_equal(rnn_fit(again.trainer, datasets.training, datasets.validation), 3);
            assert_ok(rnn_fit(again.trainer, datasets.training, datasets.validation));
            assert_same_runs(&again, &whole);
            run_close(&whole);
            run_close(&again);
            datasets_close(&datasets);
            remove(PATH);
        }
}

/* ---- a number that is not finite --------------------------------------------------------------------------------- */

static void test_skipped(void **state)
{
    (void)state;
    struct data data = fitting_data(tasks[1], 3, 5);
    for (size_t i = 0; i < 3; i++)
        data.sequences[i].steps = data.sequences[i].classes_count = LONGEST;
    data.sequences[1].x[2 * INPUTS] = NAN; /* in the second piece */
    rnn_dataset *dataset = fitting_dataset(&data);
    struct run run;
    open_run(&run, tasks[1], 2, 0, 1);
    run_set(&run, RNN_EPOCHS, 1);
    assert_fails(rnn_fit(run.trainer, dataset, NULL), RNN_E_NONFINITE);
    check_message("rnn_fit(", "epoch 1, batch 2: sequence 1: ", __FILE__, __LINE__);
    assert_int_equal(run_updates(&run), 1);
    struct bytes before = run_bytes(&run);
    assert_fails(rnn_fit(run.trainer, dataset, NULL), RNN_E_NONFINITE);
    assert_same_bytes(before, run_bytes(&run));
    run_set(&run, RNN_SKIP_NONFINITE, 1);
    assert_ok(rnn_fit(run.trainer, dataset, NULL));
    assert_int_equal(run_int(&run, RNN_SKIPPED), 1); /* and not the third, which goes on without the state */
    assert_int_equal(run_updates(&run), 2);
    run_close(&run);
    rnn_dataset_destroy(dataset);
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

static void check_refused(struct task task, const char *part)
{
    struct datasets datasets = datasets_open(task);
    struct run run;
    double loss = -1;
    open_run(&run, task, 2, 1, 1);
    struct bytes before = run_bytes(&run);
    assert_fails(rnn_fit(run.trainer, datasets.training, NULL), RNN_E_STATE);
    check_message("rnn_fit(", part, __FILE__, __LINE__);
    assert_fails(rnn_evaluate(run.trainer, &loss, NULL, datasets.training), RNN_E_STATE);
    check_message("rnn_evaluate(", part, __FILE__, __LINE__);
    assert_true(loss == -1);
    assert_same_bytes(before, run_bytes(&run));
    run_close(&run);
    datasets_close(&datasets);
}

static void test_whole_sequences_are_wanted(void **state)
{
    (void)state;
    check_refused(tasks[11], "RNN_STREAM_STEPS is 2, and RNN_LOSS_CTC needs whole sequences: expected 0");
    check_refused(tasks[2], "one output for each sequence needs whole sequences");
    check_refused(tasks[4], "the reverse direction of the network needs whole sequences");
}

/* A list of one layer after another; `centred`: its convolution looks ahead. */
static void open_list(struct run *run, int centred)
{
    rnn_config *config;
    size_t index;
    *run = (struct run){.loss = fitting_loss(tasks[5])};
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, INPUTS));
    assert_ok(rnn_config_add_layer(config, &index, RNN_KIND_CONV1D));
    assert_ok(rnn_config_set_layer_int(config, index, RNN_OUTPUT_SIZE, 3));
    assert_ok(rnn_config_set_layer_int(config, index, RNN_KERNEL_SIZE, 3));
    assert_ok(rnn_config_set_layer_int(config, index, RNN_PADDING, centred ? RNN_PADDING_CENTRED : RNN_PADDING_CAUSAL));
    assert_ok(rnn_config_add_layer(config, &index, RNN_KIND_RECURRENT));
    assert_ok(rnn_config_set_layer_int(config, index, RNN_CELL, RNN_CELL_GRU));
    assert_ok(rnn_config_set_layer_int(config, index, RNN_HIDDEN_SIZE, 5));
    assert_ok(rnn_config_add_layer(config, &index, RNN_KIND_DENSE));
    assert_ok(rnn_config_set_layer_int(config, index, RNN_OUTPUT_SIZE, OUTPUTS));
    assert_ok(rnn_create(&run->model, config));
    rnn_config_destroy(config);
    run->optimizer = fitting_optimizer(run->model);
    assert_ok(rnn_trainer_create(&run->trainer, run->model, run->optimizer, run->loss));
    run_set(run, RNN_BATCH_SIZE, BATCH);
    run_set(run, RNN_EPOCHS, 1);
}

static void test_lists_of_layers(void **state)
{
    (void)state;
    struct datasets datasets = datasets_open(tasks[5]);
    struct run run;
    double whole, pieces;
    open_list(&run, 1);
    run_set(&run, RNN_STREAM_STEPS, 2);
    assert_fails(rnn_fit(run.trainer, datasets.training, NULL), RNN_E_STATE);
    check_message("rnn_fit(", "centred convolution, needs whole sequences: expected 0", __FILE__, __LINE__);
    run_close(&run);
    open_list(&run, 0);
    assert_ok(rnn_evaluate(run.trainer, &whole, NULL, datasets.training));
    run_set(&run, RNN_STREAM_STEPS, 2);
    assert_ok(rnn_evaluate(run.trainer, &pieces, NULL, datasets.training));
    assert_close(pieces, whole, 1e-5);
    assert_ok(rnn_fit(run.trainer, datasets.training, NULL));
    run_close(&run);
    datasets_close(&datasets);
}

/* A run that is stopped after its first batch of pieces of two steps. */
static void open_stopped(struct run *run, const struct datasets *datasets)
{
    open_run(run, datasets->task, 2, 0, 1);
    run->stop_event = RNN_EVENT_BATCH;
    run->stop_with = 1;
    run->stop_at = 1;
    assert_int_equal(rnn_fit(run->trainer, datasets->training, NULL), 1);
}

static void test_other_pieces_are_refused(void **state)
{
    (void)state;
    struct datasets datasets = datasets_open(tasks[1]);
    struct data data = fitting_data(tasks[1], SEQUENCES, 5);
    for (size_t i = 0; i < SEQUENCES; i++)
        data.sequences[i].steps = data.sequences[i].classes_count = 1;
    rnn_dataset *shorter = fitting_dataset(&data);
    struct run run;
    open_stopped(&run, &datasets);
    struct bytes before = run_bytes(&run);
    run_set(&run, RNN_STREAM_STEPS, 3);
    assert_fails(rnn_fit(run.trainer, datasets.training, NULL), RNN_E_STATE);
    check_message("rnn_fit(", "RNN_STREAM_STEPS is 3, expected 2: 4 sequences of epoch 1 are done", __FILE__, __LINE__);
    run_set(&run, RNN_STREAM_STEPS, 2);
    assert_fails(rnn_fit(run.trainer, shorter, NULL), RNN_E_STATE);
    check_message("rnn_fit(", "has 1 steps, expected more than 2, which are done", __FILE__, __LINE__);
    assert_same_bytes(before, run_bytes(&run));
    assert_ok(rnn_fit(run.trainer, datasets.training, NULL));
    assert_fails(rnn_trainer_set_int(run.trainer, RNN_STREAM_STEPS, -1), RNN_E_VALUE);
    run_close(&run);
    rnn_dataset_destroy(shorter);
    datasets_close(&datasets);
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static void write_bytes(struct bytes bytes)
{
    FILE *file = fopen(PATH, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.count, file), bytes.count);
    assert_int_equal(fclose(file), 0);
}

/* Where a text is in the bytes. */
static unsigned char *find(struct bytes bytes, const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i + length <= bytes.count; i++)
        if (!memcmp(bytes.data + i, text, length))
            return bytes.data + i;
    fail();
    return NULL;
}

static void check_file(struct run *run, struct bytes bytes, const char *part)
{
    struct bytes before = run_bytes(run);
    write_bytes(bytes);
    assert_fails(rnn_trainer_load(run->trainer, PATH), RNN_E_FORMAT);
    check_message("rnn_trainer_load(", part, __FILE__, __LINE__);
    assert_same_bytes(before, run_bytes(run));
}

/* The file of a run, with one text replaced by another, as long. */
static struct bytes spoiled(struct run *run, const char *text, const char *by)
{
    struct bytes bytes = run_bytes(run);
    assert_int_equal(strlen(text), strlen(by));
    memcpy(find(bytes, text), by, strlen(by));
    return bytes;
}

static void test_files(void **state)
{
    (void)state;
    struct datasets datasets = datasets_open(tasks[1]);
    struct run stopped, run;
    open_stopped(&stopped, &datasets);
    open_run(&run, tasks[1], 2, 0, 9);
    struct bytes bytes = spoiled(&stopped, "rnn.trainer.order.batch_size\":\"4", "rnn.trainer.order.batch_size\":\"1");
    check_file(&run, bytes, "the file's trainer.streams has ");
    free(bytes.data);
    bytes = spoiled(&stopped, "rnn.trainer.sequences\":\"4", "rnn.trainer.sequences\":\"0");
    check_file(&run, bytes, "the file's trainer.streams has a place or step that is not valid");
    free(bytes.data);
    run_close(&stopped);
    run_close(&run);
    datasets_close(&datasets);
    remove(PATH);
}

/* The places and steps of the sequences that go on are whole numbers: each in two floats below 2^24. */
static void test_places_and_steps_in_files(void **state)
{
    (void)state;
    static const float wrong[] = {-1, 0.5f, 16777216, NAN, INFINITY};
    struct datasets datasets = datasets_open(tasks[1]);
    struct run stopped, run;
    open_stopped(&stopped, &datasets);
    open_run(&run, tasks[1], 2, 0, 9);
    struct bytes bytes = spoiled(&stopped, "rnn.crc32.trainer.streams", "not.crc32.trainer.streams");
    const char *entry = (const char *)find(bytes, "\"trainer.streams\":{");
    size_t rows, width, begin, header = bytes.data[0] | (size_t)bytes.data[1] << 8 | (size_t)bytes.data[2] << 16;
    assert_int_equal(sscanf(entry, "\"trainer.streams\":{\"dtype\":\"F32\",\"shape\":[%zu,%zu],\"data_offsets\":[%zu",
                            &rows, &width, &begin),
                     3);
    unsigned char *at = bytes.data + 8 + header + begin;
    for (size_t half = 0; half < 4; half++)
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
            float before;
            memcpy(&before, at + 4 * half, 4);
            memcpy(at + 4 * half, &wrong[i], 4);
            check_file(&run, bytes, "the file's trainer.streams has a place or step that is not valid");
            memcpy(at + 4 * half, &before, 4);
        }
    if (rows > 1) { /* the same place twice, and no step done */
        const float zero = 0;
        unsigned char second[8], *next = at + 4 * width;
        memcpy(second, next, 8);
        memcpy(next, at, 8);
        check_file(&run, bytes, "has a place or step that is not valid");
        memcpy(next, second, 8);
        memcpy(at + 12, &zero, 4);
        check_file(&run, bytes, "has a place or step that is not valid");
    }
    free(bytes.data);
    /* one bit of the rows, which have a checksum */
    bytes = run_bytes(&stopped);
    entry = (const char *)find(bytes, "\"trainer.streams\":{");
    header = bytes.data[0] | (size_t)bytes.data[1] << 8 | (size_t)bytes.data[2] << 16;
    assert_non_null(strstr(entry, "data_offsets\":["));
    assert_int_equal(sscanf(strstr(entry, "data_offsets\":["), "data_offsets\":[%zu", &begin), 1);
    bytes.data[8 + header + begin + 17] ^= 1;
    check_file(&run, bytes, "trainer.streams");
    free(bytes.data);
    run_close(&stopped);
    run_close(&run);
    datasets_close(&datasets);
    remove(PATH);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static void open_with_all(struct run *run)
{
    open_run(run, tasks[1], 2, 1, 1);
    run_set(run, RNN_KEEP_BEST, 1);
    run_set(run, RNN_THREADS, THREADS(2));
    assert_ok(rnn_trainer_set_checkpoint(run->trainer, PATH));
}

static void test_memory(void **state)
{
    (void)state;
    struct datasets datasets = datasets_open(tasks[1]);
    struct run run, whole;
    int32_t status = RNN_E_MEMORY;
    open_with_all(&whole);
    assert_ok(rnn_fit(whole.trainer, datasets.training, datasets.validation));
    open_with_all(&run);
    struct bytes before = run_bytes(&run);
    for (size_t n = 1; status; n++) {
        takes = 0;
        fail_at = n;
        status = rnn_fit(run.trainer, datasets.training, datasets.validation);
        fail_at = 0;
        if (!status)
            break;
        assert_int_equal(status, RNN_E_MEMORY);
        if (!strstr(rnn_last_error(), "rnn_session_set_threads: cannot start 2 threads"))
            check_message("rnn_fit(", "out of memory", __FILE__, __LINE__);
        struct bytes is = run_bytes(&run);
        assert_int_equal(is.count, before.count);
        assert_memory_equal(is.data, before.data, is.count);
        free(is.data);
    }
    assert_same_runs(&run, &whole);
    free(before.data);
    run_close(&run);
    run_close(&whole);
    datasets_close(&datasets);
    remove(PATH);
}

static void test_memory_of_loading(void **state)
{
    (void)state;
    struct datasets datasets = datasets_open(tasks[1]);
    struct run stopped, run, untouched;
    int32_t status = RNN_E_MEMORY;
    open_stopped(&stopped, &datasets);
    assert_ok(rnn_trainer_save(stopped.trainer, PATH));
    open_run(&run, tasks[1], 2, 0, 9);
    open_run(&untouched, tasks[1], 2, 0, 9);
    for (size_t n = 1; status; n++) {
        takes = 0;
        fail_at = n;
        status = rnn_trainer_load(run.trainer, PATH);
        fail_at = 0;
        if (status) {
            assert_int_equal(status, RNN_E_MEMORY);
            assert_same_bytes(run_bytes(&run), run_bytes(&untouched));
        }
    }
    assert_ok(rnn_fit(run.trainer, datasets.training, NULL));
    stopped.stop_event = 0;
    assert_ok(rnn_fit(stopped.trainer, datasets.training, NULL));
    assert_same_runs(&run, &stopped);
    run_close(&stopped);
    run_close(&run);
    run_close(&untouched);
    datasets_close(&datasets);
    remove(PATH);
}

static int32_t count_from_the_first_update(void *user, rnn_trainer *trainer, int32_t event)
{
    size_t *events = user;
    (void)trainer, (void)event;
    if (!(*events)++)
        takes = 0;
    return 0;
}

/* Checkpoints of every epoch, and files at a batch, find the room for the states. */
static void test_no_allocation_after_the_first_update(void **state)
{
    (void)state;
    struct datasets datasets = datasets_open(tasks[1]);
    struct run run;
    size_t events = 0;
    open_with_all(&run);
    assert_ok(rnn_trainer_set_callback(run.trainer, count_from_the_first_update, &events));
    assert_ok(rnn_fit(run.trainer, datasets.training, datasets.validation));
    assert_int_equal(takes, 0);
    assert_true(events > EPOCHS * BATCHES);
    run_close(&run);
    datasets_close(&datasets);
    remove(PATH);
}

int main(void)
{
    const struct CMUnitTest tests_of_streams[] = {
        cmocka_unit_test(test_as_a_loop),
        cmocka_unit_test(test_long_pieces_are_whole_sequences),
        cmocka_unit_test(test_validation_is_of_whole_sequences),
        cmocka_unit_test(test_resumed_after_every_batch),
        cmocka_unit_test(test_skipped),
        cmocka_unit_test(test_whole_sequences_are_wanted),
        cmocka_unit_test(test_lists_of_layers),
        cmocka_unit_test(test_other_pieces_are_refused),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_places_and_steps_in_files),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_memory_of_loading),
        cmocka_unit_test(test_no_allocation_after_the_first_update),
    };
    return cmocka_run_group_tests(tests_of_streams, NULL, NULL);
}
