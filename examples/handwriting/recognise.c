/* A trained network reads the rows of a file. */
#include "file.h"
#include "handwriting.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void print_digits(const int32_t *digits, size_t count)
{
    for (size_t i = 0; i < count; i++)
        printf("%" PRId32, digits[i]);
    if (count == 0)
        printf("nothing");
}

/* True where the row is what its labels say. */
static bool print_reading(const reading *r, const path *p)
{
    bool right = r->count == p->label_count && memcmp(r->digits, p->labels, r->count * sizeof *r->digits) == 0;

    print_digits(r->digits, r->count);
    printf("  %.4f", r->probability);
    if (p->label_count > 0) {
        printf("  labelled ");
        print_digits(p->labels, p->label_count);
        printf("%s", right ? "" : ", wrong");
    }
    printf("\n");
    return right;
}

typedef struct {
    size_t rows, right, labels, edits;
} tally; /* of labelled rows */

static void count_row(tally *all, const reading *r, const path *p, bool right)
{
    all->rows++;
    all->right += right;
    all->labels += p->label_count;
    all->edits += edit_distance(r->digits, r->count, p->labels, p->label_count);
}

static void read_rows(rnn_session *session, rnn_decoder *decoder, const task *t, const path_list *rows)
{
    tally all = {0};

    for (size_t i = 0; i < rows->count; i++) {
        const path *p = &rows->items[i];
        reading r = reading_of(session, decoder, t, p);
        bool right = print_reading(&r, p);
        if (p->label_count > 0)
            count_row(&all, &r, p, right);
        reading_release(&r);
    }
    if (all.rows > 0)
        printf("%zu of %zu labelled rows are right, %.2f %%\n", all.right, all.rows,
               100 * (double)all.right / (double)all.rows);
    if (all.rows > 0 && t == &task_strings)
        printf("error rate %.2f %%: %zu edits, %zu digits\n", 100 * (double)all.edits / (double)all.labels, all.edits,
               all.labels);
}

static void draw_row(rnn_session *session, rnn_decoder *decoder, const task *t, const path *p, const char *picture)
{
    reading r = reading_of(session, decoder, t, p);

    picture_row(picture, t, p, &r);
    printf("picture: %s\n", picture);
    reading_release(&r);
}

/* The best path, or prefix beam search, with *s where a scorer is wanted. */
static rnn_decoder *create_decoder(scorer **s, const recognise_options *o)
{
    rnn_decoder *decoder;

    *s = NULL;
    check(rnn_decoder_create(&decoder, o->beam ? RNN_DECODER_CTC_BEAM : RNN_DECODER_CTC_GREEDY));
    if (o->beam)
        check(rnn_decoder_set_int(decoder, RNN_BEAM_WIDTH, o->beam));
    if (o->scorer) {
        *s = scorer_open(o->scorer, (size_t)o->beam);
        scorer_set(*s, decoder, o->scorer_weight);
    }
    return decoder;
}

void recognise(const char *file, const recognise_options *o)
{
    const task *t;
    rnn_session *session;
    rnn_decoder *decoder;
    scorer *s;
    rnn_model *model = task_load_network(&t, o->model);
    path_list rows = pen_read(file, &t->form);
    if (o->beam && t != &task_strings)
        die("%s: --beam and --scorer need a model of strings", o->model);

    if (o->picture && (size_t)o->row > rows.count)
        die("%s: --row %" PRId64 ", but there are no more rows than %zu", file, o->row, rows.count);
    if (o->picture)
        file_check_writable(o->picture);
    check(rnn_session_create(&session, model, RNN_INFERENCE));
    decoder = create_decoder(&s, o);
    read_rows(session, decoder, t, &rows);
    if (o->picture)
        draw_row(session, decoder, t, &rows.items[o->row - 1], o->picture);
    rnn_decoder_destroy(decoder);
    scorer_close(s);
    rnn_session_destroy(session);
    path_list_release(&rows);
    rnn_destroy(model);
}
