/* All that is MPI.  Failures of MPI end the program with a message of its own (MPI_ERRORS_ARE_FATAL, the default). */
#include "parallel.h"

#include <mpi.h>

/* MPI counts with int.  A power of two is left of that, so that pieces begin where cache lines do. */
#define PIECE ((size_t)1 << 28)

ranks ranks_begin(void)
{
    int rank, count;

    MPI_Init(NULL, NULL);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &count);
    return (ranks){(size_t)rank, (size_t)count};
}

void ranks_end(void)
{
    MPI_Finalize();
}

static int piece(size_t left)
{
    return (int)(left < PIECE ? left : PIECE);
}

void ranks_share(void *bytes, size_t count)
{
    unsigned char *place = bytes;

    for (size_t i = 0; i < count; i += PIECE)
        MPI_Bcast(place + i, piece(count - i), MPI_BYTE, 0, MPI_COMM_WORLD);
}

void ranks_sum(float *values, size_t count)
{
    for (size_t i = 0; i < count; i += PIECE)
        MPI_Allreduce(MPI_IN_PLACE, values + i, piece(count - i), MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
}

double ranks_total(double value)
{
    double sum = 0;

    MPI_Reduce(&value, &sum, 1, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
    return sum;
}

/* The largest number, and the largest complement, which is that of the smallest. */
bool ranks_agree(uint64_t number)
{
    uint64_t ends[] = {number, ~number};

    MPI_Allreduce(MPI_IN_PLACE, ends, 2, MPI_UINT64_T, MPI_MAX, MPI_COMM_WORLD);
    return ends[0] == ~ends[1];
}
