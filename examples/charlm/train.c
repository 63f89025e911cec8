/* The training run: truncated back-propagation through time by plain gradient descent, with a validation now and then
 * that keeps the best weights in the checkpoint. */
#define _POSIX_C_SOURCE 200809L
#include "charlm.h"
#include "clock.h"
#include "threads.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct {
    const train_options *options;
    char *curve_path;
    alphabet letters;
    streams training; /* [length,B] */
    streams held_out; /* [length,1]: one stream, so that all of it is predicted from all before it */
    rnn_model *model;
    rnn_session *trainer, *validator;
    float *logits;   /* [T,B,V], and their gradient in the same place */
    size_t position; /* of the next chunk in the training streams; 0: an epoch begins */
    int64_t step, steps_per_epoch;

    double started, validating; /* when training began, and seconds since then that were not training */
    double next_validation;     /* in seconds of training */
    int64_t validated_step;
    double best_loss, best_seconds; /* what the checkpoint holds; infinite: there is none yet */
    bool save_failed;

    progress shown;
    goal_list goals;
    curve drawn;
} run;

/* ---- interruption --------------------------------------------------------------------------------------------- */

static volatile sig_atomic_t interrupted;

/* The run ends after the step; a second signal ends the program as usual. */
static void interrupt(int number)
{
    (void)number;
    interrupted = 1;
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
}

static void catch_signal(int number)
{
    struct sigaction action;

    sigaction(number, NULL, &action);
    if (action.sa_handler == SIG_IGN) /* nohup and the like */
        return;
    memset(&action, 0, sizeof action);
    action.sa_handler = interrupt;
    action.sa_flags = SA_RESTART;
    sigaction(number, &action, NULL);
}

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
    size_t batch = fitting_batch(options, source.count);
    size_t border = source.count - held_out_count(source.count);

    r->letters = alphabet_of_text(source);
    r->training = streams_cut(&r->letters, source, 0, border, batch, options->file);
    r->held_out = streams_cut(&r->letters, source, border, source.count, 1, options->file);
    r->steps_per_epoch = (int64_t)((r->training.length - 1) / (size_t)options->steps);
    printf("%s: %zu characters, %zu different; %zu to train, %zu to validate\n", options->file, source.count,
           r->letters.size, border, source.count - border);
    free(source.bytes);
}

static void prepare_model(run *r)
{
    const train_options *options = r->options;
    rnn_config *config;
    const float *values;
    size_t parameters, steps = (size_t)options->steps, batch = r->training.batch;

    check(rnn_config_create(&config));
    check(rnn_config_set_int(config, RNN_VOCABULARY, (int64_t)r->letters.size));
    check(rnn_config_set_int(config, RNN_HIDDEN_SIZE, options->units));
    check(rnn_config_set_int(config, RNN_CLASSES, (int64_t)r->letters.size));
    check(rnn_config_set_int(config, RNN_SEED, options->seed));
    check(rnn_create(&r->model, config));
    rnn_config_destroy(config);
    alphabet_store(&r->letters, r->model);
    size_t threads = (size_t)threads_choose(options->threads, r->model, options->batch);
    check(rnn_session_create(&r->trainer, r->model, RNN_TRAINING));
    check(rnn_session_set_threads(r->trainer, threads));
    check(rnn_session_reserve(r->trainer, steps, batch));
    check(rnn_session_create(&r->validator, r->model, RNN_INFERENCE));
    check(rnn_session_set_threads(r->validator, threads));
    r->logits = allocate(steps * batch * r->letters.size, sizeof *r->logits);
    check(rnn_model_parameters(r->model, &values, &parameters));
    printf("%lld units, %zu parameters; batch %zu, %zu steps: %lld updates are an epoch\n", (long long)options->units,
           parameters, batch, steps, (long long)r->steps_per_epoch);
}

/* Dies where a new file cannot, or must not, take the place of `path`: better now than after an hour. */
static void check_output_file(const char *path, const char *source)
{
    struct stat info, source_info;

    file_check_replaceable(path);
    if (stat(path, &info) == 0 && stat(source, &source_info) == 0 && info.st_dev == source_info.st_dev &&
        info.st_ino == source_info.st_ino)
        die("%s: is the text itself; another --output is needed", path);
}

