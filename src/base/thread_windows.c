#define WIN32_LEAN_AND_MEAN
#undef _WIN32_WINNT         /* zig defines it */
#define _WIN32_WINNT 0x0601 /* Windows 7 */

#include "base/thread.h"

#include <process.h>
#include <windows.h>
#if defined(__SSE__)
#include <xmmintrin.h>
#endif

_Static_assert(sizeof(struct rnni_thread_lock) == sizeof(SRWLOCK), "a lock is one pointer");
_Static_assert(sizeof(struct rnni_thread_condition) == sizeof(CONDITION_VARIABLE), "a condition is one pointer");

int rnni_thread_exists(void)
{
    return 1;
}

/* ---- threads ----------------------------------------------------------------------------------------------------- */

/* Windows starts a thread with its own floating-point environment: with numbers of 53 bits in the x87 unit, where MinGW
 * gives the first thread 64.  MinGW's exp and log use that unit, so a thread would round otherwise than its caller.
 * MinGW's fesetenv leaves the vector unit as it is. */
static void take_environment(struct rnni_thread *thread)
{
    fegetenv(&thread->environment);
#if defined(__SSE__)
    thread->control = _mm_getcsr();
#endif
}

static void set_environment(const struct rnni_thread *thread)
{
    fesetenv(&thread->environment);
#if defined(__SSE__)
    _mm_setcsr(thread->control);
#endif
}

static unsigned __stdcall run(void *user)
{
    struct rnni_thread *thread = user;
    set_environment(thread);
    thread->work(thread->user);
    return 0;
}

/* _beginthreadex, unlike CreateThread, prepares the C library for the thread. */
int rnni_thread_start(struct rnni_thread *thread, void (*work)(void *user), void *user)
{
    thread->work = work;
    thread->user = user;
    take_environment(thread);
    thread->handle = (void *)_beginthreadex(NULL, 0, run, thread, 0, NULL);
    return thread->handle != NULL;
}

void rnni_thread_join(struct rnni_thread *thread)
{
    WaitForSingleObject(thread->handle, INFINITE);
    CloseHandle(thread->handle);
}

/* ---- locks: nothing to destroy ----------------------------------------------------------------------------------- */

int rnni_thread_lock_create(struct rnni_thread_lock *lock)
{
    InitializeSRWLock((SRWLOCK *)lock);
    return 1;
}

void rnni_thread_lock_destroy(struct rnni_thread_lock *lock)
{
    (void)lock;
}

void rnni_thread_lock_take(struct rnni_thread_lock *lock)
{
    AcquireSRWLockExclusive((SRWLOCK *)lock);
}

int rnni_thread_lock_try(struct rnni_thread_lock *lock)
{
    return TryAcquireSRWLockExclusive((SRWLOCK *)lock) != 0;
}

void rnni_thread_lock_release(struct rnni_thread_lock *lock)
{
    ReleaseSRWLockExclusive((SRWLOCK *)lock);
}

int rnni_thread_condition_create(struct rnni_thread_condition *condition)
{
    InitializeConditionVariable((CONDITION_VARIABLE *)condition);
    return 1;
}

void rnni_thread_condition_destroy(struct rnni_thread_condition *condition)
{
    (void)condition;
}

void rnni_thread_condition_wait(struct rnni_thread_condition *condition, struct rnni_thread_lock *lock)
{
    SleepConditionVariableSRW((CONDITION_VARIABLE *)condition, (SRWLOCK *)lock, INFINITE, 0);
}

void rnni_thread_condition_signal(struct rnni_thread_condition *condition)
{
    WakeConditionVariable((CONDITION_VARIABLE *)condition);
}

/* ---- time -------------------------------------------------------------------------------------------------------- */

uint64_t rnni_thread_now(void)
{
    LARGE_INTEGER count, frequency; /* of counts a second: 10 million on most machines */
    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    uint64_t whole = (uint64_t)(count.QuadPart / frequency.QuadPart);
    uint64_t part = (uint64_t)(count.QuadPart % frequency.QuadPart);
    return whole * 1000000000 + part * 1000000000 / (uint64_t)frequency.QuadPart;
}

void rnni_thread_yield(void)
{
    SwitchToThread();
}
