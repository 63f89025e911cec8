#include "base/team.h"

#include "base/assertion.h"
#include "base/memory.h"
#include "base/worker.h"

#define YIELDS 50000 /* nanoseconds for which the caller yields; then it sleeps */

/* ---- the caller: waking ----------------------------------------------------------------------------------------- */

/* A worker whose lock is taken is about to sleep or has just been woken: the caller does not wait for it. */
static void wake_all(struct rnni_team *team, size_t lanes, uint64_t time)
{
    for (size_t w = 0; w + 1 < lanes; w++) {
        struct rnni_worker *worker = &team->workers[w];
        if (atomic_load_explicit(&worker->asleep, memory_order_relaxed) && rnni_thread_lock_try(&worker->lock))
            rnni_worker_wake(team, worker);
    }
    rnni_worth_note_wake(&team->worth, time);
}

static int any_sleeps(const struct rnni_team *team, size_t lanes)
{
    if (!atomic_load_explicit(&team->sleepers, memory_order_relaxed))
        return 0;
    for (size_t w = 0; w + 1 < lanes; w++)
        if (atomic_load_explicit(&team->workers[w].asleep, memory_order_relaxed))
            return 1;
    return 0;
}

/* ---- the caller: runs ------------------------------------------------------------------------------------------- */

static size_t lanes_of(const struct rnni_team *team, size_t count)
{
    return count < team->threads ? count : team->threads;
}

static void run_alone(struct rnni_team *team, size_t count, rnni_team_task task, void *context, uint64_t begin)
{
    for (size_t i = 0; i < count; i++)
        task(context, i);
    rnni_worth_note_alone(&team->worth, task, begin, rnni_thread_now(), lanes_of(team, count));
}

static uint_least64_t publish(struct rnni_team *team, size_t count, rnni_team_task task, void *context)
{
    uint_least64_t last = atomic_load_explicit(&team->order, memory_order_relaxed);
    uint_least64_t lanes = lanes_of(team, count);
    uint_least64_t order = ((last >> RNNI_LANES_BITS) + 1) << RNNI_LANES_BITS | lanes;
    team->task = task;
    team->context = context;
    team->count = count;
    atomic_store_explicit(&team->order, order, memory_order_release);
    return order;
}

static int is_done(const struct rnni_worker *worker, uint_least64_t order)
{
    return atomic_load_explicit(&worker->done, memory_order_acquire) == order;
}

static void sleep_until_done(struct rnni_team *team, const struct rnni_worker *worker, uint_least64_t order)
{
    rnni_thread_lock_take(&team->lock);
    atomic_store(&team->caller_sleeps, 1);
    while (atomic_load(&worker->done) != order)
        rnni_thread_condition_wait(&team->finished, &team->lock);
    atomic_store_explicit(&team->caller_sleeps, 0, memory_order_relaxed);
    rnni_thread_lock_release(&team->lock);
}

/* 0, or when the wait began, if it was long. */
static uint64_t wait_for(struct rnni_team *team, const struct rnni_worker *worker, uint_least64_t order)
{
    for (int looks = 0; looks < RNNI_LOOKS_ALONE; looks++) {
        if (is_done(worker, order))
            return 0;
        rnni_worker_pause();
    }
    uint64_t begin = rnni_thread_now();
    while (!is_done(worker, order)) {
        if (rnni_thread_now() - begin >= YIELDS) {
            sleep_until_done(team, worker, order);
            break;
        }
        rnni_thread_yield();
    }
    return begin;
}

/* begin: when the run began, to measure its first lane; 0: it is not measured. */
static void run_shared(struct rnni_team *team, size_t count, rnni_team_task task, void *context, uint64_t begin)
{
    uint_least64_t order = publish(team, count, task, context);
    size_t lanes = lanes_of(team, count);
    size_t taken = 0;
    uint64_t wait = 0;
    rnni_worker_run_lane(team, 0);
    if (begin)
        rnni_worth_note_lane(&team->worth, task, begin, rnni_thread_now());
    for (size_t w = 0; w + 1 < lanes; w++)
        if (!is_done(&team->workers[w], order) && rnni_worker_claim(&team->workers[w], order)) {
            rnni_worker_run_lane(team, w + 1);
            taken++;
            atomic_store_explicit(&team->workers[w].done, order, memory_order_relaxed);
        }
    for (size_t w = 0; w + 1 < lanes; w++) {
        uint64_t since = wait_for(team, &team->workers[w], order);
        wait = wait ? wait : since;
    }
    if (rnni_worth_note_lanes(&team->worth, lanes - 1, taken))
        rnni_worth_note_useless(&team->worth, rnni_thread_now());
    if (wait)
        rnni_worth_note_wait(&team->worth, task, wait, rnni_thread_now());
}

