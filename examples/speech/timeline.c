/* A sound over time: its spectrogram, and the probabilities of the digits on the same axis. */
#include "axis.h"
#include "picture.h"
#include "svg.h"

#include <stdio.h>
#include <stdlib.h>

#define COLUMNS 160  /* of a spectrogram, at most: it is the mean of so many frames that it stays small */
#define RANGE   3.0F /* scaled features from the loudest down to what is drawn as nothing */
#define FULL    2.2F /* from there up to what is drawn as the whole colour: single cells outshine all others */

const char *digit_colour(int32_t digit)
{
    static const char *const colours[DIGITS] = {"#1f6fbf", "#b8500f", "#2a7d43", "#b83a70", "#7650c4",
                                                "#82661a", "#147878", "#c4382b", "#5464c4", "#9a6a4a"};

    return colours[digit];
}

/* ---- spectrogram ---------------------------------------------------------------------------------------------- */

/* Means of `merged` frames, the highest band first. */
static void merge_frames(float *cells /* [BANDS,columns] */, size_t columns, const float *x, size_t frames,
                         size_t merged)
{
    for (size_t t = 0; t < frames; t++) {
        size_t column = t / merged, width = column + 1 < columns ? merged : frames - column * merged;
        for (size_t b = 0; b < BANDS; b++)
            cells[(BANDS - 1 - b) * columns + column] += x[t * BANDS + b] / (float)width;
    }
}

static void make_shades(float *cells, size_t count)
{
    float loudest = cells[0];

    for (size_t i = 1; i < count; i++)
        loudest = cells[i] > loudest ? cells[i] : loudest;
    for (size_t i = 0; i < count; i++)
        cells[i] = (cells[i] - (loudest - RANGE)) / FULL;
}

void draw_sound(FILE *svg, box where, const char *title, const float *x, size_t steps)
{
    size_t frames = steps * STACKED, merged = (frames + COLUMNS - 1) / COLUMNS;
    size_t columns = (frames + merged - 1) / merged;
    float *cells = allocate(BANDS * columns, sizeof *cells);

    merge_frames(cells, columns, x, frames, merged);
    make_shades(cells, BANDS * columns);
    box whole = where; /* the last column may be of fewer frames, but is as wide */
    whole.right = where.left + (where.right - where.left) * (double)(columns * merged) / (double)frames;
    panel_cells(svg, whole, cells, BANDS, columns, "#6680e0");
    svg_text(svg, where.left, where.top - 14, "start", " font-weight=\"bold\"", title);
    svg_text(svg, where.left - 10, where.bottom - 4, "end", "", "low");
    svg_text(svg, where.left - 10, where.top + 13, "end", "", "high");
    free(cells);
}

/* ---- axes ----------------------------------------------------------------------------------------------------- */

axis draw_levels(FILE *svg, box where)
{
    axis y = axis_over(0, 1, 4, where.bottom, where.top);

    for (int i = 0; i <= 4; i++) {
        double at = axis_place(&y, 0.25 * i);
        svg_line(svg, where.left, at, where.right, at, "stroke=\"" SVG_INK "\" stroke-opacity=\"0.25\"");
        if (i % 2 == 0)
            axis_number(svg, where.left - 10, at + 4.5, 0.25 * i);
    }
    return y;
}

/* The axis of a time that ends where the box ends, and not at a round number. */
static axis draw_seconds(FILE *svg, box where, double seconds)
{
    axis x = axis_over(0, seconds, 10, where.left, where.right);

    x.to = where.left + (where.right - where.left) * x.high / seconds;
    for (int i = 0; i * x.tick <= seconds; i++) {
        double at = axis_place(&x, i * x.tick);
        char words[16];
        snprintf(words, sizeof words, "%g", i * x.tick);
        svg_line(svg, at, where.bottom, at, where.bottom + 5, "stroke=\"" SVG_INK "\"");
        svg_text(svg, at, where.bottom + 21, "middle", "", words);
    }
    svg_text(svg, (where.left + where.right) / 2, where.bottom + 42, "middle", "", "seconds");
    return x;
}

/* ---- probabilities -------------------------------------------------------------------------------------------- */

/* The curve of a digit; what is nothing for a while is only where that begins and ends. */
static void draw_curve(FILE *svg, const hearing *h, int32_t digit, const axis *x, const axis *y)
{
    char more[96];

    snprintf(more, sizeof more, "stroke-width=\"2\" stroke=\"%s\"", digit_colour(digit));
    svg_polyline_begin(svg, more);
    for (size_t t = 0; t < h->steps; t++) {
        const float *p = h->probabilities + t * (DIGITS + 1) + 1 + digit;
        bool nothing = t > 0 && t + 1 < h->steps && p[-(DIGITS + 1)] < 0.005F && *p < 0.005F && p[DIGITS + 1] < 0.005F;
        if (!nothing)
            fprintf(svg, "%s%.1f,%.1f", t ? " " : "", axis_place(x, step_seconds(t)), axis_place(y, (double)*p));
    }
    svg_polyline_end(svg);
}

static void draw_names(FILE *svg, const hearing *h, const axis *x, double y)
{
    for (size_t i = 0; i < h->count; i++) {
        const spoken *s = &h->digits[i];
        char name[12], more[96];
        snprintf(name, sizeof name, "%d", (int)s->digit);
        snprintf(more, sizeof more, " font-size=\"17\" font-weight=\"bold\" fill=\"%s\"", digit_colour(s->digit));
        svg_text(svg, axis_place(x, step_seconds(s->step)), y, "middle", more, name);
    }
}

void draw_probabilities(FILE *svg, box where, const hearing *h)
{
    axis x = draw_seconds(svg, where, HOP * (double)(h->steps * STACKED)), y = draw_levels(svg, where);

    for (int32_t d = 0; d < DIGITS; d++)
        draw_curve(svg, h, d, &x, &y);
    draw_names(svg, h, &x, where.top - 8);
}
