// Read before fast tests (`--import`). node:test follows every promise of a process, to find the test of an error that nobody
// waited for: a third of the processor time of a scenario, which makes a hundred thousand of them. Our tests wait for all that
// they begin (lint sees to it); without it such an error still fails the run, and only does not say which test it was.
import asyncHooks from "node:async_hooks";

const { createHook } = asyncHooks;
asyncHooks.createHook = () => createHook({});
