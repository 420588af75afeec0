/* What of the system is Emscripten's own. */
#include <emscripten/emscripten.h>

#include "platform/system.h"

/* Not _Exit(): from a thread that ends nothing, because the program is kept alive for its other
 * threads. This one ends that first, and the host hears of the exit (worker/lab-instance.js,
 * onExit). */
_Noreturn void lab_exit_now(int status)
{
    emscripten_force_exit(status);
}
