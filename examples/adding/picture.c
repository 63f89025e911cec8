/* Two panels as an SVG that stands on a light and on a dark page: no background, colours of middle brightness. */
#include "adding.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define WIDTH    860
#define HEIGHT   470
#define TITLE    32.0
#define SUBTITLE 55.0
#define LEGEND   82.0
#define TOP      126.0
#define BOTTOM   412.0
#define LEFT     66.0 /* of the first panel */
#define PANEL    330.0
#define SHIFT    444.0 /* from a panel to the next */

#define INK        "#7d8793"
#define LEAST_NORM 1e-30 /* the library makes a 0 of what is smaller */

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

/* ---- axes: x is linear, y counts powers of ten ---------------------------------------------------------------- */

typedef struct {
    double low, high, tick; /* multiples of tick */
    double from, to;        /* where low and high lie on the picture */
} axis;

typedef struct {
    axis x, y;
    const char *title, *x_name;
} panel;

/* The smallest of 1, 2, 5, 10, 20, ... that cuts the range in at most `parts` parts. */
static double tick_step(double range, double parts)
{
    static const double steps[] = {1, 2, 5};

    for (double power = 1;; power *= 10)
        for (int i = 0; i < 3; i++)
            if (range / (power * steps[i]) <= parts)
                return power * steps[i];
}

static axis axis_over(double low, double high, double parts, double from, double to)
{
    axis a = {.tick = tick_step(fmax(high - low, 1), parts), .from = from, .to = to};

    a.low = floor(low / a.tick) * a.tick;
    a.high = fmax(ceil(high / a.tick) * a.tick, a.low + a.tick);
    return a;
}

/* Where a value lies; one beyond the end of the axis lies on the end. */
static double place(const axis *a, double value)
{
    double part = (value - a->low) / (a->high - a->low);

    return a->from + fmin(fmax(part, 0), 1) * (a->to - a->from);
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

static void draw_power_of_ten(FILE *svg, double x, double y, double exponent)
{
    char label[32];
    bool raised = fabs(exponent) >= 4; /* else written out */

    snprintf(label, sizeof label, "%g", raised ? exponent : pow(10, exponent));
    if (!raised) {
        draw_text(svg, x, y, "end", "", label);
        return;
    }
    draw_text(svg, x - 20, y, "end", "", "10");
    draw_text(svg, x - 19, y - 5, "start", " font-size=\"10\"", label);
}

static void draw_axes(FILE *svg, const panel *drawn)
{
    const axis *x = &drawn->x, *y = &drawn->y;
    char label[32];

    for (long i = 0; x->low + (double)i * x->tick <= x->high + x->tick / 2; i++) {
        double value = x->low + (double)i * x->tick, at = place(x, value);
        snprintf(label, sizeof label, "%g", value);
        draw_line(svg, at, BOTTOM, at, BOTTOM + 5, "stroke=\"" INK "\"");
        draw_text(svg, at, BOTTOM + 21, "middle", "", label);
    }
    for (long i = 0; y->low + (double)i * y->tick <= y->high + y->tick / 2; i++) {
        double value = y->low + (double)i * y->tick, at = place(y, value);
        draw_line(svg, x->from, at, x->to, at,
                  i == 0 ? "stroke=\"" INK "\"" : "stroke=\"" INK "\" stroke-opacity=\"0.25\"");
        draw_power_of_ten(svg, x->from - 10, at + 4.5, value);
    }
    draw_text(svg, (x->from + x->to) / 2, BOTTOM + 46, "middle", "", drawn->x_name);
    draw_text(svg, x->from, TOP - 14, "start", " font-weight=\"bold\"", drawn->title);
}

static void draw_point(FILE *svg, const panel *drawn, double x, double y)
{
    fprintf(svg, " %.1f,%.1f", place(&drawn->x, x), place(&drawn->y, log10(y)));
}

static void begin_line(FILE *svg, const contestant *c)
{
    fprintf(svg,
            "<polyline fill=\"none\" stroke-linejoin=\"round\" stroke-linecap=\"round\" stroke-width=\"2\" "
            "stroke=\"%s\" points=\"",
            c->colour);
}

/* ---- the panels ----------------------------------------------------------------------------------------------- */

static void draw_gradients(FILE *svg, const curves *drawn, size_t count, size_t length)
{
    double low = INFINITY, high = LEAST_NORM;

    for (size_t i = 0; i < count; i++)
        for (size_t d = 0; d < length; d++) {
            double norm = drawn[i].norms[d];
            low = norm >= LEAST_NORM ? fmin(low, norm) : low;
            high = fmax(high, norm);
        }
    low = fmin(low, high);
    panel p = {.x = axis_over(0, (double)length, 5, LEFT, LEFT + PANEL),
               .y = axis_over(log10(low), log10(high), 7, BOTTOM, TOP),
               .title = "Norm of dL/dh(T - d), weights as they start",
               .x_name = "d: steps before the last"};
    draw_axes(svg, &p);
    for (size_t i = 0; i < count; i++) {
        begin_line(svg, drawn[i].contestant);
        for (size_t d = 0; d < length && drawn[i].norms[d] >= LEAST_NORM; d++)
            draw_point(svg, &p, (double)(d + 1), drawn[i].norms[d]);
        fprintf(svg, "\"/>\n");
    }
}

static void draw_errors(FILE *svg, const curves *drawn, size_t count)
{
    double low = BASELINE, end = 1;

    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; drawn[i].errors && j < drawn[i].errors->count; j++) {
            low = fmin(low, drawn[i].errors->y[j]);
            end = fmax(end, drawn[i].errors->x[j]);
        }
    panel p = {.x = axis_over(0, end, 5, LEFT + SHIFT, LEFT + SHIFT + PANEL),
               .y = axis_over(fmax(log10(low), -9), 0, 7, BOTTOM, TOP),
               .title = "Mean squared error while they learn",
               .x_name = "updates"};
    draw_axes(svg, &p);
    double baseline = place(&p.y, log10(BASELINE));
    draw_line(svg, p.x.from, baseline, p.x.to, baseline, "stroke=\"" INK "\" stroke-dasharray=\"5 4\"");
    draw_text(svg, p.x.to, baseline - 20, "end", "", "always answering 1");
    for (size_t i = 0; i < count; i++) {
        if (!drawn[i].errors)
            continue;
        begin_line(svg, drawn[i].contestant);
        for (size_t j = 0; j < drawn[i].errors->count; j++)
            draw_point(svg, &p, drawn[i].errors->x[j], drawn[i].errors->y[j]);
        fprintf(svg, "\"/>\n");
    }
}

