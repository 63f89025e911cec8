/* The training run: Adam on the three models, a look at the validation set after every epoch, the best one kept; then
 * the test set is translated. */
#include "clock.h"
#include "file.h"
#include "model.h"
#include "random.h"
#include "translate.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NORM 1.0 /* of the gradient of each model */

typedef struct {
    corpus source, target;
} text_pair;

typedef struct {
    const train_options *options;
    network n;
    pass forth; /* and back */
    rnn_optimizer *optimizers[3];
    text_pair training, validation, test;
    batch_list batches, held_out;
    uint64_t random;
    series losses, validation_losses; /* x: epochs */
    double seconds;                   /* of training alone */
    double best;                      /* validation loss */
} run;

/* ---- data ----------------------------------------------------------------------------------------------------- */

/* The file of a folder whose name begins with `part` and ends with ".LANGUAGE"; to be freed. */
static char *find_file(const char *folder, const char *part, const char *language)
{
    char suffix[64], *path = NULL;

    snprintf(suffix, sizeof suffix, ".%s", language);
    file_names names = file_names_read(folder, suffix);
    for (size_t i = 0; i < names.count && !path; i++)
        if (strncmp(names.names[i], part, strlen(part)) == 0)
            path = file_path(folder, names.names[i]);
    if (!path)
        die("%s: no file of it is called %s*%s", folder, part, suffix);
    file_names_release(&names);
    return path;
}

static vocabulary read_vocabulary(const train_options *o, const char *language)
{
    char *path = find_file(o->folder, "train", language);
    file_bytes text = file_read(path);
    vocabulary words = vocabulary_of_text(text.bytes, (size_t)o->least, o->words ? (size_t)o->words : SIZE_MAX);

    if (words.count == SPECIAL_TOKENS)
        die("%s: no word of it occurs %" PRId64 " times", path, o->least);
    free(text.bytes);
    free(path);
    return words;
}

static text_pair read_pair(const train_options *o, const char *part, const network *n)
{
    char *from = find_file(o->folder, part, o->from), *into = find_file(o->folder, part, o->into);
    text_pair read = {corpus_read(from, &n->source), corpus_read(into, &n->target)};

    if (read.source.count != read.target.count)
        die("%s has %zu sentences, %s has %zu", from, read.source.count, into, read.target.count);
    free(from);
    free(into);
    return read;
}

static void release_pair(text_pair *p)
{
    corpus_release(&p->source);
    corpus_release(&p->target);
}

/* ---- preparation ---------------------------------------------------------------------------------------------- */

static rnn_optimizer *create_adam(const rnn_model *model, const train_options *o, size_t batches)
{
    rnn_optimizer *adam;

    check(rnn_optimizer_create(&adam, RNN_OPTIMIZER_ADAM, parameter_count(model)));
    check(rnn_optimizer_set_real(adam, RNN_RATE, o->rate));
    check(rnn_optimizer_set_real(adam, RNN_MAX_NORM, MAX_NORM));
    check(rnn_optimizer_set_int(adam, RNN_SCHEDULE, RNN_SCHEDULE_COSINE));
    check(rnn_optimizer_set_int(adam, RNN_PERIOD, o->epochs * (int64_t)batches));
    check(rnn_optimizer_set_real(adam, RNN_MINIMUM_RATE, o->rate / 100));
    return adam;
}

static void prepare(run *r, const train_options *o)
{
    network_options size = {o->units, o->embedding, o->seed};
    vocabulary source = read_vocabulary(o, o->from), target = read_vocabulary(o, o->into);

    *r = (run){.options = o, .random = (uint64_t)o->seed, .best = INFINITY};
    r->n = network_create(&size, source, target);
    r->training = read_pair(o, "train", &r->n);
    r->validation = read_pair(o, "val", &r->n);
    r->test = read_pair(o, "test", &r->n);
    r->batches = batches_create(&r->training.source, &r->training.target, (size_t)o->batch);
    r->held_out = batches_create(&r->validation.source, &r->validation.target, (size_t)o->batch);
    r->forth = pass_create(&r->n, RNN_TRAINING, batch_size_widen(r->batches.largest, r->held_out.largest), o->threads);
    r->forth.random = r->random + 1;
    rnn_model *models[3] = {r->n.encoder, r->n.queries, r->n.decoder};
    for (size_t i = 0; i < 3; i++)
        r->optimizers[i] = create_adam(models[i], o, r->batches.count);
    printf("%zu pairs of sentences, %zu and %zu words, %zu parameters\n", r->training.source.count, source.count,
           target.count, network_parameters(&r->n));
    fflush(stdout);
}

static void release(run *r)
{
    pass_release(&r->forth);
    for (size_t i = 0; i < 3; i++)
        rnn_optimizer_destroy(r->optimizers[i]);
    batches_release(&r->batches);
    batches_release(&r->held_out);
    release_pair(&r->training);
    release_pair(&r->validation);
    release_pair(&r->test);
    network_release(&r->n);
}

/* ---- epochs --------------------------------------------------------------------------------------------------- */

