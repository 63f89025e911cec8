/* translate, sentences of one language into another over rnn.h: what its files share.
 *
 *     translate.c   the command line             network.c  the three models and the attention between them
 *     vocabulary.c  words and tokens             pass.c     forward and backward through all of them
 *     corpus.c      sentences and batches        search.c   beam search, and where a translation looked
 *     train.c       the training run             bleu.c     how near translations are to those of people
 *     use.c         a trained network on a file  picture.c  loss curves and attention
 *
 * Letters: S steps of the source, T of the target, B sentences, H units, M = 2H elements of memory, V words. */
#ifndef TRANSLATE_H
#define TRANSLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rnn.h>

#include "die.h"
#include "series.h"

/* ---- vocabulary.c --------------------------------------------------------------------------------------------- */

#define SPACE " \t\r\n" /* what stands between words */

/* Tokens that are no words.  A sentence of the target is read as BEGIN w1 w2 ... and answered by w1 w2 ... END. */
enum { BEGIN, END, UNKNOWN, SPECIAL_TOKENS };

typedef struct {
    char **words; /* [count]; the place of a word is its token */
    size_t count;
    int32_t *slots; /* [slot_count] a hash table of tokens, -1: free */
    size_t slot_count;
} vocabulary;

/* The words of a text that occur `least` times or more, the most frequent first, `most` of them at most. */
vocabulary vocabulary_of_text(const char *text, size_t least, size_t most);
int32_t vocabulary_token(const vocabulary *v, const char *word, size_t length); /* UNKNOWN for others */
void vocabulary_release(vocabulary *v);

/* As a file of a word a line. */
void vocabulary_save(const vocabulary *v, const char *path);
vocabulary vocabulary_load(const char *path);

/* ---- corpus.c ------------------------------------------------------------------------------------------------- */

typedef struct {
    char *words; /* as they were read, words with one space between them */
    int32_t *tokens;
    size_t count;
} sentence;

typedef struct {
    sentence *sentences;
    size_t count, longest;
} corpus;

/* The sentences of a file, a line each; dies at one without words. */
corpus corpus_read(const char *path, const vocabulary *v);
void corpus_release(corpus *c);

/* Sentences of both languages side by side, 0 past their ends. */
typedef struct {
    int32_t *source, *source_lengths;          /* [S,B], [B] */
    int32_t *read, *answered, *target_lengths; /* [T,B] from BEGIN on, [T,B] up to END, [B] */
    size_t source_steps, target_steps, batch;
} batch;

/* How large the arrays of a pass become: S*B, T*B, T*B*S and B. */
typedef struct {
    size_t source, target, weights, batch;
} batch_size;

batch_size batch_size_widen(batch_size a, batch_size b);

typedef struct {
    batch *batches;
    size_t count;
    batch_size largest;
} batch_list;

/* All pairs in batches of so many of nearly the same length, so that little is computed or stored for nothing. */
batch_list batches_create(const corpus *source, const corpus *target, size_t size);
size_t batch_words(const batch *b); /* of the target, END among them */
void batches_release(batch_list *list);

/* ---- network.c ------------------------------------------------------------------------------------------------ */

typedef struct {
    int64_t units, embedding, seed;
} network_options;

/* encoder  source words -> embedding, GRU of both directions: memory [S,B,M]
 * queries  target words so far -> embedding, GRU, head: what is looked for, [T,B,M]; its first state is that of the
 *          encoder's reverse direction, which has read the whole sentence.  Its head is the W of Luong's general score,
 *          so that the attention itself, a dot product, needs no parameters
 * decoder  query and what was found, [T,B,2M] -> GRU, head: logits of the next word, [T,B,V] */
typedef struct {
    rnn_model *encoder, *queries, *decoder;
    vocabulary source, target;
    size_t units, memory; /* H, M */
} network;

/* A network takes over the vocabularies. */
network network_create(const network_options *options, vocabulary source, vocabulary target);
size_t network_parameters(const network *n);
void network_release(network *n);

/* A network is a folder: three checkpoints and two files of words.  The note, such as from which epoch it is, is kept
 * in all three: checkpoints of different runs are not taken for a network. */
void network_check_folder(const char *folder); /* dies where none can be saved there */
void network_save(const network *n, const char *folder, const char *note);
network network_load(const char *folder);

