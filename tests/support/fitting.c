#include "support/fitting.h"

#include "base/random.h"
#include "support/folder.h"
#include "support/loss_call.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct task tasks[] = {
    {RNN_LOSS_CROSS_ENTROPY, 1, RNN_OUTPUT_EVERY_STEP, 0, 0},
    {RNN_LOSS_CROSS_ENTROPY, 0, RNN_OUTPUT_EVERY_STEP, 0.3, 0},
    {RNN_LOSS_CROSS_ENTROPY, 1, RNN_OUTPUT_LAST_STEP, 0.3, 0},
    {RNN_LOSS_CROSS_ENTROPY, 0, RNN_OUTPUT_MEAN, 0, 1},
    {RNN_LOSS_BINARY_CROSS_ENTROPY, 0, RNN_OUTPUT_EVERY_STEP, 0, 1},
    {RNN_LOSS_SQUARED_ERROR, 0, RNN_OUTPUT_EVERY_STEP, 0.2, 0},
    {RNN_LOSS_SQUARED_ERROR, 1, RNN_OUTPUT_LAST_STEP, 0, 0},
    {RNN_LOSS_ABSOLUTE_ERROR, 1, RNN_OUTPUT_EVERY_STEP, 0, 0},
    {RNN_LOSS_HUBER, 0, RNN_OUTPUT_EVERY_STEP, 0, 0},
    {RNN_LOSS_HUBER, 0, RNN_OUTPUT_MEAN, 0.2, 0},
    {RNN_LOSS_CTC, 0, RNN_OUTPUT_EVERY_STEP, 0, 1},
    {RNN_LOSS_CTC, 1, RNN_OUTPUT_EVERY_STEP, 0.3, 0},
};
const size_t task_count = sizeof tasks / sizeof *tasks;

static const double smoothing = 0.1, delta = 0.3;
enum { BLANK = 2 };

static int has_values(struct task task)
{
    return task.loss != RNN_LOSS_CROSS_ENTROPY && task.loss != RNN_LOSS_CTC;
}

static int pools(struct task task)
{
    return task.output != RNN_OUTPUT_EVERY_STEP;
}

/* ---- data -------------------------------------------------------------------------------------------------------- */

static int32_t random_below(int32_t end, uint64_t *seed)
{
    return (int32_t)((uniform(seed) + 1) / 2 * end);
}

static void fill_classes(struct sequence *sequence, struct task task, uint64_t *seed)
{
    int ctc = task.loss == RNN_LOSS_CTC;
    size_t labels = (size_t)random_below((int32_t)sequence->steps, seed); /* sometimes 0, or too many for CTC */
    sequence->classes_count = ctc ? labels : pools(task) ? 1 : sequence->steps;
    for (size_t i = 0; i < LONGEST; i++) {
        int32_t class = random_below(OUTPUTS, seed);
        int ignored = !ctc && random_below(8, seed) == 0;
        sequence->classes[i] = ignored ? IGNORED : ctc && class == BLANK ? class + 1 : class;
    }
}

struct data fitting_data(struct task task, size_t count, uint64_t seed)
{
    struct data data = {.task = task, .count = count};
    for (size_t s = 0; s < count; s++) {
        struct sequence *sequence = &data.sequences[s];
        sequence->steps = 1 + (size_t)random_below(LONGEST, &seed);
        fill_uniform(sequence->x, LONGEST * INPUTS, &seed);
        for (size_t i = 0; i < LONGEST; i++)
            sequence->tokens[i] = random_below(VOCABULARY, &seed);
        fill_classes(sequence, task, &seed);
        fill_uniform(sequence->values, LONGEST * OUTPUTS, &seed);
        for (size_t i = 0; i < LONGEST * OUTPUTS && task.loss == RNN_LOSS_BINARY_CROSS_ENTROPY; i++)
            sequence->values[i] = (sequence->values[i] + 1) / 2;
    }
    return data;
}

/* A copy in a block of exactly that size, so that a sanitizer finds reads past the end. */
static void *exact(const void *from, size_t bytes)
{
    void *block = malloc(bytes ? bytes : 1);
    assert_non_null(block);
    return memcpy(block, from, bytes);
}

