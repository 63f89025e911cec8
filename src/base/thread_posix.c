#define _POSIX_C_SOURCE 200809L /* pthread_sigmask, clock_gettime, which -std=c11 hides */

#include "base/thread.h"

#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

int rnni_thread_exists(void)
{
    return 1;
}

/* ---- threads ----------------------------------------------------------------------------------------------------- */

static void *run(void *user)
{
    struct rnni_thread *thread = user;
    thread->work(thread->user);
    return NULL;
}

/* A thread begins with the signal mask of the one that starts it.  The host's signals are for the host's threads,
 * except faults, which belong to the thread that makes them. */
int rnni_thread_start(struct rnni_thread *thread, void (*work)(void *user), void *user)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
    sigset_t blocked, before;
    thread->work = work;
    thread->user = user;
    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&blocked, faults[i]);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    int error = pthread_create(&thread->thread, NULL, run, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error == 0;
}

void rnni_thread_join(struct rnni_thread *thread)
{
    pthread_join(thread->thread, NULL);
}

/* ---- locks ------------------------------------------------------------------------------------------------------- */

int rnni_thread_lock_create(struct rnni_thread_lock *lock)
{
    return pthread_mutex_init(&lock->mutex, NULL) == 0;
}

void rnni_thread_lock_destroy(struct rnni_thread_lock *lock)
{
    pthread_mutex_destroy(&lock->mutex);
}

void rnni_thread_lock_take(struct rnni_thread_lock *lock)
{
    pthread_mutex_lock(&lock->mutex);
}

int rnni_thread_lock_try(struct rnni_thread_lock *lock)
{
    return pthread_mutex_trylock(&lock->mutex) == 0;
}

void rnni_thread_lock_release(struct rnni_thread_lock *lock)
{
    pthread_mutex_unlock(&lock->mutex);
}

int rnni_thread_condition_create(struct rnni_thread_condition *condition)
{
    return pthread_cond_init(&condition->condition, NULL) == 0;
}

void rnni_thread_condition_destroy(struct rnni_thread_condition *condition)
{
    pthread_cond_destroy(&condition->condition);
}

void rnni_thread_condition_wait(struct rnni_thread_condition *condition, struct rnni_thread_lock *lock)
{
    pthread_cond_wait(&condition->condition, &lock->mutex);
}

void rnni_thread_condition_signal(struct rnni_thread_condition *condition)
{
    pthread_cond_signal(&condition->condition);
}

/* ---- time -------------------------------------------------------------------------------------------------------- */

uint64_t rnni_thread_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

void rnni_thread_yield(void)
{
    sched_yield();
}
