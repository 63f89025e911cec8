#include "panel.h"
#include "axis.h"
#include "die.h"
#include "svg.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ---- curves --------------------------------------------------------------------------------------------------- */

#define TICK_WIDTH  70.0 /* of the picture, between ticks, at least */
#define TICK_HEIGHT 46.0

/* What is infinite or not a number has no place on an axis. */
static void widen(double *low, double *high, const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (isfinite(values[i])) {
            *low = values[i] < *low ? values[i] : *low;
            *high = values[i] > *high ? values[i] : *high;
        }
}

void panel_axes(axis *x, axis *y, box where, double y_low, const panel_line *lines, size_t count)
{
    double low = y_low, high = -INFINITY, start = 0, end = 0;

    for (size_t i = 0; i < count; i++) {
        widen(&low, &high, lines[i].line->y, lines[i].line->count);
        widen(&start, &end, lines[i].line->x, lines[i].line->count);
    }
    if (high < low) /* there is no point, or none above y_low */
        high = low = isfinite(low) ? low : 0;
    *x = axis_over(start, end, (where.right - where.left) / TICK_WIDTH, where.left, where.right);
    *y = axis_over(low, high, (where.bottom - where.top) / TICK_HEIGHT, where.bottom, where.top);
}

static void write_stroke(char stroke[64], const panel_line *drawn)
{
    snprintf(stroke, 64, "stroke=\"%s\" stroke-width=\"%g\"", drawn->colour, drawn->width > 0 ? drawn->width : 2);
}

static void draw_line(FILE *svg, const panel_line *drawn, const axis *x, const axis *y)
{
    const series *line = drawn->line;
    char stroke[64];

    write_stroke(stroke, drawn);
    svg_polyline_begin(svg, stroke);
    for (size_t i = 0; i < line->count; i++)
        if (isfinite(line->y[i]))
            fprintf(svg, " %.1f,%.1f", axis_place(x, line->x[i]), axis_place(y, line->y[i]));
    svg_polyline_end(svg);
}

void panel_draw_lines(FILE *svg, const axis *x, const axis *y, const panel_line *lines, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (lines[i].line->count > 0)
            draw_line(svg, &lines[i], x, y);
}

void panel_draw_names(FILE *svg, double right, double top, const panel_line *lines, size_t count)
{
    for (size_t i = 0; i < count; i++, top += 20) {
        const series *line = lines[i].line;
        char stroke[64], words[96];
        if (line->count == 0)
            continue;
        write_stroke(stroke, &lines[i]);
        snprintf(words, sizeof words, "%s, at last %.3f", lines[i].name, line->y[line->count - 1]);
        svg_line(svg, right - 206, top - 4.5, right - 174, top - 4.5, stroke);
        svg_text(svg, right - 164, top, "start", "", words);
    }
}

void panel_curves(FILE *svg, box where, const char *title, const char *x_name, const panel_line *lines, size_t count)
{
    axis x, y;

    panel_axes(&x, &y, where, 0, lines, count);
    axis_draw(svg, &x, &y, x_name, axis_number);
    svg_text(svg, where.left, where.top - 14, "start", " font-weight=\"bold\"", title);
    panel_draw_lines(svg, &x, &y, lines, count);
    panel_draw_names(svg, where.right, where.top + 18, lines, count);
}

/* ---- cells ---------------------------------------------------------------------------------------------------- */

#define LEVELS 16 /* of the colour: a path for each, so that a picture stays small */

static int level_of(float value)
{
    return (int)lround(LEVELS * fmin(fmax((double)value, 0), 1));
}

/* The cells of one level: neighbours in a row are one rectangle. */
static void draw_level(FILE *svg, int level, const float *values, size_t rows, size_t columns, const char *colour)
{
    fprintf(svg, "<path fill=\"%s\" fill-opacity=\"%.3g\" d=\"", colour, (double)level / LEVELS);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0, end; j < columns; j = end) {
            end = j + 1;
            if (level_of(values[i * columns + j]) != level)
                continue;
            while (end < columns && level_of(values[i * columns + end]) == level)
                end++;
            fprintf(svg, "M%zu %zuh%zuv1h-%zuz", j, i, end - j, end - j);
        }
    fprintf(svg, "\"/>\n");
}

