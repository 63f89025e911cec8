#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* sched_getaffinity, CPU_COUNT */
#elif !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif
#include "threads.h"
#include "die.h"
#include "model.h"

#ifdef __linux__
#include <sched.h>
#endif
#include <unistd.h>

static long count_cores(void)
{
#ifdef __linux__
    cpu_set_t allowed; /* also by taskset and by a container's cpuset */

    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0)
        return CPU_COUNT(&allowed);
#endif
    return sysconf(_SC_NPROCESSORS_ONLN);
}

int64_t cores_available(void)
{
    long cores = count_cores();

    return cores < 1 ? 1 : cores > MOST_THREADS ? MOST_THREADS : cores;
}

int64_t threads_worth(uint64_t multiplications, int64_t cores)
{
    uint64_t worth = multiplications / THREAD_WORTH;

    return worth < 1 ? 1 : worth > (uint64_t)cores ? cores : (int64_t)worth;
}

/* Multiplications of a time step of one sequence. */
static uint64_t step_work(const rnn_model *model)
{
    int64_t words, width;

    check(rnn_model_get_int(model, RNN_VOCABULARY, &words));
    check(rnn_model_get_int(model, RNN_EMBEDDING_SIZE, &width));
    return parameter_count(model) - (uint64_t)(words * width);
}

int64_t threads_choose(int64_t given, const rnn_model *model, int64_t batch)
{
    return given ? given : threads_worth(step_work(model) * (uint64_t)batch, cores_available());
}
