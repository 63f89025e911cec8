/* The waveform, the probability over it, and bars where speech was found. */
#include "axis.h"
#include "svg.h"
#include "vad.h"

#include <stdio.h>

#define WIDTH   860
#define LEFT    66.0
#define RIGHT   826.0
#define BLUE    "#3d8fe0"
#define ORANGE  "#e8742c"
#define MIDDLE  190.0 /* of the waveform */
#define HIGH    70.0  /* from there to the largest sample */
#define COLUMNS 760   /* of the waveform: one for each unit of the picture */

static double largest(const recording *r)
{
    double most = 1e-6;

    for (size_t i = 0; i < r->count; i++) {
        double size = r->samples[i] < 0 ? -(double)r->samples[i] : (double)r->samples[i];
        most = size > most ? size : most;
    }
    return most;
}

/* A line from the least to the largest sample of each column. */
static void draw_waveform(FILE *svg, const recording *r)
{
    double most = largest(r);

    for (size_t column = 0; column < COLUMNS; column++) {
        size_t from = r->count * column / COLUMNS, to = r->count * (column + 1) / COLUMNS;
        double low = 0, high = 0;
        for (size_t i = from; i < to; i++) {
            low = (double)r->samples[i] < low ? (double)r->samples[i] : low;
            high = (double)r->samples[i] > high ? (double)r->samples[i] : high;
        }
        double x = LEFT + (double)column + 0.5;
        svg_line(svg, x, MIDDLE - HIGH * high / most, x, MIDDLE - HIGH * low / most,
                 "stroke=\"" SVG_INK "\" stroke-width=\"1\"");
    }
}

static void draw_segments(FILE *svg, const axis *x, const segments *found)
{
    for (size_t i = 0; i < found->count; i++) {
        double left = axis_place(x, found->all[i].from), right = axis_place(x, found->all[i].to);
        svg_line(svg, left, 108, right, 108, "stroke=\"" ORANGE "\" stroke-width=\"6\"");
    }
}

static void draw_probability(FILE *svg, const axis *x, const axis *y, const recording *r)
{
    svg_polyline_begin(svg, "stroke=\"" BLUE "\" stroke-width=\"1.5\"");
    for (size_t i = 0; i < r->chunks; i++)
        fprintf(svg, "%.1f,%.1f ", axis_place(x, ((double)i + 0.5) * SECONDS), axis_place(y, (double)r->speech[i]));
    svg_polyline_end(svg);
}

void picture_draw(const char *path, const recording *r, const segments *found, double threshold)
{
    char subtitle[128];
    FILE *svg = svg_open(path, WIDTH, 330);
    double seconds = (double)r->count / RATE;
    axis x = axis_over(0, seconds, 12, LEFT, RIGHT), y = axis_over(0, 1, 5, 266, 114);

    x.high = seconds; /* the waveform ends with the picture */
    snprintf(subtitle, sizeof subtitle,
             "probability of speech in each 32 ms; above, what is speech at a threshold of %g", threshold);
    svg_titles(svg, LEFT, "Voice activity", subtitle);
    axis_draw(svg, &x, &y, "seconds", axis_number);
    draw_waveform(svg, r);
    draw_probability(svg, &x, &y, r);
    draw_segments(svg, &x, found);
    svg_close(svg, path, "picture");
}
