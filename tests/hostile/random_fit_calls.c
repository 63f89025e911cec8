/* Random calls on datasets, the samples that callbacks make, and trainers. */
#include "hostile/random_calls.h"

#include <string.h>

/* ---- datasets ---------------------------------------------------------------------------------------------------- */

/* One sequence with the targets that losses of the dataset's kind need. */
static void add_sequence(struct object *dataset)
{
    size_t steps = 1 + below(6), index = dataset->count;
    int32_t status;
    if (dataset->vocabulary) {
        struct ints tokens = in_ints(steps, 0, TOKENS - 1);
        status = TRY(rnn_dataset_add_tokens, dataset->handle, one_in(2) ? NULL : OUT(size_t), WITH(tokens));
    } else {
        struct floats x = in_floats_from(steps * INPUTS, -1, 1);
        status = TRY(rnn_dataset_add, dataset->handle, one_in(2) ? NULL : OUT(size_t), WITH(x), steps);
    }
    if (status != RNN_OK)
        return;
    dataset->count++;
    if (dataset->target == RNN_LOSS_CTC || dataset->target == RNN_LOSS_CROSS_ENTROPY) {
        int is_ctc = dataset->target == RNN_LOSS_CTC;
        struct ints classes = in_ints(is_ctc ? below(2) : dataset->whole ? 1 : steps, is_ctc, OUTPUTS - 1);
        TRY(rnn_dataset_set_classes, dataset->handle, index, WITH(classes));
    } else {
        size_t width = dataset->target == RNN_LOSS_GAUSSIAN ? OUTPUTS / 2 : OUTPUTS;
        struct floats values = in_floats_from((dataset->whole ? 1 : steps) * width, 0, 1);
        TRY(rnn_dataset_set_values, dataset->handle, index, WITH(values));
    }
}

static void make_from_source(void)
{
    rnn_dataset **out = OUT(rnn_dataset *);
    size_t count = random_size(1 + below(4)), steps = random_size(1 + below(6)), targets = random_size(24);
    if (TRY(rnn_dataset_create_from_source, out, count > 9 && count < SIZE_MAX / 8 ? 2 : count,
            steps > 99 && steps < SIZE_MAX / 8 ? 5 : steps, targets > 99 && targets < SIZE_MAX / 8 ? 20 : targets,
            one_in(30) ? NULL : source_callback, NULL) == RNN_OK &&
        !add_object(DATASET, *out, 1))
        rnn_dataset_destroy(*out);
}

void make_dataset(void)
{
    static const int32_t targets[] = {RNN_LOSS_CROSS_ENTROPY, RNN_LOSS_CROSS_ENTROPY, RNN_LOSS_SQUARED_ERROR,
                                      RNN_LOSS_CTC, RNN_LOSS_GAUSSIAN};
    if (one_in(4)) {
        make_from_source();
        return;
    }
    rnn_dataset **out = OUT(rnn_dataset *);
    if (TRY(rnn_dataset_create, out) != RNN_OK)
        return;
    struct object *dataset = add_object(DATASET, *out, 0);
    if (!dataset) {
        rnn_dataset_destroy(*out);
        return;
    }
    dataset->target = PICK(targets);
    struct object *model = find(MODEL, NULL);
    dataset->vocabulary = model ? model->vocabulary : 0;
    dataset->whole = model ? model->whole : 0;
    for (size_t i = 1 + below(4); i > 0; i--)
        add_sequence(dataset);
}

static void destroy_dataset(void)
{
    struct object *dataset = find(DATASET, NULL);
    if (one_in(10))
        TRY_NOTHING(rnn_dataset_destroy, NULL);
    else if (dataset)
        destroy_object(dataset);
}

static void add_one(void)
{
    struct object *dataset = pick(DATASET);
    add_sequence(dataset);
    TRY(rnn_dataset_count, dataset->handle, OUT(size_t));
}

