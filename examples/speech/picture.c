/* Pictures: curves and confusions of a training, and the spectrogram of a sound with what was heard in it. */
#include "picture.h"
#include "panel.h"
#include "speech.h"
#include "svg.h"

#include <stdio.h>

#define WIDTH  860
#define LEFT   66.0
#define RIGHT  826.0
#define BLUE   "#1f6fbf"
#define ORANGE "#b8500f"

/* ---- training ------------------------------------------------------------------------------------------------- */

static void draw_losses(FILE *svg, box where, const char *title, const learn_result *learned)
{
    const panel_line lines[] = {{"training", BLUE, &learned->training}, {"held out", ORANGE, &learned->held_out}};

    panel_curves(svg, where, title, "epochs", lines, 2);
}

void draw_digit_training(const char *path, const training_report *r, const size_t *counts)
{
    static const char *const names[DIGITS] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
    FILE *svg = svg_open(path, WIDTH, 470);

    svg_titles(svg, LEFT, r->title, r->subtitle);
    draw_losses(svg, (box){LEFT, 112, 410, 400}, "Loss, nats a recording", r->learned);
    panel_confusion(svg, (box){492, 112, RIGHT, 400}, "Digits said (rows) and heard, in percent", counts, names,
                    DIGITS);
    svg_close(svg, path, "picture");
}

void draw_string_training(const char *path, const training_report *r, const float *x, const hearing *h,
                          const char *said)
{
    char title[96];
    FILE *svg = svg_open(path, WIDTH, 730);

    snprintf(title, sizeof title, "A held-out string: %s", said);
    svg_titles(svg, LEFT, r->title, r->subtitle);
    draw_sound(svg, (box){LEFT, 112, RIGHT, 262}, title, x, h->steps);
    draw_probabilities(svg, (box){LEFT, 296, RIGHT, 416}, h);
    draw_losses(svg, (box){LEFT, 516, RIGHT, 666}, "Loss, nats a digit", r->learned);
    svg_close(svg, path, "picture");
}

/* ---- one sound ------------------------------------------------------------------------------------------------ */

/* A bar for each digit. */
static void draw_bars(FILE *svg, box where, const float *probabilities /* [DIGITS] */)
{
    axis y = draw_levels(svg, where);
    double width = (where.right - where.left) / DIGITS;

    for (int d = 0; d < DIGITS; d++) {
        double left = where.left + (d + 0.2) * width, top = axis_place(&y, (double)probabilities[d]);
        char name[12];
        snprintf(name, sizeof name, "%d", d);
        fprintf(svg, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n", left, top,
                0.6 * width, where.bottom - top, digit_colour(d));
        svg_text(svg, left + 0.3 * width, where.bottom + 20, "middle", "", name);
    }
    svg_text(svg, where.left, where.top - 14, "start", " font-weight=\"bold\"", "Probability of each digit");
}

void draw_hearing(const char *path, const char *file, const float *x, const hearing *h)
{
    FILE *svg = svg_open(path, WIDTH, 480);

    svg_titles(svg, LEFT, "What was heard", file);
    draw_sound(svg, (box){LEFT, 112, RIGHT, 262}, "Log-mel spectrogram", x, h->steps);
    if (h->digits)
        draw_probabilities(svg, (box){LEFT, 296, RIGHT, 416}, h);
    else
        draw_bars(svg, (box){LEFT, 332, RIGHT, 436}, h->probabilities);
    svg_close(svg, path, "picture");
}
