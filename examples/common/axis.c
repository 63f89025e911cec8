#include "axis.h"
#include "svg.h"

#include <math.h>

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

/* The axis whose ends are the multiples of `tick` around low and high. */
static axis axis_of_ticks(double low, double high, double tick, double from, double to)
{
    axis a = {.tick = tick, .from = from, .to = to};

    a.low = floor(low / tick) * tick;
    a.high = fmax(ceil(high / tick) * tick, a.low + tick);
    return a;
}

axis axis_over(double low, double high, double parts, double from, double to)
{
    if (high - low < 1e-3) /* one point, or a loss of 0 throughout */
        high = low + 1e-3;
    return axis_of_ticks(low, high, tick_step(high - low, parts), from, to);
}

axis axis_over_whole(double low, double high, double parts, double from, double to)
{
    double step = tick_step(fmax(high - low, 1), parts);

    return axis_of_ticks(low, high, fmax(step, 1), from, to);
}

double axis_place(const axis *a, double value)
{
    double part = (value - a->low) / (a->high - a->low);

    return a->from + fmin(fmax(part, 0), 1) * (a->to - a->from);
}

/* Writes a number at (x, y), which is the part `anchor` of it. */
static void write_number(FILE *svg, double x, double y, const char *anchor, double value)
{
    char words[32];

    snprintf(words, sizeof words, "%g", value);
    svg_text(svg, x, y, anchor, "", words);
}

void axis_number(FILE *svg, double x, double y, double value)
{
    write_number(svg, x, y, "end", value);
}

void axis_draw(FILE *svg, const axis *x, const axis *y, const char *x_name, axis_label *y_label)
{
    const double bottom = y->from;

    for (long i = 0; x->low + (double)i * x->tick <= x->high + x->tick / 2; i++) {
        double value = x->low + (double)i * x->tick, at = axis_place(x, value);
        svg_line(svg, at, bottom, at, bottom + 5, "stroke=\"" SVG_INK "\"");
        write_number(svg, at, bottom + 21, "middle", value);
    }
    for (long i = 0; y->low + (double)i * y->tick <= y->high + y->tick / 2; i++) {
        double value = y->low + (double)i * y->tick, at = axis_place(y, value);
        svg_line(svg, x->from, at, x->to, at,
                 i == 0 ? "stroke=\"" SVG_INK "\"" : "stroke=\"" SVG_INK "\" stroke-opacity=\"0.25\"");
        y_label(svg, x->from - 10, at + 4.5, value);
    }
    svg_text(svg, (x->from + x->to) / 2, bottom + 46, "middle", "", x_name);
}

void axis_draw_y_name(FILE *svg, const axis *x, const axis *y, double left, const char *y_name)
{
    char turned[64];
    double at = x->from - left, middle = (y->from + y->to) / 2;

    snprintf(turned, sizeof turned, " transform=\"rotate(-90 %.1f %.1f)\"", at, middle);
    svg_text(svg, at, middle, "middle", turned, y_name);
}
