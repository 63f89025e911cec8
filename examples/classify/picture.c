/* Losses and confusions in one picture. */
#include "classify.h"
#include "panel.h"
#include "svg.h"

#include <stdio.h>

#define WIDTH  1000
#define HEIGHT 656
#define LEFT   60.0
#define TOP    104.0
#define BOTTOM 556.0
#define MIDDLE 400.0 /* where the curves end */
#define MATRIX 520.0 /* and where the matrix begins */
#define RIGHT  976.0

void picture_draw(const results *r, const task *t, const char *path)
{
    const panel_line lines[] = {{"training", "#4c9be8", &r->learned.training},
                                {"held out", "#e8742c", &r->learned.held_out}};
    char words[160];
    FILE *svg = svg_open(path, WIDTH, HEIGHT);

    snprintf(words, sizeof words, "%.2f %% of %zu held-out sequences right, mean of the %zu recalls %.2f %%",
             100 * r->accuracy, r->count, r->classes, 100 * r->balanced);
    svg_titles(svg, LEFT, t->kind == TASK_NAMES ? "Names and their classes" : "Time series and their classes", words);
    panel_curves(svg, (box){LEFT, TOP, MIDDLE, BOTTOM}, "Loss in nats", "epochs", lines, 2);
    panel_confusion(svg, (box){MATRIX, TOP, RIGHT, BOTTOM}, "Class (row) and what it was taken for, in percent",
                    r->confusion, (const char *const *)t->classes.names, r->classes);
    svg_close(svg, path, "picture");
}
