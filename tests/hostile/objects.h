/* The objects that random calls work on: a few of each type, in slots.  Whatever the program knows of one, such as how
 * many numbers its input has, is a guess that makes calls likely to succeed; no check depends on it. */
#ifndef RNN_TESTS_OBJECTS_H
#define RNN_TESTS_OBJECTS_H

#include "hostile/caller.h"

enum type { NONE, CONFIG, MODEL, SESSION, LOSS, OPTIMIZER, DECODER, ATTENTION, DATASET, TRAINER, TYPES };

/* The usual sizes: numbers or tokens of the input, outputs of a network. */
enum { INPUTS = 3, TOKENS = 5, OUTPUTS = 4 };

struct object {
    enum type type;
    void *handle;
    int32_t kind; /* of losses, optimisers, decoders, attention; the mode of a session */
    int pins;     /* above 0: it must not be destroyed, because a call on it runs that does not allow that */
    size_t inputs, vocabulary, outputs, parameters; /* of a network; of attention: query, memory, units, parameters */
    size_t states[4];                               /* of a sequence: numbers of each kind of state */
    int whole;                                      /* the network has one output for each sequence */
    size_t batch, steps, classes; /* of the state, the last run, the batch; of a network: 1 with a CRF */
    size_t count;                 /* of a dataset */
    int32_t target;               /* of a dataset: the kind of loss that its targets are for */
    int keeps_x;                  /* a session may need the x of rnn_forward later */
};

/* One of that type, a new one if there is none or by chance; the object without a handle if none can be made, and
 * rarely at random.  The next TRY watches it. */
struct object *pick(enum type type);
struct object *pick_one(enum type type, int (*fits)(const struct object *)); /* mostly one that fits */
struct object *find(enum type type, int (*fits)(const struct object *));     /* one that fits, not watched; or NULL */

/* A slot for a new object, or NULL: there are enough.  */
struct object *add_object(enum type type, void *handle, int32_t kind);
void forget_object(struct object *object); /* its handle is not the program's any more */
struct object *object_at(size_t slot);     /* for all slots; NULL past the last */
void destroy_object(struct object *object);
void destroy_all(void); /* in random order */

/* What models show of themselves. */
void describe_network(struct object *object, const rnn_model *model);

/* Tries to make an object of a type that fits the others; in random_*_calls.c. */
void make_object(enum type type);
void make_config(void);
void make_model(void);
void make_session(void);
void make_loss(void);
void make_optimizer(void);
void make_decoder(void);
void make_attention(void);
void make_dataset(void);
void make_trainer(void);
void adopt_model(rnn_model *model);

/* The name of a tensor of the model, or of none; *count: its elements. */
const char *random_tensor(const rnn_model *model, size_t *count);

#endif