static void add(rnn_dataset *dataset, const struct sequence *sequence, struct task task)
{
    size_t steps = sequence->steps, rows = pools(task) ? 1 : steps;
    size_t x_count = task.tokens ? 0 : steps * INPUTS, tokens_count = task.tokens ? steps : 0;
    size_t classes_count = has_values(task) ? 0 : sequence->classes_count;
    size_t values_count = has_values(task) ? rows * OUTPUTS : 0;
    float *x = exact(sequence->x, x_count * sizeof *x);
    int32_t *tokens = exact(sequence->tokens, tokens_count * sizeof *tokens);
    int32_t *classes = exact(sequence->classes, classes_count * sizeof *classes);
    float *values = exact(sequence->values, values_count * sizeof *values);
    add_sequence(dataset, x_count ? x : NULL, x_count, tokens_count ? tokens : NULL, tokens_count, classes,
                 classes_count, values_count ? values : NULL, values_count, steps);
    free(x);
    free(tokens);
    free(classes);
    free(values);
}

rnn_dataset *fitting_dataset(const struct data *data)
{
    rnn_dataset *dataset;
    size_t count;
    assert_ok(rnn_dataset_create(&dataset));
    for (size_t i = 0; i < data->count; i++)
        add(dataset, &data->sequences[i], data->task);
    assert_ok(rnn_dataset_count(dataset, &count));
    assert_int_equal(count, data->count);
    return dataset;
}

void fitting_set_weights(rnn_dataset *dataset, const struct data *data)
{
    static const float mask[LONGEST] = {0.5f, 1, 0, 2, 0.25f, 1};
    int has_mask = data->task.loss != RNN_LOSS_CTC && !pools(data->task);
    for (size_t s = 0; s < data->count; s++) {
        if (has_mask && s > 0)
            assert_ok(rnn_dataset_set_mask(dataset, s, mask, data->sequences[s].steps));
        assert_ok(rnn_dataset_set_weight(dataset, s, 0.25 * (double)(s + 1)));
    }
}

void fitting_set_step_masks(rnn_dataset *dataset, const struct data *data)
{
    static const int32_t mask[LONGEST] = {1, 0, 1, 1, 0, 1}, none[LONGEST];
    for (size_t s = 0; s < data->count; s++)
        assert_ok(rnn_dataset_set_step_mask(dataset, s, s == 1 ? none : mask, data->sequences[s].steps));
}

static struct datasets open_datasets(struct task task, int weighted)
{
    struct data data = fitting_data(task, SEQUENCES, 5), other = fitting_data(task, 6, 6);
    struct datasets datasets = {fitting_dataset(&data), fitting_dataset(&other), task};
    if (weighted) {
        fitting_set_weights(datasets.training, &data);
        fitting_set_weights(datasets.validation, &other);
    }
    return datasets;
}

struct datasets datasets_open(struct task task)
{
    return open_datasets(task, 0);
}

struct datasets datasets_open_weighted(struct task task)
{
    return open_datasets(task, 1);
}

void datasets_close(struct datasets *datasets)
{
    rnn_dataset_destroy(datasets->training);
    rnn_dataset_destroy(datasets->validation);
}

rnn_model *fitting_model(struct task task, int64_t seed)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(
        rnn_config_set_int(config, task.tokens ? RNN_VOCABULARY : RNN_INPUT_SIZE, task.tokens ? VOCABULARY : INPUTS));
    assert_ok(rnn_config_set_int(config, RNN_CELL, task.tokens ? RNN_CELL_GRU : RNN_CELL_LSTM));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 5));
    assert_ok(rnn_config_set_int(config, RNN_LAYERS, 2));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, OUTPUTS));
    assert_ok(
        rnn_config_set_int(config, RNN_DIRECTION, task.bidirectional ? RNN_DIRECTION_BOTH : RNN_DIRECTION_FORWARD));
    assert_ok(rnn_config_set_int(config, RNN_OUTPUT, task.output));
    assert_ok(rnn_config_set_int(config, RNN_SEED, seed));
    assert_ok(rnn_config_set_real(config, RNN_DROPOUT, task.dropout));
    assert_ok(rnn_config_set_real(config, RNN_RECURRENT_DROPOUT, task.dropout));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

