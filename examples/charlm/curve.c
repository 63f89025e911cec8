/* The loss curve as an SVG that stands on a light and on a dark page: no background, colours of middle brightness. */
#include "charlm.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define WIDTH    800
#define HEIGHT   460
#define LEFT     70.0
#define RIGHT    776.0
#define TITLE    32.0
#define SUBTITLE 55.0
#define TOP      78.0
#define BOTTOM   400.0

#define INK               "#7d8793"
#define TRAINING_COLOUR   "#4c9be8"
#define VALIDATION_COLOUR "#e8742c"

/* ---- series --------------------------------------------------------------------------------------------------- */

static void merge_neighbours(series *line)
{
    for (size_t i = 0; i < line->count / 2; i++) {
        line->x[i] = (line->x[2 * i] + line->x[2 * i + 1]) / 2;
        line->y[i] = (line->y[2 * i] + line->y[2 * i + 1]) / 2;
    }
    line->count /= 2;
    line->merged *= 2;
}

void series_add(series *line, double x, double y)
{
    if (line->merged == 0)
        line->merged = 1;
    line->sum_x += x;
    line->sum_y += y;
    if (++line->pending < line->merged)
        return;
    if (line->count == SERIES_CAPACITY) {
        merge_neighbours(line);
        return; /* what is pending is now half a point */
    }
    line->x[line->count] = line->sum_x / (double)line->pending;
    line->y[line->count++] = line->sum_y / (double)line->pending;
    line->sum_x = line->sum_y = 0;
    line->pending = 0;
}

/* ---- axes ----------------------------------------------------------------------------------------------------- */

typedef struct {
    double low, high, tick; /* in the unit of the numbers; low and high are multiples of tick */
    double from, to;        /* where low and high lie on the picture */
} axis;

/* The smallest of 1, 2, 5, 10, 20, ... (and of their thousandth parts, and so on) that cuts the range in at most
 * `parts` parts. */
static double tick_step(double range, double parts)
{
    double power = pow(10, floor(log10(range / parts)));

    for (int i = 0; i < 3; i++) {
        double step = power * (const double[]){1, 2, 5}[i];
        if (range / step <= parts)
            return step;
    }
    return 10 * power;
}

static axis axis_over(double low, double high, double parts, double from, double to)
{
    axis a = {.from = from, .to = to};

    if (high - low < 1e-3) /* one point, or a loss of 0 throughout */
        high = low + 1e-3;
    a.tick = tick_step(high - low, parts);
    a.low = floor(low / a.tick) * a.tick;
    a.high = ceil(high / a.tick) * a.tick;
    return a;
}

static double place(const axis *a, double value)
{
    return a->from + (value - a->low) / (a->high - a->low) * (a->to - a->from);
}

static void widen(double *low, double *high, const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        *low = fmin(*low, values[i]);
        *high = fmax(*high, values[i]);
    }
}

/* ---- drawing -------------------------------------------------------------------------------------------------- */

static void draw_text(FILE *svg, double x, double y, const char *anchor, const char *more, const char *words)
{
    fprintf(svg, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>%s</text>\n", x, y, anchor, more, words);
}

static void draw_line(FILE *svg, double x1, double y1, double x2, double y2, const char *more)
{
    fprintf(svg, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>\n", x1, y1, x2, y2, more);
}

static void draw_axes(FILE *svg, const axis *x, const axis *y)
{
    char label[32];

    for (long i = 0; x->low + (double)i * x->tick <= x->high + x->tick / 2; i++) {
        double value = x->low + (double)i * x->tick, at = place(x, value);
        snprintf(label, sizeof label, "%g", value);
        draw_line(svg, at, BOTTOM, at, BOTTOM + 5, "stroke=\"" INK "\"");
        draw_text(svg, at, BOTTOM + 21, "middle", "", label);
    }
    for (long i = 0; y->low + (double)i * y->tick <= y->high + y->tick / 2; i++) {
        double value = y->low + (double)i * y->tick, at = place(y, value);
        snprintf(label, sizeof label, "%g", value);
        draw_line(svg, LEFT, at, RIGHT, at,
                  i == 0 ? "stroke=\"" INK "\"" : "stroke=\"" INK "\" stroke-opacity=\"0.25\"");
        draw_text(svg, LEFT - 10, at + 4.5, "end", "", label);
    }
    draw_text(svg, (LEFT + RIGHT) / 2, BOTTOM + 46, "middle", "", "seconds of training");
    draw_text(svg, LEFT - 48, (TOP + BOTTOM) / 2, "middle", " transform=\"rotate(-90 22 239)\"", "nats per character");
}

static void draw_series(FILE *svg, const series *line, const axis *x, const axis *y, const char *more)
{
    fprintf(svg, "<polyline fill=\"none\" stroke-linejoin=\"round\" stroke-linecap=\"round\" %s points=\"", more);
    for (size_t i = 0; i < line->count; i++)
        fprintf(svg, "%s%.1f,%.1f", i ? " " : "", place(x, line->x[i]), place(y, line->y[i]));
    fprintf(svg, "\"/>\n");
}

/* One entry of the legend, to the right of the title. */
static void draw_legend(FILE *svg, double y, const char *name, const series *line, const char *stroke)
{
    char words[64];

    snprintf(words, sizeof words, "%s, at last %.3f", name, line->y[line->count - 1]);
    draw_line(svg, RIGHT - 206, y - 4.5, RIGHT - 174, y - 4.5, stroke);
    draw_text(svg, RIGHT - 164, y, "start", "", words);
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
    FILE *svg = fopen(path, "w");
    if (!svg)
        die("%s: %s", path, strerror(errno));
    fprintf(svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
            "font-family=\"system-ui, 'Helvetica Neue', Arial, sans-serif\" font-size=\"13\" fill=\"" INK "\">\n",
            WIDTH, HEIGHT, WIDTH, HEIGHT);
    draw_text(svg, LEFT, TITLE, "start", " font-size=\"19\" font-weight=\"bold\"", title);
    draw_text(svg, LEFT, SUBTITLE, "start", "", subtitle);
    draw_axes(svg, &x, &y);
    draw_series(svg, training, &x, &y, training_stroke);
    draw_series(svg, validation, &x, &y, validation_stroke);
    draw_legend(svg, TITLE, "training", training, training_stroke);
    draw_legend(svg, SUBTITLE, "validation", validation, validation_stroke);
    fprintf(svg, "</svg>\n");
    bool failed = ferror(svg) != 0;
    if (fclose(svg) != 0 || failed)
        die("%s: the curve could not be written: %s", path, strerror(errno));
}
