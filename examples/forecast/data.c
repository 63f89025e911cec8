/* The series: generated, or a column of a CSV file. */
#include "die.h"
#include "file.h"
#include "forecast.h"
#include "random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846

static data create(const char *name, size_t count, const options *o)
{
    data d = {.count = count, .day = (size_t)o->day, .week = (size_t)(o->day * o->week)};

    d.name = allocate(strlen(name) + 1, 1);
    memcpy(d.name, name, strlen(name) + 1);
    d.values = allocate(count, sizeof *d.values);
    d.filled = allocate(count, sizeof *d.filled);
    return d;
}

void data_release(data *d)
{
    free(d->name);
    free(d->values);
    free(d->filled);
}

static void fill(data *d)
{
    float last = 0;

    for (size_t t = 0; t < d->count; t++)
        if (!isnan(d->values[t])) {
            last = d->values[t];
            break;
        }
    for (size_t t = 0; t < d->count; t++)
        d->filled[t] = last = isnan(d->values[t]) ? last : d->values[t];
}

data data_generate(const options *o)
{
    data d = create("generated load", (size_t)o->hours, o);
    uint64_t random = (uint64_t)o->seed;
    double drift = 0;

    for (size_t t = 0; t < d.count; t++) {
        double of_day = 2 * PI * (double)(t % d.day) / (double)d.day;
        int is_weekend = t % d.week >= d.week * 5 / 7;
        double shape = -cos(of_day) - 0.4 * cos(2 * of_day);
        drift = 0.97 * drift + 0.25 * normal(&random); /* weather */
        double size = 0.5 + 0.4 * (1 - cos(of_day)) / 2 * 4;
        d.values[t] = (float)(50 + 0.004 * (double)t + (is_weekend ? 4 : 8) * shape - (is_weekend ? 5 : 0) + drift +
                              size * normal(&random));
    }
    fill(&d);
    return d;
}

/* ---- CSV ------------------------------------------------------------------------------------------------------- */

/* The next field of a line, in place, without its quotes; NULL after the last one. */
static char *next_field(char **rest)
{
    char *field = *rest, *end;

    if (!field)
        return NULL;
    if (*field == '"' && (end = strchr(field + 1, '"'))) {
        *end = 0;
        field++;
        end = strchr(end + 1, ',');
    } else {
        end = strchr(field, ',');
    }
    if (end)
        *end = 0;
    *rest = end ? end + 1 : NULL;
    return field;
}

static size_t find_column(const char *path, char *line, const char *column)
{
    char *field;

    for (size_t i = 0; (field = next_field(&line)); i++)
        if (strcmp(field, column) == 0)
            return i;
    die("%s: the first line has no column '%s'", path, column);
}

/* NaN for an empty field. */
static float read_field(const char *path, size_t number, char *line, size_t column)
{
    char *field = NULL, *end;

    for (size_t i = 0; i <= column; i++)
        field = next_field(&line);
    if (!field)
        die("%s: line %zu has fewer than %zu fields", path, number, column + 1);
    float value = strtof(field, &end);
    if (end == field && strspn(field, " ") == strlen(field))
        return NAN;
    if (end == field || *end || isinf(value))
        die("%s: line %zu: '%s' is not a number", path, number, field);
    return value;
}

data data_read(const char *path, const char *column, const options *o)
{
    file_bytes bytes = file_read(path);
    size_t lines = 0, at = 0, number = 1;

    for (size_t i = 0; i < bytes.count; i++)
        lines += bytes.bytes[i] == '\n';
    data d = create(column, lines + 1, o);
    char *rest = bytes.bytes, *line = file_next_line(&rest);
    size_t index = find_column(path, line, column);
    while ((line = file_next_line(&rest))) {
        number++;
        if (*line)
            d.values[at++] = read_field(path, number, line, index);
    }
    d.count = at;
    free(bytes.bytes);
    fill(&d);
    return d;
}
