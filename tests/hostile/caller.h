/* One random call of the library: its arguments, and what must hold after it.
 *
 * A generator (random_*_calls.c) asks for objects (objects.h) and for arrays, all of them right or, now and then,
 * wrong, and makes the call by TRY.  If the library refuses it, then a message must name the function, and nothing may
 * have changed: no output array, no byte of what the objects show (snapshot.h).  Arrays end, or begin, at a page that
 * cannot be read, or are blocks of their own under sanitizers; so no call reads or writes past their ends. */
#ifndef RNN_TESTS_CALLER_H
#define RNN_TESTS_CALLER_H

#include "rnn.h"

#include "hostile/arrays.h"
#include "hostile/chance.h"

#include <stddef.h>
#include <stdint.h>

struct object;

/* TRY(function, arguments): makes the call and gives its status.  TRY_VALUE: it returns something else.  TRY_NOTHING:
 * it returns nothing. */
#define TRY(function, ...)         (caller_begin(#function), caller_end(function(__VA_ARGS__)))
#define TRY_VALUE(function, ...)   (caller_begin(#function), caller_end_text(function(__VA_ARGS__)))
#define TRY_NOTHING(function, ...) (caller_begin(#function), function(__VA_ARGS__), caller_end(RNN_OK))
#define TRY_NUMBER(function)       (caller_begin(#function), (void)function(), caller_end(RNN_OK))

void caller_begin(const char *function);
int32_t caller_end(int32_t status);
const char *caller_end_text(const char *text);

/* Of the callbacks: the call that runs has called one. */
void caller_notes_callback(void);

/* Begins and ends the random call whose generator runs; calls nest where callbacks make some. */
void caller_enter(void);
void caller_leave(void);
size_t caller_depth(void);

/* The next call may use this object. */
void caller_touches(struct object *object);

/* ---- what the program knows of the functions --------------------------------------------------------------------- */

struct function_count {
    const char *name;
    size_t successes, refusals;
};
const struct function_count *caller_counts(size_t *count);

/* Prints the message with the call that runs, and ends the program. */
_Noreturn void caller_fails(const char *format, ...) __attribute__((format(printf, 1, 2)));

extern int caller_traces; /* 1: prints every call */

#endif
