/* The fan of the last days that were held out, and the losses. */
#include "axis.h"
#include "forecast.h"
#include "panel.h"
#include "svg.h"

#include <math.h>
#include <stdio.h>

#define WIDTH  860
#define HEIGHT 470
#define TOP    126.0
#define BOTTOM 412.0
#define DAYS   7 /* at most */
#define BLUE   "#3d8fe0"
#define ORANGE "#e8742c"

typedef struct {
    const forecasts *forecasts;
    const data *data;
    size_t first, count; /* of the forecasts */
    axis x, y;
} fan;

static float value_at(const fan *f, size_t i)
{
    return f->data->values[f->forecasts->start + f->first + i];
}

static float quantile_at(const fan *f, size_t i, size_t level)
{
    return f->forecasts->quantiles[(f->first + i) * LEVELS + level];
}

/* A range takes a value in; NaN is left out. */
static void include(double *low, double *high, double value)
{
    if (value < *low)
        *low = value;
    if (value > *high)
        *high = value;
}

static void set_axes(fan *f)
{
    double low = INFINITY, high = -INFINITY, first = (double)(f->forecasts->start + f->first);

    for (size_t i = 0; i < f->count; i++) {
        include(&low, &high, (double)quantile_at(f, i, 0));
        include(&low, &high, (double)quantile_at(f, i, LEVELS - 1));
        include(&low, &high, (double)value_at(f, i));
    }
    f->x = axis_over(first, first + (double)f->count, 6, 66, 540);
    f->y = axis_over(low, high, 6, BOTTOM, TOP);
}

static void write_point(FILE *svg, const fan *f, size_t i, double value)
{
    double x = (double)(f->forecasts->start + f->first + i);

    fprintf(svg, " %.1f,%.1f", axis_place(&f->x, x), axis_place(&f->y, value));
}

static void draw_fan(FILE *svg, fan *f)
{
    set_axes(f);
    axis_draw(svg, &f->x, &f->y, "step", axis_number);
    svg_text(svg, f->x.from, TOP - 14, "start", " font-weight=\"bold\"", "The last days: 0.1 to 0.9, median, value");
    fprintf(svg, "<polygon fill=\"" BLUE "\" fill-opacity=\"0.25\" points=\"");
    for (size_t i = 0; i < f->count; i++)
        write_point(svg, f, i, (double)quantile_at(f, i, LEVELS - 1));
    for (size_t i = f->count; i-- > 0;)
        write_point(svg, f, i, (double)quantile_at(f, i, 0));
    fprintf(svg, "\"/>\n");
    svg_polyline_begin(svg, "stroke=\"" BLUE "\" stroke-width=\"2\"");
    for (size_t i = 0; i < f->count; i++)
        write_point(svg, f, i, (double)quantile_at(f, i, LEVELS / 2));
    svg_polyline_end(svg);
    svg_polyline_begin(svg, "stroke=\"" ORANGE "\" stroke-width=\"1.3\"");
    for (size_t i = 0; i < f->count; i++)
        if (!isnan(value_at(f, i)))
            write_point(svg, f, i, (double)value_at(f, i));
    svg_polyline_end(svg);
}

void picture_draw(const char *path, const forecasts *c, const data *d, const history *h)
{
    FILE *svg = svg_open(path, WIDTH, HEIGHT);
    size_t count = d->day * DAYS < c->count ? d->day * DAYS : c->count;
    fan f = {.forecasts = c, .data = d, .first = c->count - count, .count = count};
    const panel_line lines[] = {{"training", BLUE, &h->training, 0}, {"validation", ORANGE, &h->validation, 0}};
    char subtitle[128];

    snprintf(subtitle, sizeof subtitle, "%s: each day from what is known at its beginning", d->name);
    svg_titles(svg, 66, "Forecasts as quantiles", subtitle);
    draw_fan(svg, &f);
    panel_curves(svg, (box){610, TOP, 830, BOTTOM}, "Pinball loss", "epoch", lines, 2);
    svg_close(svg, path, "picture");
}
