/* What picture.c draws over the time of a sound. */
#ifndef PICTURE_H
#define PICTURE_H

#include "axis.h"
#include "panel.h"
#include "speech.h"

const char *digit_colour(int32_t digit);

/* The axis of probabilities, with a line across at each quarter. */
axis draw_levels(FILE *svg, box where);

/* The spectrogram, low frequencies at the bottom. */
void draw_sound(FILE *svg, box where, const char *title, const float *x /* [steps,INPUTS] */, size_t steps);

/* The probabilities of the digits, over the time of a spectrogram just above; seconds below, and a name at each digit
 * that was heard. */
void draw_probabilities(FILE *svg, box where, const hearing *h);

#endif
