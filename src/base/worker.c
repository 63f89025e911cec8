#include "base/worker.h"

#define AWAKE                                                                                                          \
    250000 /* nanoseconds after which a worker without work sleeps: most gaps between two runs are shorter             \
            */

/* ---- both sides -------------------------------------------------------------------------------------------------- */

/* The instructions tell the core that this loop waits; on aarch64 it is isb, as `yield` does
 * nothing on most cores. */
void rnni_worker_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");
#endif
}

int rnni_worker_claim(struct rnni_worker *worker, uint_least64_t order)
{
    uint_least64_t last = atomic_load_explicit(&worker->claim, memory_order_relaxed);
    return last < order && atomic_compare_exchange_strong_explicit(&worker->claim, &last, order, memory_order_acquire,
                                                                   memory_order_relaxed);
}

void rnni_worker_run_lane(const struct rnni_team *team, size_t index)
{
    size_t count = team->count, threads = team->threads;
    for (size_t i = index; i < count; i += threads)
        team->task(team->context, i);
}

void rnni_worker_wake(struct rnni_team *team, struct rnni_worker *worker)
{
    int slept = atomic_load_explicit(&worker->asleep, memory_order_relaxed);
    if (slept) {
        atomic_store_explicit(&worker->asleep, 0, memory_order_relaxed);
        atomic_fetch_sub_explicit(&team->sleepers, 1, memory_order_relaxed);
    }
    rnni_thread_lock_release(&worker->lock);
    if (slept)
        rnni_thread_condition_signal(&worker->called);
}

/* ---- the worker -------------------------------------------------------------------------------------------------- */

/* Fetches the line of a lane to write it, so that a claim does not wait for it.  On x86 __builtin_prefetch would fetch
 * it to read; all x86-64 cores take prefetchw, if only as a no-op. */
static void fetch_to_write(struct rnni_worker *worker)
{
#if defined(__x86_64__)
    __asm__ volatile("prefetchw %0" ::"m"(worker->claim));
#else
    __builtin_prefetch(&worker->claim, 1);
#endif
}

static int is_called(const struct rnni_worker *worker, uint_least64_t order, uint_least64_t last)
{
    return order != last && (order & RNNI_LANES_MASK) > worker->index;
}

static void sleep_until_called(struct rnni_worker *worker, uint_least64_t last)
{
    struct rnni_team *team = worker->team;
    rnni_thread_lock_take(&worker->lock);
    if (!is_called(worker, atomic_load_explicit(&team->order, memory_order_acquire), last)) {
        atomic_store_explicit(&worker->asleep, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&team->sleepers, 1, memory_order_relaxed);
        while (atomic_load_explicit(&worker->asleep, memory_order_relaxed))
            rnni_thread_condition_wait(&worker->called, &worker->lock);
    }
    rnni_thread_lock_release(&worker->lock);
}

/* The first order after `last` that calls the worker; orders between may have been missed.  *looks and *begin count
 * from when the worker last ran a lane, so that a worker that is always too late sleeps as well. */
static uint_least64_t wait_until_called(struct rnni_worker *worker, uint_least64_t last, int *looks, uint64_t *begin)
{
    for (;; ++*looks) {
        uint_least64_t order = atomic_load_explicit(&worker->team->order, memory_order_acquire);
        if (is_called(worker, order, last))
            return order;
        if (*looks < RNNI_LOOKS_ALONE) {
            fetch_to_write(worker);
            rnni_worker_pause();
        } else if (*looks == RNNI_LOOKS_ALONE) {
            *begin = rnni_thread_now();
        } else if (rnni_thread_now() - *begin < AWAKE) {
            rnni_thread_yield();
        } else {
            sleep_until_called(worker, last);
            *looks = 0;
        }
    }
}

/* The caller sets `caller_sleeps` and then reads `done`; here `done` is written and then `caller_sleeps` read.  All
 * four are sequentially consistent, so at least one of the two sees what the other wrote. */
static void finish(struct rnni_worker *worker, uint_least64_t order)
{
    struct rnni_team *team = worker->team;
    atomic_store(&worker->done, order);
    if (atomic_load(&team->caller_sleeps)) {
        rnni_thread_lock_take(&team->lock);
        rnni_thread_condition_signal(&team->finished);
        rnni_thread_lock_release(&team->lock);
    }
}

static void work(void *user)
{
    struct rnni_worker *worker = user;
    const struct rnni_team *team = worker->team;
    uint_least64_t order = 0;
    uint64_t begin = 0;
    int looks = 0;
    for (;;) {
        order = wait_until_called(worker, order, &looks, &begin);
        looks++;
        if (!rnni_worker_claim(worker, order))
            continue;
        if (!team->task)
            return;
        rnni_worker_run_lane(team, worker->index);
        finish(worker, order);
        looks = 0;
    }
}

int rnni_worker_start(struct rnni_team *team, size_t index)
{
    struct rnni_worker *worker = &team->workers[index];
    worker->team = team;
    worker->index = index + 1;
    if (!rnni_thread_lock_create(&worker->lock))
        return 0;
    if (rnni_thread_condition_create(&worker->called)) {
        if (rnni_thread_start(&worker->thread, work, worker))
            return 1;
        rnni_thread_condition_destroy(&worker->called);
    }
    rnni_thread_lock_destroy(&worker->lock);
    return 0;
}

void rnni_worker_join(struct rnni_worker *worker)
{
    rnni_thread_join(&worker->thread);
    rnni_thread_condition_destroy(&worker->called);
    rnni_thread_lock_destroy(&worker->lock);
}
