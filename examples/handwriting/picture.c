/* What is drawn: of a training, and of a row that was recognised. */
#include "handwriting.h"
#include "svg.h"

#include <stdio.h>

#define WIDTH  860
#define LEFT   66.0
#define RIGHT  830.0
#define BOTTOM 62 /* below a panel, for its axis */

static const box upper_panel = {LEFT, 88, RIGHT, 370};

static void draw_losses(FILE *svg, box where, const char *title, const learn_result *learned)
{
    const panel_line lines[] = {{"training", "#1f6fbf", &learned->training},
                                {"held out", "#b8500f", &learned->held_out}};

    panel_curves(svg, where, title, "epochs", lines, 2);
}

void picture_digits(const char *file, const char *subtitle, const learn_result *learned, const size_t *counts)
{
    const box left = {LEFT, 110, 400, 440}, right = {500, 110, RIGHT, 440};
    FILE *svg = svg_open(file, WIDTH, (int)left.bottom + BOTTOM);

    svg_titles(svg, LEFT, "Digits from the path of the pen", subtitle);
    draw_losses(svg, left, "Cross-entropy, nats a digit", learned);
    panel_confusion(svg, right, "Written (rows), read (columns), percent", counts, digit_names, DIGITS);
    svg_close(svg, file, "picture");
}

void picture_strings(const char *file, const char *subtitle, const learn_result *learned, const path *p,
                     const reading *r)
{
    const box below = {LEFT, 480, RIGHT, 660};
    FILE *svg = svg_open(file, WIDTH, (int)below.bottom + BOTTOM);

    svg_titles(svg, LEFT, "Strings of digits from the path of the pen", subtitle);
    panel_alignment(svg, upper_panel, p, r, DIGIT_POINTS);
    draw_losses(svg, below, "CTC loss, nats a digit", learned);
    svg_close(svg, file, "picture");
}

/* "Read as 305, probability 0.98". */
static void write_title(FILE *svg, const reading *r)
{
    char probability[64];

    fprintf(svg, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"19\" font-weight=\"bold\">Read as ", LEFT, SVG_TITLE);
    for (size_t i = 0; i < r->count; i++)
        fprintf(svg, "%s", digit_names[r->digits[i]]);
    fprintf(svg, "%s</text>\n", r->count ? "" : "nothing");
    snprintf(probability, sizeof probability, "probability %.4f", r->probability);
    svg_text(svg, LEFT, SVG_SUBTITLE, "start", "", probability);
}

void picture_row(const char *file, const task *t, const path *p, const reading *r)
{
    const box left = {LEFT, 92, 330, 356}, right = {440, 86, 740, 362};
    bool string = t == &task_strings;
    FILE *svg = svg_open(file, WIDTH, (int)(string ? upper_panel.bottom + BOTTOM : right.bottom + 24));

    write_title(svg, r);
    if (string) {
        panel_alignment(svg, upper_panel, p, r, p->count % DIGIT_POINTS == 0 ? DIGIT_POINTS : 0);
    } else {
        panel_path(svg, left, p, 0);
        panel_bars(svg, right, r);
    }
    svg_close(svg, file, "picture");
}
