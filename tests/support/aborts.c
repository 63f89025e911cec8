#define _GNU_SOURCE /* fork, waitpid */
#include "support/aborts.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of a build with --coverage: what ran before the assertion is to be counted. */
#ifdef __ELF__
extern void __gcov_dump(void) __attribute__((weak));
static void count_before_abort(int number)
{
    (void)number;
    if (__gcov_dump)
        __gcov_dump();
}
#else
#define count_before_abort SIG_DFL
#endif

static int aborts(void (*make)(void))
{
    int status;
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
        const struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGABRT, count_before_abort); /* which ends the process when it returns */
        fclose(stderr);
        make();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGABRT;
    return WEXITSTATUS(status) ? -1 : 0;
}

void check_aborts(const struct call *calls, size_t count, int expected)
{
    size_t faults = 0;
    for (size_t i = 0; i < count; i++)
        if (aborts(calls[i].make) != expected) {
            print_message("%s: expected %s\n", calls[i].name, expected ? "an assertion" : "no assertion");
            faults++;
        }
    assert_int_equal(faults, 0);
}
