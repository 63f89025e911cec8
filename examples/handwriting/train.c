/* Both trainings: what each epoch reads, the table of results, the checkpoint. */
#include "file.h"
#include "handwriting.h"
#include "model.h"
#include "random.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define TRAINING_FILE  "pendigits.tra"
#define HELD_OUT_FILE  "pendigits.tes" /* by writers of whom nothing is in the first */
#define HELD_OUT_SEED  1998            /* of the strings that are held out: the same in every run */
#define SUBTITLE_BYTES 160

typedef struct {
    const train_options *options;
    path_list training, held_out; /* digits */
    path_list held_out_strings;   /* of task_strings */
    sequence_list epoch, watched; /* what the network reads */
    uint64_t random;              /* draws distortions and strings */
    rnn_model *model;
    learn_result learned;
} run;

/* ---- what is read --------------------------------------------------------------------------------------------- */

path_list read_digits(const char *folder, bool held_out)
{
    static const row_form form = {.points = DIGIT_POINTS, .least_labels = 1, .most_labels = 1, .most_x = SIDE};
    char *file = file_path(folder, held_out ? HELD_OUT_FILE : TRAINING_FILE);
    path_list digits = pen_read(file, &form);

    free(file);
    return digits;
}

static const path_list *held_out(const run *r)
{
    return r->options->task == &task_strings ? &r->held_out_strings : &r->held_out;
}

static void prepare_data(run *r)
{
    const train_options *o = r->options;
    uint64_t random = HELD_OUT_SEED;

    r->training = read_digits(o->folder, false);
    r->held_out = read_digits(o->folder, true);
    if (o->task == &task_strings)
        for (int64_t i = 0; i < o->held_out; i++)
            path_add(&r->held_out_strings, string_drawn(&r->held_out, 0, &random));
    r->epoch.inputs = r->watched.inputs = o->task->inputs;
    for (size_t i = 0; i < held_out(r)->count; i++)
        sequences_add(&r->watched, task_sequence(o->task, &held_out(r)->items[i]));
}

/* Path number i of an epoch. */
static path draw_path(run *r, size_t i)
{
    if (r->options->task == &task_strings)
        return string_drawn(&r->training, r->options->distortion, &r->random);
    return path_distorted(&r->training.items[i], r->options->distortion, &r->random);
}

static const sequence_list *draw_epoch(void *user, int64_t epoch)
{
    run *r = user;
    const train_options *o = r->options;
    size_t count = o->task == &task_strings ? (size_t)o->strings : r->training.count;

    (void)epoch;
    sequences_release(&r->epoch);
    for (size_t i = 0; i < count; i++) {
        path p = draw_path(r, i);
        sequences_add(&r->epoch, task_sequence(o->task, &p));
        path_release(&p);
    }
    return &r->epoch;
}

/* ---- results -------------------------------------------------------------------------------------------------- */

static void print_common_results(const run *r)
{
    printf("%-24s %10zu\n", "parameters", parameter_count(r->model));
    printf("%-24s %10.1f\n", "seconds of training", r->learned.seconds);
}

static char *write_subtitle(char words[SUBTITLE_BYTES], const run *r, const char *result)
{
    snprintf(words, SUBTITLE_BYTES, "A bidirectional LSTM of %" PRId64 " units, %" PRId64 " epochs: %s",
             r->options->units, r->options->learn.epochs, result);
    return words;
}

static void conclude_digits(const run *r, const char *picture)
{
    size_t counts[DIGITS * DIGITS] = {0}, right = 0, count = r->watched.count;
    int32_t *classes = allocate(count, sizeof *classes);
    char result[64], words[SUBTITLE_BYTES];

    learn_classify(classes, r->model, &r->watched);
    for (size_t i = 0; i < count; i++) {
        counts[r->watched.items[i].labels[0] * DIGITS + classes[i]]++;
        right += r->watched.items[i].labels[0] == classes[i];
    }
    double percent = 100 * (double)right / (double)count;
    printf("\n%-24s %10zu\n%-24s %10zu %9.2f %%\n", "held-out digits", count, "right", right, percent);
    print_common_results(r);
    snprintf(result, sizeof result, "%.2f %% of %zu held-out digits are right", percent, count);
    picture_digits(picture, write_subtitle(words, r, result), &r->learned, counts);
    free(classes);
}

/* Draws the first of the longest strings that are held out. */
static void draw_string(const run *r, const char *picture, const char *subtitle)
{
    const path *longest = &r->held_out_strings.items[0];
    rnn_session *session;
    rnn_decoder *decoder;

    for (size_t i = 1; i < r->held_out_strings.count; i++)
        if (r->held_out_strings.items[i].count > longest->count)
            longest = &r->held_out_strings.items[i];
    check(rnn_session_create(&session, r->model, RNN_INFERENCE));
    check(rnn_decoder_create(&decoder, RNN_DECODER_CTC_GREEDY));
    reading read = reading_of(session, decoder, r->options->task, longest);
    picture_strings(picture, subtitle, &r->learned, longest, &read);
    reading_release(&read);
    rnn_decoder_destroy(decoder);
    rnn_session_destroy(session);
}

static void conclude_strings(const run *r, const char *picture)
{
    size_t right, digits = 0, count = r->watched.count;
    label_string *read = allocate(count, sizeof *read);
    char result[64], words[SUBTITLE_BYTES];

    learn_transcribe(read, r->model, &r->watched);
    double percent = 100 * learn_error_rate(&right, read, &r->watched);
    for (size_t i = 0; i < count; i++) {
        digits += r->watched.items[i].label_count;
        free(read[i].labels);
    }
    free(read);
    printf("\n%-24s %10zu\n%-24s %10zu\n", "held-out strings", count, "digits in them", digits);
    printf("%-24s %20.2f %%\n", "error rate", percent);
    printf("%-24s %10zu %9.2f %%\n", "strings wholly right", right, 100 * (double)right / (double)count);
    print_common_results(r);
    snprintf(result, sizeof result, "error rate %.2f %% on %zu held-out strings", percent, count);
    draw_string(r, picture, write_subtitle(words, r, result));
}

/* ---- the run -------------------------------------------------------------------------------------------------- */

static void release(run *r)
{
    path_list_release(&r->training);
    path_list_release(&r->held_out);
    path_list_release(&r->held_out_strings);
    sequences_release(&r->epoch);
    sequences_release(&r->watched);
    rnn_destroy(r->model);
}

void train(const train_options *o)
{
    run *r = allocate(1, sizeof *r);
    char *picture = file_beside(o->output, ".svg");

    *r = (run){.options = o, .random = (uint64_t)o->learn.seed};
    file_check_replaceable(o->output);
    file_check_writable(picture);
    prepare_data(r);
    r->model = task_create_network(o->task, o->units, o->learn.seed);
    learn(&r->learned, r->model, draw_epoch, r, &r->watched, &o->learn);
    check(rnn_save(r->model, o->output));
    if (o->task == &task_strings)
        conclude_strings(r, picture);
    else
        conclude_digits(r, picture);
    printf("\ncheckpoint: %s\npicture: %s\n", o->output, picture);
    release(r);
    free(picture);
    free(r);
}