rnn_optimizer *fitting_optimizer(const rnn_model *model)
{
    rnn_optimizer *optimizer;
    const float *values;
    size_t count;
    assert_ok(rnn_model_parameters(model, &values, &count));
    assert_ok(rnn_optimizer_create(&optimizer, RNN_OPTIMIZER_ADAM, count));
    assert_ok(rnn_optimizer_set_real(optimizer, RNN_RATE, 0.02));
    assert_ok(rnn_optimizer_set_int(optimizer, RNN_SCHEDULE, RNN_SCHEDULE_COSINE));
    assert_ok(rnn_optimizer_set_int(optimizer, RNN_WARMUP, 3));
    assert_ok(rnn_optimizer_set_int(optimizer, RNN_PERIOD, 15));
    assert_ok(rnn_optimizer_set_real(optimizer, RNN_MINIMUM_RATE, 0.001));
    assert_ok(rnn_optimizer_set_real(optimizer, RNN_MAX_NORM, 0.9));
    assert_ok(rnn_optimizer_set_int(optimizer, RNN_PLATEAU, 1));
    assert_ok(rnn_optimizer_set_int(optimizer, RNN_PATIENCE, 0));
    assert_ok(rnn_optimizer_set_real(optimizer, RNN_PLATEAU_FACTOR, 0.7));
    assert_ok(rnn_optimizer_set_real(optimizer, RNN_PLATEAU_THRESHOLD, 0.05));
    return optimizer;
}

rnn_loss *fitting_loss(struct task task)
{
    rnn_loss *loss;
    assert_ok(rnn_loss_create(&loss, task.loss));
    if (task.loss == RNN_LOSS_CROSS_ENTROPY) {
        assert_ok(rnn_loss_set_int(loss, RNN_IGNORED, IGNORED));
        assert_ok(rnn_loss_set_real(loss, RNN_SMOOTHING, smoothing));
    }
    if (task.loss == RNN_LOSS_HUBER)
        assert_ok(rnn_loss_set_real(loss, RNN_DELTA, delta));
    if (task.loss == RNN_LOSS_CTC) {
        assert_ok(rnn_loss_set_int(loss, RNN_BLANK, BLANK));
        assert_ok(rnn_loss_set_int(loss, RNN_ZERO_INFINITY, 1));
    }
    return loss;
}

void check_message(const char *call, const char *part, const char *file, int line)
{
    size_t length = strcspn(call, "(");
    if (!strncmp(rnn_last_error(), call, length) && rnn_last_error()[length] == ':' && strstr(rnn_last_error(), part))
        return;
    print_error("%s\n  left \"%s\"\n  expected \"%s\" in it\n", call, rnn_last_error(), part);
    _fail(file, line);
}

/* ---- runs -------------------------------------------------------------------------------------------------------- */

static int32_t listen(void *user, rnn_trainer *trainer, int32_t event)
{
    struct run *run = user;
    assert_ptr_equal(trainer, run->trainer);
    assert_true(run->event_count < MAX_EVENTS);
    run->events[run->event_count] = event;
    run->losses[run->event_count++] = run_real(run, event == RNN_EVENT_BATCH ? RNN_BATCH_LOSS : RNN_VALIDATION_LOSS);
    if (event != run->stop_event || run_events(run, event) != run->stop_at)
        return 0;
    if (run->save_at_stop)
        assert_ok(rnn_trainer_save(trainer, run->save_at_stop));
    return run->stop_with;
}

void run_stop_after_batch(struct run *run, size_t at, const char *path)
{
    run->stop_event = RNN_EVENT_BATCH;
    run->stop_at = at;
    run->stop_with = 5;
    run->save_at_stop = path;
}

void run_open(struct run *run, struct task task, int64_t seed)
{
    run_open_with(run, task, seed, fitting_loss(task));
}

void run_open_with(struct run *run, struct task task, int64_t seed, rnn_loss *loss)
{
    run_open_of(run, fitting_model(task, seed), loss);
}

void run_open_of(struct run *run, rnn_model *model, rnn_loss *loss)
{
    *run = (struct run){.model = model, .loss = loss};
    run->optimizer = fitting_optimizer(run->model);
    assert_ok(rnn_trainer_create(&run->trainer, run->model, run->optimizer, run->loss));
    assert_ok(rnn_trainer_set_callback(run->trainer, listen, run));
    run_set(run, RNN_BATCH_SIZE, BATCH);
    run_set(run, RNN_EPOCHS, 3);
    run_set(run, RNN_SHUFFLE, 0);
}

void run_close(struct run *run)
{
    rnn_destroy(run->model);
    rnn_optimizer_destroy(run->optimizer);
    rnn_loss_destroy(run->loss);
    rnn_trainer_destroy(run->trainer);
}

void run_set(struct run *run, int32_t key, int64_t value)
{
    assert_ok(rnn_trainer_set_int(run->trainer, key, value));
}

