/* Parts of pictures: the path of a pen, and what a network makes of it. */
#include "axis.h"
#include "handwriting.h"
#include "svg.h"

#include <math.h>

const char *const digit_names[DIGITS] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};

static const char *const digit_colours[DIGITS] = {"#1f6fbf", "#b8500f", "#2a7d43", "#7650c4", "#c0395a",
                                                  "#147878", "#8a6218", "#a8449e", "#5464cc", "#66731a"};

/* ---- the path ------------------------------------------------------------------------------------------------- */

/* Where points lie on the picture: one scale for both directions. */
typedef struct {
    double scale, left, bottom, low_x, low_y;
} placing;

static placing place_path(box where, const path *p)
{
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};

    for (size_t i = 0; i < 2 * p->count; i++) {
        double at = (double)p->points[i];
        low[i % 2] = at < low[i % 2] ? at : low[i % 2];
        high[i % 2] = at > high[i % 2] ? at : high[i % 2];
    }
    double width = where.right - where.left, height = where.bottom - where.top;
    double extent[2] = {fmax(high[0] - low[0], 1), fmax(high[1] - low[1], 1)};
    placing made = {.scale = fmin(width / extent[0], height / extent[1]), .low_x = low[0], .low_y = low[1]};
    made.left = where.left + (width - made.scale * extent[0]) / 2;
    made.bottom = where.bottom - (height - made.scale * extent[1]) / 2;
    return made;
}

static double path_x(const placing *at, const path *p, size_t i)
{
    return at->left + at->scale * ((double)p->points[2 * i] - at->low_x);
}

static double path_y(const placing *at, const path *p, size_t i)
{
    return at->bottom - at->scale * ((double)p->points[2 * i + 1] - at->low_y);
}

static void draw_stroke(FILE *svg, const placing *at, const path *p, size_t first, size_t end, const char *more)
{
    svg_polyline_begin(svg, more);
    for (size_t i = first; i < end; i++)
        fprintf(svg, "%s%.1f,%.1f", i > first ? " " : "", path_x(at, p, i), path_y(at, p, i));
    svg_polyline_end(svg);
}

static void draw_point(FILE *svg, double x, double y, double radius, const char *colour)
{
    fprintf(svg, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\"/>\n", x, y, radius, colour);
}

static void draw_path(FILE *svg, const placing *at, const path *p, size_t joint)
{
    size_t length = joint ? joint : p->count;

    for (size_t first = 0; first < p->count; first += length) {
        size_t end = first + length < p->count ? first + length : p->count;
        draw_stroke(svg, at, p, first, end, "stroke-width=\"2.5\" stroke=\"" SVG_INK "\"");
        if (first > 0)
            draw_stroke(svg, at, p, first - 1, first + 1,
                        "stroke-width=\"1\" stroke=\"" SVG_INK "\" stroke-opacity=\"0.5\" stroke-dasharray=\"2 4\"");
    }
    for (size_t i = 0; i < p->count; i++)
        draw_point(svg, path_x(at, p, i), path_y(at, p, i), i % length == 0 ? 4.5 : 2.5, SVG_INK);
}

void panel_path(FILE *svg, box where, const path *p, size_t joint)
{
    placing at = place_path(where, p);

    draw_path(svg, &at, p, joint);
}

/* ---- a digit -------------------------------------------------------------------------------------------------- */

void panel_bars(FILE *svg, box where, const reading *r)
{
    double height = (where.bottom - where.top) / DIGITS, width = where.right - where.left;
    char words[16];

    for (size_t i = 0; i < DIGITS; i++) {
        double top = where.top + height * (double)i, share = (double)r->probabilities[i];
        svg_text(svg, where.left - 10, top + height / 2 + 4.5, "end", "", digit_names[i]);
        if (share < 0.0005)
            continue;
        fprintf(svg,
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"2\" fill=\"%s\" "
                "fill-opacity=\"0.85\"/>\n",
                where.left, top + 3, fmax(width * share, 1), height - 6, digit_colours[i]);
        snprintf(words, sizeof words, "%.1f %%", 100 * share);
        svg_text(svg, where.left + width * share + 8, top + height / 2 + 4.5, "start", "", words);
    }
}

/* ---- a string ------------------------------------------------------------------------------------------------- */

#define LABELS     44.0 /* between path and probabilities, for the digits that are read */
#define FEW_JOINTS 16   /* not too many to number the points by them */

