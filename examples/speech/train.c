/* Training on the recordings of a folder: a class for each, or strings of them by CTC. */
#include "file.h"
#include "model.h"
#include "random.h"
#include "speech.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NORM     5.0 /* of the gradient */
#define TEST_STRINGS 300
#define TEST_SEED    UINT64_MAX /* none that the command line takes */

typedef struct {
    const train_options *options;
    corpus c;
    filterbank *f;
    settings s;
    sequence_list clean; /* features of the training recordings, scaled */
    sequence_list drawn; /* what the present epoch reads */
    sequence_list held_out;
    uint64_t random;
    rnn_model *model;
    learn_result learned;
    char *picture;
} run;

/* ---- sequences ------------------------------------------------------------------------------------------------ */

static void scale_all(const scale *s, sequence_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        scale_apply(s, list->items[i].x, list->items[i].steps);
}

static void draw_test_strings(run *r)
{
    uint64_t random = TEST_SEED;

    r->held_out.inputs = INPUTS;
    for (size_t i = 0; i < TEST_STRINGS; i++)
        sequences_add(&r->held_out, draw_string(&r->c.held_out, r->f, &r->s.scaling, &random));
}

static const sequence_list *draw_epoch(void *user, int64_t epoch)
{
    run *r = user;

    (void)epoch;
    sequences_release(&r->drawn);
    if (r->options->strings)
        for (int64_t i = 0; i < r->options->draws; i++)
            sequences_add(&r->drawn, draw_string(&r->c.training, r->f, &r->s.scaling, &r->random));
    else
        for (size_t i = 0; i < r->clean.count; i++) {
            const sequence *original = &r->clean.items[i];
            sequences_add(&r->drawn, sequences_join(&original, 1, INPUTS));
        }
    for (size_t i = 0; i < r->drawn.count; i++)
        augment(r->drawn.items[i].x, r->drawn.items[i].steps, &r->random);
    return &r->drawn;
}

/* ---- the run -------------------------------------------------------------------------------------------------- */

