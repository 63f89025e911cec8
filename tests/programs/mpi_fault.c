/* A network that fails in silence, for test_mpi.sh: the examples' program with an MPI whose rank 1 gets another sum of
 * gradients than the rest.  MPI has every function under two names so that one can be replaced. */
#include <mpi.h>

int MPI_Allreduce(const void *sendbuf, void *recvbuf, int count, MPI_Datatype datatype, MPI_Op op, MPI_Comm comm)
{
    int rank, status = PMPI_Allreduce(sendbuf, recvbuf, count, datatype, op, comm);

    MPI_Comm_rank(comm, &rank);
    if (datatype == MPI_FLOAT && rank == 1)
        *(float *)recvbuf += 1e-3f; /* Adam hardly sees a factor */
    return status;
}
