/* The command line of tag, and the run: both networks, scores, some lines with their spaces, picture. */
#include "tag.h"
#include "command.h"
#include "die.h"
#include "file.h"
#include "model.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char program_name[] = "tag";

#define PRINTED 4 /* lines */

static void print_line(const line *l, const int32_t *labels)
{
    printf("    ");
    for (size_t i = 0; i < l->length; i++)
        printf("%c%s", l->letters[i], label_ends(labels[i]) && i + 1 < l->length ? " " : "");
    printf("\n");
}

/* The line that the picture shows, and its probabilities [length,LABELS] without and with a CRF. */
typedef struct {
    const line *line;
    float *p[2];
    float least; /* probability of the likeliest label of a letter */
} shown;

/* Without a CRF, the line becomes that with the least certain letter. */
static void show(shown *s, const line *l, const labeller *by)
{
    float least = 2;

    if (l->length > PICTURE_LETTERS)
        return;
    for (size_t i = 0; i < l->length; i++) {
        const float *p = by->p + i * LABELS;
        float most = p[likeliest(p, LABELS)];
        least = most < least ? most : least;
    }
    if (by->decoder ? l != s->line : s->line && least >= s->least)
        return;
    s->line = l;
    s->least = least;
    memcpy(s->p[by->decoder != NULL], by->p, l->length * LABELS * sizeof *by->p);
}

/* Labels all that is held out. */
static score evaluate(shown *picture, rnn_model *model, bool crf, const corpus *c)
{
    labeller l = labeller_open(model, crf, c);
    score s = {0};

    if (crf)
        printf("\nlines that are held out, with the spaces that the CRF finds:\n");
    for (size_t n = c->held_out; n < c->count; n++) {
        label_line(&l, &c->lines[n]);
        score_add(&s, &c->lines[n], l.labels);
        show(picture, &c->lines[n], &l);
        if (crf && n < c->held_out + PRINTED)
            print_line(&c->lines[n], l.labels);
    }
    labeller_close(&l);
    return s;
}

static void print_row(const char *name, const score *s, double seconds)
{
    printf("%-20s %9.2f %9.2f %9.2f %9.2f %11zu %9.1f\n", name, 100 * score_precision(s), 100 * score_recall(s),
           100 * score_f1(s), 100 * (double)s->right_letters / (double)s->letters, s->impossible, seconds);
}

static void run(const corpus *c, const options *o)
{
    char *picture = file_beside(o->output, ".svg");
    shown example = {NULL};
    score s[2];
    double seconds[2];

    file_check_writable(picture);
    printf("%s: %zu lines, %zu of them held out; %" PRId64 " different letters\n", c->name, c->count,
           c->count - c->held_out, c->alphabet - 1);
    for (int crf = 0; crf < 2; crf++) {
        rnn_model *model = train(&seconds[crf], c, crf, o);
        example.p[crf] = allocate(PICTURE_LETTERS * LABELS, sizeof **example.p);
        s[crf] = evaluate(&example, model, crf, c);
        rnn_destroy(model);
    }
    printf("\nheld out, %zu words\n%-20s %9s %9s %9s %9s %11s %9s\n", s[0].words, "percent", "precision", "recall",
           "F1", "letters", "impossible", "seconds");
    print_row("each letter alone", &s[0], seconds[0]);
    print_row("CRF", &s[1], seconds[1]);
    if (example.line) {
        picture_draw(picture, c, example.line, example.p[0], example.p[1]);
        printf("picture: %s\n", picture);
    } else {
        printf("no picture: all lines have more than %d letters\n", PICTURE_LETTERS);
    }
    free(example.p[0]);
    free(example.p[1]);
    free(picture);
}

/* True where only help or the version was wanted, and printed. */
static bool parse(options *o, const char **words, bool has_file, char **arguments)
{
    const option table[] = {
        {"--lines", "N", WHOLE, &o->lines, 20, 10000000, "lines at most"},
        {"--units", "H", WHOLE, &o->units, 1, 4096, "units of a direction"},
        {"--embedding", "E", WHOLE, &o->embedding, 1, 4096, "numbers that stand for a letter"},
        {"--epochs", "N", WHOLE, &o->epochs, 1, 100000, "epochs of each network"},
        {"--batch", "N", WHOLE, &o->batch, 1, 100000, "lines of a batch"},
        {"--rate", "R", REAL, &o->rate, 1e-9, 10, "the learning rate of Adam"},
        {"--threads", "N", WHOLE, &o->threads, 1, 64, "threads; they change the time and nothing else"},
        {"--seed", "N", WHOLE, &o->seed, 0, MAX_WHOLE, "other initial weights, another generated text"},
        {"--output", "NAME", WORD, &o->output, 0, 0, "NAME.svg is written"},
    };
    const command c = {
        .name = "",
        .words = has_file ? "FILE.txt" : NULL,
        .word_count = has_file ? 1 : 0,
        .options = table,
        .option_count = COUNT(table),
        .help =
            "Learns where the words of a text are when its spaces are removed, by a bidirectional LSTM, twice: with\n"
            "a label for each letter alone, and with a CRF.\n"
            "    tag [OPTIONS]           made-up words\n"
            "    tag FILE.txt [OPTIONS]  the lines of a file",
    };

    return command_parse(&c, words, arguments);
}

int main(int argc, char **argv)
{
    options o = {.lines = 6000,
                 .units = 64,
                 .embedding = 24,
                 .epochs = 8,
                 .batch = 32,
                 .seed = 1,
                 .rate = 0.005,
                 .output = "tag"};
    bool has_file = argc > 1 && argv[1][0] != '-';
    const char *words[1] = {NULL};

    if (!parse(&o, words, has_file, argv + 1)) {
        corpus c = has_file ? corpus_read(words[0], &o) : corpus_generate(&o);
        run(&c, &o);
        corpus_release(&c);
    }
    check_output();
    return 0;
}
