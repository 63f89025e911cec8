/* Whole programs while memory, threads or the operating system fail them.
 *
 * The programs are those of support/calls.c, which make every public function succeed, and one of a network with
 * weights of fewer bits.  Each runs once undisturbed.  Then, for every allocation, start of a thread and call of the
 * system that it makes within a call of the library, it runs with that one failing: once, or also all that follow until
 * a call has failed twice.  A call that fails says so with RNN_E_MEMORY or RNN_E_IO and is made again; everything that
 * the program then computes must have the bits of the undisturbed run, and nothing may be left: no memory, no open
 * file. */
#define _GNU_SOURCE

#include "support/allocator.h"
#include "support/calls.h"
#include "support/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum kind { MEMORY, SYSTEM, KINDS }; /* what fails: allocations; threads, files and pages */
enum mode { ONCE, FOR_A_WHILE, MODES };

static struct {
    enum kind kind;
    enum mode mode;
    size_t calls, fail_at; /* of the system, as in struct allocator */
    int for_good;
    int inside; /* how many calls of the library run: callbacks nest them */
    size_t failures;
    int io;    /* the last failure was RNN_E_IO */
    int files; /* open */
    uint64_t hash;
} now;

/* ---- what fails -------------------------------------------------------------------------------------------------- */

static int system_fails(void)
{
    if (!now.inside)
        return 0;
    now.calls++;
    return now.fail_at && (now.for_good ? now.calls >= now.fail_at : now.calls == now.fail_at);
}

#define FAILS(name, result, error, parameters, arguments)                                                              \
    result __real_##name parameters;                                                                                   \
    result __wrap_##name parameters;                                                                                   \
    result __wrap_##name parameters                                                                                    \
    {                                                                                                                  \
        if (!system_fails())                                                                                           \
            return __real_##name arguments;                                                                            \
        errno = EIO;                                                                                                   \
        return error;                                                                                                  \
    }

FAILS(pread, ssize_t, -1, (int file, void *bytes, size_t count, off_t offset), (file, bytes, count, offset))
FAILS(write, ssize_t, -1, (int file, const void *bytes, size_t count), (file, bytes, count))
FAILS(stat, int, -1, (const char *path, struct stat *about), (path, about))
FAILS(fstat, int, -1, (int file, struct stat *about), (file, about))
FAILS(linkat, int, -1, (int from, const char *old, int to, const char *path, int flags), (from, old, to, path, flags))
FAILS(rename, int, -1, (const char *from, const char *to), (from, to))
FAILS(madvise, int, -1, (void *address, size_t length, int advice), (address, length, advice))
FAILS(pthread_mutex_init, int, EAGAIN, (pthread_mutex_t * mutex, const pthread_mutexattr_t *attributes),
      (mutex, attributes))
FAILS(pthread_cond_init, int, EAGAIN, (pthread_cond_t * condition, const pthread_condattr_t *attributes),
      (condition, attributes))
FAILS(pthread_create, int, EAGAIN,
      (pthread_t * thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument),
      (thread, attributes, run, argument))

#ifdef __GLIBC__ /* as they are called where _FILE_OFFSET_BITS is 64 */
FAILS(pread64, ssize_t, -1, (int file, void *bytes, size_t count, off_t offset), (file, bytes, count, offset))
FAILS(stat64, int, -1, (const char *path, struct stat *about), (path, about))
FAILS(fstat64, int, -1, (int file, struct stat *about), (file, about))
#endif

int __wrap_fsync(int file);
int __wrap_fsync(int file) /* does nothing else: it takes most of the time of a save */
{
    (void)file;
    errno = EIO;
    return system_fails() ? -1 : 0;
}

/* Pages are mapped elsewhere too: by the C library for its own sake, which does not come here. */
void *__real_mmap(void *address, size_t length, int protection, int flags, int file, off_t offset);
void *__wrap_mmap(void *address, size_t length, int protection, int flags, int file, off_t offset);
void *__wrap_mmap(void *address, size_t length, int protection, int flags, int file, off_t offset)
{
    errno = ENOMEM;
    return system_fails() ? MAP_FAILED : __real_mmap(address, length, protection, flags, file, offset);
}
void *__wrap_mmap64(void *address, size_t length, int protection, int flags, int file, off_t offset);
void *__wrap_mmap64(void *address, size_t length, int protection, int flags, int file, off_t offset)
{
    return __wrap_mmap(address, length, protection, flags, file, offset);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, mode_t mode);
