#include "api/threads.h"

#include "base/thread.h"

#define MOST 1024

static int32_t check(struct rnni_caller caller, size_t threads)
{
    if (!threads || threads > MOST)
        return rnni_status_fail(caller.message, RNN_E_VALUE, "%s: threads is %zu, expected 1 to %d", caller.function,
                                threads, MOST);
    return RNN_OK;
}

static int32_t check_made(struct rnni_caller caller, const struct rnni_team *team, size_t threads)
{
    if (threads > 1 && !team)
        return rnni_status_fail(caller.message, RNN_E_MEMORY, "%s: cannot start %zu threads", caller.function, threads);
    return RNN_OK;
}

int32_t rnni_threads_start(struct rnni_caller caller, struct rnni_team **team, size_t threads)
{
    RNNI_TRY(check(caller, threads));
    if (threads > 1 && !rnni_thread_exists())
        return rnni_status_fail(caller.message, RNN_E_UNSUPPORTED,
                                "%s: threads is %zu, expected 1: this library was built without threads",
                                caller.function, threads);
    *team = threads > 1 ? rnni_team_create(threads) : NULL;
    return check_made(caller, *team, threads);
}

int32_t rnni_threads_lend(struct rnni_caller caller, struct rnni_team **team, size_t threads,
                          rnn_parallel_for parallel_for, void *user)
{
    RNNI_TRY(check(caller, threads));
    *team = threads > 1 ? rnni_team_lend(threads, parallel_for, user) : NULL;
    return check_made(caller, *team, threads);
}

int32_t rnni_threads_replace(struct rnni_caller caller, struct rnni_team **held, size_t threads)
{
    struct rnni_team *team;
    RNNI_TRY(rnni_threads_start(caller, &team, threads));
    rnni_team_release(*held);
    *held = team;
    return RNN_OK;
}
