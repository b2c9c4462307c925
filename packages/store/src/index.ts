export { aesCbc, aesGcm, type EncryptionKey } from "./encryption/aes.ts";
export { EncryptedStore, UnreadableValueError, type EncryptionRule } from "./encryption/encrypted-store.ts";
export { identity, type EncryptionProvider } from "./encryption/provider.ts";
export { SlowWatcherError, StoreUnavailableError, type StoreUnavailableReason } from "./errors.ts";
export { clearEtcd, inspectEtcd, type EtcdLocation } from "./etcd/administration.ts";
export { parseServer as parseEtcdServer, requireWholePair as requireWholeEtcdPair } from "./etcd/etcd-client.ts";
export { openEtcdStore, type EtcdStoreOptions } from "./etcd/etcd-store.ts";
export { normalPrefix as normalEtcdPrefix } from "./etcd/key-space.ts";
export { openMemoryStore, type MemoryStoreOptions } from "./memory/memory-store.ts";
export { acceptSqliteLoss, type AcceptedLoss, type AcceptLossOptions } from "./sqlite/accept-loss.ts";
export { openSqliteStore, type SqliteStoreOptions } from "./sqlite/sqlite-store.ts";
export {
  CompactedError,
  FIRST_REVISION,
  FutureRevisionError,
  type Change,
  type CommitResult,
  type Entry,
  type RangeOptions,
  type RangeResult,
  type Revision,
  type Store,
  type StoreEvent,
  type WatchOptions,
} from "./store.ts";
export { DEFAULT_WATCH_LIMITS, type WatchLimits } from "./watch/watcher.ts";
