import {
  duplicate,
  FIELD_IMMUTABLE,
  goValue,
  invalid,
  path,
  tooMany,
  validateDeclared,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { V1NodeSelectorTerm } from "../../../core/node/node.gen.ts";
import { validateNodeSelector } from "../../../core/pod/validation/affinity.ts";
import { validateCsiDriverName } from "../../../core/pod/validation/remote-volumes.ts";
import { withinLimit } from "../../device/lists.ts";
import { poolNameErrors } from "../../device/names.ts";
import { V1ResourceSlice, type V1ResourcePool, type V1ResourceSliceSpec } from "../resourceslice.gen.ts";
import { counterErrors } from "./counters.ts";
import { deviceErrors } from "./device.ts";
import { choiceErrors, nodeNameErrors, trueOrAbsentErrors, type Choice } from "./node-choice.ts";

const SPEC = path("spec");
const MAX_DEVICES = 128;
/** Where devices have taints or consume counters. */
const MAX_DEVICES_WITH_MORE = 64;
const MAX_COUNTER_SETS = 8;
/** The declared options that rules depend upon. */
const OPTIONS = { DRAPartitionableDevicesType: false };

/** Upstream: pkg/apis/resource/validation/validation.go#ValidateResourceSlice */
export function validateResourceSlice(slice: V1ResourceSlice, old?: V1ResourceSlice): FieldError[] {
  const { spec } = slice;
  const counters = SPEC.child("sharedCounters");
  return [
    ...validateCsiDriverName(spec.driver, SPEC.child("driver")),
    ...poolErrors(spec.pool ?? {}, SPEC.child("pool")),
    ...(old ? immutableErrors(spec, old.spec) : []),
    ...nodeErrors(spec),
    ...(spec.sharedCounters && spec.devices
      ? [invalid(SPEC, "", "only one of `sharedCounters` or `devices` is allowed")]
      : []),
    ...devicesErrors(spec, old?.spec),
    ...withinLimit(spec.sharedCounters, MAX_COUNTER_SETS).flatMap(({ counters: all }, i) =>
      counterErrors(all, counters.index(i).child("counters")),
    ),
    ...validateDeclared(V1ResourceSlice, slice, { options: OPTIONS, ...(old && { old }) }),
  ];
}

/** Upstream: …#validateResourcePool */
function poolErrors({ name = "", resourceSliceCount = 0, generation = 0 }: Partial<V1ResourcePool>, field: FieldPath) {
  const [count, at] = [field.child("resourceSliceCount"), field.child("generation")];
  return [
    ...poolNameErrors(name, field.child("name")),
    ...(resourceSliceCount <= 0 ? [invalid(count, resourceSliceCount, "must be greater than zero")] : []),
    ...(generation < 0 ? [invalid(at, generation, "must be greater than or equal to zero")] : []),
  ];
}

function immutableErrors(spec: V1ResourceSliceSpec, old: V1ResourceSliceSpec): FieldError[] {
  const fixed = (value: string | undefined, before: string | undefined, field: FieldPath): FieldError[] =>
    value === before ? [] : [invalid(field, value, FIELD_IMMUTABLE)];
  return [
    ...fixed(spec.pool?.name, old.pool?.name, SPEC.child("pool", "name")),
    ...fixed(spec.driver, old.driver, SPEC.child("driver")),
    ...fixed(spec.nodeName, old.nodeName, SPEC.child("nodeName")),
  ];
}

const ONE_TERM = "must have exactly one node selector term";

/** Where the devices are. Upstream: …#validateResourceSliceSpec */
function nodeErrors(spec: V1ResourceSliceSpec): FieldError[] {
  const at = SPEC.child("nodeSelector");
  const terms = spec.nodeSelector?.nodeSelectorTerms ?? [];
  return [
    ...nodeNameErrors(spec.nodeName, SPEC.child("nodeName"), "must be either unset or set to a non-empty string"),
    ...(spec.nodeSelector ? validateNodeSelector(spec.nodeSelector, at) : []),
    ...(spec.nodeSelector && terms.length !== 1
      ? [
          invalid(
            at.child("nodeSelectorTerms"),
            terms.map((term) => goValue(V1NodeSelectorTerm, { ...term })),
            ONE_TERM,
          ),
        ]
      : []),
    ...trueOrAbsentErrors(spec.allNodes, SPEC.child("allNodes")),
    ...trueOrAbsentErrors(spec.perDeviceNodeSelection, SPEC.child("perDeviceNodeSelection")),
    ...choiceErrors(spec, SLICE_CHOICE, SPEC),
  ];
}

const ONE_OF = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
const SLICE_CHOICE: Choice<V1ResourceSliceSpec> = {
  fields: ["nodeName", "nodeSelector", "allNodes", "perDeviceNodeSelection"],
  none: ONE_OF,
  many: `${ONE_OF}, but multiple fields are set`,
};

function devicesErrors(spec: V1ResourceSliceSpec, old: V1ResourceSliceSpec | undefined): FieldError[] {
  const { devices = [], perDeviceNodeSelection } = spec;
  const at = SPEC.child("devices");
  const hasMore = devices.some(({ taints, consumesCounters }) => taints?.length || consumesCounters?.length);
  const max = hasMore ? MAX_DEVICES_WITH_MORE : MAX_DEVICES;
  if (devices.length > max) return [tooMany(at, devices.length, max)];
  const before = new Map((old?.devices ?? []).map((device) => [device.name, device]));
  const seen = new Set<string>();
  return [
    ...devices.flatMap((device, i) =>
      deviceErrors(
        device,
        { old: before.get(device.name), choosesNodes: perDeviceNodeSelection === true },
        at.index(i),
      ),
    ),
    ...devices.flatMap(({ name }, i) => {
      if (seen.has(name)) return [duplicate(at.index(i), name)];
      seen.add(name);
      return [];
    }),
  ];
}