void panel_cells(FILE *svg, box where, const float *values, size_t rows, size_t columns, const char *colour)
{
    fprintf(svg, "<g transform=\"translate(%.2f %.2f) scale(%.5g %.5g)\" shape-rendering=\"crispEdges\">\n", where.left,
            where.top, (where.right - where.left) / (double)columns, (where.bottom - where.top) / (double)rows);
    for (int level = 1; level <= LEVELS; level++)
        draw_level(svg, level, values, rows, columns, colour);
    fprintf(svg, "</g>\n");
}

/* ---- confusion ------------------------------------------------------------------------------------------------ */

#define CHARACTER 7.0 /* width of a character, about */

/* Strong cells are of middle brightness, as the ink is: on them the words are white with a dark edge, which can be read
 * on any page. */
static void draw_percent(FILE *svg, double x, double y, double share)
{
    char words[16];

    if (share < 0.0005)
        return;
    snprintf(words, sizeof words, share < 0.0995 ? "%.1f" : "%.0f", 100 * share);
    svg_text(svg, x, y, "middle",
             share < 0.25 ? " font-size=\"10\""
                          : " font-size=\"10\" font-weight=\"bold\" fill=\"#ffffff\" stroke=\"#1c4a7d\" "
                            "stroke-width=\"2.5\" stroke-linejoin=\"round\" paint-order=\"stroke\"",
             words);
}

/* The name of a column, upright where names are too wide to lie side by side. */
static void draw_column_name(FILE *svg, double x, double y, bool upright, const char *name)
{
    char turn[64];

    snprintf(turn, sizeof turn, " transform=\"rotate(-90 %.1f %.1f)\"", x + 4, y + 10);
    if (upright)
        svg_text(svg, x + 4, y + 10, "end", turn, name);
    else
        svg_text(svg, x, y + 18, "middle", "", name);
}

static bool any_wider(const char *const *names, size_t count, double width)
{
    for (size_t i = 0; i < count; i++)
        if (CHARACTER * (double)strlen(names[i]) > width)
            return true;
    return false;
}

/* Shares of the rows, to be freed. */
static float *row_shares(const size_t *counts, size_t classes)
{
    float *shares = allocate(classes * classes, sizeof *shares);

    for (size_t i = 0; i < classes; i++) {
        size_t sum = 0;
        for (size_t j = 0; j < classes; j++)
            sum += counts[i * classes + j];
        for (size_t j = 0; j < classes && sum > 0; j++)
            shares[i * classes + j] = (float)counts[i * classes + j] / (float)sum;
    }
    return shares;
}

void panel_confusion(FILE *svg, box where, const char *title, const size_t *counts, const char *const *names,
                     size_t classes)
{
    double width = (where.right - where.left) / (double)classes, height = (where.bottom - where.top) / (double)classes;
    float *shares = row_shares(counts, classes);
    bool upright = any_wider(names, classes, width);

    svg_text(svg, where.left, where.top - 14, "start", " font-weight=\"bold\"", title);
    panel_cells(svg, where, shares, classes, classes, "#3d8fe0");
    for (size_t i = 0; i < classes; i++) {
        double x = where.left + ((double)i + 0.5) * width, y = where.top + ((double)i + 0.5) * height + 4;
        svg_text(svg, where.left - 8, y, "end", "", names[i]);
        draw_column_name(svg, x, where.bottom, upright, names[i]);
        for (size_t j = 0; j < classes; j++)
            draw_percent(svg, where.left + ((double)j + 0.5) * width, y, (double)shares[i * classes + j]);
    }
    free(shares);
}