/* A run for which workers may be asleep, which follows one that did not pay, or which is to be measured. */
static void run_carefully(struct rnni_team *team, size_t count, rnni_team_task task, void *context)
{
    size_t lanes = lanes_of(team, count);
    uint64_t begin = rnni_thread_now();
    switch (rnni_worth_choose(&team->worth, task, begin, any_sleeps(team, lanes))) {
    case RNNI_WORTH_ALONE:
        run_alone(team, count, task, context, begin);
        break;
    case RNNI_WORTH_WAKE:
        wake_all(team, lanes, begin);
        run_shared(team, count, task, context, begin);
        break;
    default:
        run_shared(team, count, task, context, begin);
    }
}

static int insists; /* for tests */

void rnni_team_insist(int on)
{
    insists = on;
}

static void run_on_all(struct rnni_team *team, size_t count, rnni_team_task task, void *context)
{
    uint_least64_t order = publish(team, count, task, context);
    size_t lanes = lanes_of(team, count);
    for (size_t w = 0; w + 1 < lanes; w++) {
        rnni_thread_lock_take(&team->workers[w].lock);
        rnni_worker_wake(team, &team->workers[w]);
    }
    rnni_worker_run_lane(team, 0);
    for (size_t w = 0; w + 1 < lanes; w++)
        wait_for(team, &team->workers[w], order);
}

void rnni_team_run(struct rnni_team *team, size_t count, rnni_team_task task, void *context)
{
    if (!team || count <= 1) {
        for (size_t i = 0; i < count; i++)
            task(context, i);
        return;
    }
    if (team->parallel_for) {
        team->parallel_for(team->user, count, task, context);
        return;
    }
    RNNI_ASSERT(rnni_team_is_here(team));
    if (insists)
        run_on_all(team, count, task, context);
    else if (team->worth.hold_until || team->worth.suspect == task ||
             atomic_load_explicit(&team->sleepers, memory_order_relaxed))
        run_carefully(team, count, task, context);
    else
        run_shared(team, count, task, context, 0);
}

/* ---- making and ending ------------------------------------------------------------------------------------------ */

static struct rnni_team *take(size_t threads, size_t workers)
{
    size_t bytes = rnni_memory_add(sizeof(struct rnni_team), rnni_memory_multiply(workers, sizeof(struct rnni_worker)));
    struct rnni_team *team = rnni_memory_take(bytes, 1);
    if (team)
        team->threads = threads;
    return team;
}

/* Initialises what is not 0 in a team with threads of its own; 0 if the system refuses, and nothing is left then. */
static int set_up(struct rnni_team *team)
{
    if (!rnni_thread_lock_create(&team->lock))
        return 0;
    if (!rnni_thread_condition_create(&team->finished)) {
        rnni_thread_lock_destroy(&team->lock);
        return 0;
    }
    team->process = rnni_process_current();
    team->worth.noted = rnni_thread_now();
    return 1;
}

struct rnni_team *rnni_team_create(size_t threads)
{
    RNNI_ASSERT(threads >= 2);
    struct rnni_team *team = threads <= RNNI_TEAM_MOST ? take(threads, threads - 1) : NULL;
    if (!team)
        return NULL;
    if (!set_up(team)) {
        rnni_memory_release(team);
        return NULL;
    }
    while (team->started < threads - 1 && rnni_worker_start(team, team->started))
        team->started++;
    if (team->started < threads - 1) {
        rnni_team_release(team);
        return NULL;
    }
    return team;
}

struct rnni_team *rnni_team_lend(size_t threads,
                                 void (*parallel_for)(void *user, size_t count, rnni_team_task task, void *context),
                                 void *user)
{
    RNNI_ASSERT(threads >= 1 && parallel_for);
    struct rnni_team *team = take(threads, 0);
    if (team) {
        team->parallel_for = parallel_for;
        team->user = user;
    }
    return team;
}

/* Publishes the order to end, which only the workers claim, and wakes those that sleep. */
static void end_workers(struct rnni_team *team)
{
    publish(team, team->threads, NULL, NULL);
    for (size_t w = 0; w < team->started; w++) {
        rnni_thread_lock_take(&team->workers[w].lock);
        rnni_worker_wake(team, &team->workers[w]);
    }
    for (size_t w = 0; w < team->started; w++)
        rnni_worker_join(&team->workers[w]);
    rnni_thread_condition_destroy(&team->finished);
    rnni_thread_lock_destroy(&team->lock);
}

void rnni_team_release(struct rnni_team *team)
{
    if (!team)
        return;
    if (!team->parallel_for) {
        if (rnni_team_is_here(team))
            end_workers(team);
        rnni_process_release(&team->process);
    }
    rnni_memory_release(team);
}

size_t rnni_team_threads(const struct rnni_team *team)
{
    return team ? team->threads : 1;
}

int rnni_team_is_here(const struct rnni_team *team)
{
    return !team || team->parallel_for || rnni_process_is_current(&team->process);
}
