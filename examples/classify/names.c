/* Names: a file for each class, a name a line, as the bytes of UTF-8. */
#include "classify.h"
#include "random.h"

#include <stdlib.h>
#include <string.h>

#define HELD_OUT 5 /* one of so many names */

char *name_fold(char *line)
{
    size_t length;

    while (*line == ' ' || *line == '\t')
        line++;
    length = strlen(line);
    while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\t'))
        line[--length] = '\0';
    for (char *c = line; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return line;
}

sequence name_sequence(const alphabet *letters, const char *folded, int32_t class)
{
    sequence s = {.steps = strlen(folded), .label_count = 1};

    s.tokens = allocate(s.steps, sizeof *s.tokens);
    s.labels = allocate(1, sizeof *s.labels);
    s.labels[0] = class;
    for (size_t t = 0; t < s.steps; t++)
        s.tokens[t] = letters->token[(unsigned char)folded[t]];
    return s;
}

/* ---- the names of a class ------------------------------------------------------------------------------------- */

typedef struct {
    const char **items; /* into the text */
    size_t count;
    file_bytes text;
} name_list;

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void drop_repeated(name_list *names)
{
    size_t kept = 0;

    qsort(names->items, names->count, sizeof *names->items, compare);
    for (size_t i = 0; i < names->count; i++)
        if (kept == 0 || strcmp(names->items[kept - 1], names->items[i]) != 0)
            names->items[kept++] = names->items[i];
    names->count = kept;
}

static name_list read_class(const char *path)
{
    name_list names = {.text = text_read(path)};
    char *rest = names.text.bytes, *line;

    names.items = allocate(names.text.count, sizeof *names.items);
    while ((line = file_next_line(&rest))) {
        line = name_fold(line);
        if (*line)
            names.items[names.count++] = line;
    }
    drop_repeated(&names);
    if (names.count < 2)
        die("%s: at least 2 different names are needed, one to learn from and one to hold out", path);
    return names;
}

static void release(name_list *names)
{
    free(names->items);
    free(names->text.bytes);
}

/* ---- all classes ---------------------------------------------------------------------------------------------- */

static size_t held_out_of(const name_list *names)
{
    return names->count < HELD_OUT ? 1 : names->count / HELD_OUT;
}

/* The alphabet is that of the names that are learned from. */
static void learn_letters(alphabet *letters, const name_list *names)
{
    for (size_t i = held_out_of(names); i < names->count; i++)
        alphabet_add(letters, names->items[i]);
}

static void add_names(data *d, const alphabet *letters, const name_list *names, int32_t class)
{
    for (size_t i = 0; i < names->count; i++)
        sequences_add(i < held_out_of(names) ? &d->held_out : &d->training,
                      name_sequence(letters, names->items[i], class));
}

void names_read(task *t, data *d, const char *folder, int64_t seed)
{
    file_names files = file_names_read(folder, ".txt");
    name_list *names = allocate(files.count, sizeof *names);
    uint64_t random = (uint64_t)seed;

    if (files.count < 2)
        die("%s: a class alone, %s, is nothing to tell apart", folder, files.names[0]);
    for (size_t i = 0; i < files.count; i++) {
        char *path = file_path(folder, files.names[i]);
        classes_add(&t->classes, files.names[i], strlen(files.names[i]) - strlen(".txt"));
        names[i] = read_class(path);
        shuffle(names[i].items, names[i].count, sizeof *names[i].items, &random);
        learn_letters(&t->letters, &names[i]);
        free(path);
    }
    for (size_t i = 0; i < files.count; i++) {
        add_names(d, &t->letters, &names[i], (int32_t)i);
        release(&names[i]);
    }
    free(names);
    file_names_release(&files);
}
