/* Status and sentences.  Every failure is written down once, where it is found, by rnni_status_fail. */
#ifndef RNNI_STATUS_H
#define RNNI_STATUS_H

#include "rnn.h"

#define RNNI_SENTENCE_SIZE 512

/* The message of the last failure on a handle. */
struct rnni_message {
    char text[RNNI_SENTENCE_SIZE];
};

#if defined(__MINGW32__) && !defined(__clang__) /* its printf is by default that of the old C library, without %zu */
#define RNNI_PRINTF(text, first) __attribute__((format(gnu_printf, text, first)))
#elif defined(__GNUC__) || defined(__clang__)
#define RNNI_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define RNNI_PRINTF(text, first)
#endif

/* Returns the status from the calling function unless it is RNN_OK. */
#define RNNI_TRY(call)                                                                                                 \
    do {                                                                                                               \
        int32_t status_ = (call);                                                                                      \
        if (status_)                                                                                                   \
            return status_;                                                                                            \
    } while (0)

/* Writes the message for the calling thread and, unless it is NULL, for the handle; returns status, so that a check
 * reads `return rnni_status_fail(...)`. */
int32_t rnni_status_fail(struct rnni_message *handle, int32_t status, const char *format, ...) RNNI_PRINTF(3, 4);

/* Copies the calling thread's message to a handle; returns status. */
int32_t rnni_status_keep(struct rnni_message *handle, int32_t status);

const char *rnni_status_message(void); /* of the calling thread */
const char *rnni_status_text(int32_t status);

#endif
