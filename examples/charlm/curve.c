/* The loss curve as an SVG. */
#include "axis.h"
#include "charlm.h"
#include "svg.h"

#include <math.h>
#include <stdio.h>

#define WIDTH  800
#define HEIGHT 460
#define LEFT   70.0
#define RIGHT  776.0
#define TOP    78.0
#define BOTTOM 400.0

#define TRAINING_COLOUR   "#4c9be8"
#define VALIDATION_COLOUR "#e8742c"

static void widen(double *low, double *high, const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        *low = fmin(*low, values[i]);
        *high = fmax(*high, values[i]);
    }
}

static void draw_series(FILE *svg, const series *line, const axis *x, const axis *y, const char *more)
{
    svg_polyline_begin(svg, more);
    for (size_t i = 0; i < line->count; i++)
        fprintf(svg, "%s%.1f,%.1f", i ? " " : "", axis_place(x, line->x[i]), axis_place(y, line->y[i]));
    svg_polyline_end(svg);
}

/* One entry of the legend, to the right of the title. */
static void draw_legend(FILE *svg, double y, const char *name, const series *line, const char *stroke)
{
    char words[64];

    snprintf(words, sizeof words, "%s, at last %.3f", name, line->y[line->count - 1]);
    svg_line(svg, RIGHT - 206, y - 4.5, RIGHT - 174, y - 4.5, stroke);
    svg_text(svg, RIGHT - 164, y, "start", "", words);
}

void curve_draw(const curve *drawn, const char *path, const char *title, const char *subtitle)
{
    static const char training_stroke[] = "stroke=\"" TRAINING_COLOUR "\" stroke-width=\"1.5\"";
    static const char validation_stroke[] = "stroke=\"" VALIDATION_COLOUR "\" stroke-width=\"2.5\"";
    const series *training = &drawn->training, *validation = &drawn->validation;
    double low = INFINITY, high = -INFINITY, start = 0, end = 0;

    widen(&low, &high, training->y, training->count);
    widen(&low, &high, validation->y, validation->count);
    widen(&start, &end, training->x, training->count);
    widen(&start, &end, validation->x, validation->count);
    axis x = axis_over(start, end, 10, LEFT, RIGHT), y = axis_over(low, high, 7, BOTTOM, TOP);

    remove(path); /* so that a read-only file is replaced, as the checkpoint is */
    FILE *svg = svg_open(path, WIDTH, HEIGHT);
    svg_titles(svg, LEFT, title, subtitle);
    axis_draw(svg, &x, &y, "seconds of training", axis_number);
    svg_text(svg, LEFT - 48, (TOP + BOTTOM) / 2, "middle", " transform=\"rotate(-90 22 239)\"", "nats per character");
    draw_series(svg, training, &x, &y, training_stroke);
    draw_series(svg, validation, &x, &y, validation_stroke);
    draw_legend(svg, SVG_TITLE, "training", training, training_stroke);
    draw_legend(svg, SVG_SUBTITLE, "validation", validation, validation_stroke);
    svg_close(svg, path, "curve");
}
