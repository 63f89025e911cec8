/* Where the held-out part is loudest, 10 ms of the target and the network's output; and the errors while it learned. */
#include "amp.h"
#include "panel.h"
#include "svg.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#define WIDTH  860
#define HEIGHT 470
#define TOP    126.0
#define BOTTOM 412.0
#define SHOWN  0.01 /* seconds */
#define BLUE   "#3d8fe0"
#define ORANGE "#e8742c"

/* Where in the held-out part so many samples have the most energy. */
static size_t loudest(const recording *r, size_t length)
{
    double sum = 0, most = -1;
    size_t found = r->held_out;

    for (size_t t = r->held_out; t < r->count; t++) {
        sum += (double)r->y[t] * (double)r->y[t];
        if (t < r->held_out + length)
            continue;
        sum -= (double)r->y[t - length] * (double)r->y[t - length];
        if (sum > most) {
            most = sum;
            found = t + 1 - length;
        }
    }
    return found;
}

static void draw_legend(FILE *svg, const panel_line *lines, size_t count)
{
    double x = 66;

    for (size_t i = 0; i < count; i++, x += 120) {
        char stroke[64];
        snprintf(stroke, sizeof stroke, "stroke=\"%s\" stroke-width=\"%g\"", lines[i].colour, lines[i].width);
        svg_line(svg, x, 82 - 4.5, x + 28, 82 - 4.5, stroke);
        svg_text(svg, x + 36, 82, "start", "", lines[i].name);
    }
}

static void draw_panel(FILE *svg, box where, const char *title, const char *x_name, const panel_line *lines)
{
    axis x, y;

    panel_axes(&x, &y, where, INFINITY, lines, 2);
    axis_draw(svg, &x, &y, x_name, axis_number);
    svg_text(svg, where.left, where.top - 14, "start", " font-weight=\"bold\"", title);
    panel_draw_lines(svg, &x, &y, lines, 2);
}

void picture_draw(const char *path, const recording *r, const float *y, const history *h, int64_t units)
{
    size_t length = (size_t)(SHOWN * r->rate), first = loudest(r, length);
    series target = {.count = 0}, output = {.count = 0};
    const panel_line waves[] = {{"amplifier", ORANGE, &target, 4}, {"network", BLUE, &output, 1.5}};
    const panel_line errors[] = {{"training", BLUE, &h->training, 0}, {"validation", ORANGE, &h->validation, 0}};
    const box right = {610, TOP, 830, BOTTOM};
    char subtitle[128];

    for (size_t t = first; t < first + length && t < r->count; t++) {
        double ms = 1000 * (double)(t - first) / r->rate;
        series_add(&target, ms, (double)r->y[t]);
        series_add(&output, ms, (double)y[t]);
    }
    FILE *svg = svg_open(path, WIDTH, HEIGHT);
    snprintf(subtitle, sizeof subtitle, "%.1f s of sound, an LSTM of %" PRId64 " units",
             (double)r->validation / r->rate, units);
    svg_titles(svg, 66, "A guitar amplifier, learned from what goes in and what comes out", subtitle);
    draw_legend(svg, waves, 2);
    draw_panel(svg, (box){66, TOP, 540, BOTTOM}, "Held out", "milliseconds", waves);
    draw_panel(svg, right, "Error to signal, dB", "epoch", errors);
    panel_draw_names(svg, right.right + 6, TOP + 18, errors, 2);
    svg_close(svg, path, "picture");
}
