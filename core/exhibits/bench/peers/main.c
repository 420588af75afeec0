/* `lab-bench`: `lab` with the libraries that the benchmark compares it with. `lab-bench --turns` is
 * the native program as a peer (exhibits/bench/peers.h). */
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "exhibits/bench/peers.h"
#include "exhibits/bench/peers/peers.h"
#include "lab/program.h"

static const struct lab_bench_library libraries[] = {
#ifdef LAB_HAVE_LIBUV
    {"libuv burst", peers_libuv_burst},
    {"libuv trips", peers_libuv_trips},
#endif
#ifdef LAB_HAVE_GLIB
    {"glib burst", peers_glib_burst},
    {"glib trips", peers_glib_trips},
#endif
#ifdef LAB_HAVE_OPENMP
    {"openmp burst", peers_openmp_burst},
#endif
#ifdef LAB_HAVE_OPENBLAS
    {"openblas sgemm 256", peers_openblas_sgemm},
    {"openblas sgemm 512", peers_openblas_sgemm},
    {"openblas sgemm 1024", peers_openblas_sgemm},
#endif
    {"libcurl fetches", peers_libcurl_fetches}, /* lab itself is linked with it */
    {0},
};

int main(int argc, char **argv)
{
    lab_bench_libraries = libraries;
    if (argc == 2 && strcmp(argv[1], "--turns") == 0) {
        signal(SIGPIPE, SIG_IGN);
        signal(SIGINT, SIG_IGN); /* the terminal sends it to us too; who asks for turns decides */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        return lab_bench_serve();
    }
    return lab_program(argc, argv);
}
