import type { Strategy } from "@dingi/apimachinery";
import type { CoreV1Event } from "./event.gen.ts";
import { validateEvent, validateEventUpdate } from "./validation.ts";

/** Upstream: pkg/registry/core/event/strategy.go */
export const strategy: Strategy<CoreV1Event> = {
  allowCreateOnUpdate: true,
  /** The stricter version checks names itself. */
  nameFormat: "pathSegment",
  validate: (event, { apiVersion }) => validateEvent(event, apiVersion ?? "v1"),
  validateUpdate: (event, old, { apiVersion }) => validateEventUpdate(event, old, apiVersion ?? "v1"),
};
