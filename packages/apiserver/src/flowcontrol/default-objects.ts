import type { V1FlowSchema, V1PriorityLevelConfiguration } from "@dingi/api";
import { CATCH_ALL, EXEMPT } from "./levels.ts";
import objects from "./default-objects.json" with { type: "json" };

/** Upstream: apiserver/pkg/apis/flowcontrol/bootstrap/default.go */
export const DEFAULT_LEVELS = objects.prioritylevelconfigurations as unknown as readonly V1PriorityLevelConfiguration[];
export const DEFAULT_SCHEMAS = objects.flowschemas as unknown as readonly V1FlowSchema[];

/** Without these no request has a place: they are always as they are. */
export const isMandatory = (name: string | undefined): boolean => name === EXEMPT || name === CATCH_ALL;
