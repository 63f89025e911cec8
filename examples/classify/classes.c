/* The names of classes: a list, and a note of the checkpoint with a name a line. */
#include "classify.h"

#include <stdlib.h>
#include <string.h>

#define NOTE "classify.classes"

void classes_add(class_list *classes, const char *name, size_t length)
{
    char *copy = allocate(length + 1, 1);

    memcpy(copy, name, length);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)copy[i] < ' ')
            die("the name of class '%s' has a control character in it", copy);
    if (classes_find(classes, copy) >= 0)
        die("there are two classes named '%s'", copy);
    classes->names = realloc(classes->names, (classes->count + 1) * sizeof *classes->names);
    if (!classes->names)
        die("not enough memory for the names of %zu classes", classes->count + 1);
    classes->names[classes->count++] = copy;
}

int32_t classes_find(const class_list *classes, const char *name)
{
    for (size_t i = 0; i < classes->count; i++)
        if (strcmp(classes->names[i], name) == 0)
            return (int32_t)i;
    return -1;
}

void classes_release(class_list *classes)
{
    for (size_t i = 0; i < classes->count; i++)
        free(classes->names[i]);
    free(classes->names);
    *classes = (class_list){NULL, 0};
}

void classes_store(const class_list *classes, rnn_model *model)
{
    size_t length = 0;

    for (size_t i = 0; i < classes->count; i++)
        length += strlen(classes->names[i]) + 1;
    char *lines = allocate(length + 1, 1), *end = lines;
    for (size_t i = 0; i < classes->count; i++) {
        size_t size = strlen(classes->names[i]);
        memcpy(end, classes->names[i], size);
        end[size] = '\n';
        end += size + 1;
    }
    check(rnn_model_set_metadata(model, NOTE, lines));
    free(lines);
}

class_list classes_load(const rnn_model *model, const char *path)
{
    class_list classes = {NULL, 0};
    const char *line;
    int64_t outputs;

    if (rnn_model_get_metadata(model, NOTE, &line) != RNN_OK)
        die("%s: this checkpoint does not name its classes", path);
    while (*line) {
        size_t length = strcspn(line, "\n");
        classes_add(&classes, line, length);
        line += length + (line[length] == '\n');
    }
    check(rnn_model_get_int(model, RNN_CLASSES, &outputs));
    if ((int64_t)classes.count != outputs)
        die("%s: this checkpoint names %zu classes, but its network has %lld outputs", path, classes.count,
            (long long)outputs);
    return classes;
}
