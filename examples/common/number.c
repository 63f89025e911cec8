#include "number.h"
#include "die.h"

#include <errno.h>
#include <stdlib.h>

int64_t number_whole(const char *option, const char *given, double least, double most)
{
    char *end;

    errno = 0;
    long long whole = strtoll(given, &end, 10);
    if (end == given || *end || errno || (double)whole < least || (double)whole > most)
        die("%s: '%s' is not a whole number from %.0f to %.0f", option, given, least, most);
    return whole;
}

double number_real(const char *option, const char *given, double least, double most)
{
    char *end;
    double real = strtod(given, &end);

    if (end == given || *end || !(real >= least && real <= most))
        die("%s: '%s' is not a number from %g to %g", option, given, least, most);
    return real;
}
