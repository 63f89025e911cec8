/* The training run: rnn_fit, which is stopped now and then for a validation that keeps the best weights in the
 * checkpoint, and continued. */
#include "charlm.h"
#include "clock.h"
#include "interrupt.h"
#include "model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define PAUSED   1   /* what the callback stops rnn_fit with */
#define HOPELESS 1e6 /* nats; guessing a byte has 5.5 */

typedef struct {
    const train_options *options;
    char *curve_path;
    letter_table letters;
    size_t batch;
    int64_t step, steps_per_epoch;
    rnn_model *model;
    rnn_trainer *trainer;
    rnn_dataset *training, *held_out; /* the latter is one stream: all of it is predicted from all before it */

    double started, validating;     /* when training began, and seconds since then that were not training */
    double next_validation;         /* in seconds of training */
    double best_loss, best_seconds; /* what the checkpoint holds; infinite: there is none yet */
    bool save_failed;

    progress shown;
    goal_list goals;
    curve drawn;
} run;

/* ---- preparation ---------------------------------------------------------------------------------------------- */

/* Characters that are held out for validation: a tenth, but at least one to predict and one to predict it from. */
static size_t held_out_count(size_t characters)
{
    return characters / 10 < 2 ? 2 : characters / 10;
}

/* The batch that the text allows: every stream needs a chunk and the character behind it. */
static size_t fitting_batch(const train_options *options, size_t characters)
{
    size_t chunk = (size_t)options->steps + 1, batch = (size_t)options->batch;
    size_t training = characters > held_out_count(characters) ? characters - held_out_count(characters) : 0;
    size_t needed = chunk + 2;

    if (training < chunk) {
        while (needed - held_out_count(needed) < chunk)
            needed++;
        die("%s: %zu characters are too few: with --steps %zu at least %zu are needed", options->file, characters,
            chunk - 1, needed);
    }
    if (batch * chunk > training) {
        printf("%s is short: batch %zu shrinks to %zu\n", options->file, batch, training / chunk);
        batch = training / chunk;
    }
    return batch;
}

static void prepare_text(run *r)
{
    const train_options *options = r->options;
    file_bytes source = file_read(options->file);

    r->batch = fitting_batch(options, source.count);
    size_t held_out = held_out_count(source.count), border = source.count - held_out;
    r->letters = letters_of_text(source);
    int32_t *tokens = tokens_of(&r->letters, source, options->file);
    r->training = streams_cut(tokens, border, r->batch, (size_t)options->steps);
    r->held_out = streams_cut(tokens + border, held_out, 1, 1);
    r->steps_per_epoch = (int64_t)((border / r->batch - 1) / (size_t)options->steps);
    printf("%s: %zu characters, %zu different; %zu to train, %zu to validate\n", options->file, source.count,
           r->letters.size, border, held_out);
    free(tokens);
    free(source.bytes);
}

/* Better now than after an hour. */
static void check_output_file(const char *path, const char *source)
{
    file_check_replaceable(path);
    file_check_differs(path, source);
}

static void prepare(run *r, const train_options *options)
{
    *r = (run){.options = options, .best_loss = INFINITY};
    r->curve_path = file_beside(options->output, ".svg");
    if (options->until)
        r->goals = goals_parse(options->until);
    else
        r->goals = goals_parse("4,3.5,3,2.5,2.25,2,1.9,1.8,1.7,1.6,1.5,1.4,1.3,1.2,1.1,1");
    check_output_file(options->output, options->file);
    check_output_file(r->curve_path, options->file);
    prepare_text(r);
    r->model = network_create(&r->letters, options->units, options->seed);
    r->trainer = trainer_create(r->model, (int64_t)r->batch, options);
    printf("%lld units, %zu parameters; batch %zu, %lld steps: %lld updates are an epoch\n", (long long)options->units,
           parameter_count(r->model), r->batch, (long long)options->steps, (long long)r->steps_per_epoch);
    fflush(stdout);
}

static void release(run *r)
{
    rnn_dataset_destroy(r->training);
    rnn_dataset_destroy(r->held_out);
    rnn_trainer_destroy(r->trainer);
    rnn_destroy(r->model);
    free(r->curve_path);
}

/* ---- the run -------------------------------------------------------------------------------------------------- */

static double total_seconds(const run *r)
{
    return now() - r->started;
}

static double training_seconds(const run *r)
{
    return total_seconds(r) - r->validating;
}

/* The end of a run whose loss or gradient is far too large, or not finite. */
static _Noreturn void diverged(run *r, const char *reason)
{
    progress_note(&r->shown, "stopped after step %lld, after %.2f s of training", (long long)r->step,
                  training_seconds(r));
    if (isfinite(r->best_loss))
        die("training diverged: %s; a smaller --rate or --clip may help; %s holds the best weights before that "
            "(validation loss %.4f nats)",
            reason, r->options->output, r->best_loss);
    die("training diverged: %s; a smaller --rate or --clip may help; nothing was saved", reason);
}

/* A checkpoint that cannot be saved now (the disk is full) is no reason to lose the run: the next one may be. */
static bool save(run *r)
{
    r->save_failed = rnn_save(r->model, r->options->output) != RNN_OK;
    if (r->save_failed)
        progress_note(&r->shown, "not saved: %s", rnn_last_error());
    return !r->save_failed;
}

