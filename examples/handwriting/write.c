/* The numbers of a text as rows of a pen, with labels. */
#include "file.h"
#include "handwriting.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Numbers, then labels, as in the data set. */
static void write_row(FILE *rows, const path *p)
{
    for (size_t i = 0; i < p->count; i++)
        fprintf(rows, "%.1f,%.0f,", (double)p->points[2 * i], (double)p->points[2 * i + 1]);
    for (size_t i = 0; i < p->label_count; i++) {
        char label[DIGITS + 1] = "0000000000";
        label[p->labels[i]] = '1';
        fprintf(rows, "%s%s", label, i + 1 < p->label_count ? "," : "\n");
    }
}

/* A string for each line; dies at the first that is not digits alone. */
static path_list spell_lines(const char *text, const path_list *digits, int64_t seed)
{
    path_list strings = {0};
    file_bytes source = file_read(text);
    char *rest = source.bytes, *line;
    uint64_t random = (uint64_t)seed;

    for (size_t number = 1; (line = file_next_line(&rest)); number++) {
        line[strcspn(line, "\r")] = 0;
        if (line[strspn(line, "0123456789")])
            die("%s: line %zu: '%s' is not a number of digits alone", text, number, line);
        if (*line)
            path_add(&strings, string_spelled(digits, line, &random));
    }
    free(source.bytes);
    return strings;
}

void write_rows(const char *folder, const char *text, const write_options *o)
{
    path_list digits = read_digits(folder, true), strings = spell_lines(text, &digits, o->seed);
    FILE *rows = fopen(o->output, "w");

    if (!rows)
        die("%s: cannot be written: %s", o->output, strerror(errno));
    for (size_t i = 0; i < strings.count; i++)
        write_row(rows, &strings.items[i]);
    if (fclose(rows) != 0)
        die("%s: could not be written: %s", o->output, strerror(errno));
    printf("%zu rows: %s\n", strings.count, o->output);
    path_list_release(&strings);
    path_list_release(&digits);
}