double run_real(const struct run *run, int32_t key)
{
    double value;
    assert_ok(rnn_trainer_get_real(run->trainer, key, &value));
    return value;
}

int64_t run_int(const struct run *run, int32_t key)
{
    int64_t value;
    assert_ok(rnn_trainer_get_int(run->trainer, key, &value));
    return value;
}

int64_t run_updates(const struct run *run)
{
    int64_t updates;
    assert_ok(rnn_optimizer_get_int(run->optimizer, RNN_UPDATES, &updates));
    return updates;
}

size_t run_events(const struct run *run, int32_t event)
{
    size_t count = 0;
    for (size_t i = 0; i < run->event_count; i++)
        count += run->events[i] == event;
    return count;
}

/* ---- snapshots --------------------------------------------------------------------------------------------------- */

struct snapshot snapshot_take(rnn_model *model, rnn_optimizer *optimizer)
{
    struct snapshot taken;
    const float *values;
    assert_ok(rnn_model_parameters(model, &values, &taken.parameters));
    taken.values = exact(values, taken.parameters * sizeof *values);
    assert_ok(rnn_optimizer_save_memory(optimizer, NULL, 0, &taken.bytes));
    taken.optimizer = malloc(taken.bytes);
    assert_non_null(taken.optimizer);
    assert_ok(rnn_optimizer_save_memory(optimizer, taken.optimizer, taken.bytes, &taken.bytes));
    return taken;
}

void snapshot_release(struct snapshot *snapshot)
{
    free(snapshot->values);
    free(snapshot->optimizer);
}

int snapshot_equal(const struct snapshot *a, const struct snapshot *b)
{
    return a->parameters == b->parameters && !memcmp(a->values, b->values, a->parameters * sizeof *a->values) &&
           a->bytes == b->bytes && !memcmp(a->optimizer, b->optimizer, a->bytes);
}

void assert_same_as_snapshot(const struct run *run, const struct snapshot *expected)
{
    struct snapshot is = snapshot_take(run->model, run->optimizer);
    assert_true(snapshot_equal(&is, expected));
    snapshot_release(&is);
}

void assert_same_runs(const struct run *a, const struct run *b)
{
    static const int32_t reals[] = {RNN_BATCH_LOSS, RNN_TRAINING_LOSS, RNN_VALIDATION_LOSS, RNN_BEST_LOSS};
    struct snapshot expected = snapshot_take(b->model, b->optimizer);
    assert_same_as_snapshot(a, &expected);
    snapshot_release(&expected);
    assert_int_equal(run_int(a, RNN_EPOCH), run_int(b, RNN_EPOCH));
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
        double x = run_real(a, reals[i]), y = run_real(b, reals[i]);
        assert_true(memcmp(&x, &y, sizeof x) == 0 || (isnan(x) && isnan(y)));
    }
}

/* ---- bytes ------------------------------------------------------------------------------------------------------- */

struct bytes read_file(const char *path)
{
    struct bytes bytes = {malloc(1 << 20), 0};
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_non_null(bytes.data);
    bytes.count = fread(bytes.data, 1, 1 << 20, file);
    assert_in_range(bytes.count, 1, (1 << 20) - 1);
    fclose(file);
    return bytes;
}

struct bytes run_bytes(struct run *run)
{
    char folder[] = "/tmp/rnn-test-XXXXXX", path[64]; /* tests run in parallel */
    assert_non_null(make_folder(folder));
    snprintf(path, sizeof path, "%s/trainer", folder);
    assert_ok(rnn_trainer_save(run->trainer, path));
    struct bytes bytes = read_file(path);
    remove(path);
    rmdir(folder);
    return bytes;
}

void assert_same_bytes(struct bytes a, struct bytes b)
{
    assert_int_equal(a.count, b.count);
    assert_memory_equal(a.data, b.data, a.count);
    free(a.data);
    free(b.data);
}

int64_t bytes_named(void)
{
    const char *colon = strchr(rnn_last_error(), ':');
    assert_non_null(colon);
    return strtoll(colon + 1, NULL, 10);
}

/* ---- the loop ---------------------------------------------------------------------------------------------------- */

struct loop loop_open(struct task task, int64_t seed)
{
    struct loop loop = {.task = task, .model = fitting_model(task, seed)};
    loop.optimizer = fitting_optimizer(loop.model);
    assert_ok(rnn_session_create(&loop.session, loop.model, RNN_TRAINING));
    return loop;
}

