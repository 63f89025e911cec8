/* The use of a checkpoint: the likeliest classes of each line of a file, a name or a case of a .ts file. */
#include "classify.h"
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEST 3 /* classes that are printed */

typedef struct {
    task t;
    rnn_session *session;
    float *probabilities;          /* [C] */
    size_t cases, labelled, right; /* so far */
} recogniser;

/* Probabilities of the classes of a sequence, which is taken over. */
static void run(recogniser *r, sequence s)
{
    sequence_list list = {.inputs = r->t.inputs.inputs};
    size_t classes = r->t.classes.count;
    float *p = r->probabilities;

    sequences_add(&list, s);
    check(rnn_reset_state(r->session, 1));
    if (s.x) {
        scale_apply(&r->t.inputs, &list);
        check(rnn_forward(r->session, p, classes, s.x, s.steps * list.inputs, NULL, 0, s.steps));
    } else {
        check(rnn_forward_tokens(r->session, p, classes, s.tokens, s.steps, NULL, 0, s.steps));
    }
    check(rnn_softmax(p, classes, p, classes, classes));
    sequences_release(&list);
}

/* Prints the likeliest classes, and uses the probabilities up; returns the likeliest of all. */
static int32_t print_best(recogniser *r)
{
    size_t classes = r->t.classes.count;
    int32_t first = likeliest(r->probabilities, classes);

    for (size_t i = 0; i < BEST && i < classes; i++) {
        int32_t best = likeliest(r->probabilities, classes);
        printf("   %s %.1f %%", r->t.classes.names[best], 100 * (double)r->probabilities[best]);
        r->probabilities[best] = -1;
    }
    printf("\n");
    return first;
}

/* ---- the two kinds of lines ----------------------------------------------------------------------------------- */

/* Prints a name and blanks up to a column: a letter may be several bytes in UTF-8, all but the first of them 10xxxxxx.
 */
static void print_padded(const char *name, int width)
{
    for (const char *byte = name; *byte; byte++)
        width += ((unsigned char)*byte & 0xc0) == 0x80;
    printf("%-*s", width, name);
}

static void recognise_names(recogniser *r, char *text)
{
    char *line;

    while ((line = file_next_line(&text))) {
        if (line[strspn(line, " \t")] == '\0') {
            printf("\n");
            continue;
        }
        print_padded(line, 20);
        run(r, name_sequence(&r->t.letters, name_fold(line), 0));
        print_best(r);
        r->cases++;
    }
}

/* A case by its line; its label may be there or not. */
static void recognise_case(recogniser *r, char *line, const place *where)
{
    size_t dimensions = r->t.inputs.inputs, fields = ts_fields(line);
    int32_t label = -1;

    if (fields != dimensions && fields != dimensions + 1)
        die("%s, line %zu: %zu fields separated by ':'; the network wants %zu dimensions, and a label may follow",
            where->path, where->line, fields, dimensions);
    sequence s = ts_case(line, dimensions, &r->t.classes, where);
    if (s.label_count > 0)
        label = s.labels[0];
    run(r, s);
    printf("line %-7zu", where->line);
    if (label >= 0)
        printf(" label %-11s", r->t.classes.names[label]);
    int32_t found = print_best(r);
    r->cases++;
    r->labelled += label >= 0;
    r->right += label >= 0 && label == found;
}

static void recognise_series(recogniser *r, char *text, const char *path)
{
    place where = {path, 0};
    char *line;

    while ((line = ts_next_case(&text, &where, NULL)))
        recognise_case(r, line, &where);
    if (r->labelled > 0)
        printf("%zu of %zu with a label right, %.2f %%\n", r->right, r->labelled,
               100 * (double)r->right / (double)r->labelled);
}

void recognise(const char *file, const char *checkpoint)
{
    recogniser r = {.cases = 0};
    rnn_model *model;

    check(rnn_load(&model, checkpoint));
    r.t = task_load(model, checkpoint);
    r.probabilities = allocate(r.t.classes.count, sizeof *r.probabilities);
    check(rnn_session_create(&r.session, model, RNN_INFERENCE));
    file_bytes text = text_read(file);
    if (r.t.kind == TASK_NAMES)
        recognise_names(&r, text.bytes);
    else
        recognise_series(&r, text.bytes, file);
    if (r.cases == 0)
        die("%s: nothing in it to recognise", file);
    free(text.bytes);
    free(r.probabilities);
    task_release(&r.t);
    rnn_session_destroy(r.session);
    rnn_destroy(model);
}