static double update(run *r, const batch *b)
{
    rnn_session *sessions[3] = {r->forth.encoder, r->forth.queries, r->forth.decoder};

    for (size_t i = 0; i < 3; i++)
        check(rnn_zero_gradients(sessions[i]));
    pass_forward(&r->forth, b);
    double loss = pass_loss(&r->forth, b);
    pass_backward(&r->forth, b);
    for (size_t i = 0; i < 3; i++)
        check(rnn_optimizer_step(r->optimizers[i], sessions[i]));
    return loss;
}

/* The mean loss of a word over the training set. */
static double train_epoch(run *r)
{
    double begin = now(), loss = 0;
    size_t words = 0;

    r->forth.dropout = r->options->dropout;
    r->forth.smoothing = r->options->smoothing;
    shuffle(r->batches.batches, r->batches.count, sizeof *r->batches.batches, &r->random);
    for (size_t i = 0; i < r->batches.count; i++) {
        loss += update(r, &r->batches.batches[i]);
        words += batch_words(&r->batches.batches[i]);
    }
    r->seconds += now() - begin;
    return loss / (double)words;
}

/* The same over the validation set, of the plain probabilities. */
static double validate(run *r)
{
    double loss = 0;
    size_t words = 0;

    r->forth.dropout = r->forth.smoothing = 0;
    for (size_t i = 0; i < r->held_out.count; i++) {
        pass_forward(&r->forth, &r->held_out.batches[i]);
        loss += pass_loss(&r->forth, &r->held_out.batches[i]);
        words += batch_words(&r->held_out.batches[i]);
    }
    return loss / (double)words;
}

static void save(run *r, int64_t epoch)
{
    char note[128];

    snprintf(note, sizeof note, "%s to %s, seed %" PRId64 ", %" PRId64 " of %" PRId64 " epochs", r->options->from,
             r->options->into, r->options->seed, epoch, r->options->epochs);
    network_save(&r->n, r->options->output, note);
}

static void run_epochs(run *r)
{
    for (int64_t epoch = 1; epoch <= r->options->epochs; epoch++) {
        double loss = train_epoch(r), held_out = validate(r);
        series_add(&r->losses, (double)epoch, loss);
        series_add(&r->validation_losses, (double)epoch, held_out);
        printf("epoch %3" PRId64 "/%" PRId64 "   loss %7.4f   validation %7.4f   %7.1f s\n", epoch, r->options->epochs,
               loss, held_out, r->seconds);
        fflush(stdout);
        if (held_out < r->best) {
            r->best = held_out;
            save(r, epoch);
        }
    }
}

/* ---- results -------------------------------------------------------------------------------------------------- */

typedef struct {
    double bleu, seconds;
} score;

static score translate_test(const network *n, const text_pair *test, int64_t beam, int64_t threads)
{
    double begin = now();
    char **translations = translate_corpus(n, &test->source, beam, threads);
    score s = {bleu(translations, &test->target), now() - begin};

    for (size_t i = 0; i < test->source.count; i++)
        free(translations[i]);
    free(translations);
    return s;
}

static void print_score(const run *r, const network *best, int64_t beam)
{
    score s = translate_test(best, &r->test, beam, r->options->threads);

    printf("beam %-3" PRId64 " %8.2f %10.1f\n", beam, s.bleu, s.seconds);
    fflush(stdout);
}

static void print_results(const run *r, const network *best)
{
    printf("\n%zu test sentences, %zu parameters, %.1f s of training, validation loss %.4f\n", r->test.source.count,
           network_parameters(best), r->seconds, r->best);
    printf("%-8s %8s %10s\n", "search", "BLEU", "seconds");
    print_score(r, best, 1);
    if (r->options->beam > 1)
        print_score(r, best, r->options->beam);
}

/* The picture shows a sentence of the test set that is neither short nor long. */
static void draw(const run *r, const network *best)
{
    char *path = file_beside(r->options->output, ".svg"), subtitle[128];
    const sentence *shown = &r->test.source.sentences[0];

    for (size_t i = 0; i < r->test.source.count && (shown->count < 9 || shown->count > 13); i++)
        shown = &r->test.source.sentences[i];
    searcher *s = searcher_create(best, (size_t)r->options->beam, shown->count, r->options->threads);
    translation t = searcher_translate(s, shown);
    snprintf(subtitle, sizeof subtitle, "%s to %s, %zu pairs of sentences, %zu parameters, %.0f s of training",
             r->options->from, r->options->into, r->training.source.count, network_parameters(best), r->seconds);
    picture_draw(path, &r->losses, &r->validation_losses, &t, shown, best, subtitle);
    printf("checkpoint: %s   picture: %s\n", r->options->output, path);
    translation_release(&t);
    searcher_release(s);
    free(path);
}

void train(const train_options *o)
{
    run r;

    network_check_folder(o->output);
    prepare(&r, o);
    run_epochs(&r);
    if (r.best == INFINITY)
        die("training diverged: the validation loss was never a number; nothing was saved");
    network best = network_load(o->output);
    print_results(&r, &best);
    draw(&r, &best);
    network_release(&best);
    release(&r);
}