void loop_close(struct loop *loop)
{
    rnn_session_destroy(loop->session);
    rnn_optimizer_destroy(loop->optimizer);
    rnn_destroy(loop->model);
}

void assert_epoch_was(const struct run *run, size_t *at, const double *losses, size_t batches)
{
    for (size_t i = 0; i < batches; i++, ++*at) {
        assert_int_equal(run->events[*at], RNN_EVENT_BATCH);
        assert_true(run->losses[*at] == losses[i]);
    }
    assert_int_equal(run->events[(*at)++], RNN_EVENT_EPOCH);
}

void assert_same_as_loop(const struct run *run, const struct loop *loop)
{
    struct snapshot expected = snapshot_take(loop->model, loop->optimizer);
    assert_same_as_snapshot(run, &expected);
    snapshot_release(&expected);
}

void loop_begin(struct loop *loop, int64_t epoch, size_t batch)
{
    uint64_t seed = rnni_random_mix((uint64_t)loop->seed) ^ rnni_random_mix((uint64_t)epoch + 1);
    assert_ok(rnn_session_seed_dropout(loop->session, (int64_t)rnni_random_mix(seed + batch)));
}

/* The arrays of a batch. Elements past the end of a sequence are random. */
struct arrays {
    float x[LONGEST * BATCH * INPUTS], values[LONGEST * BATCH * OUTPUTS];
    float y[LONGEST * BATCH * OUTPUTS], dy[LONGEST * BATCH * OUTPUTS];
    int32_t tokens[LONGEST * BATCH], classes[LONGEST * BATCH];
    int32_t lengths[BATCH], labels[BATCH];
    size_t count, steps, rows;
};

static struct arrays garbage(const struct sequence *const *sequences, size_t count, struct task task)
{
    struct arrays a = {.count = count};
    for (size_t b = 0; b < count; b++)
        a.steps = sequences[b]->steps > a.steps ? sequences[b]->steps : a.steps;
    a.rows = (pools(task) ? 1 : a.steps) * count;
    for (size_t i = 0; i < LONGEST * BATCH * INPUTS; i++)
        a.x[i] = NAN;
    for (size_t i = 0; i < LONGEST * BATCH * OUTPUTS; i++)
        a.values[i] = a.dy[i] = NAN;
    for (size_t i = 0; i < LONGEST * BATCH; i++)
        a.tokens[i] = a.classes[i] = -99;
    return a;
}

static struct arrays arrays_of(const struct sequence *const *sequences, size_t count, struct task task)
{
    struct arrays a = garbage(sequences, count, task);
    for (size_t b = 0; b < count; b++) {
        const struct sequence *s = sequences[b];
        a.lengths[b] = (int32_t)s->steps;
        a.labels[b] = (int32_t)s->classes_count;
        for (size_t t = 0; t < s->steps; t++) {
            memcpy(a.x + (t * count + b) * INPUTS, s->x + t * INPUTS, INPUTS * sizeof *a.x);
            a.tokens[t * count + b] = s->tokens[t];
        }
        for (size_t t = 0; t < s->classes_count; t++)
            a.classes[task.loss == RNN_LOSS_CTC ? b * LONGEST + t : t * count + b] = s->classes[t];
        for (size_t t = 0; t < (pools(task) ? 1 : s->steps); t++)
            memcpy(a.values + (t * count + b) * OUTPUTS, s->values + t * OUTPUTS, OUTPUTS * sizeof *a.values);
    }
    return a;
}

static double loss_of(struct arrays *a, struct task task)
{
    double loss = -1;
    size_t n = a->rows * OUTPUTS, steps = pools(task) ? 1 : a->steps, lengths_count = pools(task) ? 0 : a->count;
    const int32_t *lengths = pools(task) ? NULL : a->lengths;
    int ctc = task.loss == RNN_LOSS_CTC;
    assert_ok(loss_call_run(&(struct loss_call){.kind = task.loss,
                                                .reduction = RNN_MEAN,
                                                .value = &loss,
                                                .dy = a->dy,
                                                .dy_count = n,
                                                .y = a->y,
                                                .y_count = n,
                                                .classes = a->classes,
                                                .classes_count = ctc ? a->count * LONGEST : a->rows,
                                                .values = a->values,
                                                .values_count = n,
                                                .lengths = lengths,
                                                .lengths_count = lengths_count,
                                                .label_lengths = ctc ? a->labels : NULL,
                                                .label_lengths_count = ctc ? a->count : 0,
                                                .T = steps,
                                                .B = a->count,
                                                .C = OUTPUTS,
                                                .ignored = IGNORED,
                                                .smoothing = smoothing,
                                                .delta = delta,
                                                .blank = BLANK,
                                                .zero_infinity = 1}));
    return loss;
}

