"""A clock for compiled code, read in some tens of cycles."""

from __future__ import annotations

import platform

import numba
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

_WORD = ir.IntType(64)
_MACHINE = platform.machine().lower()


@intrinsic
def ticks(typingctx):  # type: ignore[no-untyped-def]
    """A counter, int64, that runs at a steady rate which differs from machine to machine.

    Only ratios of differences mean anything. It is the time-stamp counter on x86, the virtual
    counter on 64-bit ARM, whose cycle counter is closed to programs, and always 0 elsewhere.
    """

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        kind = ir.FunctionType(_WORD, [])
        if _MACHINE in ("x86_64", "amd64"):
            counter = builder.module.declare_intrinsic("llvm.readcyclecounter", (), kind)
            return builder.call(counter, [])
        if _MACHINE in ("aarch64", "arm64"):
            counter = ir.InlineAsm(kind, "mrs $0, cntvct_el0", "=r", side_effect=True)
            return builder.call(counter, [])
        return ir.Constant(_WORD, 0)

    return types.int64(), codegen


@numba.njit(cache=True)
def now() -> int:
    """The same counter for Python: one around compiled code gives its ticks a scale."""
    return ticks()  # type: ignore[no-any-return]
