"""Chooses where the tensors live; hides which of CUDA, Metal and the processor works here."""

from __future__ import annotations

import platform

import torch

from styleclipdraw_core.errors import BackendError


def choose(wanted: str) -> torch.device:
    """The device called ``auto``, ``cpu``, ``cuda``, ``cuda:1`` or ``mps``.

    ``auto`` is a CUDA device that computes, else the processor. It is never Metal: there the fast
    renderer runs on the processor, and sending every picture across costs more than it gains.

    Raises `BackendError` when a device that was asked for is not there or does not compute.
    """
    if wanted == "auto":
        return torch.device("cuda" if not _trouble("cuda") else "cpu")
    try:
        device = torch.device(wanted)
        known = device.type in ("cpu", "cuda", "mps")
    except RuntimeError:
        known = False
    if not known:
        raise BackendError(
            f"There is no kind of device called {wanted!r}.",
            "Choose one of auto, cpu, cuda, cuda:0, mps.",
            code="backend.unknown-device",
        )
    trouble = _trouble(wanted)
    if trouble:
        raise BackendError(
            f"The device {wanted} cannot be used: {trouble}.",
            "Choose auto or cpu.",
            code="backend.device",
        )
    return device


def describe(device: torch.device) -> str:
    """The device as a person would name it."""
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    threads = torch.get_num_threads()
    if device.type == "cpu":
        return f"cpu ({platform.machine()}, {threads} thread{'s' if threads != 1 else ''})"
    return str(device)


def _trouble(name: str) -> str:
    """Why the device does not compute; "" when it does."""
    if name == "cpu":
        return ""
    if name.startswith("cuda") and not torch.cuda.is_available():
        return "no CUDA device is available"
    if name == "mps" and not torch.backends.mps.is_available():
        return "Metal is not available"
    try:
        # A driver can list a device whose architecture this torch has no kernels for.
        (torch.ones(2, device=name) + 1).sum().item()
    except (RuntimeError, AssertionError) as error:
        lines = str(error).strip().splitlines() or ["it does not compute"]
        return lines[0].rstrip(".")
    return ""
