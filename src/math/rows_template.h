/* Sums over the rows of a matrix.
 *
 * Why it is fast: columns go in strips whose sums stay in the first-level cache, and four rows are added at a time, so
 * the sums are read and written once for four rows that are read.
 *
 * Parameters, the same in all sets:
 *
 *     STRIP    512   columns at a time: 2 KiB of float sums and 4 KiB of double sums, on the stack
 *     SUMMED   256   rows that a float sums (kernels_template.h), a multiple of the four at a time */
#define STRIP 512

/* part [columns] += rows first .. end of a, four at a time. */
static void add_some_rows(float *part, const float *a, size_t a_row, size_t first, size_t end, size_t columns)
{
    size_t i = first;
    for (; i + 4 <= end; i += 4) {
        const float *r = a + i * a_row, *s = r + a_row, *t = s + a_row, *u = t + a_row;
        SIMD
        for (size_t j = 0; j < columns; j++)
            part[j] += (r[j] + s[j]) + (t[j] + u[j]);
    }
    for (; i < end; i++) {
        SIMD
        for (size_t j = 0; j < columns; j++)
            part[j] += a[i * a_row + j];
    }
}

/* By pieces: a float that sums a million numbers loses them. */
static void add_strip(float *sum, float *also, const float *a, size_t a_row, size_t rows, size_t columns)
{
    double total[STRIP] = {0};
    for (size_t begin = 0; begin < rows; begin += SUMMED) {
        float part[STRIP] = {0};
        add_some_rows(part, a, a_row, begin, begin + SUMMED < rows ? begin + SUMMED : rows, columns);
        SIMD
        for (size_t j = 0; j < columns; j++)
            total[j] += (double)part[j];
    }
    for (size_t j = 0; j < columns; j++)
        sum[j] += (float)total[j];
    for (size_t j = 0; also && j < columns; j++)
        also[j] += (float)total[j];
}

static void add_rows_kernel(float *sum, float *also, const float *a, size_t a_row, size_t rows, size_t columns)
{
    if (rows == 1 && !also) {
        SIMD
        for (size_t j = 0; j < columns; j++)
            sum[j] += a[j];
        return;
    }
    for (size_t j = 0; j < columns; j += STRIP)
        add_strip(sum + j, also ? also + j : NULL, a + j, a_row, rows, columns - j < STRIP ? columns - j : STRIP);
}
