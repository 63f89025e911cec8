#include "hostile/caller.h"

#include "hostile/callbacks.h"
#include "hostile/snapshot.h"
#include "support/allocator.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES = 8, TOUCHED = 40, FUNCTIONS = 512 };

struct watched {
    struct object *object;
    const void *handle;
    uint64_t hash;
};

static struct frame {
    const char *function;
    struct watched watched[TOUCHED];
    size_t watched_count;
    size_t arrays;
    int in_call;
    int called_back; /* the call has called a callback */
    int changed;     /* which has made calls */
} frames[FRAMES];
static size_t depth; /* frames[depth - 1] is that of the call that runs */

static struct function_count functions[FUNCTIONS];
static size_t functions_count;
int caller_traces;

void caller_fails(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s: ", depth && frames[depth - 1].function ? frames[depth - 1].function : "no call");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    abort();
}

/* ---- counts ------------------------------------------------------------------------------------------------------ */

static struct function_count *count_for(const char *function)
{
    for (size_t i = 0; i < functions_count; i++)
        if (functions[i].name == function || !strcmp(functions[i].name, function))
            return &functions[i];
    if (functions_count == FUNCTIONS)
        abort();
    functions[functions_count].name = function;
    return &functions[functions_count++];
}

const struct function_count *caller_counts(size_t *count)
{
    *count = functions_count;
    return functions;
}

/* ---- the random call --------------------------------------------------------------------------------------------- */

void caller_enter(void)
{
    if (depth == FRAMES)
        abort();
    frames[depth++] = (struct frame){.arrays = arrays_mark()};
}

void caller_leave(void)
{
    arrays_release(frames[--depth].arrays);
    if (depth)
        frames[depth - 1].changed = 1;
}

size_t caller_depth(void)
{
    return depth;
}

void caller_notes_callback(void)
{
    frames[depth - 1].called_back = 1;
    memory.fail_at = 0;
}

void caller_touches(struct object *object)
{
    struct frame *frame = &frames[depth - 1];
    if (frame->in_call)
        caller_fails("objects are picked before TRY, not among its arguments");
    for (size_t i = 0; i < frame->watched_count; i++)
        if (frame->watched[i].object == object)
            return;
    if (object->handle) /* there are no more slots of objects than TOUCHED */
        frame->watched[frame->watched_count++].object = object;
}

/* ---- its calls of the library ------------------------------------------------------------------------------------ */

static void take_snapshots(struct frame *frame)
{
    for (size_t i = 0; i < frame->watched_count; i++) {
        struct watched *watched = &frame->watched[i];
        watched->handle = watched->object->handle;
        watched->hash = watched->handle ? snapshot_of(watched->object) : 0;
    }
}

void caller_begin(const char *function)
{
    struct frame *frame = &frames[depth - 1];
    if (frame->in_call)
        caller_fails("a TRY among the arguments of another");
    frame->in_call = 1;
    frame->function = function;
    frame->called_back = frame->changed = 0;
    if (caller_traces)
        fprintf(stderr, "%*s%s\n", (int)(2 * depth), "", function);
    take_snapshots(frame);
    arrays_record(frame->arrays);
    if (one_in(24)) { /* memory runs out during this call */
        memory.fail_at = memory.calls + 1 + below(one_in(2) ? 3 : 12);
        memory.for_good = one_in(2);
    }
}

/* Whether a call that failed may have changed what its objects show. */
static int may_change(const struct frame *frame, int32_t status)
{
    if (frame->changed)
        return 1;
    if (!strcmp(frame->function, "rnn_fit")) /* it fails before the first batch, or after some */
        return frame->called_back || status == RNN_E_NONFINITE || status == RNN_E_IO;
    return 0;
}

/* The message of the object, if the function leaves one there: those of files have rnn_last_error alone. */
static const char *message_of(const char *function, const struct object *object)
{
    const void *handle = object->handle;
    if (object->type == CONFIG && !strncmp(function, "rnn_config_", 11))
        return rnn_config_last_error(handle);
    if (object->type == SESSION && !strncmp(function, "rnn_session_", 12))
        return rnn_session_last_error(handle);
    if (object->type == LOSS && !strncmp(function, "rnn_loss_", 9))
        return rnn_loss_last_error(handle);
    if (object->type == DECODER && !strncmp(function, "rnn_decoder_", 12))
        return rnn_decoder_last_error(handle);
    if (object->type == ATTENTION && !strncmp(function, "rnn_attention_", 14))
        return rnn_attention_last_error(handle);
    if (object->type == TRAINER && !strncmp(function, "rnn_trainer_", 12))
        return rnn_trainer_last_error(handle);
    return NULL;
}

/* If the call had one object of its type, and that was not NULL, then the object has the message too. */
static void check_message_of_handle(const struct frame *frame, const char *message)
{
    const char *found = NULL;
    size_t count = 0;
    for (size_t i = 0; i < frame->watched_count; i++) {
        const struct object *object = frame->watched[i].object;
        const char *text = object->handle ? message_of(frame->function, object) : NULL;
        if (text && ++count == 1)
            found = text;
    }
    if (count == 1 && strcmp(found, message) != 0)
        caller_fails("the message of the handle is \"%s\", that of the thread \"%s\"", found, message);
}

static void check_message(const struct frame *frame, int32_t status)
{
    const char *message = rnn_last_error();
    size_t length = strlen(frame->function);
    if (frame->changed)
        return;
    if (strncmp(message, "rnn_session_next: ", 18) &&
        (strncmp(message, frame->function, length) || message[length] != ':'))
        caller_fails("failed with %d, and the message is \"%s\"", (int)status, message);
    for (const unsigned char *c = (const unsigned char *)message; *c; c++)
        if (*c < 32 || *c == 127)
            caller_fails("the message has a control character: \"%s\"", message);
    if (status != RNN_E_NULL && !strstr(frame->function, "_create") && strcmp(frame->function, "rnn_decoder_search"))
        check_message_of_handle(frame, message);
}

static void check_refusal(const struct frame *frame, int32_t status)
{
    check_message(frame, status);
    for (size_t i = 0; i < frame->watched_count && !may_change(frame, status); i++) {
        const struct watched *watched = &frame->watched[i];
        if (watched->handle && snapshot_of(watched->object) != watched->hash)
            caller_fails("failed with %d, but an object of type %d has changed", (int)status,
                         (int)watched->object->type);
    }
}

int32_t caller_end(int32_t status)
{
    struct frame *frame = &frames[depth - 1];
    frame->in_call = 0;
    memory.fail_at = 0;
    if (caller_traces && status)
        fprintf(stderr, "%*s-> %d %s\n", (int)(2 * depth), "", (int)status, rnn_last_error());
    const char *changed = arrays_changed(frame->arrays, status != RNN_OK, status == RNN_E_SIZE);
    if (changed)
        caller_fails("returned %d, but %s has changed", (int)status, changed);
    if (status == RNN_OK) {
        count_for(frame->function)->successes++;
        return status;
    }
    count_for(frame->function)->refusals++;
    if (status == CALLBACK_STOPS && frame->called_back)
        return status;
    if (status > 0 || status < RNN_E_UNSUPPORTED)
        caller_fails("the status is %d", (int)status);
    check_refusal(frame, status);
    return status;
}

const char *caller_end_text(const char *text)
{
    caller_end(RNN_OK);
    if (!text)
        caller_fails("returned NULL");
    return text;
}
