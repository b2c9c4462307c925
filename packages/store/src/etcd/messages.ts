import { enumOf, field, message, repeated, type Method } from "@dingi/grpc";

/** What is said to an etcd: the messages and fields that a store needs. Upstream: etcd/api/etcdserverpb/rpc.proto */

const Header = message({ revision: field(3, "int64") });
const KeyValue = message({
  key: field(1, "text"),
  createRevision: field(2, "int64"),
  modRevision: field(3, "int64"),
  version: field(4, "int64"),
  value: field(5, "bytes"),
});

interface HeaderValue {
  readonly revision: number;
}

export interface KeyValueValue {
  readonly key: string;
  readonly createRevision: number;
  readonly modRevision: number;
  /** How many writes since the key was created; 1 is its creation. */
  readonly version: number;
  readonly value: Uint8Array;
}

const RangeRequest = message({
  key: field(1, "text"),
  rangeEnd: field(2, "text"),
  limit: field(3, "int64"),
  revision: field(4, "int64"),
  countOnly: field(9, "bool"),
});
const RangeResponse = message({ header: field(1, Header), kvs: repeated(2, KeyValue), count: field(4, "int64") });
export interface RangeRequestValue {
  readonly key: string;
  readonly rangeEnd?: string;
  readonly limit?: number;
  readonly revision?: number;
  readonly countOnly?: boolean;
}
export interface RangeResponseValue {
  readonly header?: HeaderValue;
  readonly kvs: readonly KeyValueValue[];
  /** Keys in the whole range, whatever the limit. */
  readonly count: number;
}

const PutRequest = message({
  key: field(1, "text"),
  value: field(2, "bytes"),
  lease: field(3, "int64"),
  prevKv: field(4, "bool"),
});
const PutResponse = message({ header: field(1, Header), prevKv: field(2, KeyValue) });
const DeleteRangeRequest = message({ key: field(1, "text"), rangeEnd: field(2, "text"), prevKv: field(3, "bool") });
const DeleteRangeResponse = message({
  header: field(1, Header),
  deleted: field(2, "int64"),
  prevKvs: repeated(3, KeyValue),
});
interface DeleteRangeResponseValue {
  readonly deleted: number;
}

const Compare = message({
  result: field(1, enumOf("EQUAL", "GREATER", "LESS", "NOT_EQUAL")),
  target: field(2, enumOf("VERSION", "CREATE", "MOD", "VALUE", "LEASE")),
  key: field(3, "text"),
  modRevision: field(6, "int64"),
});
const RequestOp = message({
  range: field(1, RangeRequest),
  put: field(2, PutRequest),
  deleteRange: field(3, DeleteRangeRequest),
});
const ResponseOp = message({
  range: field(1, RangeResponse),
  put: field(2, PutResponse),
  deleteRange: field(3, DeleteRangeResponse),
});
const TxnRequest = message({
  compare: repeated(1, Compare),
  success: repeated(2, RequestOp),
  failure: repeated(3, RequestOp),
});
const TxnResponse = message({
  header: field(1, Header),
  succeeded: field(2, "bool"),
  responses: repeated(3, ResponseOp),
});
export interface TxnResponseValue {
  readonly header?: HeaderValue;
  readonly succeeded: boolean;
  readonly responses: readonly {
    readonly range?: RangeResponseValue;
    readonly put?: { readonly prevKv?: KeyValueValue };
    readonly deleteRange?: { readonly prevKvs: readonly KeyValueValue[] };
  }[];
}

const WatchCreateRequest = message({
  key: field(1, "text"),
  rangeEnd: field(2, "text"),
  startRevision: field(3, "int64"),
  progressNotify: field(4, "bool"),
  prevKv: field(6, "bool"),
  fragment: field(8, "bool"),
});
const WatchRequest = message({ create: field(1, WatchCreateRequest), progress: field(3, message({})) });
const Event = message({ type: field(1, enumOf("PUT", "DELETE")), kv: field(2, KeyValue), prevKv: field(3, KeyValue) });
const WatchResponse = message({
  header: field(1, Header),
  created: field(3, "bool"),
  canceled: field(4, "bool"),
  compactRevision: field(5, "int64"),
  cancelReason: field(6, "string"),
  fragment: field(7, "bool"),
  events: repeated(11, Event),
});
export interface EventValue {
  readonly type: "PUT" | "DELETE";
  readonly kv?: KeyValueValue;
  readonly prevKv?: KeyValueValue;
}
export interface WatchResponseValue {
  readonly header?: HeaderValue;
  readonly created: boolean;
  readonly canceled: boolean;
  /** Above 0: what was asked for is older than this. */
  readonly compactRevision: number;
  readonly cancelReason: string;
  /** The rest of these events follows. */
  readonly fragment: boolean;
  readonly events: readonly EventValue[];
}

const Empty = message({});
const LeaseGrantRequest = message({ ttl: field(1, "int64"), id: field(2, "int64") });
const StatusResponse = message({ version: field(2, "string") });
interface StatusResponseValue {
  readonly version: string;
}

function method<Response>(name: string, types: Pick<Method<Response>, "request" | "response">): Method<Response> {
  return { path: `/etcdserverpb.${name}`, ...types };
}

export const RANGE = method<RangeResponseValue>("KV/Range", { request: RangeRequest, response: RangeResponse });
export const DELETE_RANGE = method<DeleteRangeResponseValue>("KV/DeleteRange", {
  request: DeleteRangeRequest,
  response: DeleteRangeResponse,
});
export const TXN = method<TxnResponseValue>("KV/Txn", { request: TxnRequest, response: TxnResponse });
export const COMPACT = method<object>("KV/Compact", {
  request: message({ revision: field(1, "int64") }),
  response: Empty,
});
export const WATCH = method<WatchResponseValue>("Watch/Watch", { request: WatchRequest, response: WatchResponse });
export const LEASE_GRANT = method<object>("Lease/LeaseGrant", { request: LeaseGrantRequest, response: Empty });
export const STATUS = method<StatusResponseValue>("Maintenance/Status", { request: Empty, response: StatusResponse });
