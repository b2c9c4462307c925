import {
  jsonValue,
  QUANTITY_TYPE,
  types,
  type CelType,
  type CostNode,
  type DeclType,
  type SizeEstimator,
} from "@dingi/cel";

/** Upstream: api/resource/v1/types.go */
const MAX_DOMAIN_LENGTH = 63;
const MAX_ID_LENGTH = 32;
const MAX_DRIVER_LENGTH = 63;
const MAX_VALUE_LENGTH = 64;
const MAX_ATTRIBUTES = 32;

/** Devices are not read as JSON: whoever evaluates an expression makes their values. */
function decl(type: CelType, maxElements = 0): DeclType {
  return { type, maxElements, minSerializedSize: 0, read: jsonValue };
}

function mapDecl(key: DeclType, element: DeclType): DeclType {
  return { ...decl(types.mapOf(key.type, element.type), MAX_ATTRIBUTES), key, element };
}

const domain = decl(types.STRING, MAX_DOMAIN_LENGTH);
const id = decl(types.STRING, MAX_ID_LENGTH);

const attribute = decl(types.ANY, MAX_VALUE_LENGTH);

const fields = {
  driver: decl(types.STRING, MAX_DRIVER_LENGTH),
  allowMultipleAllocations: decl(types.BOOL, 1),
  attributes: mapDecl(domain, mapDecl(id, attribute)),
  capacity: mapDecl(domain, mapDecl(id, decl(QUANTITY_TYPE))),
};

/** What expressions that select devices see of one. Upstream: dynamic-resource-allocation/cel/compile.go#newCompiler */
export const DEVICE: DeclType = {
  ...decl(types.structOf("kubernetes.DRADevice")),
  fields: new Map(Object.entries(fields).map(([name, field]) => [name, { name, decl: field }])),
};

/** How large what an expression looks at may be. Attributes are alike, whatever their names. Upstream: …/compile.go#sizeEstimator */
export const DEVICE_SIZES: SizeEstimator = {
  estimateSize({ path: [variable, ...steps] }: CostNode) {
    let here: DeclType | undefined = variable === "device" ? DEVICE : undefined;
    for (const step of steps) here = here && stepInto(here, step);
    return here && { min: 0n, max: BigInt(here.maxElements) };
  },
};

function stepInto(here: DeclType, step: string): DeclType | undefined {
  if (step === "@items" || step === "@values") return here.element;
  if (step === "@keys") return here.key;
  return here.fields?.get(step)?.decl ?? (here.element === attribute ? attribute : undefined);
}
