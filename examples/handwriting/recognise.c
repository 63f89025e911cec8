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

static void read_rows(rnn_session *session, rnn_decoder *decoder, const task *t, const path_list *rows)
{
    size_t labelled = 0, right = 0;

    for (size_t i = 0; i < rows->count; i++) {
        const path *p = &rows->items[i];
        reading r = reading_of(session, decoder, t, p);
        right += print_reading(&r, p);
        labelled += p->label_count > 0;
        reading_release(&r);
    }
    if (labelled > 0)
        printf("%zu of %zu labelled rows are right, %.2f %%\n", right, labelled,
               100 * (double)right / (double)labelled);
}

static void draw_row(rnn_session *session, rnn_decoder *decoder, const task *t, const path *p, const char *picture)
{
    reading r = reading_of(session, decoder, t, p);

    picture_row(picture, t, p, &r);
    printf("picture: %s\n", picture);
    reading_release(&r);
}

void recognise(const char *file, const recognise_options *o)
{
    const task *t;
    rnn_session *session;
    rnn_decoder *decoder;
    rnn_model *model = task_load_network(&t, o->model);
    path_list rows = pen_read(file, &t->form);

    if (o->picture && (size_t)o->row > rows.count)
        die("%s: --row %" PRId64 ", but there are no more rows than %zu", file, o->row, rows.count);
    if (o->picture)
        file_check_writable(o->picture);
    check(rnn_session_create(&session, model, RNN_INFERENCE));
    check(rnn_decoder_create(&decoder, RNN_DECODER_CTC_GREEDY));
    read_rows(session, decoder, t, &rows);
    if (o->picture)
        draw_row(session, decoder, t, &rows.items[o->row - 1], o->picture);
    rnn_decoder_destroy(decoder);
    rnn_session_destroy(session);
    path_list_release(&rows);
    rnn_destroy(model);
}
