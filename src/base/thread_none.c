/* A build without threads (RNN_THREADS=OFF): no thread starts, so nobody waits for a lock. */
#include "base/thread.h"

int rnni_thread_exists(void)
{
    return 0;
}

int rnni_thread_start(struct rnni_thread *thread, void (*work)(void *user), void *user)
{
    (void)thread;
    (void)work;
    (void)user;
    return 0;
}

void rnni_thread_join(struct rnni_thread *thread)
{
    (void)thread;
}

int rnni_thread_lock_create(struct rnni_thread_lock *lock)
{
    (void)lock;
    return 1;
}

void rnni_thread_lock_destroy(struct rnni_thread_lock *lock)
{
    (void)lock;
}

void rnni_thread_lock_take(struct rnni_thread_lock *lock)
{
    (void)lock;
}

int rnni_thread_lock_try(struct rnni_thread_lock *lock)
{
    (void)lock;
    return 1;
}

void rnni_thread_lock_release(struct rnni_thread_lock *lock)
{
    (void)lock;
}

int rnni_thread_condition_create(struct rnni_thread_condition *condition)
{
    (void)condition;
    return 1;
}

void rnni_thread_condition_destroy(struct rnni_thread_condition *condition)
{
    (void)condition;
}

void rnni_thread_condition_wait(struct rnni_thread_condition *condition, struct rnni_thread_lock *lock)
{
    (void)condition;
    (void)lock;
}

void rnni_thread_condition_signal(struct rnni_thread_condition *condition)
{
    (void)condition;
}

uint64_t rnni_thread_now(void)
{
    return 0;
}

void rnni_thread_yield(void)
{
}