/* The weights in another format, for translation alone; dies where the name is not float32, bf16 or int8. */
void network_set_precision(network *n, const char *name);

/* ---- pass.c --------------------------------------------------------------------------------------------------- */

/* What a run through the network needs, in training also back. */
typedef struct {
    const network *n;
    rnn_session *encoder, *queries, *decoder;
    rnn_attention *attention;
    rnn_loss *loss;
    float *memory, *dmemory;   /* [S,B,M] */
    float *query, *context;    /* [T,B,M], then their gradients */
    float *weights;            /* [T,B,S] */
    float *joined, *mask;      /* [T,B,2M] query and context, and what dropout multiplied them by */
    float *logits;             /* [T,B,V], then their gradient */
    float *states;             /* [2,B,H] of the encoder, or their gradient; the second half is the queries' first */
    double dropout, smoothing; /* of labels; both 0 where it does not train */
    uint64_t random;
} pass;

/* For batches up to this size; mode is that of rnn_session_create. */
pass pass_create(const network *n, int32_t mode, batch_size largest, int64_t threads);
void pass_release(pass *p);

/* Reads the source: leaves the memory of the attention, and the queries in their first state. */
void pass_encode(pass *p, const batch *b);

/* Puts `rows` queries and contexts side by side for the decoder, some elements dropped where it trains. */
void pass_join(pass *p, size_t rows);

/* Reads the target from BEGIN on, of the source that was read last: leaves query, context and weights. */
void pass_attend(pass *p, const batch *b);

/* All of it: leaves logits and weights. */
void pass_forward(pass *p, const batch *b);

/* The sum of the losses of the words, in nats, after pass_forward; the logits are now the gradient of their mean. */
double pass_loss(pass *p, const batch *b);

/* From there all the way back; the gradients of the models are added to. */
void pass_backward(pass *p, const batch *b);

/* ---- search.c ------------------------------------------------------------------------------------------------- */

#define LONGEST_TRANSLATION 80 /* words */

typedef struct {
    int32_t tokens[LONGEST_TRANSLATION];
    size_t count; /* without END */
    double score;
    float *weights; /* [count + 1,S] where each word looked in the source */
} translation;

typedef struct searcher searcher;

/* Beam search of so many translations side by side, for sentences of up to `longest` words. */
searcher *searcher_create(const network *n, size_t width, size_t longest, int64_t threads);
void searcher_release(searcher *s);
translation searcher_translate(searcher *s, const sentence *source);
void translation_release(translation *t);

/* Word number `index` and its length in bytes; where the network had no word, that of the source at which it looked
 * most (Luong et al. 2015b, "Addressing the Rare Word Problem"). */
const char *translation_word(const translation *t, size_t index, const sentence *source, const network *n,
                             size_t *length);

/* All words, with one space between them, to be freed. */
char *translation_words(const translation *t, const sentence *source, const network *n);

/* ---- bleu.c --------------------------------------------------------------------------------------------------- */

/* Papineni et al. 2002, one reference each, n-grams of 1 to 4 words, over all sentences; 0 .. 100. */
double bleu(char *const *translations, const corpus *references);

/* ---- picture.c ------------------------------------------------------------------------------------------------ */

/* The attention of one translation; curves to its left where there are any (NULL, NULL: none). */
void picture_draw(const char *path, const series *training, const series *validation, const translation *t,
                  const sentence *source, const network *n, const char *subtitle);

/* ---- train.c -------------------------------------------------------------------------------------------------- */

typedef struct {
    const char *folder, *from, *into; /* "en", "de": how the files' names end */
    int64_t units, embedding, words, least, batch, epochs, beam, threads, seed;
    double rate, dropout, smoothing;
    const char *output;
} train_options;

void train(const train_options *options);

/* ---- use.c ---------------------------------------------------------------------------------------------------- */

typedef struct {
    const char *model, *precision, *picture; /* picture: NULL: none */
    int64_t beam, threads;
} use_options;

void translate_file(const char *path, const use_options *options);

/* Prints the BLEU of the translations of a file against those of another. */
void score_file(const char *path, const char *reference, const use_options *options);

/* Translates a whole corpus: an array of its count of strings, all to be freed. */
char **translate_corpus(const network *n, const corpus *source, int64_t beam, int64_t threads);

#endif
