"""The whole main job on real input, in one run: fill in, photograph, sync, disagree, settle, print."""

from app.demo.run import run_demo

__all__ = ["run_demo"]
