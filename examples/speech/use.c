/* What a trained network hears: in one sound, with the times, and in many by prefix beam search. */
#include "model.h"
#include "speech.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEAM 32 /* labellings that are followed */

/* ---- one sound ------------------------------------------------------------------------------------------------ */

/* The outputs for one sequence, [*rows,*classes], to be freed. */
static float *run(rnn_model *model, const float *x, size_t steps, bool strings, size_t *rows, size_t *classes)
{
    rnn_session *session;

    *rows = strings ? steps : 1;
    *classes = strings ? DIGITS + 1 : DIGITS;
    float *logits = allocate(*rows * *classes, sizeof *logits);
    check(rnn_session_create(&session, model, RNN_INFERENCE));
    check(rnn_forward(session, logits, *rows * *classes, x, steps * INPUTS, NULL, 0, steps));
    rnn_session_destroy(session);
    return logits;
}

/* The best path, as RNN_DECODER_CTC_GREEDY has it; the step of a digit is the one at which it is most likely. */
static void find_digits(hearing *h)
{
    int32_t last = 0;

    h->digits = allocate(h->steps, sizeof *h->digits);
    for (size_t t = 0; t < h->steps; t++) {
        const float *row = h->probabilities + t * (DIGITS + 1);
        int32_t label = likeliest(row, DIGITS + 1);
        if (label > 0 && label != last)
            h->digits[h->count++] = (spoken){label - 1, t, row[label]};
        else if (label > 0 && row[label] > h->digits[h->count - 1].probability)
            h->digits[h->count - 1] = (spoken){label - 1, t, row[label]};
        last = label;
    }
}

hearing hear(rnn_model *model, const float *x, size_t steps, bool strings)
{
    size_t rows, classes;
    hearing h = {.steps = steps};

    h.probabilities = run(model, x, steps, strings, &rows, &classes);
    check(rnn_softmax(h.probabilities, rows * classes, h.probabilities, rows * classes, classes));
    if (strings)
        find_digits(&h);
    return h;
}

void hearing_release(hearing *h)
{
    free(h->probabilities);
    free(h->digits);
}

/* ---- many ----------------------------------------------------------------------------------------------------- */

void transcribe_by_beam(label_string *strings, rnn_model *model, const sequence_list *list)
{
    rnn_decoder *decoder;

    check(rnn_decoder_create(&decoder, RNN_DECODER_CTC_BEAM));
    check(rnn_decoder_set_int(decoder, RNN_BEAM_WIDTH, BEAM));
    for (size_t i = 0; i < list->count; i++) {
        const sequence *s = &list->items[i];
        size_t rows, classes;
        float *logits = run(model, s->x, s->steps, true, &rows, &classes);
        check(rnn_decoder_decode(decoder, logits, rows * classes, NULL, 0, rows, 1, classes));
        strings[i] = label_string_of(decoder, 0);
        free(logits);
    }
    rnn_decoder_destroy(decoder);
}

/* ---- the command ---------------------------------------------------------------------------------------------- */

#define SHOWN 3 /* digits that are likeliest */

static void print_likeliest(const float *probabilities /* [DIGITS] */)
{
    bool printed[DIGITS] = {false};

    printf("digit  probability\n");
    for (int i = 0; i < SHOWN; i++) {
        int best = -1;
        for (int d = 0; d < DIGITS; d++)
            if (!printed[d] && (best < 0 || probabilities[d] > probabilities[best]))
                best = d;
        printf("%-5d  %.4f\n", best, (double)probabilities[best]);
        printed[best] = true;
    }
}

static void print_string(const hearing *h)
{
    printf("digits:");
    for (size_t i = 0; i < h->count; i++)
        printf(" %d", (int)h->digits[i].digit);
    printf("%s\n", h->count ? "" : " none");
    if (h->count)
        printf("digit  second  probability\n");
    for (size_t i = 0; i < h->count; i++)
        printf("%-5d  %6.2f  %.4f\n", (int)h->digits[i].digit, step_seconds(h->digits[i].step),
               (double)h->digits[i].probability);
}

void recognise(const recognise_options *o)
{
    settings s;
    rnn_model *model = settings_load(&s, o->model);
    sound heard = wav_read(o->file);
    size_t steps;

    if (heard.rate != s.rate)
        die("%s: there are %d samples a second; the model %s was trained with %d", o->file, (int)heard.rate, o->model,
            (int)s.rate);
    filterbank *f = filterbank_create(heard.rate);
    float *x = filterbank_apply(f, heard.samples, heard.count, &steps);
    scale_apply(&s.scaling, x, steps);
    hearing h = hear(model, x, steps, s.strings);
    if (s.strings)
        print_string(&h);
    else
        print_likeliest(h.probabilities);
    if (o->picture)
        draw_hearing(o->picture, o->file, x, &h);
    hearing_release(&h);
    filterbank_release(f);
    free(x);
    free(heard.samples);
    rnn_destroy(model);
}
