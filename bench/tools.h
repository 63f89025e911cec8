/* What every measurement needs.  Failures end the program with a sentence. */
#ifndef TOOLS_H
#define TOOLS_H

#include <stddef.h>
#include <stdint.h>

_Noreturn void fail(const char *sentence);
void check(int32_t status);            /* every call of the library goes through this */
double seconds(void);                  /* on a clock that only goes forward */
void *take(size_t count, size_t size); /* zeros */
void *take_aligned(size_t bytes);      /* at a multiple of 64; its content is undefined */

/* Seconds of one call, after two that do not count: the fastest of five groups of about a tenth of a second. */
typedef void timed_call(void *context);
double time_calls(timed_call *call, void *context);

/* The same for two contexts, the fastest of ten groups of each; their groups alternate. */
void time_in_turn(timed_call *call, void *const contexts[2], double fastest[2]);

#endif