static rnn_model *create_network(const train_options *o)
{
    rnn_config *config;
    rnn_model *model;

    check(rnn_config_create(&config));
    check(rnn_config_set_int(config, RNN_CELL, RNN_CELL_LSTM));
    check(rnn_config_set_int(config, RNN_DIRECTION, RNN_DIRECTION_BOTH));
    check(rnn_config_set_int(config, RNN_INPUT_SIZE, INPUTS));
    check(rnn_config_set_int(config, RNN_HIDDEN_SIZE, o->units));
    check(rnn_config_set_int(config, RNN_CLASSES, o->strings ? DIGITS + 1 : DIGITS));
    check(rnn_config_set_int(config, RNN_OUTPUT, o->strings ? RNN_OUTPUT_EVERY_STEP : RNN_OUTPUT_MEAN));
    check(rnn_config_set_int(config, RNN_SEED, o->seed));
    check(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static void prepare(run *r, const train_options *o)
{
    *r = (run){.options = o, .random = (uint64_t)o->seed, .picture = file_beside(o->output, ".svg")};
    file_check_replaceable(o->output);
    file_check_writable(r->picture);
    r->c = corpus_read(o->folder);
    r->f = filterbank_create(r->c.rate);
    r->clean = recordings_features(&r->c.training, r->f);
    r->drawn.inputs = INPUTS;
    r->s = (settings){o->strings, r->c.rate, scale_measure(&r->clean)};
    scale_all(&r->s.scaling, &r->clean);
    if (o->strings) {
        draw_test_strings(r);
    } else {
        r->held_out = recordings_features(&r->c.held_out, r->f);
        scale_all(&r->s.scaling, &r->held_out);
    }
    r->model = create_network(o);
    settings_store(&r->s, r->model);
    printf("%zu recordings to train with, %zu held out\n", r->c.training.count, r->c.held_out.count);
    fflush(stdout);
}

static void release(run *r)
{
    rnn_destroy(r->model);
    sequences_release(&r->held_out);
    sequences_release(&r->drawn);
    sequences_release(&r->clean);
    filterbank_release(r->f);
    corpus_release(&r->c);
    free(r->picture);
}

/* ---- results of single digits --------------------------------------------------------------------------------- */

static void print_row(const char *name, int length, size_t count, size_t right)
{
    printf("%-16.*s %12zu %9.2f %%\n", length, name, count, 100 * (double)right / (double)count);
}

/* Returns how many are right. */
static size_t print_speakers(const recordings *r, const int32_t *classes)
{
    size_t all = 0;

    printf("\n%-16s %12s %11s\n", "speaker", "held out", "right");
    for (size_t first = 0, end; first < r->count; first = end) {
        int length;
        const char *speaker = recording_speaker(&r->items[first], &length);
        size_t right = 0;
        end = recordings_of_speaker(r, first);
        for (size_t i = first; i < end; i++)
            right += classes[i] == r->items[i].digit;
        print_row(speaker, length, end - first, right);
        all += right;
    }
    print_row("all", 3, r->count, all);
    return all;
}

static void conclude_digits(run *r, const char *network)
{
    const recordings *held_out = &r->c.held_out;
    size_t counts[DIGITS * DIGITS] = {0};
    char words[160];
    int32_t *classes = allocate(held_out->count, sizeof *classes);

    learn_classify(classes, r->model, &r->held_out);
    size_t right = print_speakers(held_out, classes);
    for (size_t i = 0; i < held_out->count; i++)
        counts[held_out->items[i].digit * DIGITS + classes[i]]++;
    snprintf(words, sizeof words, "%s; %zu of %zu held-out recordings are right, %.2f percent", network, right,
             held_out->count, 100 * (double)right / (double)held_out->count);
    draw_digit_training(r->picture, &(training_report){"Spoken digits", words, &r->learned}, counts);
    free(classes);
}

/* ---- results of strings --------------------------------------------------------------------------------------- */

/* Prints a row and returns the error rate; the strings are released. */
static double print_decoding(const char *name, label_string *strings, const sequence_list *list)
{
    size_t right;
    double rate = learn_error_rate(&right, strings, list);

    printf("%-24s %11.2f %% %11.2f %%\n", name, 100 * rate, 100 * (double)right / (double)list->count);
    for (size_t i = 0; i < list->count; i++)
        free(strings[i].labels);
    return rate;
}

/* A held-out string of five digits, or the last one. */
static const sequence *choose_string(const sequence_list *list)
{
    size_t i = 0;

    while (i + 1 < list->count && list->items[i].label_count != 5)
        i++;
    return &list->items[i];
}

static void draw_example(run *r, const char *subtitle)
{
    const sequence *s = choose_string(&r->held_out);
    hearing h = hear(r->model, s->x, s->steps, true);
    char said[2 * LONGEST + 1] = "";

    for (size_t i = 0; i < s->label_count; i++)
        snprintf(said + strlen(said), sizeof said - strlen(said), i ? " %d" : "%d", (int)s->labels[i] - 1);
    draw_string_training(r->picture, &(training_report){"Strings of spoken digits", subtitle, &r->learned}, s->x, &h,
                         said);
    hearing_release(&h);
}

static void conclude_strings(run *r, const char *network)
{
    label_string *strings = allocate(r->held_out.count, sizeof *strings);
    char words[160];

    printf("\n%-24s %13s %13s\n", "decoding", "digit errors", "strings right");
    learn_transcribe(strings, r->model, &r->held_out);
    double rate = print_decoding("best path", strings, &r->held_out);
    transcribe_by_beam(strings, r->model, &r->held_out);
    print_decoding("prefix beam search", strings, &r->held_out);
    free(strings);
    snprintf(words, sizeof words, "%s, CTC; digit error rate of %zu held-out strings: %.2f percent", network,
             r->held_out.count, 100 * rate);
    draw_example(r, words);
}

void train(const train_options *o)
{
    run *r = allocate(1, sizeof *r);
    char network[64];

    prepare(r, o);
    learn(&r->learned, r->model, draw_epoch, r, &r->held_out,
          &(learn_options){.loss = o->strings ? RNN_LOSS_CTC : RNN_LOSS_CROSS_ENTROPY,
                           .epochs = o->epochs,
                           .batch = o->batch,
                           .threads = o->threads,
                           .seed = o->seed,
                           .rate = o->rate,
                           .max_norm = MAX_NORM});
    check(rnn_save(r->model, o->output));
    snprintf(network, sizeof network, "Bidirectional LSTM, %" PRId64 " units each way", o->units);
    if (o->strings)
        conclude_strings(r, network);
    else
        conclude_digits(r, network);
    printf("\n%zu parameters, %.1f s of training\ncheckpoint: %s\npicture: %s\n", parameter_count(r->model),
           r->learned.seconds, o->output, r->picture);
    release(r);
    free(r);
}
