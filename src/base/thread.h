/* Threads, locks and the clock of the system: thread_posix.c, thread_windows.c, or thread_none.c for a build without
 * threads.  Only files of this folder that run teams need them. */
#ifndef RNNI_THREAD_H
#define RNNI_THREAD_H

#include <stdint.h>

#if defined(RNNI_NO_THREADS)
struct rnni_thread {
    char nothing;
};
struct rnni_thread_lock {
    char nothing;
};
struct rnni_thread_condition {
    char nothing;
};
#elif defined(_WIN32)
#include <fenv.h>
struct rnni_thread {
    void *handle;
    void (*work)(void *user);
    void *user;
    fenv_t environment; /* of the thread that starts it; */
    unsigned control;   /* of its vector unit */
};
struct rnni_thread_lock {
    void *lock; /* SRWLOCK */
};
struct rnni_thread_condition {
    void *variable; /* CONDITION_VARIABLE */
};
#else
#include <pthread.h>
struct rnni_thread {
    pthread_t thread;
    void (*work)(void *user);
    void *user;
};
struct rnni_thread_lock {
    pthread_mutex_t mutex;
};
struct rnni_thread_condition {
    pthread_cond_t condition;
};
#endif

/* 0 in a build without threads, where none can be started. */
int rnni_thread_exists(void);

/* Starts a thread that runs work(user), with all signals blocked except those of faults, and with the floating-point
 * environment of the caller.  0 if the system refuses.
 * *thread stays where it is until the thread has been joined. */
int rnni_thread_start(struct rnni_thread *thread, void (*work)(void *user), void *user);
void rnni_thread_join(struct rnni_thread *thread); /* waits for its end */

/* 0 if the system refuses; then there is nothing to destroy. */
int rnni_thread_lock_create(struct rnni_thread_lock *lock);
void rnni_thread_lock_destroy(struct rnni_thread_lock *lock);
void rnni_thread_lock_take(struct rnni_thread_lock *lock);
int rnni_thread_lock_try(struct rnni_thread_lock *lock); /* 1 if it was free and is now taken */
void rnni_thread_lock_release(struct rnni_thread_lock *lock);

int rnni_thread_condition_create(struct rnni_thread_condition *condition);
void rnni_thread_condition_destroy(struct rnni_thread_condition *condition);
/* Releases the lock while it waits; may return without a signal. */
void rnni_thread_condition_wait(struct rnni_thread_condition *condition, struct rnni_thread_lock *lock);
void rnni_thread_condition_signal(struct rnni_thread_condition *condition); /* wakes one */

uint64_t rnni_thread_now(void); /* nanoseconds of a clock that never goes back */
void rnni_thread_yield(void);   /* lets other threads use the core */

#endif