static void set_parts(void)
{
    rnn_dataset *dataset = pick(DATASET)->handle;
    size_t index = random_size(below(3)), steps = 1 + below(5);
    struct floats mask = one_in(4) ? no_floats() : in_floats_from(steps, 0, 1);
    struct ints step_mask = one_in(4) ? no_ints() : in_ints(steps, 0, 1);
    if (one_in(2))
        TRY(rnn_dataset_set_mask, dataset, index, WITH(mask));
    if (one_in(2))
        TRY(rnn_dataset_set_step_mask, dataset, index, WITH(step_mask));
    if (one_in(2))
        TRY(rnn_dataset_set_weight, dataset, index, random_real(0, 2));
    if (one_in(4))
        TRY(rnn_dataset_set_transform, dataset, one_in(3) ? NULL : transform_callback, NULL);
}

/* ---- samples: within a callback ---------------------------------------------------------------------------------- */

static void set_sample(void)
{
    rnn_sample *sample = current_sample();
    size_t steps = 1 + below(6);
    struct floats x = in_floats(steps * INPUTS), values = in_floats_from(steps * OUTPUTS, 0, 1);
    struct ints tokens = in_ints(steps, 0, TOKENS - 1), classes = in_ints(steps, 0, OUTPUTS - 1);
    struct floats mask = one_in(3) ? no_floats() : in_floats_from(steps, 0, 1);
    struct ints step_mask = one_in(3) ? no_ints() : in_ints(steps, 0, 1);
    if (TRY(rnn_sample_set_x, sample, WITH(x), steps) != RNN_OK)
        TRY(rnn_sample_set_tokens, sample, WITH(tokens));
    if (one_in(2))
        TRY(rnn_sample_set_values, sample, WITH(values));
    else
        TRY(rnn_sample_set_classes, sample, WITH(classes));
    if (one_in(4))
        TRY(rnn_sample_set_mask, sample, WITH(mask));
    if (one_in(4))
        TRY(rnn_sample_set_step_mask, sample, WITH(step_mask));
    if (one_in(4))
        TRY(rnn_sample_set_weight, sample, random_real(0, 2));
}

static void get_sample(void)
{
    rnn_sample *sample = current_sample();
    TRY(rnn_sample_get_x, sample, OUT(const float *), OUT(size_t), OUT(size_t));
    TRY(rnn_sample_get_tokens, sample, OUT(const int32_t *), OUT(size_t));
    TRY(rnn_sample_get_classes, sample, OUT(const int32_t *), OUT(size_t));
    TRY(rnn_sample_get_values, sample, OUT(const float *), OUT(size_t));
    TRY(rnn_sample_get_mask, sample, OUT(const float *), OUT(size_t));
    TRY(rnn_sample_get_step_mask, sample, OUT(const int32_t *), OUT(size_t));
}

/* ---- trainers ---------------------------------------------------------------------------------------------------- */

static size_t wanted;

static int has_that_size(const struct object *optimizer)
{
    return optimizer->parameters == wanted;
}

void make_trainer(void)
{
    struct object *model = pick(MODEL), *loss = pick(LOSS);
    wanted = model->parameters;
    if (!find(OPTIMIZER, has_that_size))
        make_optimizer();
    rnn_trainer **out = OUT(rnn_trainer *);
    rnn_optimizer *optimizer = pick_one(OPTIMIZER, has_that_size)->handle;
    if (TRY(rnn_trainer_create, out, model->handle, optimizer, loss->handle) != RNN_OK)
        return;
    struct object *trainer = add_object(TRAINER, *out, loss->kind);
    if (!trainer) {
        rnn_trainer_destroy(*out);
        return;
    }
    trainer->vocabulary = model->vocabulary;
    trainer->whole = model->whole;
    TRY(rnn_trainer_set_int, trainer->handle, RNN_EPOCHS, 2);
    TRY(rnn_trainer_set_int, trainer->handle, RNN_BATCH_SIZE, 2);
}

