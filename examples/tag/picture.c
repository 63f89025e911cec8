/* The probabilities of the labels, letter by letter, with the words of the text below. */
#include "panel.h"
#include "svg.h"
#include "tag.h"

#include <stdio.h>

#define LEFT       90.0
#define CELL       16.0
#define ROW        20.0
#define FIRST_TOP  110.0
#define SECOND_TOP 250.0
#define BLUE       "#3d8fe0"
#define ORANGE     "#e8742c"

static const char *const names[LABELS] = {"alone", "first", "middle", "last"};

/* A byte that is no character of ASCII as a dot. */
static void draw_letter(FILE *svg, double x, double y, char letter)
{
    char word[] = {letter > ' ' && letter < 127 ? letter : '.', 0};

    svg_text(svg, x, y, "middle", " font-size=\"13\"", word);
}

static void draw(FILE *svg, double top, const char *title, const char *colour, const line *l, const float *p)
{
    size_t count = l->length;
    double right = LEFT + CELL * (double)count, bottom = top + ROW * LABELS;
    float cells[LABELS * PICTURE_LETTERS];

    for (size_t label = 0; label < LABELS; label++)
        for (size_t i = 0; i < count; i++)
            cells[label * count + i] = p[i * LABELS + label];
    svg_text(svg, LEFT, top - 10, "start", " font-weight=\"bold\"", title);
    panel_cells(svg, (box){LEFT, top, right, bottom}, cells, LABELS, count, colour);
    for (size_t label = 0; label < LABELS; label++)
        svg_text(svg, LEFT - 8, top + ROW * ((double)label + 0.7), "end", " font-size=\"12\"", names[label]);
    for (size_t i = 0; i < count; i++) {
        double x = LEFT + CELL * (double)i;
        draw_letter(svg, x + CELL / 2, bottom + 16, l->letters[i]);
        if (i && label_ends(l->labels[i - 1]))
            svg_line(svg, x, top, x, bottom + 20, " stroke=\"" SVG_INK "\"");
    }
}

void picture_draw(const char *path, const corpus *c, const line *l, const float *alone, const float *crf)
{
    FILE *svg = svg_open(path, (int)(LEFT + CELL * PICTURE_LETTERS) + 20, 370);
    char subtitle[160];

    snprintf(subtitle, sizeof subtitle, "%s: the least certain line that is held out; vertical lines are its spaces",
             c->name);
    svg_titles(svg, LEFT, "Which letter of a word?", subtitle);
    draw(svg, FIRST_TOP, "Each letter alone: softmax", BLUE, l, alone);
    draw(svg, SECOND_TOP, "CRF: marginals over all paths", ORANGE, l, crf);
    svg_close(svg, path, "picture");
}
