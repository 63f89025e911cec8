/* The end of a program at its first error: what is here prints "PROGRAM: sentence" on the standard error and does not
 * return, so that nobody needs to look for failures. */
#ifndef DIE_H
#define DIE_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__) || defined(__clang__)
#define LIKE_PRINTF(words, values) __attribute__((format(printf, words, values)))
#else
#define LIKE_PRINTF(words, values)
#endif

/* What stands before each sentence.  Every program defines it: const char program_name[] = "charlm"; */
extern const char program_name[];

_Noreturn void die(const char *format, ...) LIKE_PRINTF(1, 2);

/* Every call of the library goes through this: on failure, die with its sentence. */
void check(int32_t status);

/* To be called at the end: what was printed must have arrived, which a full disk would prevent. */
void check_output(void);

/* count * size bytes, at least one, of zeros. */
void *allocate(size_t count, size_t size);

#endif
