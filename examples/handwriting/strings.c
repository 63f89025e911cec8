/* New paths of known digits: distorted ones, and strings of digits side by side. */
#include "handwriting.h"
#include "random.h"

#include <math.h>
#include <string.h>

/* Between the right edge of a digit and the left edge of the next; a digit is about 100 high. */
#define LEAST_GAP 10.0
#define MOST_GAP  50.0

static path copy_path(const path *original)
{
    path copy = {allocate(2 * original->count, sizeof *copy.points), original->count,
                 allocate(original->label_count, sizeof *copy.labels), original->label_count};

    memcpy(copy.points, original->points, 2 * copy.count * sizeof *copy.points);
    memcpy(copy.labels, original->labels, copy.label_count * sizeof *copy.labels);
    return copy;
}

path path_distorted(const path *original, double deviation, uint64_t *random)
{
    const double middle = SIDE / 2;
    path p = copy_path(original);
    double matrix[4] = {1, 0, 0, 1};

    for (size_t i = 0; i < 4; i++)
        matrix[i] += deviation * normal(random);
    for (size_t i = 0; i < p.count; i++) {
        double x = (double)p.points[2 * i] - middle, y = (double)p.points[2 * i + 1] - middle;
        p.points[2 * i] = (float)(middle + matrix[0] * x + matrix[1] * y);
        p.points[2 * i + 1] = (float)(middle + matrix[2] * x + matrix[3] * y);
    }
    return p;
}

/* The points of a digit go behind those that are there, `gap` to the right of *edge, which then is their right edge. */
static void append_digit(path *string, const path *digit, double gap, double *edge)
{
    double left = INFINITY, right = -INFINITY;

    for (size_t i = 0; i < digit->count; i++) {
        double x = (double)digit->points[2 * i];
        left = x < left ? x : left;
        right = x > right ? x : right;
    }
    for (size_t i = 0; i < digit->count; i++) {
        float *point = string->points + 2 * string->count++;
        point[0] = (float)((double)digit->points[2 * i] - left + *edge + gap);
        point[1] = digit->points[2 * i + 1];
    }
    string->labels[string->label_count++] = digit->labels[0];
    *edge += gap + right - left;
}

static path new_string(size_t length)
{
    return (path){allocate(2 * DIGIT_POINTS * length, sizeof(float)), 0, allocate(length, sizeof(int32_t)), 0};
}

static void append_distorted(path *string, const path *drawn, double deviation, double *edge, uint64_t *random)
{
    path digit = path_distorted(drawn, deviation, random);
    double gap = string->count > 0 ? LEAST_GAP + (MOST_GAP - LEAST_GAP) * uniform(random) : 0;

    append_digit(string, &digit, gap, edge);
    path_release(&digit);
}

static const path *draw_digit(const path_list *digits, uint64_t *random)
{
    return &digits->items[(size_t)(uniform(random) * (double)digits->count)];
}

path string_drawn(const path_list *digits, double deviation, uint64_t *random)
{
    size_t length = SHORTEST_STRING + (size_t)(uniform(random) * (LONGEST_STRING - SHORTEST_STRING + 1));
    path string = new_string(length);
    double edge = 0;

    for (size_t i = 0; i < length; i++)
        append_distorted(&string, draw_digit(digits, random), deviation, &edge, random);
    return string;
}

static bool has_digit(const path_list *digits, int32_t digit)
{
    for (size_t i = 0; i < digits->count; i++)
        if (digits->items[i].labels[0] == digit)
            return true;
    return false;
}

path string_spelled(const path_list *digits, const char *text, uint64_t *random)
{
    path string = new_string(strlen(text));
    double edge = 0;

    for (; *text; text++) {
        const path *drawn;
        if (!has_digit(digits, *text - '0'))
            die("no path of the digit %c is held out", *text);
        do
            drawn = draw_digit(digits, random);
        while (drawn->labels[0] != *text - '0');
        append_distorted(&string, drawn, 0, &edge, random);
    }
    return string;
}
