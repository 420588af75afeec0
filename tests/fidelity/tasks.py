"""The tasks that the programs beside this file run, in a module of its own: spawned processes and interpreters
import it. PYTHONPATH must name its folder; `npm run fidelity` sees to that."""

import asyncio
import sys
import time

PRIME = 999_999_999_989  # the largest below 10**12: half a million divisions, some 20 ms


def is_prime(n):
    """By trial division: nothing is shared, nothing waits."""
    d = 3
    while d * d <= n:
        if n % d == 0:
            return False
        d += 2
    return True


def compute(_number):
    return is_prime(PRIME)


def wait_for_page(_number, seconds=0.02):
    """A page that takes 20 ms to arrive."""
    time.sleep(seconds)
    return True


async def compute_async(_number):
    return is_prime(PRIME)  # no await inside: the loop gets no chance to turn to another


async def wait_for_page_async(_number, seconds=0.02):
    await asyncio.sleep(seconds)
    return True


def about():
    """What the programs say about the interpreter that runs them."""
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    return {"python": "%d.%d.%d" % sys.version_info[:3], "implementation": sys.implementation.name, "gil": gil}
