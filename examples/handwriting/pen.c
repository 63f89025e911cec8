/* The rows of a file: x and y of each point of a pen, then labels. */
#include "file.h"
#include "handwriting.h"
#include "number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPACE " \t\r\v\f"

/* ---- lists ---------------------------------------------------------------------------------------------------- */

void path_add(path_list *list, path added)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 256;
        list->items = realloc(list->items, list->capacity * sizeof *list->items);
        if (!list->items)
            die("not enough memory for %zu rows", list->capacity);
    }
    list->items[list->count++] = added;
}

void path_release(path *p)
{
    free(p->points);
    free(p->labels);
    *p = (path){0};
}

void path_list_release(path_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        path_release(&list->items[i]);
    free(list->items);
    *list = (path_list){0};
}

/* ---- rows ----------------------------------------------------------------------------------------------------- */

/* Cuts a line into fields, in place: white space and a comma between them, or one of the two.  `where` is "FILE: line
 * N", as in all that follows. */
static size_t cut_fields(char **fields, char *line, const char *where)
{
    size_t count = 0;
    bool comma = false;

    line += strspn(line, SPACE);
    while (*line || comma) {
        size_t length = strcspn(line, SPACE ",");
        char *end = line + length;
        if (length == 0)
            die("%s: nothing stands before or behind a comma", where);
        fields[count++] = line;
        line = end + strspn(end, SPACE);
        comma = *line == ',';
        line += comma;
        line += strspn(line, SPACE);
        *end = '\0';
    }
    return count;
}

/* A field that can be nothing but a label, if perhaps a wrong one. */
static bool is_label(const char *field)
{
    return strlen(field) == DIGITS && strspn(field, "01") == DIGITS;
}

static int32_t read_label(const char *field, const char *where)
{
    const char *one = strchr(field, '1');

    if (!is_label(field) || !one || strchr(one + 1, '1'))
        die("%s: '%s' is no label: ten characters, a 1 at the place of the digit and 0 elsewhere", where, field);
    return (int32_t)(one - field);
}

/* Dies where a row has not as many numbers and labels as it should. */
static void check_counts(size_t numbers, size_t labels, const row_form *form, const char *where)
{
    if (form->points && numbers != 2 * form->points)
        die("%s: %zu numbers, not %zu: x and y of %zu points", where, numbers, 2 * form->points, form->points);
    if (numbers == 0 || numbers % 2 != 0)
        die("%s: %zu numbers, not x and y of each point, at least of one", where, numbers);
    if (labels > form->most_labels)
        die("%s: %zu labels, not %zu", where, labels, form->most_labels);
}

static path read_fields(char *const *fields, size_t count, const row_form *form, const char *where)
{
    size_t labels = 0;

    while (labels < count && (labels < form->least_labels || is_label(fields[count - 1 - labels])))
        labels++;
    size_t numbers = count - labels;
    path p = {allocate(numbers, sizeof *p.points), numbers / 2, allocate(labels, sizeof *p.labels), labels};
    for (size_t i = 0; i < labels; i++)
        p.labels[i] = read_label(fields[numbers + i], where);
    check_counts(numbers, labels, form, where);
    for (size_t i = 0; i < numbers; i++)
        p.points[i] = (float)number_real(where, fields[i], 0, i % 2 ? SIDE : form->most_x);
    return p;
}

path_list pen_read(const char *file, const row_form *form)
{
    path_list list = {0};
    file_bytes text = file_read(file);
    char *rest = text.bytes, *line, **fields = allocate(text.count / 2 + 1, sizeof *fields);
    size_t size = strlen(file) + 32;
    char *where = allocate(size, 1);

    if (strlen(text.bytes) != text.count)
        die("%s: a character of code 0, so this is no text", file);
    for (size_t number = 1; (line = file_next_line(&rest)); number++) {
        snprintf(where, size, "%s: line %zu", file, number);
        size_t count = cut_fields(fields, line, where);
        if (count > 0)
            path_add(&list, read_fields(fields, count, form, where));
    }
    if (list.count == 0)
        die("%s: no line has anything in it", file);
    free(where);
    free(fields);
    free(text.bytes);
    return list;
}