/* Seconds of training until the next validation.  Left to the program: close together at first, where the loss falls
 * fast, later a minute apart, and always so that a tenth of the time is enough for them. */
static double validation_interval(const train_options *options, double trained, double spent)
{
    if (options->validate_every > 0)
        return options->validate_every;
    return fmax(10 * spent, fmin(fmax(0.5, trained / 10), 60));
}

/* Measures the validation loss and keeps the weights if they are the best so far; the untrained ones are not kept. */
static void validate_run(run *r)
{
    double began = total_seconds(r), trained = began - r->validating;
    bool saved = false;
    double loss;

    check(rnn_evaluate(r->trainer, &loss, NULL, r->held_out));
    if (!(loss < HOPELESS))
        diverged(r, "the validation loss is above 1e6 nats");
    goals_update(&r->goals, loss, trained, total_seconds(r));
    series_add(&r->drawn.validation, trained, loss);
    if (r->step > 0 && loss < r->best_loss)
        saved = save(r);
    if (saved) {
        r->best_loss = loss;
        r->best_seconds = trained;
    }
    progress_note(&r->shown, "step %lld  validation %.4f nats, %.4f bits per character  after %.2f s (%.2f s in all)%s",
                  (long long)r->step, loss, bits(loss), trained, total_seconds(r), saved ? "  saved" : "");
    double spent = total_seconds(r) - began;
    r->validating += spent;
    r->next_validation = trained + validation_interval(r->options, trained, spent);
}

/* Seconds to the end of the run; infinite where the options do not tell. */
static double seconds_left(const run *r)
{
    const train_options *options = r->options;
    double total = total_seconds(r), left = INFINITY;

    if (options->seconds > 0)
        left = options->seconds - total;
    if (options->epochs > 0) {
        double steps = (double)(options->epochs * r->steps_per_epoch);
        double more = total * (steps / (double)r->step - 1);
        left = more < left ? more : left;
    }
    return fmax(left, 0);
}

static bool finished(const run *r)
{
    if (interrupted || (r->options->until && goals_reached(&r->goals)))
        return true;
    if (r->options->seconds > 0 && total_seconds(r) >= r->options->seconds)
        return true;
    return r->options->epochs > 0 && r->step >= r->options->epochs * r->steps_per_epoch;
}

/* The callback of rnn_fit.  It stops it where the run is over or a validation is due. */
static int32_t after_update(void *user, rnn_trainer *trainer, int32_t event)
{
    run *r = user;
    double seconds = training_seconds(r), characters = (double)r->options->steps * (double)r->batch, loss;

    if (event != RNN_EVENT_BATCH)
        return RNN_OK;
    check(rnn_trainer_get_real(trainer, RNN_BATCH_LOSS, &loss));
    r->step++;
    if (loss > HOPELESS)
        diverged(r, "the loss is above 1e6 nats");
    series_add(&r->drawn.training, seconds, loss);
    progress_step(&r->shown, r->step, loss, (double)r->step * characters / seconds, seconds_left(r));
    return finished(r) || seconds >= r->next_validation ? PAUSED : RNN_OK;
}

static void run_steps(run *r)
{
    check(rnn_trainer_set_callback(r->trainer, after_update, r));
    r->started = now();
    r->shown = progress_start();
    validate_run(r);
    do {
        int32_t status = rnn_fit(r->trainer, r->training, NULL); /* continues where it was stopped */
        if (status == RNN_E_NONFINITE)
            diverged(r, rnn_last_error());
        if (status != PAUSED)
            check(status);
        if (interrupted) {
            progress_note(&r->shown, "interrupted after step %lld: saving and validating, once more to quit at once",
                          (long long)r->step);
            if (isinf(r->best_loss)) /* nothing is saved yet, and a validation may take its time */
                save(r);
        }
        validate_run(r);
    } while (!finished(r));
}

static void draw_curve(const run *r)
{
    const train_options *options = r->options;
    char title[128], subtitle[256];

    snprintf(title, sizeof title, "Loss of a character model, %lld units", (long long)options->units);
    snprintf(subtitle, sizeof subtitle, "batch %zu, %lld steps, rate %g, clip %g: %lld updates", r->batch,
             (long long)options->steps, options->rate, options->clip, (long long)r->step);
    curve_draw(&r->drawn, r->curve_path, title, subtitle);
}

/* The results. */
static void conclude(const run *r)
{
    printf("\n");
    goals_print(&r->goals, r->options->until != NULL);
    printf("\n");
    if (isinf(r->best_loss))
        die("no checkpoint could be saved");
    printf("checkpoint: %s, validation loss %.4f nats, %.4f bits per character, after %.2f s of training\n",
           r->options->output, r->best_loss, bits(r->best_loss), r->best_seconds);
    draw_curve(r);
    printf("loss curve: %s\n", r->curve_path);
    if (r->save_failed)
        die("the best weights could not be saved; %s holds those before them", r->options->output);
    if (interrupted) {
        printf("interrupted: stopped early, everything is saved\n");
        return;
    }
    printf("\n");
    sample(r->options->output, &(sample_options){"", SAMPLE_TEMPERATURE, SAMPLE_LENGTH, r->options->seed});
}

void train(const train_options *options)
{
    run *r = allocate(1, sizeof *r);

    prepare(r, options);
    interrupt_catch();
    run_steps(r);
    conclude(r);
    release(r);
    free(r);
}
