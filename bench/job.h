/* One workload, ready to be called again and again. */
#ifndef JOB_H
#define JOB_H

#include "rnn.h"

struct workload {
    enum { STEP, SEQUENCE, TRAINING, GRADIENT } kind;
    int64_t cell;
    size_t inputs, hidden, steps, batch, layers; /* I, H, T, B, L */
    size_t directions;                           /* 2: both; else one */
    size_t classes;                              /* of a head; 0: none.  A training has as many as inputs */
    int without_biases;
    int64_t products;  /* RNN_PRODUCTS_...; 0: automatic */
    int64_t precision; /* RNN_PRECISION_...; 0: float32 */
};

struct job {
    struct workload work;
    rnn_model *model;
    rnn_session *session;
    float *x, *y;     /* [T,B,I], [T,B,Y] */
    float *dx, *dy;   /* the same, of a gradient */
    int32_t *targets; /* [T,B] */
    size_t x_count, y_count;
};

struct cell {
    const char *name;
    int64_t value;
    size_t gates;
};
extern const struct cell cells[3];

size_t job_classes(const struct workload *work); /* of its head; 0: there is none */
rnn_model *job_create_model(const struct workload *work);
void job_set_up(struct job *job, struct workload work, size_t threads);
void job_tear_down(struct job *job);
void job_renew(struct job *job, size_t threads); /* another session */

void job_call(struct job *job);

/* Seconds of one call, as time_calls. */
double job_time(struct job *job);

#endif