static void count_right(struct loop *loop, const struct arrays *a)
{
    for (size_t i = 0; i < a->rows && loop->task.loss == RNN_LOSS_CROSS_ENTROPY; i++) {
        const float *y = a->y + i * OUTPUTS;
        int best = 1;
        if (a->classes[i] < 0) /* ignored, or past the end */
            continue;
        for (size_t c = 0; c < OUTPUTS; c++)
            best &= c == (size_t)a->classes[i] || y[c] < y[a->classes[i]];
        loop->counted++;
        loop->right += (size_t)best;
    }
}

double loop_batch(struct loop *loop, const struct sequence *const *sequences, size_t count, int update)
{
    struct arrays a = arrays_of(sequences, count, loop->task);
    size_t n = a.rows * OUTPUTS;
    assert_ok(rnn_reset_state(loop->session, count));
    for (size_t b = 0; b < loop->carried; b++)
        assert_ok(
            rnn_session_set_row_state(loop->session, b, loop->states + b * loop->states_width, loop->states_width));
    if (loop->task.tokens)
        assert_ok(rnn_forward_tokens(loop->session, a.y, n, a.tokens, a.steps * count, a.lengths, count, a.steps));
    else
        assert_ok(rnn_forward(loop->session, a.y, n, a.x, a.steps * count * INPUTS, a.lengths, count, a.steps));
    double loss = loss_of(&a, loop->task);
    count_right(loop, &a);
    if (update) {
        assert_ok(rnn_zero_gradients(loop->session));
        assert_ok(rnn_backward(loop->session, NULL, 0, a.dy, n));
        assert_ok(rnn_optimizer_step(loop->optimizer, loop->session));
    }
    return loss;
}

double loop_weight(struct task task, const struct sequence *const *sequences, size_t count)
{
    double weight = 0;
    for (size_t b = 0; b < count; b++)
        for (size_t t = 0; t < (pools(task) ? 1 : sequences[b]->steps); t++)
            weight += task.loss == RNN_LOSS_CTC             ? t == 0
                      : task.loss == RNN_LOSS_CROSS_ENTROPY ? sequences[b]->classes[t] != IGNORED
                                                            : OUTPUTS;
    return weight;
}

static size_t batch_of(const struct sequence *batch[BATCH], const struct data *data, size_t first)
{
    size_t count = data->count - first < BATCH ? data->count - first : BATCH;
    for (size_t i = 0; i < count; i++)
        batch[i] = &data->sequences[first + i];
    return count;
}

double loop_mean(const struct data *data, const double losses[BATCHES])
{
    double mean = 0, all = 0;
    for (size_t first = 0; first < data->count; first += BATCH) {
        const struct sequence *batch[BATCH];
        double weight = loop_weight(data->task, batch, batch_of(batch, data, first));
        all += weight;
        mean += weight > 0 ? (losses[first / BATCH] - mean) * (weight / all) : 0;
    }
    return mean;
}

enum { ALL_OUT = -2 };

static void run_batches(struct loop *loop, const struct data *data, int64_t epoch, double losses[BATCHES], int left_out)
{
    for (size_t first = 0; first < data->count; first += BATCH) {
        const struct sequence *batch[BATCH];
        size_t count = batch_of(batch, data, first);
        int number = (int)(first / BATCH);
        if (left_out != ALL_OUT)
            loop_begin(loop, epoch, first / BATCH);
        losses[number] = loop_batch(loop, batch, count, number != left_out && left_out != ALL_OUT);
    }
}

void loop_epoch(struct loop *loop, const struct data *data, int64_t epoch, double losses[BATCHES], int left_out)
{
    run_batches(loop, data, epoch, losses, left_out);
}

double loop_evaluate(double *accuracy, rnn_model *model, const struct data *data)
{
    struct loop loop = {.task = data->task, .model = model};
    double losses[BATCHES];
    assert_ok(rnn_session_create(&loop.session, model, RNN_INFERENCE));
    run_batches(&loop, data, 0, losses, ALL_OUT);
    *accuracy = loop.counted ? (double)loop.right / (double)loop.counted : (double)NAN;
    rnn_session_destroy(loop.session);
    return loop_mean(data, losses);
}