int __wrap_open64(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, mode_t mode)
{
    errno = EIO;
    int file = system_fails() ? -1 : __real_open(path, flags, mode);
    now.files += file >= 0;
    return file;
}
int __wrap_open64(const char *path, int flags, mode_t mode)
{
    return __wrap_open(path, flags, mode);
}

int __real_close(int file);
int __wrap_close(int file);
int __wrap_close(int file) /* closes even when it fails, as Linux does */
{
    int failed = system_fails();
    now.files--;
    assert_int_equal(__real_close(file), 0);
    errno = EIO;
    return failed ? -1 : 0;
}

/* ---- calls that are made again ----------------------------------------------------------------------------------- */

static void begins(void)
{
    now.inside++;
    memory.paused = 0;
}

static void recover(void)
{
    memory.fail_at = 0;
    now.fail_at = 0;
}

static int again(int32_t *status, const char *function)
{
    now.inside--;
    memory.paused = !now.inside;
    if (*status == RNN_E_STATE && now.io && !strcmp(function, "rnn_fit"))
        *status = RNN_OK; /* the last epoch is done, only its checkpoint was not written; rnn_trainer_save comes next */
    now.io = *status == RNN_E_IO;
    if (*status == RNN_OK) {
        if (!now.inside) /* an rnn_fit that is made again calls back at other times */
            now.hash = calls_add_hash(now.hash, function, strlen(function)) ^ calls_hash();
        return 0;
    }
    if (now.kind == MEMORY || !now.io)
        check_status(*status, RNN_E_MEMORY, function, __FILE__, __LINE__);
    assert_memory_equal(rnn_last_error(), function, strlen(function));
    now.failures++;
    assert_true(now.failures <= (now.mode == ONCE ? 1 : 2));
    if (now.failures == 2)
        recover();
    return 1;
}

/* ---- programs ---------------------------------------------------------------------------------------------------- */

/* A network whose products read weights of fewer bits, in runs, steps and files. */
static void fewer_bits(int32_t precision)
{
    enum { T = 5, I = 3, H = 18, C = 4 };
    static float y[T * C], x[T * I] = {1, -0.5f, 0.25f, 2};
    const struct calls_network network = {"gru", 0, {{RNN_CELL, RNN_CELL_GRU}, {RNN_PRECISION, precision}}};
    rnn_model *model = calls_model(&network);
    rnn_session *session;
    CALL(rnn_session_create, &session, model, RNN_INFERENCE);
    CALL(rnn_session_set_threads, session, 2);
    CALL(rnn_forward, session, y, T * C, x, T * I, NULL, 0, T);
    CALL(rnn_step, session, y, C, x, I);
    now.hash = calls_add_hash(now.hash, y, sizeof y);
    rnn_session_destroy(session);
    CALL(rnn_model_set_precision, model, RNN_PRECISION_FLOAT32);
    CALL(rnn_model_set_precision, model, precision);
    CALL(rnn_save, model, "fewer");
    CALL(rnn_model_load_parameters, model, "fewer");
    CALL(rnn_session_create, &session, model, RNN_INFERENCE);
    CALL(rnn_step, session, y, C, x, I);
    now.hash = calls_add_hash(now.hash, y, sizeof y);
    rnn_session_destroy(session);
    rnn_destroy(model);
    remove("fewer");
}

struct program {
    void (*run)(int32_t argument);
    int32_t argument;
};

static void on_network(int32_t i)
{
    calls_on_network(&calls_networks[i]);
}

static void on_files(int32_t i)
{
    calls_on_files(&calls_networks[i]);
}

static void on_optimizer(int32_t kind)
{
    calls_on_optimizer(kind, &calls_networks[0]);
}

