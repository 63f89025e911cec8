/* Time series in the .ts format of the UEA archive: a case a line, its dimensions separated by ':', their values by
 * ',', the label last; before them a header of lines that begin with '@', and comments that begin with '#'. */
#include "classify.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SPACE " \t"

/* ---- lines ---------------------------------------------------------------------------------------------------- */

static void read_classes(class_list *classes, char *words)
{
    for (char *word = strtok(words, SPACE); word; word = strtok(NULL, SPACE))
        classes_add(classes, word, strlen(word));
}

/* A line such as "@classLabel true yes no". */
static void read_header(char *line, const place *where, class_list *classes)
{
    char *name = line, *end = line + strcspn(line, SPACE);
    char *value = end + strspn(end, SPACE), *value_end = value + strcspn(value, SPACE);
    bool is_true = value_end - value == 4 && strncasecmp(value, "true", 4) == 0;

    *end = '\0';
    if (strcasecmp(name, "@timeStamps") == 0 && is_true)
        die("%s, line %zu: series with times (@timeStamps true) are not read", where->path, where->line);
    if (classes && strcasecmp(name, "@classLabel") == 0 && is_true)
        read_classes(classes, value_end);
}

char *ts_next_case(char **rest, place *where, class_list *classes)
{
    char *line;

    while ((line = file_next_line(rest))) {
        where->line++;
        line += strspn(line, SPACE);
        if (*line == '@')
            read_header(line, where, classes);
        else if (*line && *line != '#')
            return line;
    }
    return NULL;
}

/* ---- a case --------------------------------------------------------------------------------------------------- */

static size_t count_fields(const char *words, char separator)
{
    size_t count = 1;

    for (; *words; words++)
        count += *words == separator;
    return count;
}

size_t ts_fields(const char *line)
{
    return count_fields(line, ':');
}

/* The field that begins at *rest, cut off; *rest is then behind it. */
static char *cut_field(char **rest, const char *separator)
{
    char *field = *rest;
    size_t length = strcspn(field, separator);

    *rest = field + length + (field[length] != '\0');
    field[length] = '\0';
    field += strspn(field, SPACE);
    for (char *end = field + strlen(field); end > field && strchr(SPACE, end[-1]);)
        *--end = '\0';
    return field;
}

static float read_value(const char *word, const place *where)
{
    char *end;
    float value = strtof(word, &end);

    if (strcmp(word, "?") == 0)
        die("%s, line %zu: a value is missing ('?'): only whole series are read", where->path, where->line);
    if (end == word || *end || !isfinite(value))
        die("%s, line %zu: '%s' is not a number", where->path, where->line, word);
    return value;
}

static int32_t read_label(const char *word, const class_list *classes, const place *where)
{
    int32_t class = classes_find(classes, word);

    if (class < 0)
        die("%s, line %zu: '%s' is none of the %zu classes", where->path, where->line, word, classes->count);
    return class;
}

sequence ts_case(char *line, size_t dimensions, const class_list *classes, const place *where)
{
    size_t fields = ts_fields(line);
    sequence s = {.x = NULL};

    for (size_t d = 0; d < dimensions; d++) {
        char *field = cut_field(&line, ":");
        size_t steps = count_fields(field, ',');
        if (d == 0)
            s = (sequence){.x = allocate(steps * dimensions, sizeof *s.x), .steps = steps};
        if (steps != s.steps)
            die("%s, line %zu: dimension %zu has %zu values, those before it have %zu", where->path, where->line, d + 1,
                steps, s.steps);
        for (size_t t = 0; t < steps; t++)
            s.x[t * dimensions + d] = read_value(cut_field(&field, ","), where);
    }
    if (fields == dimensions)
        return s;
    s.label_count = 1;
    s.labels = allocate(1, sizeof *s.labels);
    s.labels[0] = read_label(cut_field(&line, ":"), classes, where);
    return s;
}

/* ---- both parts ----------------------------------------------------------------------------------------------- */

/* The path of the one file of the folder that ends so, to be freed. */
static char *find_part(const char *folder, const char *suffix)
{
    file_names found = file_names_read(folder, suffix);

    if (found.count > 1)
        die("%s: more than one file ends in %s: %s and %s", folder, suffix, found.names[0], found.names[1]);
    char *path = file_path(folder, found.names[0]);
    file_names_release(&found);
    return path;
}

static void check_fields(const char *line, size_t dimensions, const place *where)
{
    if (ts_fields(line) != dimensions + 1)
        die("%s, line %zu: %zu fields; %zu are needed: the dimensions and a label", where->path, where->line,
            ts_fields(line), dimensions + 1);
}

/* Reads a part; where `classes` has none yet, they are those of its header. */
static void read_part(sequence_list *list, class_list *classes, const char *path)
{
    file_bytes text = text_read(path);
    place where = {path, 0};
    class_list *wanted = classes->count == 0 ? classes : NULL;
    char *rest = text.bytes, *line;

    while ((line = ts_next_case(&rest, &where, wanted))) {
        if (classes->count < 2)
            die("%s: no line '@classLabel true' names two classes or more before the first case", path);
        if (list->inputs == 0)
            list->inputs = ts_fields(line) - 1;
        if (list->inputs == 0)
            die("%s, line %zu: no ':' between the series and its label", path, where.line);
        check_fields(line, list->inputs, &where);
        sequences_add(list, ts_case(line, list->inputs, classes, &where));
    }
    if (list->count == 0)
        die("%s: no case in it", path);
    free(text.bytes);
}

void ts_read(task *t, data *d, const char *folder)
{
    char *training = find_part(folder, "_TRAIN.ts"), *held_out = find_part(folder, "_TEST.ts");

    read_part(&d->training, &t->classes, training);
    d->held_out.inputs = d->training.inputs;
    read_part(&d->held_out, &t->classes, held_out);
    t->inputs = scale_of(&d->training);
    scale_apply(&t->inputs, &d->training);
    scale_apply(&t->inputs, &d->held_out);
    free(held_out);
    free(training);
}
