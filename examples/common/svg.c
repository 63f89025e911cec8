#include "svg.h"
#include "die.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

FILE *svg_open(const char *path, int width, int height)
{
    FILE *svg = fopen(path, "w");

    if (!svg)
        die("%s: %s", path, strerror(errno));
    fprintf(svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
            "font-family=\"system-ui, 'Helvetica Neue', Arial, sans-serif\" font-size=\"13\" fill=\"" SVG_INK
            "\" role=\"img\">\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
            width, height, width, height);
    return svg;
}

void svg_close(FILE *svg, const char *path, const char *what)
{
    fprintf(svg, "</svg>\n");
    bool failed = ferror(svg) != 0;
    if (fclose(svg) != 0 || failed)
        die("%s: the %s could not be written: %s", path, what, strerror(errno));
}

static void write_character(FILE *svg, char c)
{
    if (c == '&')
        fputs("&amp;", svg);
    else if (c == '<')
        fputs("&lt;", svg);
    else
        fputc(c, svg);
}

static void write_words(FILE *svg, const char *words)
{
    for (; *words; words++)
        write_character(svg, *words);
}

void svg_text(FILE *svg, double x, double y, const char *anchor, const char *more, const char *words)
{
    fprintf(svg, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>", x, y, anchor, more);
    write_words(svg, words);
    fprintf(svg, "</text>\n");
}

void svg_titles(FILE *svg, double x, const char *title, const char *subtitle)
{
    fputs("<title>", svg);
    write_words(svg, title);
    fputs("</title>\n", svg);
    svg_text(svg, x, SVG_TITLE, "start", " font-size=\"19\" font-weight=\"bold\"", title);
    svg_text(svg, x, SVG_SUBTITLE, "start", "", subtitle);
}

void svg_line(FILE *svg, double x1, double y1, double x2, double y2, const char *more)
{
    fprintf(svg, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>\n", x1, y1, x2, y2, more);
}

void svg_polyline_begin(FILE *svg, const char *more)
{
    fprintf(svg, "<polyline fill=\"none\" stroke-linejoin=\"round\" stroke-linecap=\"round\" %s points=\"", more);
}

void svg_polyline_end(FILE *svg)
{
    fprintf(svg, "\"/>\n");
}
