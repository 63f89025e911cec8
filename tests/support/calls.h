/* One successful call of every function of rnn.h. The macros make a call and record its name, so the record cannot be
 * wrong. */
#ifndef RNN_TESTS_CALLS_H
#define RNN_TESTS_CALLS_H

#include "support/support.h"

/* CALL: must return RNN_OK. VALUE: returns another type. NO_VALUE: returns nothing. */
#define CALL(function, ...)                                                                                            \
    do {                                                                                                               \
        do                                                                                                             \
            calls_begin();                                                                                             \
        while (calls_end(function(__VA_ARGS__), #function, __FILE__, __LINE__));                                       \
        calls_record(#function);                                                                                       \
    } while (0)
#define VALUE(function, arguments) (calls_record(#function), function arguments)
#define NO_VALUE(function, ...)    (function(__VA_ARGS__), calls_record(#function))

void calls_record(const char *function);

/* For a test in which calls fail: `begins` is called before each of the calls, `again` after it. It says whether the
 * call is to be made once more; otherwise its status must be RNN_OK. */
struct calls_disturbance {
    void (*begins)(void);
    int (*again)(int32_t *status, const char *function);
};
extern const struct calls_disturbance *calls_disturbance; /* NULL: none */
void calls_begin(void);
int calls_end(int32_t status, const char *function, const char *file, int line);
/* The last message of a handle: "" where no call has failed. */
void calls_check_message(const char *message);
/* A hash of all arrays that the calls write. */
uint64_t calls_hash(void);
uint64_t calls_add_hash(uint64_t hash, const void *data, size_t bytes);
int calls_has(const char *function);

/* An option of a network; the end of a list has key 0. */
struct calls_option {
    int32_t key;
    double value; /* also for integer keys */
};

struct calls_network {
    const char *name;
    int tokens; /* 1: input is tokens; 0: real numbers */
    struct calls_option options[8];
};

extern const struct calls_network calls_networks[]; /* every cell, direction and option */
extern const size_t calls_networks_count;

/* A new model. */
rnn_model *calls_model(const struct calls_network *network);

void calls_on_library(void);
void calls_on_network(const struct calls_network *network); /* runs, trains and streams */
void calls_on_files(const struct calls_network *network);   /* in the current directory */
void calls_on_layers(void);                                 /* lists of layers */
uint64_t calls_layers_hash(void);                           /* of their arrays */
void calls_on_samples(void);                                /* sequences that callbacks make */
void calls_on_layouts(void);
void calls_on_losses(void);
void calls_on_decoding(void);
void calls_on_optimizer(int32_t kind, const struct calls_network *network);
void calls_on_attention(int32_t score);
void calls_on_fit(int32_t loss);

#endif
