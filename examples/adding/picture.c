/* Two panels as an SVG. */
#include "adding.h"
#include "axis.h"
#include "svg.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define WIDTH  860
#define HEIGHT 470
#define LEGEND 82.0
#define TOP    126.0
#define BOTTOM 412.0
#define LEFT   66.0 /* of the first panel */
#define PANEL  330.0
#define SHIFT  444.0 /* from a panel to the next */

#define LEAST_NORM 1e-30 /* the library makes a 0 of what is smaller */

/* ---- a panel: x is linear, y counts powers of ten ------------------------------------------------------------- */

typedef struct {
    axis x, y;
    const char *title, *x_name;
} panel;

/* One notation for all numbers of an axis: written out if that is short for all of them. */
static void write_number(FILE *svg, double x, double y, double exponent)
{
    axis_number(svg, x, y, pow(10, exponent));
}

static void write_power_of_ten(FILE *svg, double x, double y, double exponent)
{
    char label[32];

    snprintf(label, sizeof label, "%g", exponent);
    svg_text(svg, x - 20, y, "end", "", "10");
    svg_text(svg, x - 19, y - 5, "start", " font-size=\"10\"", label);
}

static void draw_panel(FILE *svg, const panel *drawn)
{
    axis_draw(svg, &drawn->x, &drawn->y, drawn->x_name, drawn->y.low < -4 ? write_power_of_ten : write_number);
    svg_text(svg, drawn->x.from, TOP - 14, "start", " font-weight=\"bold\"", drawn->title);
}

static void draw_point(FILE *svg, const panel *drawn, double x, double y)
{
    fprintf(svg, " %.1f,%.1f", axis_place(&drawn->x, x), axis_place(&drawn->y, log10(y)));
}

static void begin_line(FILE *svg, const contestant *c)
{
    char stroke[64];

    snprintf(stroke, sizeof stroke, "stroke-width=\"2\" stroke=\"%s\"", c->colour);
    svg_polyline_begin(svg, stroke);
}

/* ---- the panels ----------------------------------------------------------------------------------------------- */

static void draw_gradients(FILE *svg, const curves *drawn, size_t count, size_t length)
{
    double low = INFINITY, high = LEAST_NORM;

    for (size_t i = 0; i < count; i++)
        for (size_t d = 0; d < length; d++) {
            double norm = drawn[i].norms[d];
            low = norm >= LEAST_NORM && norm < low ? norm : low;
            high = norm > high ? norm : high;
        }
    low = low < high ? low : high;
    panel p = {.x = axis_over_whole(0, (double)length, 5, LEFT, LEFT + PANEL),
               .y = axis_over_whole(log10(low), log10(high), 7, BOTTOM, TOP),
               .title = "Norm of dL/dh(T - d), weights as they start",
               .x_name = "d: steps before the last"};
    draw_panel(svg, &p);
    for (size_t i = 0; i < count; i++) {
        begin_line(svg, drawn[i].contestant);
        for (size_t d = 0; d < length && drawn[i].norms[d] >= LEAST_NORM; d++)
            draw_point(svg, &p, (double)(d + 1), drawn[i].norms[d]);
        svg_polyline_end(svg);
    }
}

static void draw_errors(FILE *svg, const curves *drawn, size_t count)
{
    double low = BASELINE, end = 1;

    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; drawn[i].errors && j < drawn[i].errors->count; j++) {
            double updates = drawn[i].errors->x[j], error = drawn[i].errors->y[j];
            low = error < low ? error : low;
            end = updates > end ? updates : end;
        }
    panel p = {.x = axis_over_whole(0, end, 5, LEFT + SHIFT, LEFT + SHIFT + PANEL),
               .y = axis_over_whole(fmax(log10(low), -9), 0, 7, BOTTOM, TOP),
               .title = "Mean squared error while they learn",
               .x_name = "updates"};
    draw_panel(svg, &p);
    double baseline = axis_place(&p.y, log10(BASELINE));
    svg_line(svg, p.x.from, baseline, p.x.to, baseline, "stroke=\"" SVG_INK "\" stroke-dasharray=\"5 4\"");
    svg_text(svg, p.x.to, baseline - 20, "end", "", "always answering 1");
    for (size_t i = 0; i < count; i++) {
        if (!drawn[i].errors)
            continue;
        begin_line(svg, drawn[i].contestant);
        for (size_t j = 0; j < drawn[i].errors->count; j++)
            draw_point(svg, &p, drawn[i].errors->x[j], drawn[i].errors->y[j]);
        svg_polyline_end(svg);
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
        svg_line(svg, x, LEGEND - 4.5, x + 28, LEGEND - 4.5, stroke);
        svg_text(svg, x + 36, LEGEND, "start", "", c->name);
        x += 60 + 6.8 * (double)strlen(c->name);
    }
}

void picture_draw(const curves *drawn, size_t count, size_t length, const char *path)
{
    char words[128];
    FILE *svg = svg_open(path, WIDTH, HEIGHT);

    snprintf(words, sizeof words, "The adding problem: the sum of two numbers that are marked among %zu; %d units",
             length, UNITS);
    svg_titles(svg, LEFT, "Vanishing gradients, and cells that remember", words);
    draw_legend(svg, drawn, count);
    draw_gradients(svg, drawn, count, length);
    draw_errors(svg, drawn, count);
    svg_close(svg, path, "picture");
}
