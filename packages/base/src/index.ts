export { aborted } from "./aborted.ts";
export { systemClock, type Clock } from "./clock.ts";
export { countVisits } from "./testing/count-visits.ts";
export { FakeClock, settle } from "./testing/fake-clock.ts";
export { Fifo } from "./fifo.ts";
export { invariant, InvariantError } from "./invariant.ts";
export {
  createLogger,
  describeError,
  silentLogger,
  type LogData,
  type Logger,
  type LoggerOptions,
  type LogLevel,
} from "./log.ts";
export { own } from "./own.ts";
export { systemRandom, type Random } from "./random.ts";
export { seededRandom } from "./testing/seeded-random.ts";
export { ByteBudget, type ByteHolder } from "./byte-budget.ts";
export { Latest } from "./latest.ts";
export { AsyncQueue } from "./testing/async-queue.ts";
export { KeyedHeap, type KeyedHeapOptions } from "./keyed-heap.ts";
export { LruMap } from "./lru-map.ts";
export { PersistentMap, type KeyRange, type MapRun, type ReadonlyPersistentMap } from "./persistent-map.ts";
export { TextCache, type TextCacheLimits } from "./text-cache.ts";
export { TurnQueue } from "./turn-queue.ts";
export { WakeUp } from "./wake-up.ts";
