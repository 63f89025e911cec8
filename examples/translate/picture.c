/* Loss curves, and the attention of a translation. */
#include "panel.h"
#include "svg.h"
#include "translate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELL   30.0
#define LABELS 110.0 /* space for words */
#define TOP    96.0
#define CURVES 430.0 /* width of the panel of curves, with what stands around it */

/* The first `length` bytes, to be freed. */
static char *copy(const char *word, size_t length)
{
    char *words = allocate(length + 1, 1);

    return memcpy(words, word, length);
}

static void draw_source_words(FILE *svg, double left, double top, const sentence *source)
{
    const char *word = source->words;

    for (size_t s = 0; s < source->count; s++) {
        size_t length = strcspn(word, " ");
        char *words = copy(word, length), turned[96];
        double x = left + ((double)s + 0.5) * CELL + 4, y = top - 8;
        snprintf(turned, sizeof turned, " transform=\"rotate(-50 %.1f %.1f)\"", x, y);
        svg_text(svg, x, y, "start", turned, words);
        free(words);
        word += length + (word[length] == ' ');
    }
}

static void draw_attention(FILE *svg, double left, double top, const translation *t, const sentence *source,
                           const network *n)
{
    double width = CELL * (double)source->count, height = CELL * (double)(t->count + 1);

    draw_source_words(svg, left, top, source);
    panel_cells(svg, (box){left, top, left + width, top + height}, t->weights, t->count + 1, source->count, "#3d8fe0");
    for (size_t i = 0; i <= t->count; i++) {
        static const char end[] = "(end)";
        size_t length = strlen(end);
        const char *word = i < t->count ? translation_word(t, i, source, n, &length) : end;
        char *words = copy(word, length);
        svg_text(svg, left - 8, top + ((double)i + 0.5) * CELL + 4.5, "end", "", words);
        free(words);
    }
    for (size_t i = 0; i <= source->count; i++)
        svg_line(svg, left + CELL * (double)i, top, left + CELL * (double)i, top + height,
                 "stroke=\"" SVG_INK "\" stroke-opacity=\"0.25\"");
    for (size_t i = 0; i <= t->count + 1; i++)
        svg_line(svg, left, top + CELL * (double)i, left + width, top + CELL * (double)i,
                 "stroke=\"" SVG_INK "\" stroke-opacity=\"0.25\"");
}

void picture_draw(const char *path, const series *training, const series *validation, const translation *t,
                  const sentence *source, const network *n, const char *subtitle)
{
    double begin = training ? CURVES : 0, left = begin + LABELS + 20, top = TOP + LABELS - 20;
    double width = left + CELL * (double)source->count + LABELS - 20, bottom = top + CELL * (double)(t->count + 1);

    if (training && bottom < 400)
        bottom = 400;
    FILE *svg = svg_open(path, (int)(width < 520 ? 520 : width), (int)bottom + 66);
    svg_titles(svg, 30, "Translation: a GRU looks back at the sentence it translates", subtitle);
    if (training) {
        const panel_line lines[] = {{"training", "#4c9be8", training}, {"validation", "#e8742c", validation}};
        panel_curves(svg, (box){60, TOP + 30, CURVES - 20, bottom - 6}, "Loss of a word, nats", "epochs", lines, 2);
    }
    draw_attention(svg, left, top, t, source, n);
    svg_close(svg, path, "picture");
}
