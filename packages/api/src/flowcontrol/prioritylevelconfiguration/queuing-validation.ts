import { invalid, type FieldError, type FieldPath } from "@dingi/apimachinery";
import type { V1QueuingConfiguration } from "./prioritylevelconfiguration.gen.ts";

const MAX_QUEUES = 10_000_000;
/** Of the hash that a flow's queues are dealt by. */
const HASH_BITS = 60;
const NOT_POSITIVE = "must be positive";

/** Upstream: pkg/apis/flowcontrol/validation/validation.go#ValidatePriorityLevelQueuingConfiguration */
export function validateQueuing(queuing: V1QueuingConfiguration, field: FieldPath): FieldError[] {
  const { queueLengthLimit: limit, queues, handSize } = queuing;
  const queuesProblem = queues > MAX_QUEUES ? `must not be greater than ${MAX_QUEUES}` : undefined;
  const handProblem = handSizeProblem(queues, handSize);
  return [
    ...(limit > 0 ? [] : [invalid(field.child("queueLengthLimit"), limit, NOT_POSITIVE)]),
    ...(queues > 0 ? [] : [invalid(field.child("queues"), queues, NOT_POSITIVE)]),
    ...(queuesProblem === undefined ? [] : [invalid(field.child("queues"), queues, queuesProblem)]),
    ...(handProblem === undefined ? [] : [invalid(field.child("handSize"), handSize, handProblem)]),
  ];
}

function handSizeProblem(queues: number, handSize: number): string | undefined {
  if (handSize <= 0) return NOT_POSITIVE;
  if (handSize > queues) return `should not be greater than queues (${queues})`;
  if (requiredEntropyBits(queues, handSize) <= HASH_BITS) return undefined;
  return `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${HASH_BITS}`;
}

/** Upstream: apiserver/pkg/util/shufflesharding/shufflesharding.go#RequiredEntropyBits */
const requiredEntropyBits = (deckSize: number, handSize: number): number => Math.ceil(Math.log2(deckSize) * handSize);
