/* Pictures as SVG files on white, so that they can be read on a light and on a dark page.  The colours of words have a
 * contrast of at least 4.5 (WCAG 2.1, AA).
 * Words are UTF-8, `more` is further attributes of an element. */
#ifndef SVG_H
#define SVG_H

#include <stdio.h>

#define SVG_INK "#5b6570" /* of all that is not given another colour */

/* Base lines of the two lines on top. */
#define SVG_TITLE    32.0
#define SVG_SUBTITLE 55.0

FILE *svg_open(const char *path, int width, int height);

/* Dies where not all of it could be written; `what` is what the picture is called then. */
void svg_close(FILE *svg, const char *path, const char *what);

void svg_titles(FILE *svg, double x, const char *title, const char *subtitle);

/* `anchor`: which part of the words x stands for: "start", "middle", "end". */
void svg_text(FILE *svg, double x, double y, const char *anchor, const char *more, const char *words);

void svg_line(FILE *svg, double x1, double y1, double x2, double y2, const char *more);

/* A line through points, to be printed between the two as "X,Y" with spaces between them. */
void svg_polyline_begin(FILE *svg, const char *more);
void svg_polyline_end(FILE *svg);

#endif
