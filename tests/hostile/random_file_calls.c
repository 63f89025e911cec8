/* Random calls on files and on bytes in memory: those of models, optimisers and trainers, also damaged ones. */
#include "hostile/random_calls.h"

#include <stdio.h>
#include <string.h>

enum { MOST = 1 << 16 };

static unsigned char bytes[MOST];
static size_t count; /* of the file that was saved last, in memory */

static const char *random_path(void)
{
    static const char *const others[] = {"missing", "folder", "", "missing/file", NULL, "/dev/null"};
    static const char *const paths[] = {"a", "b", "c"};
    return one_in(10) ? PICK(others) : PICK(paths);
}

/* What was saved last, mostly whole; *told: how many bytes. */
static void *some_bytes(size_t *told)
{
    *told = one_in(12) ? below(count + 1) : count;
    unsigned char *copy = in_bytes(bytes, *told);
    for (size_t i = one_in(4) ? 1 + below(3) : 0; i > 0 && copy && *told; i--)
        copy[below(one_in(2) && *told > 400 ? 400 : *told)] = (unsigned char)chance_bits();
    return copy;
}

/* Saves in memory; what is saved is then read by other calls. */
static void keep(const void *saved, const size_t *size, size_t capacity)
{
    if (saved && size && *size <= capacity && *size <= MOST) {
        count = *size;
        memcpy(bytes, saved, count);
    }
}

/* Room for so many bytes, mostly. */
static size_t room_for(int32_t status, size_t size)
{
    return one_in(4) || status != RNN_OK || size > MOST ? below(2000) : size;
}

static void save_model(void)
{
    const rnn_model *model = pick(MODEL)->handle;
    if (one_in(3))
        TRY(rnn_save_as, model, random_path(), (int32_t)random_integer(0, 2));
    else
        TRY(rnn_save, model, random_path());
}

static void save_model_memory_of(const rnn_model *model)
{
    size_t needed = 0, *size = out_size();
    int32_t told = rnn_save_memory(model, NULL, 0, &needed);
    size_t capacity = room_for(told, needed);
    void *to = one_in(6) ? NULL : out_bytes(capacity);
    size_t given = to ? capacity : below(6) / 5;
    int32_t status = one_in(3) ? TRY(rnn_save_memory_as, model, to, given, size, (int32_t)random_integer(0, 2))
                               : TRY(rnn_save_memory, model, to, given, size);
    if (status == RNN_OK)
        keep(to, size, capacity);
}

static void save_model_memory(void)
{
    save_model_memory_of(pick(MODEL)->handle);
}

/* A seed begins without files; so a call that reads one mostly has one written before. */
static void save_before(void)
{
    if (one_in(3))
        save_model();
    else if (one_in(2))
        save_model_memory();
}

static void load_model(void)
{
    save_before();
    rnn_model **out = OUT(rnn_model *);
    size_t told;
    const void *from = some_bytes(&told);
    int32_t status = one_in(2) ? TRY(rnn_load, out, random_path()) : TRY(rnn_load_memory, out, from, told);
    if (status == RNN_OK)
        adopt_model(*out);
}

static void load_parameters(void)
{
    rnn_model *model = pick(MODEL)->handle;
    if (one_in(3)) /* those of another network do not fit */
        save_model_memory_of(model);
    size_t told;
    const void *from = some_bytes(&told);
    if (one_in(2))
        TRY(rnn_model_load_parameters, model, random_path());
    else
        TRY(rnn_model_load_parameters_memory, model, from, told);
}

static void unused_tensors(void)
{
    save_before();
    const rnn_model *model = pick(MODEL)->handle;
    size_t told, capacity = one_in(3) ? below(40) : 4000;
    const void *from = some_bytes(&told);
    char *text = one_in(4) ? NULL : out_bytes(capacity);
    if (!text)
        capacity = below(8) / 7;
    if (one_in(2))
        TRY(rnn_model_unused_tensors, model, random_path(), text, capacity, out_size());
    else
        TRY(rnn_model_unused_tensors_memory, model, from, told, text, capacity, out_size());
}

static void infer(void)
{
    save_before();
    rnn_config *config = pick(CONFIG)->handle;
    size_t told;
    const void *from = some_bytes(&told);
    if (one_in(2))
        TRY(rnn_config_infer, config, random_path());
    else
        TRY(rnn_config_infer_memory, config, from, told);
}

static void save_optimizer(void)
{
    const rnn_optimizer *optimizer = pick(OPTIMIZER)->handle;
    TRY(rnn_optimizer_save, optimizer, random_path());
}

static void save_optimizer_memory(void)
{
    const rnn_optimizer *optimizer = pick(OPTIMIZER)->handle;
    size_t needed = 0, *size = out_size();
    int32_t told = rnn_optimizer_save_memory(optimizer, NULL, 0, &needed);
    size_t capacity = room_for(told, needed);
    void *to = one_in(6) ? NULL : out_bytes(capacity);
    if (TRY(rnn_optimizer_save_memory, optimizer, to, to ? capacity : below(6) / 5, size) == RNN_OK)
        keep(to, size, capacity);
}

static void load_optimizer(void)
{
    rnn_optimizer **out = OUT(rnn_optimizer *);
    size_t told;
    if (one_in(2))
        save_optimizer_memory();
    const void *from = some_bytes(&told);
    int32_t status =
        one_in(2) ? TRY(rnn_optimizer_load, out, random_path()) : TRY(rnn_optimizer_load_memory, out, from, told);
    if (status == RNN_OK && !add_object(OPTIMIZER, *out, 0))
        rnn_optimizer_destroy(*out);
}

static void trainer_files(void)
{
    rnn_trainer *trainer = pick(TRAINER)->handle;
    if (one_in(2))
        TRY(rnn_trainer_save, trainer, random_path());
    else
        TRY(rnn_trainer_load, trainer, one_in(2) ? "t" : random_path());
    if (one_in(2))
        TRY(rnn_trainer_save, trainer, "t");
}

void forget_files(void)
{
    static const char *const names[] = {"a", "b", "c", "t", "missing"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        remove(names[i]);
    count = 0;
}

static const generator table[] = {
    save_model,     save_model_memory,     load_model,     load_parameters, unused_tensors, infer,
    save_optimizer, save_optimizer_memory, load_optimizer, trainer_files};
const struct generators file_generators = GENERATORS(table);
