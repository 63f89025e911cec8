/* The loss curve as an SVG. */
#include "charlm.h"
#include "panel.h"
#include "svg.h"

#include <math.h>
#include <stdio.h>

void curve_draw(const curve *drawn, const char *path, const char *title, const char *subtitle)
{
    const panel_line lines[] = {{"training", "#4c9be8", &drawn->training, 1.5},
                                {"validation", "#e8742c", &drawn->validation, 2.5}};
    const box where = {.left = 70, .top = 78, .right = 776, .bottom = 400};
    axis x, y;

    remove(path); /* so that a read-only file is replaced, as the checkpoint is */
    FILE *svg = svg_open(path, 800, 460);
    svg_titles(svg, where.left, title, subtitle);
    panel_axes(&x, &y, where, INFINITY, lines, 2);
    axis_draw(svg, &x, &y, "seconds of training", axis_number);
    axis_draw_y_name(svg, &x, &y, 48, "nats per character");
    panel_draw_lines(svg, &x, &y, lines, 2);
    panel_draw_names(svg, where.right, SVG_TITLE, lines, 2);
    svg_close(svg, path, "curve");
}
