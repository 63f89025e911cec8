/* Calls that violate a precondition between the files of the library: a Debug build ends the program.  Each is made in
 * a child process. */
#ifndef RNN_TESTS_ABORTS_H
#define RNN_TESTS_ABORTS_H

#include "support/support.h"

struct call {
    const char *name;
    void (*make)(void);
};
#define CALL(function)                                                                                                 \
    {                                                                                                                  \
#function, function                                                                                            \
    }

/* Checks that each call ends its process by an assertion, or that none does. */
void check_aborts(const struct call *calls, size_t count, int expected);

#endif
