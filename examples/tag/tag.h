/* Words of a text without spaces: each letter is labelled by its place in its word. */
#ifndef TAG_H
#define TAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rnn.h>

/* Labels: the only letter of a word, its first one, one in between, its last one. */
enum { SINGLE, FIRST, MIDDLE, LAST, LABELS };

typedef struct {
    int64_t lines, units, embedding, epochs, batch, threads, seed;
    double rate;
    const char *output;
} options;

/* ---- text.c ----------------------------------------------------------------------------------------------------- */

/* A line without its spaces. */
typedef struct {
    char *letters;   /* [length], bytes */
    int32_t *tokens; /* [length] */
    int32_t *labels; /* [length] */
    size_t length;
} line;

typedef struct {
    const char *name;
    line *lines;
    size_t count, held_out; /* of all; the first that is held out */
    int64_t alphabet;       /* tokens: 0 for what training does not have, then its bytes */
} corpus;

corpus corpus_read(const char *path, const options *o);
corpus corpus_generate(const options *o);
void corpus_release(corpus *c);

/* ---- train.c ---------------------------------------------------------------------------------------------------- */

/* An embedding, a bidirectional LSTM and a head, trained by rnn_fit; with a CRF, or for each letter alone. */
rnn_model *train(double *seconds, const corpus *c, bool crf, const options *o);

/* ---- label.c ---------------------------------------------------------------------------------------------------- */

/* Labels and their probabilities [length,LABELS] for one line after the other. */
typedef struct {
    rnn_session *session;
    rnn_decoder *decoder; /* NULL: each letter alone */
    float *y, *p;         /* [longest,LABELS] */
    int32_t *labels;      /* [longest] */
} labeller;

labeller labeller_open(rnn_model *model, bool crf, const corpus *c);
void label_line(labeller *l, const line *of); /* fills p and labels */
void labeller_close(labeller *l);

/* ---- score.c ---------------------------------------------------------------------------------------------------- */

typedef struct {
    size_t words, found, right; /* of the text, of the labels, in both */
    size_t letters, right_letters;
    size_t impossible; /* pairs of labels that no text has, such as two first letters */
} score;

void score_add(score *s, const line *l, const int32_t *labels);
double score_precision(const score *s);
double score_recall(const score *s);
double score_f1(const score *s);

/* Whether a word ends behind a letter with that label; whether `next` may follow it, LABELS being the end of a line. */
bool label_ends(int32_t label);
bool label_may_follow(int32_t label, int32_t next);

/* ---- picture.c -------------------------------------------------------------------------------------------------- */

#define PICTURE_LETTERS 46 /* that have room */

/* The probabilities of the labels of one line, of at most PICTURE_LETTERS: for each letter alone, and by the CRF. */
void picture_draw(const char *path, const corpus *c, const line *l, const float *alone, const float *crf);

#endif