typedef struct {
    const path *p;
    const reading *r;
    size_t joint;
    placing at; /* of the path */
    axis x, y;  /* of the probabilities */
} alignment;

static double probability_at(const alignment *a, size_t point, size_t class)
{
    return (double)a->r->probabilities[point * a->r->classes + class];
}

static size_t likeliest_class(const alignment *a, size_t point)
{
    size_t best = 0;

    for (size_t i = 1; i < a->r->classes; i++)
        best = probability_at(a, point, i) > probability_at(a, point, best) ? i : best;
    return best;
}

static void draw_curve(FILE *svg, const alignment *a, size_t class, const char *more)
{
    svg_polyline_begin(svg, more);
    for (size_t i = 0; i < a->r->outputs; i++)
        fprintf(svg, "%s%.1f,%.1f", i ? " " : "", axis_place(&a->x, (double)i + 1),
                axis_place(&a->y, probability_at(a, i, class)));
    svg_polyline_end(svg);
}

/* The probabilities of the blank, and of all digits that are somewhere not quite unlikely. */
static void draw_probabilities(FILE *svg, const alignment *a)
{
    char stroke[64];

    draw_curve(svg, a, 0, "stroke=\"" SVG_INK "\" stroke-dasharray=\"3 4\"");
    for (size_t class = 1; class < a->r->classes; class ++) {
        double most = 0;
        for (size_t i = 0; i < a->r->outputs; i++) {
            double probability = probability_at(a, i, class);
            most = probability > most ? probability : most;
        }
        snprintf(stroke, sizeof stroke, "stroke-width=\"2\" stroke=\"%s\"", digit_colours[class - 1]);
        if (most >= 0.02)
            draw_curve(svg, a, class, stroke);
    }
}

/* The digit that was read at a point: its name over the probabilities, a line from there to the point, and its stroke
 * in its colour. */
static void draw_label(FILE *svg, const alignment *a, size_t point, size_t digit)
{
    const char *colour = digit_colours[digit];
    double x = axis_place(&a->x, (double)point + 1), top = a->y.to;
    double to_x = path_x(&a->at, a->p, point), to_y = path_y(&a->at, a->p, point);
    char more[96];

    if (a->joint) {
        size_t first = point - point % a->joint;
        snprintf(more, sizeof more, "stroke-width=\"2.5\" stroke=\"%s\"", colour);
        draw_stroke(svg, &a->at, a->p, first, first + a->joint, more);
    }
    snprintf(more, sizeof more, "stroke=\"%s\" stroke-opacity=\"0.6\" stroke-dasharray=\"5 3\"", colour);
    svg_line(svg, x, top - 24, to_x, to_y, more);
    draw_point(svg, to_x, to_y, 5, colour);
    snprintf(more, sizeof more, " font-size=\"18\" font-weight=\"bold\" fill=\"%s\"", colour);
    svg_text(svg, x, top - 8, "middle", more, digit_names[digit]);
}

/* Each run of points at which a digit is the likeliest class is that digit, read where it is likeliest. */
static void draw_labels(FILE *svg, const alignment *a)
{
    for (size_t i = 0, end; i < a->r->outputs; i = end) {
        size_t class = likeliest_class(a, i), best = i;
        for (end = i + 1; end < a->r->outputs && likeliest_class(a, end) == class; end++)
            best = probability_at(a, end, class) > probability_at(a, best, class) ? end : best;
        if (class > 0)
            draw_label(svg, a, best, class - 1);
    }
}

void panel_alignment(FILE *svg, box where, const path *p, const reading *r, size_t joint)
{
    double count = (double)p->count, top = (where.top + where.bottom + LABELS) / 2;
    alignment a = {.p = p, .r = r, .joint = joint, .y = axis_over(0, 1, 4, where.bottom, top)};

    if (joint && p->count <= FEW_JOINTS * joint)
        a.x = (axis){.low = 0, .high = count, .tick = (double)joint, .from = where.left, .to = where.right};
    else
        a.x = axis_over_whole(0, count, 8, where.left, where.right);
    a.at = place_path((box){axis_place(&a.x, 1), where.top, axis_place(&a.x, count), top - LABELS}, p);
    axis_draw(svg, &a.x, &a.y, "point of the path", axis_number);
    draw_path(svg, &a.at, p, joint);
    draw_probabilities(svg, &a);
    draw_labels(svg, &a);
}