static void on_others(int32_t which)
{
    static void (*const others[])(void) = {calls_on_layers, calls_on_samples, calls_on_layouts, calls_on_losses,
                                           calls_on_decoding};
    others[which]();
}

/* One run in which allocation or call number `fail_at` fails; 0: none. Returns how many there were. */
static size_t run(const struct program *program, enum kind kind, enum mode mode, size_t fail_at, uint64_t *hash)
{
    static const struct calls_disturbance disturbance = {begins, again};
    size_t live = memory.live;
    memset(&now, 0, sizeof now);
    now.kind = kind;
    now.mode = mode;
    memory.calls = 0;
    memory.for_good = now.for_good = mode == FOR_A_WHILE;
    memory.fail_at = kind == MEMORY ? fail_at : 0;
    now.fail_at = kind == SYSTEM ? fail_at : 0;
    memory.paused = 1;
    calls_disturbance = &disturbance;
    program->run(program->argument);
    calls_disturbance = NULL;
    recover();
    memory.paused = 0;
    assert_int_equal(memory.live, live);
    assert_int_equal(now.files, 0);
    assert_int_equal(count_files(), 0);
    *hash = now.hash;
    return kind == MEMORY ? memory.calls : now.calls;
}

static size_t runs, failures;

static void fail_each(const struct program *program, enum kind kind)
{
    uint64_t undisturbed, disturbed;
    run(program, kind, ONCE, 0, &undisturbed); /* leaves in the arrays what each of the next runs finds there */
    size_t count = run(program, kind, ONCE, 0, &undisturbed);
    for (enum mode mode = ONCE; mode < MODES; mode++)
        for (size_t i = 1; i <= count; i++) {
            run(program, kind, mode, i, &disturbed);
            runs++;
            failures += now.failures > 0;
            if (disturbed != undisturbed)
                fail_msg("other results after failure %zu of %zu, kind %d, mode %d", i, count, kind, mode);
            if (kind == MEMORY)
                assert_true(now.failures > 0);
        }
}

static void fail_everything(void (*const program)(int32_t), int32_t first, int32_t last)
{
    runs = failures = 0;
    for (int32_t argument = first; argument <= last; argument++)
        for (enum kind kind = MEMORY; kind < KINDS; kind++)
            fail_each(&(struct program){program, argument}, kind);
    print_message("%zu runs with a failure, which %zu of them reported\n", runs, failures);
    assert_true(failures > 20);
}

static void test_networks(void **state)
{
    (void)state;
    fail_everything(on_network, 0, (int32_t)calls_networks_count - 1);
}

static void test_files(void **state)
{
    (void)state;
    fail_everything(on_files, 5, 6);
}

static void test_fewer_bits(void **state)
{
    (void)state;
    fail_everything(fewer_bits, RNN_PRECISION_BF16, RNN_PRECISION_INT8);
}

static void test_lists_samples_layouts_losses_decoders(void **state)
{
    (void)state;
    fail_everything(on_others, 0, 4);
}

static void test_optimizers(void **state)
{
    (void)state;
    fail_everything(on_optimizer, RNN_OPTIMIZER_SGD, RNN_OPTIMIZER_ADAMW);
}

static void test_attention(void **state)
{
    (void)state;
    fail_everything(calls_on_attention, RNN_ATTENTION_DOT, RNN_ATTENTION_ADDITIVE);
}

static void test_fit(void **state)
{
    (void)state;
    fail_everything(calls_on_fit, RNN_LOSS_CROSS_ENTROPY, RNN_LOSS_CTC);
}

static char directory[] = "/tmp/rnn-test-XXXXXX"; /* the current directory */

static int enter(void **state)
{
    (void)state;
    (void)rnn_last_error();
    return enter_folder(directory);
}

static int leave(void **state)
{
    (void)state;
    return chdir("/") || rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_networks),   cmocka_unit_test(test_files),
        cmocka_unit_test(test_fewer_bits), cmocka_unit_test(test_lists_samples_layouts_losses_decoders),
        cmocka_unit_test(test_optimizers), cmocka_unit_test(test_attention),
        cmocka_unit_test(test_fit),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
