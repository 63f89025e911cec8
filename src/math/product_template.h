/* The product kernel of vector_template.h, which includes this once for each instruction set: see there for WIDTH,
 * TILE_VECTORS and LONGEST_ROW. */
typedef float vector __attribute__((vector_size(4 * WIDTH), aligned(4), may_alias));

#define INLINE       static inline __attribute__((always_inline))
#define TILE_ROWS    6 /* as many as tile_of tells apart */
#define TILE_COLUMNS (TILE_VECTORS * WIDTH)
#define MOST_CHAINS  4
#define DEPTH        512 /* rows of b at a time: the columns of a tile then stay in the second-level cache */

/* A product a b: c [m,n] += a [m,k] b [k,n], with a(i,q) at a[i * row + q * column], rows of b `stride` and of c `out`
 * apart. */
struct product {
    const float *a, *b;
    size_t row, column, stride, out, k;
};

/* c += a b for a few rows and vectors of columns, whose sums stay in registers: `rows` and `vectors` are constants
 * wherever this is called.  b is read in place. */
INLINE void tile(float *c, struct product p, size_t rows, size_t vectors)
{
    vector sum[TILE_ROWS][TILE_VECTORS];
    for (size_t r = 0; r < rows; r++)
        for (size_t v = 0; v < vectors; v++)
            sum[r][v] = *(const vector *)(c + r * p.out + v * WIDTH);
    for (size_t q = 0; q < p.k; q++) {
        vector right[TILE_VECTORS];
        for (size_t v = 0; v < vectors; v++)
            right[v] = *(const vector *)(p.b + q * p.stride + v * WIDTH);
        for (size_t r = 0; r < rows; r++)
            for (size_t v = 0; v < vectors; v++)
                sum[r][v] += p.a[r * p.row + q * p.column] * right[v];
    }
    for (size_t r = 0; r < rows; r++)
        for (size_t v = 0; v < vectors; v++)
            *(vector *)(c + r * p.out + v * WIDTH) = sum[r][v];
}

/* The same for at most TILE_ROWS rows. */
INLINE void tile_of(float *c, struct product p, size_t rows, size_t vectors)
{
    switch (rows) {
    case 1:
        tile(c, p, 1, vectors);
        break;
    case 2:
        tile(c, p, 2, vectors);
        break;
    case 3:
        tile(c, p, 3, vectors);
        break;
    case 4:
        tile(c, p, 4, vectors);
        break;
    case 5:
        tile(c, p, 5, vectors);
        break;
    default:
        tile(c, p, 6, vectors);
    }
}

/* The same for all m rows. */
INLINE void strip(float *c, struct product p, size_t m, size_t vectors)
{
    for (size_t i = 0; i < m; i += TILE_ROWS) {
        tile_of(c + i * p.out, p, m - i < TILE_ROWS ? m - i : TILE_ROWS, vectors);
        p.a += TILE_ROWS * p.row;
    }
}

/* The last columns, fewer than a vector: the same on copies that are filled up with zeros. */
static void edge(float *c, struct product p, size_t m, size_t columns)
{
    size_t out = p.out;
    float right[DEPTH * WIDTH], left[TILE_ROWS * WIDTH];
    memset(right, 0, p.k * WIDTH * sizeof *right);
    for (size_t q = 0; q < p.k; q++)
        memcpy(right + q * WIDTH, p.b + q * p.stride, columns * sizeof *right);
    p.b = right;
    p.stride = p.out = WIDTH;
    for (size_t i = 0; i < m; i += TILE_ROWS) {
        size_t rows = m - i < TILE_ROWS ? m - i : TILE_ROWS;
        memset(left, 0, sizeof left);
        tile_of(left, p, rows, 1);
        for (size_t r = 0; r < rows; r++)
            for (size_t j = 0; j < columns; j++)
                c[(i + r) * out + j] += left[r * WIDTH + j];
        p.a += TILE_ROWS * p.row;
    }
}

/* One row alone, without gaps (p.column is 1): with few vectors, each sum is made of `chains` that do not wait for one
 * another. */
INLINE void tile_row(float *c, struct product p, size_t vectors, size_t chains)
{
    vector sum[MOST_CHAINS][LONGEST_ROW] = {{{0}}};
    size_t q = 0;
    for (; q + chains <= p.k; q += chains)
        for (size_t i = 0; i < chains; i++)
            for (size_t v = 0; v < vectors; v++)
                sum[i][v] += p.a[q + i] * *(const vector *)(p.b + (q + i) * p.stride + v * WIDTH);
    for (; q < p.k; q++)
        for (size_t v = 0; v < vectors; v++)
            sum[0][v] += p.a[q] * *(const vector *)(p.b + q * p.stride + v * WIDTH);
    for (size_t v = 0; v < vectors; v++) {
        for (size_t i = 1; i < chains; i++)
            sum[0][v] += sum[i][v];
        *(vector *)(c + v * WIDTH) += sum[0][v];
    }
}

static void product_of_row(float *c, struct product p, size_t n)
{
    size_t j = 0;
    for (; j + LONGEST_ROW * WIDTH <= n; j += LONGEST_ROW * WIDTH, p.b += LONGEST_ROW * WIDTH)
        tile_row(c + j, p, LONGEST_ROW, 1);
    for (; j + 4 * WIDTH <= n; j += 4 * WIDTH, p.b += 4 * WIDTH)
        tile_row(c + j, p, 4, 2);
    for (; j + 2 * WIDTH <= n; j += 2 * WIDTH, p.b += 2 * WIDTH)
        tile_row(c + j, p, 2, MOST_CHAINS);
    for (; j + WIDTH <= n; j += WIDTH, p.b += WIDTH)
        tile_row(c + j, p, 1, MOST_CHAINS);
    if (j < n)
        edge(c + j, p, 1, n - j);
}

static void product_of_rows(float *c, struct product p, size_t m, size_t n)
{
    size_t j = 0;
    for (; j + TILE_COLUMNS <= n; j += TILE_COLUMNS, p.b += TILE_COLUMNS)
        strip(c + j, p, m, TILE_VECTORS);
    for (; j + 2 * WIDTH <= n; j += 2 * WIDTH, p.b += 2 * WIDTH)
        strip(c + j, p, m, 2);
    for (; j + WIDTH <= n; j += WIDTH, p.b += WIDTH)
        strip(c + j, p, m, 1);
    if (j < n)
        edge(c + j, p, m, n - j);
}

static void product_kernel(float *c, size_t c_row, const float *a, size_t a_row, size_t a_column, const float *b,
                           size_t b_row, size_t m, size_t k, size_t n)
{
    for (size_t q = 0; m > 0 && q < k; q += DEPTH) {
        size_t depth = k - q < DEPTH ? k - q : DEPTH;
        struct product p = {.a = a + q * a_column,
                            .b = b + q * b_row,
                            .row = a_row,
                            .column = a_column,
                            .stride = b_row,
                            .out = c_row,
                            .k = depth};
        if (m == 1 && a_column == 1)
            product_of_row(c, p, n);
        else
            product_of_rows(c, p, m, n);
    }
}