static void prepare(run *r, const train_options *options)
{
    *r = (run){.options = options, .best_loss = INFINITY, .validated_step = -1};
    r->curve_path = file_beside(options->output, ".svg");
    if (options->until)
        r->goals = goals_parse(options->until);
    else
        r->goals = goals_parse("4,3.5,3,2.5,2.25,2,1.9,1.8,1.7,1.6,1.5,1.4,1.3,1.2,1.1,1");
    check_output_file(options->output, options->file);
    check_output_file(r->curve_path, options->file);
    prepare_text(r);
    prepare_model(r);
    fflush(stdout);
}

static void release(run *r)
{
    rnn_session_destroy(r->trainer);
    rnn_session_destroy(r->validator);
    rnn_destroy(r->model);
    free(r->logits);
    free(r->training.tokens);
    free(r->held_out.tokens);
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

/* The end of a run whose loss or gradient is infinite or not a number. */
static _Noreturn void diverged(run *r, const char *reason)
{
    progress_note(&r->shown, "stopped at step %lld after %.2f s of training", (long long)r->step, training_seconds(r));
    if (isfinite(r->best_loss))
        die("training diverged: %s; a smaller --rate or --clip may help; %s holds the best weights before that "
            "(validation loss %.4f nats)",
            reason, r->options->output, r->best_loss);
    die("training diverged: %s; a smaller --rate or --clip may help; nothing was saved", reason);
}

/* One step of gradient descent on the next chunk of all streams; returns the mean loss. */
static double train_step(run *r)
{
    size_t steps = (size_t)r->options->steps, batch = r->training.batch;
    size_t tokens = steps * batch, outputs = tokens * r->letters.size;
    const int32_t *input = r->training.tokens + r->position * batch; /* [T,B] */
    const int32_t *targets = input + batch;                          /* [T,B], one step ahead */
    double loss;

    if (r->position == 0)
        check(rnn_reset_state(r->trainer, batch)); /* otherwise the state is carried on */
    check(rnn_forward_tokens(r->trainer, r->logits, outputs, input, tokens, NULL, 0, steps));
    check(rnn_softmax_cross_entropy(&loss, r->logits, outputs, r->logits, outputs, targets, tokens, r->letters.size));
    r->step++;
    if (!isfinite(loss))
        diverged(r, "the loss is not finite");
    check(rnn_zero_gradients(r->trainer));
    check(rnn_backward(r->trainer, NULL, 0, r->logits, outputs));
    int32_t status = r->options->clip > 0 ? rnn_session_clip_gradient_norm(r->trainer, NULL, r->options->clip) : RNN_OK;
    if (status == RNN_OK)
        status = rnn_sgd_step(r->trainer, r->options->rate);
    if (status == RNN_E_NONFINITE)
        diverged(r, rnn_last_error());
    check(status);

    r->position += steps;
    if (r->position + steps >= r->training.length)
        r->position = 0;
    return loss;
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
    double loss = mean_loss(r->validator, &r->held_out, r->letters.size);
    bool saved = false;

    if (!isfinite(loss))
        diverged(r, "the validation loss is not finite");
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
    r->validated_step = r->step;
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

static void run_steps(run *r)
{
    double characters = (double)r->options->steps * (double)r->training.batch;

    r->started = now();
    r->shown = progress_start();
    validate_run(r);
    do {
        double loss = train_step(r), seconds = training_seconds(r);
        series_add(&r->drawn.training, seconds, loss);
        progress_step(&r->shown, r->step, loss, (double)r->step * characters / seconds, seconds_left(r));
        if (seconds >= r->next_validation)
            validate_run(r);
    } while (!finished(r));
    if (interrupted) {
        progress_note(&r->shown, "interrupted after step %lld: saving and validating, once more to quit at once",
                      (long long)r->step);
        if (isinf(r->best_loss)) /* nothing is saved yet, and a validation may take its time */
            save(r);
    }
    if (r->validated_step != r->step)
        validate_run(r);
}

static void draw_curve(const run *r)
{
    const train_options *options = r->options;
    char title[128], subtitle[256];

    snprintf(title, sizeof title, "Loss of a character model, %lld units", (long long)options->units);
    snprintf(subtitle, sizeof subtitle, "batch %zu, %lld steps, rate %g, clip %g: %lld updates", r->training.batch,
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
    catch_signal(SIGINT);
    catch_signal(SIGTERM);
    run_steps(r);
    conclude(r);
    release(r);
    free(r);
}