static void destroy_trainer(void)
{
    struct object *trainer = find(TRAINER, NULL);
    if (one_in(10))
        TRY_NOTHING(rnn_trainer_destroy, NULL);
    else if (trainer)
        destroy_object(trainer);
}

static int32_t random_key(int32_t low, int32_t high)
{
    return one_in(16) ? (int32_t)random_integer(-5, 900) : (int32_t)within(low, high);
}

static void options(void)
{
    rnn_trainer *trainer = pick(TRAINER)->handle;
    int32_t key = one_in(9) ? RNN_SEED : random_key(RNN_EPOCHS, RNN_MEMORY_LIMIT);
    int64_t value = key == RNN_EPOCHS ? within(1, 6) : random_integer(0, 3);
    if ((key == RNN_THREADS || key == RNN_EPOCHS || key == RNN_BATCH_SIZE) && value > 16)
        value = value > 1024 ? INT64_MAX : 2;
    TRY(rnn_trainer_set_int, trainer, key, value);
    TRY(rnn_trainer_set_real, trainer, random_key(RNN_MIN_DELTA, RNN_MIN_DELTA), random_real(0, 1));
    TRY(rnn_trainer_get_int, trainer, random_key(RNN_EPOCHS, RNN_MEMORY_LIMIT), OUT(int64_t));
    TRY(rnn_trainer_get_real, trainer, random_key(RNN_MIN_DELTA, RNN_BEST_LOSS), OUT(double));
    TRY_VALUE(rnn_trainer_last_error, trainer);
}

static void set_callbacks(void)
{
    static const char *const paths[] = {"a", "t", "missing/file", "folder", NULL, NULL};
    rnn_trainer *trainer = pick(TRAINER)->handle;
    TRY(rnn_trainer_set_callback, trainer, one_in(3) ? NULL : progress_callback, NULL);
    if (one_in(2))
        TRY(rnn_trainer_set_checkpoint, trainer, PICK(paths));
}

static const struct object *fitted;

static int fits(const struct object *dataset)
{
    int32_t loss = fitted->kind;
    int32_t target = loss == RNN_LOSS_CTC || loss == RNN_LOSS_GAUSSIAN ? loss
                     : loss == RNN_LOSS_CROSS_ENTROPY || loss == RNN_LOSS_CRF || loss == RNN_LOSS_CUSTOM
                         ? RNN_LOSS_CROSS_ENTROPY
                         : RNN_LOSS_SQUARED_ERROR;
    return dataset->kind == 1 || (dataset->target == target && !dataset->vocabulary == !fitted->vocabulary &&
                                  dataset->whole == fitted->whole);
}

static void fit(void)
{
    struct object *trainer = pick(TRAINER);
    int64_t epochs = 0;
    fitted = trainer;
    const rnn_dataset *training = pick_one(DATASET, fits)->handle;
    fitted = trainer;
    const rnn_dataset *validation = one_in(2) ? NULL : pick_one(DATASET, fits)->handle;
    if (trainer->handle && one_in(2) && rnn_trainer_get_int(trainer->handle, RNN_EPOCH, &epochs) == RNN_OK &&
        epochs < 50)
        TRY(rnn_trainer_set_int, trainer->handle, RNN_EPOCHS, epochs + 1);
    if (one_in(3))
        TRY(rnn_evaluate, trainer->handle, OUT(double), one_in(2) ? NULL : OUT(double), training);
    else
        TRY(rnn_fit, trainer->handle, training, validation);
}

static const generator of_datasets[] = {make_dataset, destroy_dataset, add_one, set_parts, make_from_source};
const struct generators dataset_generators = GENERATORS(of_datasets);

static const generator of_samples[] = {set_sample, set_sample, get_sample};
const struct generators sample_generators = GENERATORS(of_samples);

static const generator of_trainers[] = {make_trainer, destroy_trainer, options, set_callbacks, fit, fit, fit, fit};
const struct generators trainer_generators = GENERATORS(of_trainers);