/* One entry for each curve, in a row. */
static void draw_legend(FILE *svg, const curves *drawn, size_t count)
{
    double x = LEFT;

    for (size_t i = 0; i < count; i++) {
        const contestant *c = drawn[i].contestant;
        char stroke[64];
        snprintf(stroke, sizeof stroke, "stroke=\"%s\" stroke-width=\"3\"", c->colour);
        draw_line(svg, x, LEGEND - 4.5, x + 28, LEGEND - 4.5, stroke);
        draw_text(svg, x + 36, LEGEND, "start", "", c->name);
        x += 60 + 6.8 * (double)strlen(c->name);
    }
}

void picture_draw(const curves *drawn, size_t count, size_t length, const char *path)
{
    char words[128];
    FILE *svg = fopen(path, "w");

    if (!svg)
        die("%s: %s", path, strerror(errno));
    fprintf(svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
            "font-family=\"system-ui, 'Helvetica Neue', Arial, sans-serif\" font-size=\"13\" fill=\"" INK "\">\n",
            WIDTH, HEIGHT, WIDTH, HEIGHT);
    draw_text(svg, LEFT, TITLE, "start", " font-size=\"19\" font-weight=\"bold\"",
              "Vanishing gradients, and cells that remember");
    snprintf(words, sizeof words, "The adding problem: the sum of two numbers that are marked among %zu; %d units",
             length, UNITS);
    draw_text(svg, LEFT, SUBTITLE, "start", "", words);
    draw_legend(svg, drawn, count);
    draw_gradients(svg, drawn, count, length);
    draw_errors(svg, drawn, count);
    fprintf(svg, "</svg>\n");
    bool failed = ferror(svg) != 0;
    if (fclose(svg) != 0 || failed)
        die("%s: the picture could not be written: %s", path, strerror(errno));
}
